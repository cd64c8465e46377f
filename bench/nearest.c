/* SPDX-License-Identifier: MIT */
#include "nearest.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define LETTERS 64 /* more of a word are not looked at: no name of ours is as long */

static bool letters_equal(char a, char b)
{
	return a == b || ((a == '-' || a == '_') && (b == '-' || b == '_'));
}

static size_t min(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * Levenshtein's distance, and a swap of neighbours counts as one mistake: "sned" is nearer to
 * "send" than to any other word. One row of the usual matrix for each letter of a.
 */
static size_t distance(const char *a, const char *b)
{
	size_t rows[3][LETTERS + 1], a_length = strnlen(a, LETTERS), b_length = strnlen(b, LETTERS);
	for (size_t j = 0; j <= b_length; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *swapped = rows[(i + 1) % 3];
		row[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			bool equal = letters_equal(a[i - 1], b[j - 1]);
			row[j] = min(above[j - 1] + !equal, min(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && letters_equal(a[i - 1], b[j - 2]) &&
			    letters_equal(a[i - 2], b[j - 1]))
				row[j] = min(row[j], swapped[j - 2] + 1);
		}
	}
	return rows[a_length % 3][b_length];
}

void nearest_open(struct nearest *nearest, const char *word)
{
	*nearest = (struct nearest){ .word = word, .distance = SIZE_MAX };
}

void nearest_try(struct nearest *nearest, const char *name)
{
	size_t d = distance(nearest->word, name);
	if (d < nearest->distance) {
		nearest->distance = d;
		nearest->name = name;
	}
}
