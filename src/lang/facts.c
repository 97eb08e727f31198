/* SPDX-License-Identifier: ISC */
#include "lang/facts.h"

#include <stddef.h>

const char *const facts_roots[] = { "user", "feedback", "project", "data", "payload",
	"delivery", "community", NULL };
