/* SPDX-License-Identifier: MIT */
#include "words.h"

#include <errno.h>
#include <string.h>

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* Copies one word to *to, which moves on past its NUL; returns where the text goes on, or NULL. */
static const char *copy_word(const char *text, char **to)
{
	char quote = '\0';
	for (; *text && (quote || !blank(*text)); text++) {
		if (quote ? *text == quote : *text == '\'' || *text == '"') {
			quote = (char)(quote ? '\0' : *text);
			continue;
		}
		if (*text == '\\' && quote != '\'' && !*++text)
			return NULL;
		*(*to)++ = *text;
	}
	*(*to)++ = '\0';
	return quote ? NULL : text;
}

static char *room_for(struct words *words, const char *text, struct reason *why)
{
	char *to = words->text;
	if (words->count)
		to = words->list[words->count - 1] + strlen(words->list[words->count - 1]) + 1;
	/* A word is never longer than its text. */
	if ((size_t)(to - words->text) + strlen(text) + 1 <= sizeof(words->text))
		return to;
	reason_set(why, E2BIG, "the command '%.60s...' is too long", text);
	return NULL;
}

static bool begin_word(struct words *words, char *at, struct reason *why)
{
	if (words->count == WORDS_MAX) {
		reason_set(why, E2BIG, "a command of more than %d words", WORDS_MAX);
		return false;
	}
	words->list[words->count++] = at;
	words->list[words->count] = NULL;
	return true;
}

int words_add_whole(struct words *words, const char *text, struct reason *why)
{
	char *to = room_for(words, text, why);
	if (!to || !begin_word(words, to, why))
		return -E2BIG;
	strcpy(to, text);
	return 0;
}

int words_add(struct words *words, const char *text, struct reason *why)
{
	char *to = room_for(words, text, why);
	if (!to)
		return -E2BIG;
	for (;;) {
		while (blank(*text))
			text++;
		if (!*text)
			return 0;
		if (!begin_word(words, to, why))
			return -E2BIG;
		text = copy_word(text, &to);
		if (!text)
			return reason_set(why, EINVAL, "a quote or a backslash is left open");
	}
}
