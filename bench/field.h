/* SPDX-License-Identifier: MIT */
/*
 * field: a typed table over the members of a struct. One row gives a member its option, its
 * help text, its YAML key, its line in the agent protocol, its CSV column and its entry in the
 * column manual.
 */
#ifndef ZCBENCH_FIELD_H
#define ZCBENCH_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reason.h"

/* Values that are no number. They live in the same uint64_t as the numbers do. */
#define FIELD_UNKNOWN UINT64_MAX       /* written as nothing; never as 0 */
#define FIELD_AUTO    (UINT64_MAX - 1) /* "auto": chosen at run time, the choice is recorded */
#define FIELD_PAGE    (UINT64_MAX - 2) /* "page": sized so that segments carry whole pages */
#define FIELD_MAX     (UINT64_MAX - 3)

#define FIELD_ROOM    256 /* longest formatted value with its NUL */

enum field_type {
	FIELD_COUNT,    /* uint64_t, plain integer */
	FIELD_SIZE,     /* uint64_t bytes; 64K, 1M, 2G are read, plain bytes are written */
	FIELD_DURATION, /* uint64_t ns; seconds are read and written, "0.5" */
	FIELD_SWITCH,   /* uint64_t 0 or 1; off, on */
	FIELD_CHOICE,   /* uint64_t index into the row's choices */
	FIELD_REAL,     /* double; NaN is unknown */
	FIELD_TEXT,     /* char[room]; "" is unknown */
};

enum field_flag {
	FIELD_MAY_AUTO = 1 << 0, /* the row also takes "auto" */
	FIELD_MAY_PAGE = 1 << 1, /* the row also takes "page" */
};

struct field {
	const char *name;    /* a_b_c in CSV, YAML and protocol; --a-b-c as an option */
	const char *summary; /* one sentence: shape, unit, and the source of a formula */
	enum field_type type;
	unsigned int flags;
	size_t offset;
	size_t room;                           /* FIELD_TEXT: size of the array */
	uint64_t min, max;                     /* numbers: bounds, both included */
	const char *preset;                    /* the default as text; NULL: unknown */
	const char *(*choice)(uint64_t index); /* FIELD_CHOICE: the names, NULL after the last */
};

struct field_table {
	const struct field *rows;
	size_t count;
};

/* Finds a row by name; '-' and '_' are the same. NULL when there is none. */
const struct field *field_find(const struct field_table *table, const char *name);

/* Reads text into the row's member of *object. 0, or -EINVAL with a sentence in *why. */
int field_parse(const struct field *field, void *object, const char *text, struct reason *why);

/* Writes the member as text that field_parse reads back; unknown becomes "". */
void field_format(const struct field *field, const void *object, char text[FIELD_ROOM]);

bool field_known(const struct field *field, const void *object);

/* Sets every member to its preset, or to unknown. */
void field_presets(const struct field_table *table, void *object);

/*
 * "size", "count, or auto", "off or on", "lo, veth or veth-xdp": for help, manual and errors. Names
 * for which there is no room are left out, and " ..." says so; FIELD_SHAPE has room for all.
 */
#define FIELD_SHAPE 1024
void field_shape(const struct field *field, char *text, size_t room);

/* Reads a size such as 4K or 1G (powers of 1024). 0 or -EINVAL. */
int field_read_size(const char *text, uint64_t *value);

#endif
