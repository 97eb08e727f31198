/* SPDX-License-Identifier: ISC */
#include "post/verdict.h"

#include <stdarg.h>
#include <stdio.h>

void
verdict_set(struct verdict *verdict, enum verdict_result result, const char *format,
    ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(verdict->error, sizeof verdict->error, format, args);
	va_end(args);
	verdict->result = result;
}

const char *
verdict_name(enum verdict_result result)
{
	static const char *const names[] = {
		[VERDICT_SENT] = "sent",
		[VERDICT_LATER] = "later",
		[VERDICT_DEAD] = "dead",
		[VERDICT_BACK] = "back",
	};

	return names[result];
}
