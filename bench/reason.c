/* SPDX-License-Identifier: MIT */
#include "reason.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#undef reason_set

int reason_set(struct reason *why, int err, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(why->text, sizeof(why->text), format, args);
	va_end(args);

	for (char *c = why->text; *c; c++)
		if ((unsigned char)*c < ' ')
			*c = ' ';
	return err > 0 ? -err : -EIO;
}
