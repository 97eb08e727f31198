/* SPDX-License-Identifier: ISC */
#include "record/words.h"

#include <ctype.h>
#include <string.h>

const struct word words_kinds[] = {
	{ "External Listener", "listener" },
	{ "External Data Group", "group" },
	{ "Data Group", "group" },
	{ "Feedback Ticket", "feedback" },
	{ "Ticket", "feedback" },
	{ "User Account", "user" },
	{ NULL, NULL },
};

const struct word words_automations[] = {
	{ "User Automation", "user" },
	{ "Feedback Automation", "feedback" },
	{ NULL, NULL },
};

const struct word words_listener_types[] = {
	{ "Macro Execution", "macro" },
	{ "Add Comment", "comment" },
	{ "External Data", "data" },
	{ NULL, NULL },
};

const struct word words_field_types[] = {
	{ "Date and Time", "datetime" },
	{ NULL, NULL },
};

const struct word words_roles[] = {
	{ "Administrator", "admin" },
	{ NULL, NULL },
};

/* The next letter or digit from *i on, in lower case; -1 at the end. */
static int
next_letter(struct span text, size_t *i)
{
	while (*i < text.n) {
		unsigned char c = (unsigned char)text.p[(*i)++];

		if (c != ' ' && c != '-' && c != '_')
			return tolower(c);
	}
	return -1;
}

bool
words_same(struct span a, struct span b)
{
	size_t i = 0, j = 0;
	int c;

	do {
		c = next_letter(a, &i);
		if (c != next_letter(b, &j))
			return false;
	} while (c >= 0);
	return true;
}

const char *
words_ours(const struct word *words, struct span said)
{
	for (; words != NULL && words->said != NULL; words++)
		if (words_same(said, span_of(words->said)) || words_same(said, span_of(words->ours)))
			return words->ours;
	return NULL;
}

const char *
words_said(const struct word *words, const char *ours)
{
	for (; words != NULL && words->said != NULL; words++)
		if (strcmp(words->ours, ours) == 0)
			return words->said;
	return NULL;
}
