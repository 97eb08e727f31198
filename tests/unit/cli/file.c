/* SPDX-License-Identifier: ISC */
#include "cli/file.h"

#include "base/buf.h"
#include "tap.h"

/* Each document as "line:text;", each error as "line!start of the sentence;". */
static const struct {
	const char *name, *file, *expected;
} cases[] = {
	{ "an object", "{\"a\":1}", "1:{\"a\":1};" },
	{ "an object of several lines", "\n{\n\"a\":[1,\n2]\n}\n", "2:{\n\"a\":[1,\n2]\n};" },
	{ "JSON Lines", "{\"a\":1}\n{\"b\":2}\r\n\n  {\"c\":3}",
	    "1:{\"a\":1};2:{\"b\":2}\r;4:{\"c\":3};" },
	{ "objects one after the other", "{\n\"a\":1\n}\n{\n\"b\":2}",
	    "1:{\n\"a\":1\n};4:{\n\"b\":2};" },
	{ "also on one line", "{\"a\":1} {\"b\":2}", "1:{\"a\":1};1:{\"b\":2};" },
	{ "an array", "[\n{\"a\":1},\n {\"b\":\n2} ]\n", "2:{\"a\":1};3:{\"b\":\n2};" },
	{ "an empty array", " [ ] ", "" },
	{ "nothing", "", "" },
	{ "blanks", " \n\t\n", "" },
	{ "a byte order mark", "\xef\xbb\xbf{\"a\":1}\n{\"b\":1}", "1:{\"a\":1};2:{\"b\":1};" },
	{ "remarks", "# one\n{\"a\":1}\n  # two\n{\"b\":\"#\"}\n#",
	    "2:{\"a\":1};4:{\"b\":\"#\"};" },
	{ "brackets in strings", "{\"a\":\n\"}{\\\"]\"}\n{\"b\":1}",
	    "1:{\"a\":\n\"}{\\\"]\"};3:{\"b\":1};" },
	{ "a bad line says nothing about the others", "{\"a\":1}\n{\"b\":}\n{\"c\":3}\n",
	    "1:{\"a\":1};2!At column 6;3:{\"c\":3};" },
	{ "a line that does not end", "{\"a\":1}\n{\"b\":1\n{\"c\":3}\n",
	    "1:{\"a\":1};2!The JSON ends;3:{\"c\":3};" },
	{ "two on a line are an error of this line", "{\"a\":1}\n{\"b\":1} {\"c\":1}\n",
	    "1:{\"a\":1};2!At column 9;" },
	{ "an error is found on its line", "{\n\"a\":1,\n\"b\":}\n", "3!At column 5;" },
	{ "a document that does not end", "{\n\"a\":1\n{\"b\":1}\n", "3!At column 1;" },
	{ "no object on a line", "{\"a\":1}\n17\n[1]\n",
	    "1:{\"a\":1};2!a document;3!a document;" },
	{ "no object at all", "17", "1!a document;" },
	{ "no object in an array", "[{\"a\":1},\n2]", "1:{\"a\":1};2!a document;" },
	{ "no comma", "[{\"a\":1}\n{\"b\":1}]", "1:{\"a\":1};2!behind a document;" },
	{ "a comma at the end", "[{\"a\":1},]", "1:{\"a\":1};1!a document;" },
	{ "no bracket", "[{\"a\":1}\n", "1:{\"a\":1};2!behind a document;" },
	{ "no bracket behind a comma", "[{\"a\":1},\n", "1:{\"a\":1};2!the array;" },
	{ "only a bracket", "[", "1!the array;" },
	{ "something behind an array", "[{\"a\":1}]\n{\"b\":1}", "1:{\"a\":1};2!nothing may;" },
	{ "a name twice", "{\"a\":1,\"a\":2}", "1!At column 8;" },
	{ "a bad byte", "{\"a\":\"\xff\"}\n{\"b\":1}", "1!At column 7;2:{\"b\":1};" },
};

static void
take_document(void *arg, size_t line, struct span json)
{
	buf_printf(arg, "%zu:%.*s;", line, (int)json.n, json.p);
}

/* The beginning of the sentence: up to a number, else two words. */
static void
take_error(void *arg, size_t line, const char *sentence)
{
	const char *end = strpbrk(sentence, "0123456789");
	size_t n = end != NULL ? (size_t)(end - sentence) + strspn(end, "0123456789")
	    : strcspn(sentence, " ");

	if (end == NULL || strncmp(sentence, "The JSON ends", 13) == 0)
		n = strncmp(sentence, "The JSON", 8) == 0 ? 13
		    : n + 1 + strcspn(sentence + n + 1, " ");
	if (strncmp(sentence, "behind a", 8) == 0)
		n = strlen("behind a document");
	buf_printf(arg, "%zu!%.*s;", line, (int)n, sentence);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf out = { 0 };
		struct cli_file_sink sink = { take_document, take_error, &out };
		bool good = cli_file_documents(span_of(cases[i].file), &sink);

		buf_putc(&out, '\0');
		is_text(out.p, cases[i].expected, cases[i].name);
		ok(good == (strchr(cases[i].expected, '!') == NULL), "%s: the verdict",
		    cases[i].name);
		buf_free(&out);
	}
	return tap_done();
}
