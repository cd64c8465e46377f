/* SPDX-License-Identifier: MIT */
/* words: a command line as a list of words, without a shell. */
#ifndef ZCBENCH_WORDS_H
#define ZCBENCH_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "reason.h"

#define WORDS_MAX 64

struct words {
	char *list[WORDS_MAX + 1]; /* NULL after the last: an argv */
	size_t count;
	char text[2048];
};

/*
 * Words are parted by blanks. 'single' and "double" quotes keep blanks, a backslash outside single
 * quotes keeps the character after it; nothing else is special: no variables, no patterns. Adds
 * to the words that are there; an empty `struct words` has none. 0, or -EINVAL and a sentence.
 */
int words_add(struct words *words, const char *text, struct reason *why);

/* Adds the text as one word, as it is. */
int words_add_whole(struct words *words, const char *text, struct reason *why);

#endif
