/* SPDX-License-Identifier: ISC */
#include "record/doc_check.h"

#include "base/json.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

#define ID_MAX 64

const char *
doc_nearest(struct span name, const char *const names[])
{
	struct text_nearest nearest = text_nearest_to(name);

	for (; *names != NULL; names++)
		text_nearest_try(&nearest, span_of(*names));
	return nearest.found.p;
}

bool
doc_id_good(struct span id)
{
	if (id.n == 0 || id.n > ID_MAX)
		return false;
	for (size_t i = 0; i < id.n; i++) {
		char c = id.p[i];

		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
			continue;
		if (i == 0 || (c != '.' && c != '_' && c != '-'))
			return false;
	}
	return true;
}

bool
doc_line_good(struct span text)
{
	return text.n > 0 && text.n <= DOC_LINE_MAX && text_printable(text);
}

bool
doc_field_name_good(struct span name)
{
	return name.n > 0 && name.n <= DOC_FIELD_NAME_MAX && text_printable(name);
}

bool
doc_field_good(struct json_object *value)
{
	struct span text = json_span(value);

	switch (doc_type(value)) {
	case DOC_STRING:
		return text_characters(text) <= DOC_TEXT_MAX && !text_has_nul(text);
	case DOC_INTEGER:
	case DOC_FRACTION:
	case DOC_BOOLEAN:
		return true;
	default:
		return false;
	}
}

bool
doc_full_name_good(struct span name)
{
	struct span project, key;

	doc_name_split(name, &project, &key);
	if (key.n < name.n && !text_key(project))
		return false;
	return text_key(key);
}
