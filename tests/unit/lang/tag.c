/* SPDX-License-Identifier: ISC */
#include "base/json.h"
#include "lang/tag.h"
#include "tap.h"

#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define LIMIT 4096
#define NOW INT64_C(1795432953250000) /* 2026-11-23T11:22:33.25Z */

/*
 * The rules of the Mustache specification (modules interpolation, sections,
 * inverted, comments, delimiters), one case for each, in HTML. The facts are
 * the members of the JSON object.
 */
struct spec_case {
	const char *name, *source, *facts, *expected;
};

static const struct spec_case interpolation[] = {
	{ "text without tags", "Good day, {tester}!\n", "{}",
	    "Good day, {tester}!\n" },
	{ "empty template", "", "{}", "" },
	{ "a value", "Dear {{who}},\n", "{\"who\":\"Ann\"}", "Dear Ann,\n" },
	{ "values are not templates", "{{a}}: {{b}}",
	    "{\"a\":\"{{b}}\",\"b\":\"x\"}", "{{b}}: x" },
	{ "escapes", "<{{a}}>", "{\"a\":\"& \\\" < > '\"}",
	    "<&amp; &quot; &lt; &gt; &#39;>" },
	{ "triple does not escape", "<{{{a}}}>", "{\"a\":\"& \\\" < > '\"}",
	    "<& \" < > '>" },
	{ "ampersand does not escape", "<{{&a}}>", "{\"a\":\"& \\\" < > '\"}",
	    "<& \" < > '>" },
	{ "integer", "{{n}} points", "{\"n\":85}", "85 points" },
	{ "triple integer", "{{{n}}} points", "{\"n\":85}", "85 points" },
	{ "ampersand integer", "{{&n}} points", "{\"n\":-85}", "-85 points" },
	{ "decimal", "{{n}}", "{\"n\":1.210}", "1.210" },
	{ "triple decimal", "{{{n}}}", "{\"n\":0.1}", "0.1" },
	{ "ampersand decimal", "{{&n}}", "{\"n\":1.5e3}", "1.5e3" },
	{ "null", "({{a}})", "{\"a\":null}", "()" },
	{ "triple null", "({{{a}}})", "{\"a\":null}", "()" },
	{ "ampersand null", "({{&a}})", "{\"a\":null}", "()" },
	{ "absent", "({{a}})", "{}", "()" },
	{ "triple absent", "({{{a}}})", "{}", "()" },
	{ "ampersand absent", "({{&a}})", "{}", "()" },
	{ "dotted is the same as a section", "{{u.n}} {{#u}}{{n}}{{/u}}",
	    "{\"u\":{\"n\":\"Jo\"}}", "Jo Jo" },
	{ "dotted triple", "{{{u.n}}} {{#u}}{{{n}}}{{/u}}",
	    "{\"u\":{\"n\":\"J&o\"}}", "J&o J&o" },
	{ "dotted ampersand", "{{&u.n}} {{#u}}{{&n}}{{/u}}",
	    "{\"u\":{\"n\":\"J&o\"}}", "J&o J&o" },
	{ "dotted to any depth", "{{a.b.c.d.e}}",
	    "{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":\"deep\"}}}}}", "deep" },
	{ "broken chain", "({{a.b.c}})", "{\"a\":{}}", "()" },
	{ "broken chain does not start anew", "({{a.b.c}})",
	    "{\"a\":{\"b\":{}},\"c\":\"no\"}", "()" },
	{ "first part through the stack", "{{#s}}{{a.b}}{{/s}}",
	    "{\"a\":{\"b\":\"yes\"},\"s\":{\"b\":\"no\"}}", "yes" },
	{ "first part of the innermost wins", "({{#s}}{{b.c}}{{/s}})",
	    "{\"s\":{\"b\":{}},\"b\":{\"c\":\"no\"}}", "()" },
	{ "a null hides the outer name", "({{#s}}{{b}}{{/s}})",
	    "{\"s\":{\"b\":null},\"b\":\"no\"}", "()" },
	{ "dotted name is no single key", "({{a.b}})",
	    "{\"a.b\":\"no\",\"a\":{}}", "()" },
	{ "dotted number below an object", "{{a.0.b}}",
	    "{\"a\":{\"0\":{\"b\":\"x\"}}}", "x" },
	{ "implicit iterator", "{{#s}}{{.}}{{/s}}", "{\"s\":\"one\"}", "one" },
	{ "implicit iterator escapes", "{{#s}}{{.}}{{/s}}", "{\"s\":\"<\"}",
	    "&lt;" },
	{ "implicit iterator, triple", "{{#s}}{{{.}}}{{/s}}",
	    "{\"s\":\"<\"}", "<" },
	{ "implicit iterator, ampersand", "{{#s}}{{&.}}{{/s}}",
	    "{\"s\":\"<\"}", "<" },
	{ "implicit iterator, number", "{{#s}}{{.}}{{/s}}", "{\"s\":85}",
	    "85" },
	{ "blanks around a value stay", "| {{a}} |", "{\"a\":\"-\"}",
	    "| - |" },
	{ "blanks around a triple stay", "| {{{a}}} |", "{\"a\":\"-\"}",
	    "| - |" },
	{ "blanks around an ampersand stay", "| {{&a}} |", "{\"a\":\"-\"}",
	    "| - |" },
	{ "a value alone on its line keeps it", "  {{a}}\n", "{\"a\":\"-\"}",
	    "  -\n" },
	{ "a triple alone on its line keeps it", "  {{{a}}}\n",
	    "{\"a\":\"-\"}", "  -\n" },
	{ "an ampersand alone on its line keeps it", "  {{&a}}\n",
	    "{\"a\":\"-\"}", "  -\n" },
	{ "padding", "|{{ a }}|", "{\"a\":\"-\"}", "|-|" },
	{ "padded triple", "|{{{ a }}}|", "{\"a\":\"-\"}", "|-|" },
	{ "padded ampersand", "|{{& a }}|", "{\"a\":\"-\"}", "|-|" },
};

static const struct spec_case sections[] = {
	{ "true", "({{#a}}here{{/a}})", "{\"a\":true}", "(here)" },
	{ "false", "({{#a}}here{{/a}})", "{\"a\":false}", "()" },
	{ "null", "({{#a}}here{{/a}})", "{\"a\":null}", "()" },
	{ "absent", "({{#a}}here{{/a}})", "{}", "()" },
	{ "object becomes the context", "{{#u}}Hi {{n}}{{/u}}",
	    "{\"u\":{\"n\":\"Jo\"}}", "Hi Jo" },
	{ "outer names stay visible", "{{#s}}{{a}}{{b}}{{s.c.d}}{{/s}}",
	    "{\"a\":\"A\",\"b\":\"B\",\"s\":{\"a\":\"a\",\"c\":{\"d\":\"D\"}}}",
	    "aBD" },
	{ "text is truthy and the context", "{{#s}}<{{.}}>{{/s}}",
	    "{\"s\":\"x\"}", "<x>" },
	{ "innermost context answers first",
	    "{{#a}}{{n}}{{#b}}{{n}}{{#c}}{{n}}{{/c}}{{n}}{{/b}}{{n}}{{/a}}",
	    "{\"a\":{\"n\":1,\"b\":{\"n\":2,\"c\":{\"n\":3}}}}", "12321" },
	{ "contexts pile up",
	    "{{#a}}{{x}}{{#b}}{{x}}{{y}}{{#c}}{{x}}{{y}}{{z}}{{/c}}{{/b}}{{/a}}",
	    "{\"a\":{\"x\":1},\"b\":{\"y\":2},\"c\":{\"z\":3}}", "112123" },
	{ "list", "{{#l}}{{n}};{{/l}}",
	    "{\"l\":[{\"n\":1},{\"n\":2},{\"n\":3}]}", "1;2;3;" },
	{ "empty list", "({{#l}}no{{/l}})", "{\"l\":[]}", "()" },
	{ "the same section twice", "{{#a}}1{{/a}} 2 {{#a}}3{{/a}}",
	    "{\"a\":true}", "1 2 3" },
	{ "nested, truthy", "|A{{#a}}B{{#a}}C{{/a}}D{{/a}}E|",
	    "{\"a\":true}", "|ABCDE|" },
	{ "nested, falsey", "|A{{#a}}B{{#a}}C{{/a}}D{{/a}}E|",
	    "{\"a\":false}", "|AE|" },
	{ "absent name is falsey inside too", "({{#a}}{{#b}}x{{/b}}{{/a}})",
	    "{\"a\":{}}", "()" },
	{ "items of text", "{{#l}}({{.}}){{/l}}",
	    "{\"l\":[\"a\",\"b\",\"<\"]}", "(a)(b)(&lt;)" },
	{ "items of integers", "{{#l}}({{.}}){{/l}}", "{\"l\":[1,2,3]}",
	    "(1)(2)(3)" },
	{ "items of decimals", "{{#l}}({{.}}){{/l}}", "{\"l\":[1.10,2.5]}",
	    "(1.10)(2.5)" },
	{ "lists in lists", "{{#l}}({{#.}}{{.}}{{/.}}){{/l}}",
	    "{\"l\":[[1,2],[\"a\",\"b\"]]}", "(12)(ab)" },
	{ "items, triple", "{{#l}}({{{.}}}){{/l}}", "{\"l\":[\"<\",\"&\"]}",
	    "(<)(&)" },
	{ "items, ampersand", "{{#l}}({{&.}}){{/l}}", "{\"l\":[\"<\",\"&\"]}",
	    "(<)(&)" },
	{ "falsey items still take a turn", "{{#l}}({{.}}){{/l}}",
	    "{\"l\":[0,null,\"\",false]}", "(0)()()(false)" },
	{ "dotted, true", "({{#a.b.c}}x{{/a.b.c}})",
	    "{\"a\":{\"b\":{\"c\":true}}}", "(x)" },
	{ "dotted, false", "({{#a.b.c}}x{{/a.b.c}})",
	    "{\"a\":{\"b\":{\"c\":false}}}", "()" },
	{ "dotted, broken chain", "({{#a.b.c}}x{{/a.b.c}})", "{\"a\":{}}",
	    "()" },
	{ "blanks around stay", " | {{#a}}\t|\t{{/a}} | \n", "{\"a\":true}",
	    " | \t|\t | \n" },
	{ "blanks and lines inside stay",
	    " | {{#a}} {{! here }}\n {{/a}} | \n", "{\"a\":true}",
	    " |  \n  | \n" },
	{ "two sections of a line", " {{#a}}1{{/a}}\n {{#a}}2{{/a}}\n",
	    "{\"a\":true}", " 1\n 2\n" },
	{ "tags alone on a line vanish", "a\n{{#b}}\nb\n{{/b}}\nc\n",
	    "{\"b\":true}", "a\nb\nc\n" },
	{ "indented tags alone on a line", "a\n  {{#b}}\nb\n\t{{/b}}  \nc\n",
	    "{\"b\":true}", "a\nb\nc\n" },
	{ "lines end in CR LF", "|\r\n{{#a}}\r\n{{/a}}\r\n|", "{\"a\":true}",
	    "|\r\n|" },
	{ "no line before", "  {{#a}}\n#{{/a}}\n/", "{\"a\":true}", "#\n/" },
	{ "no line break behind", "#{{#a}}\n/\n  {{/a}}", "{\"a\":true}",
	    "#\n/\n" },
	{ "a list alone on lines", "{{#l}}\n- {{.}}\n{{/l}}\nend",
	    "{\"l\":[1,2]}", "- 1\n- 2\nend" },
	{ "padding", "|{{# a }}={{/ a }}|", "{\"a\":true}", "|=|" },
	/* Ours: what the specification leaves to languages. */
	{ "zero holds", "({{#a}}x{{/a}})", "{\"a\":0}", "(x)" },
	{ "empty text does not", "({{#a}}x{{/a}})", "{\"a\":\"\"}", "()" },
	{ "an empty object holds", "({{#a}}x{{/a}})", "{\"a\":{}}", "(x)" },
};

static const struct spec_case inverted[] = {
	{ "false", "({{^a}}x{{/a}})", "{\"a\":false}", "(x)" },
	{ "true", "({{^a}}x{{/a}})", "{\"a\":true}", "()" },
	{ "null", "({{^a}}x{{/a}})", "{\"a\":null}", "(x)" },
	{ "object", "({{^a}}x{{/a}})", "{\"a\":{\"b\":1}}", "()" },
	{ "list", "({{^a}}x{{/a}})", "{\"a\":[{\"b\":1}]}", "()" },
	{ "empty list", "({{^a}}x{{/a}})", "{\"a\":[]}", "(x)" },
	{ "absent", "({{^a}}x{{/a}})", "{}", "(x)" },
	{ "the same twice", "{{^a}}1{{/a}} 2 {{^a}}3{{/a}}",
	    "{\"a\":false}", "1 2 3" },
	{ "nested, falsey", "|A{{^a}}B{{^a}}C{{/a}}D{{/a}}E|",
	    "{\"a\":false}", "|ABCDE|" },
	{ "nested, truthy", "|A{{^a}}B{{^a}}C{{/a}}D{{/a}}E|",
	    "{\"a\":true}", "|AE|" },
	{ "the context stays", "{{#s}}{{^no}}{{n}}{{.}}{{/no}}{{/s}}",
	    "{\"s\":[\"v\"],\"n\":1}", "1v" },
	{ "dotted, true", "({{^a.b.c}}x{{/a.b.c}})",
	    "{\"a\":{\"b\":{\"c\":true}}}", "()" },
	{ "dotted, false", "({{^a.b.c}}x{{/a.b.c}})",
	    "{\"a\":{\"b\":{\"c\":false}}}", "(x)" },
	{ "dotted, broken chain", "({{^a.b.c}}x{{/a.b.c}})", "{\"a\":{}}",
	    "(x)" },
	{ "blanks around stay", " | {{^a}}\t|\t{{/a}} | \n", "{\"a\":false}",
	    " | \t|\t | \n" },
	{ "blanks and lines inside stay",
	    " | {{^a}} {{! here }}\n {{/a}} | \n", "{\"a\":false}",
	    " |  \n  | \n" },
	{ "two of a line", " {{^a}}1{{/a}}\n {{^a}}2{{/a}}\n",
	    "{\"a\":false}", " 1\n 2\n" },
	{ "tags alone on a line vanish", "a\n{{^b}}\nb\n{{/b}}\nc\n",
	    "{\"b\":false}", "a\nb\nc\n" },
	{ "indented tags alone on a line", "a\n  {{^b}}\nb\n  {{/b}}\nc\n",
	    "{\"b\":false}", "a\nb\nc\n" },
	{ "lines end in CR LF", "|\r\n{{^a}}\r\n{{/a}}\r\n|",
	    "{\"a\":false}", "|\r\n|" },
	{ "no line before", "  {{^a}}\n^{{/a}}\n/", "{\"a\":false}", "^\n/" },
	{ "no line break behind", "^{{^a}}\n/\n  {{/a}}", "{\"a\":false}",
	    "^\n/\n" },
	{ "padding", "|{{^ a }}={{/ a }}|", "{\"a\":false}", "|=|" },
	{ "section and inverse", "{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{\"a\":0}",
	    "yes" },
};

static const struct spec_case comments[] = {
	{ "in a line", "12{{! not this }}34", "{}", "1234" },
	{ "over lines", "12{{!\n  not\n  this\n}}34\n", "{}", "1234\n" },
	{ "alone on a line", "a\n{{! not this }}\nb\n", "{}", "a\nb\n" },
	{ "indented alone on a line", "a\n  {{! not this }}\nb\n", "{}",
	    "a\nb\n" },
	{ "lines end in CR LF", "|\r\n{{! not this }}\r\n|", "{}", "|\r\n|" },
	{ "no line before", "  {{! not this }}\n!", "{}", "!" },
	{ "no line break behind", "!\n  {{! not this }}", "{}", "!\n" },
	{ "over lines, alone on them", "a\n{{!\nnot this\n}}\nb\n", "{}",
	    "a\nb\n" },
	{ "over lines, indented", "a\n  {{!\n    not\n  }}\nb\n", "{}",
	    "a\nb\n" },
	{ "text before it keeps the line", "  12 {{! 34 }}\n", "{}",
	    "  12 \n" },
	{ "blanks around stay", "12 {{! not this }} 34", "{}", "12  34" },
	{ "a comment is no name", "({{! a }}{{!a}})", "{\"! a\":1,\"a\":2}",
	    "()" },
	{ "quotes and tags inside", "({{! it's {{a }})", "{\"a\":2}", "()" },
	{ "two on a line keep it", "{{! a }} {{! b }}\n", "{}", " \n" },
};

static const struct spec_case delimiters[] = {
	{ "a pair", "{{=<% %>=}}(<%a%>)", "{\"a\":\"x\"}", "(x)" },
	{ "special characters", "({{=[ ]=}}[a])", "{\"a\":\"x\"}", "(x)" },
	{ "sections",
	    "[\n{{#s}}\n  {{a}}\n  |a|\n{{/s}}\n\n{{= | | =}}\n|#s|\n  {{a}}\n"
	    "  |a|\n|/s|\n]\n", "{\"s\":true,\"a\":\"x\"}",
	    "[\n  x\n  |a|\n\n  {{a}}\n  x\n]\n" },
	{ "inverted",
	    "[\n{{^s}}\n  {{a}}\n  |a|\n{{/s}}\n\n{{= | | =}}\n|^s|\n  {{a}}\n"
	    "  |a|\n|/s|\n]\n", "{\"s\":false,\"a\":\"x\"}",
	    "[\n  x\n  |a|\n\n  {{a}}\n  x\n]\n" },
	{ "set in a section, good behind it", "{{#s}}{{=< >=}}<a></s><a>",
	    "{\"s\":[1,2],\"a\":\"x\"}", "xxx" },
	{ "there and back", "{{=<% %>=}}<%a%><%={{ }}=%>{{a}}<%a%>",
	    "{\"a\":1}", "11<%a%>" },
	{ "comment, ampersand and triple", "{{=<% %>=}}<%! no %><%&a%><%{a}%>",
	    "{\"a\":\"<\"}", "<<" },
	{ "blanks around stay", "| {{=@ @=}} |", "{}", "|  |" },
	{ "blanks in a line stay", " | {{=@ @=}}\n", "{}", " | \n" },
	{ "alone on a line", "a\n{{=@ @=}}\nb\n", "{}", "a\nb\n" },
	{ "indented alone on a line", "a\n  {{=@ @=}}\nb\n", "{}", "a\nb\n" },
	{ "lines end in CR LF", "|\r\n{{= @ @ =}}\r\n|", "{}", "|\r\n|" },
	{ "no line before", "  {{=@ @=}}\n=", "{}", "=" },
	{ "no line break behind", "=\n  {{=@ @=}}", "{}", "=\n" },
	{ "padding", "|{{= @   @ =}}|", "{}", "||" },
};

static struct json_object *
root(void *arg, const char *name)
{
	return json_get(arg, name);
}

static struct facts
facts_of(struct json_object *object)
{
	return (struct facts){ .root = root, .arg = object, .now = NOW };
}

/* What the template makes of the facts, or its error; to be freed. */
static char *
rendered(struct span source, enum tag_place place, const char *json,
    size_t limit)
{
	struct arena *arena = arena_new();
	struct json_object *object = json_load(arena, span_of(json));
	struct facts facts = facts_of(object);
	struct tag_error error = { 0, "" };
	struct buf out = { 0 };
	const struct tag *tag = tag_compile(arena, source, place, &error);

	if (object == NULL)
		buf_puts(&out, "the test's own JSON is bad");
	else if (tag == NULL)
		buf_printf(&out, "%zu: %s", error.at, error.text);
	else if (!tag_render(tag, &facts, arena, limit, &out))
		buf_puts(&out, out.n == 0 ? "(limit)" : "(limit, not cut)");
	buf_putc(&out, '\0');
	arena_free(&arena);
	return out.p;
}

static void
is_rendered(const char *source, enum tag_place place, const char *json,
    const char *expected, const char *name)
{
	char *got = rendered(span_of(source), place, json, LIMIT);

	is_text(got, expected, name);
	free(got);
}

static void
spec(const char *module, const struct spec_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char name[160];

		snprintf(name, sizeof name, "%s: %s", module, cases[i].name);
		is_rendered(cases[i].source, TAG_HTML, cases[i].facts,
		    cases[i].expected, name);
	}
}

static void
values(void)
{
	static const struct {
		const char *source, *json, *expected;
	} cases[] = {
		{ "{{a}}", "{\"a\":9223372036854775807}",
		    "9223372036854775807" },
		{ "{{a}}", "{\"a\":1e400}", "1e400" },
		{ "{{a}} {{b}}", "{\"a\":true,\"b\":false}", "true false" },
		{ "{{a}}", "{\"a\":{\"b\":[1,\"x/y\",null]}}",
		    "{\"b\":[1,\"x/y\",null]}" },
		{ "{{a}}", "{\"a\":[]}", "[]" },
		{ "{{a.1.b}}{{a.01.b}}{{a.2.b}}",
		    "{\"a\":[{},{\"b\":\"x\"}]}", "x" },
		{ "{{#l}}{{1}}{{/l}}", "{\"l\":[[1,2],[3,4]]}", "24" },
		{ "{{a.b}}", "{\"a\":\"text\"}", "" },
		{ "{{a-b}}{{@t}}{{\xc3\xa9}}",
		    "{\"a-b\":1,\"@t\":2,\"\xc3\xa9\":3}", "123" },
		{ "{{now}}", "{\"now\":\"no\"}", "2026-11-23T11:22:33.250000Z" },
		{ "{{#s}}{{now}}{{/s}}", "{\"s\":{\"now\":\"then\"}}", "then" },
		{ "{{#payload}}{{user}} {{.user}} {{now}} {{.now}} {{x}}{{/payload}}",
		    "{\"user\":\"jim\",\"payload\":{\"user\":\"eve\",\"now\":\"then\",\"x\":1}}",
		    "jim eve 2026-11-23T11:22:33.250000Z then 1" },
		{ "{{#payload.l}}{{#i}}{{user.a}} {{project}}{{.project}} {{.user.a}}{{/i}}"
		  "{{/payload.l}}", "{\"user\":{\"a\":1},\"payload\":{\"l\":[{\"i\":{\"project\":2,"
		  "\"user\":{\"a\":3}}}]}}", "1 2 3" },
		{ "{{#user}}{{project}}{{/user}}", "{\"user\":{\"project\":1},\"project\":2}", "1" },
		{ "{{#s}}{{#payload}}{{user}}{{/payload}}{{/s}}",
		    "{\"s\":{\"user\":1},\"payload\":{\"user\":2},\"user\":3}", "1" },
		{ "{{#a}}{{#b}}{{.x}}{{x}}{{/b}}{{/a}}", "{\"a\":{\"x\":1,\"b\":{}}}", "1" },
		{ "{{#a}}{{#b}}{{.x}}{{#.c}}{{.x}}{{.}}{{/.c}}{{/b}}{{/a}}",
		    "{\"a\":{\"x\":1,\"b\":true,\"c\":\"t\"}}", "11t" },
		{ "{{#a}}{{..b}}{{/a}}", "{\"a\":1}", "8: a name has no empty parts: '..b'" },
		{ "{{#now}}{{.}} {{now}}{{/now}}", "{}",
		    "2026-11-23T11:22:33.250000Z 2026-11-23T11:22:33.250000Z" },
		{ "{{ #a }}x{{ /a }}{{ ! no }}{{ & b }}",
		    "{\"a\":1,\"b\":2}", "x2" },
		{ "{a} }} {{{{a}}}", "{\"a\":1}",
		    "10: a name holds no quotes, braces, bars or control "
		    "characters" },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		is_rendered(cases[i].source, TAG_TEXT, cases[i].json,
		    cases[i].expected, cases[i].source);
}

static void
links(void)
{
	static const struct {
		const char *html, *expected; /* NULL: the same */
	} cases[] = {
		{ "<a href=\"https://a.example/?javascript:x\">b</a>", NULL },
		{ "<a href='JavaScript:x'>", "<a href='unsafe:JavaScript:x'>" },
		{ "<a\nclass=\"b\" HREF = \" java\tscript\n:x\">",
		    "<a\nclass=\"b\" HREF = \"unsafe: java\tscript\n:x\">" },
		{ "<a href=javascript:x>y", "<a href=unsafe:javascript:x>y" },
		{ "<img src=\"\x01vbscript:x\"><a/href=\"javascript:y\">",
		    "<img src=\"unsafe:\x01vbscript:x\"><a/href=\"unsafe:javascript:y\">" },
		{ "<a href=\"data:text/html,x\">", "<a href=\"unsafe:data:text/html,x\">" },
		{ "<img src=\"data:image/png;base64,AA==\">", NULL },
		{ "<img src=\"data:image/svg+xml,x\">", "<img src=\"unsafe:data:image/svg+xml,x\">" },
		{ "<a href=\"mailto:a@mail.example\"><a href=\"tel:1\"><a href=\"app://x\">", NULL },
		{ "<a href=\"/javascript:x\"><a href=\"#javascript:\"><a title=\"javascript:\">",
		    NULL },
		{ "javascript: <b>href=\"javascript:x\"</b> a < b href=javascript:x", NULL },
		{ "<a href", NULL }, { "<a href=", NULL }, { "<a href=\"java", NULL }, { "<", NULL },
		{ "<a = href=\"javascript:\"", "<a = href=\"unsafe:javascript:\"" },
		{ "<form action=\"javascript:x\"><x xlink:href='javascript:x'/>",
		    "<form action=\"unsafe:javascript:x\"><x xlink:href='unsafe:javascript:x'/>" },
		{ "<o:p href='javascript:x'>", "<o:p href='unsafe:javascript:x'>" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena *arena = arena_new();

		is_text(arena_string(arena, tag_html_links(arena, span_of(cases[i].html))),
		    cases[i].expected != NULL ? cases[i].expected : cases[i].html, cases[i].html);
		arena_free(&arena);
	}
}

static void
places(void)
{
	static const char all[] = "{\"a\":\"\\r\\n<&\\\"'\\u0085\xc3\xa9/\\\\\"}";
	static const struct {
		enum tag_place place;
		const char *source, *json, *expected;
	} cases[] = {
		{ TAG_TEXT, "{{a}}", all, "\r\n<&\"'\xc2\x85\xc3\xa9/\\" },
		{ TAG_TEXT, "{{{a}}}", all, "\r\n<&\"'\xc2\x85\xc3\xa9/\\" },
		{ TAG_HTML, "{{a}}", all,
		    "\r\n&lt;&amp;&quot;&#39;\xc2\x85\xc3\xa9/\\" },
		{ TAG_JSON, "{\"x\":\"{{a}}\"}", all,
		    "{\"x\":\"\\r\\n<&\\\"'\xc2\x85\xc3\xa9/\\\\\"}" },
		{ TAG_JSON, "{\"x\":{{{a}}}}", all,
		    "{\"x\":\"\\r\\n<&\\\"'\xc2\x85\xc3\xa9/\\\\\"}" },
		{ TAG_JSON, "{\"x\":{{&a}}}", all,
		    "{\"x\":\"\\r\\n<&\\\"'\xc2\x85\xc3\xa9/\\\\\"}" },
		{ TAG_URL, "https://h.example/{{a}}?b c", all,
		    "https://h.example/%0D%0A%3C%26%22%27%C2%85%C3%A9%2F%5C"
		    "?b c" },
		{ TAG_URL, "{{{a}}}{{&a}}", "{\"a\":\"/?\"}",
		    "%2F%3F%2F%3F" },
		{ TAG_HEADER, "S: {{a}}", all, "S:   <&\"'  \xc3\xa9/\\" },
		{ TAG_HEADER, "{{{a}}}{{&a}}", "{\"a\":\"x\\r\\nBcc: y\"}",
		    "x  Bcc: yx  Bcc: y" },
		{ TAG_HEADER, "x\r\nBcc: {{a}}\x7f", "{\"a\":\"\\t\\u0000\"}",
		    "x  Bcc:    " },
		{ TAG_JSON, "{\"id\": {{{p.id}}} }", "{\"p\":{\"id\":7}}",
		    "{\"id\": 7 }" },
		{ TAG_JSON, "{{{a}}},{{{b}}},{{{c}}},{{{d}}}",
		    "{\"a\":null,\"c\":[1,{\"x\":\"/\"}],\"d\":true}",
		    "null,null,[1,{\"x\":\"/\"}],true" },
		{ TAG_JSON, "{{a}}|{{b}}|{{c}}",
		    "{\"a\":null,\"b\":[\"x\"],\"c\":1.50}",
		    "|[\\\"x\\\"]|1.50" },
		{ TAG_JSON, "{{{a}}} {{{a | default 'x'}}} {{{b | default '0'}}}",
		    "{\"a\":\"\"}", "\"\" x 0" },
		{ TAG_JSON, "{{{a | default '0'}}} {{{a | number}}} {{{b | upper}}}",
		    "{\"a\":1234,\"b\":\"q\\\"\"}", "1234 \"1,234\" \"Q\\\"\"" },
		{ TAG_JSON, "{{{a | date}}} {{{b | date}}}", "{\"a\":0}",
		    "\"1970-01-01\" null" },
		{ TAG_HTML, "{{a | default '<'}}{{{a | default '<'}}}", "{}",
		    "&lt;<" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char name[120];

		snprintf(name, sizeof name, "place %d, case %zu",
		    (int)cases[i].place, i);
		is_rendered(cases[i].source, cases[i].place, cases[i].json,
		    cases[i].expected, name);
	}
}

static void
formats(void)
{
	static const struct {
		const char *tag, *json, *expected;
	} cases[] = {
		{ "{{a | date}}", "{\"a\":\"2026-02-03T23:59:58Z\"}",
		    "2026-02-03" },
		{ "{{a|date}}", "{\"a\":\"2026-02-03T23:59:58-01:00\"}",
		    "2026-02-04" },
		{ "{{a | date}}", "{\"a\":\"2026-02-03\"}", "2026-02-03" },
		{ "{{a | date}}", "{\"a\":1700000000}", "2023-11-14" },
		{ "{{a | date}}", "{\"a\":\"1700000000\"}", "2023-11-14" },
		{ "{{a | date}}", "{\"a\":1700000000123}", "2023-11-14" },
		{ "{{a | date}}", "{\"a\":99999999999}", "5138-11-16" },
		{ "{{a | date}}", "{\"a\":100000000000}", "1973-03-03" },
		{ "{{a | date}}", "{\"a\":-62135596800}", "0001-01-01" },
		{ "{{a | date}}", "{\"a\":-62135596801}", "-62135596801" },
		{ "{{a | date}}", "{\"a\":253402300799999}", "9999-12-31" },
		{ "{{a | date}}", "{\"a\":253402300800000}",
		    "253402300800000" },
		{ "{{a | date}}", "{\"a\":\"soon\"}", "soon" },
		{ "({{a | date}})", "{\"a\":null}", "()" },
		{ "{{now | date \"%d.%m.%Y %H:%M:%S\"}}", "{}",
		    "23.11.2026 11:22:33" },
		{ "{{now | date '%A %a %B %b %j 100%%'}}", "{}",
		    "Monday Mon November Nov 327 100%" },
		{ "({{now | date ''}})", "{}", "()" },
		{ "{{now | date '%H:%M %Z %z' 'Europe/Berlin'}}", "{}", "12:22 CET +0100" },
		{ "{{a | date '%d %b %H:%M' \"America/New_York\" | upper}}",
		    "{\"a\":\"2026-07-01T02:00:00Z\"}", "30 JUN 22:00" },
		{ "{{now | date '%H:%M %Z %z'}}", "{}", "11:22 UTC +0000" },
		{ "{{now | date '%z' 'Asia/Kathmandu'}} {{now | date '%z' 'America/St_Johns'}}",
		    "{}", "+0545 -0330" },
		{ "{{now | date '}} \"'}}", "{}", "}} \"" },
		{ "{{{now | date '}}}'}}}", "{}", "}}}" },
		{ "{{#s}}{{. | date '%Y'}} {{/s}}", "{\"s\":[0,\"2001-01-01\"]}",
		    "1970 2001 " },
		{ "{{a | number}}", "{\"a\":1234567}", "1,234,567" },
		{ "{{a | number}}", "{\"a\":-1234.56789}", "-1,234.56789" },
		{ "{{a | number}}", "{\"a\":-123}", "-123" },
		{ "{{a | number}}", "{\"a\":\"100000\"}", "100,000" },
		{ "{{a | number}}", "{\"a\":0}", "0" },
		{ "{{a | number}}", "{\"a\":1e100}", "1e100" },
		{ "{{a | number}}", "{\"a\":\"0049123\"}", "0049123" },
		{ "{{a | number}}", "{\"a\":\"1234.\"}", "1234." },
		{ "{{a | number}}", "{\"a\":\"1234x\"}", "1234x" },
		{ "{{a | number}}", "{\"a\":\"-\"}", "-" },
		{ "{{a | upper}}", "{\"a\":\"stra\xc3\x9f" "e \xc3\xa9i\"}",
		    "STRASSE \xc3\x89I" },
		{ "{{a | lower}}", "{\"a\":\"\xc3\x84I x\"}", "\xc3\xa4i x" },
		{ "({{a | upper}})", "{}", "()" },
		{ "{{a | ago}}, {{b | ago}}, {{c | ago}}, {{d | ago}}", "{\"a\":\"2026-11-23T20:58:00Z\","
		    "\"b\":\"2026-11-24T01:00:00Z\",\"c\":\"2025-01-01\",\"d\":\"soon\"}",
		    "in 9 h, in 13 h, 1 year ago, soon" },
		{ "/x/{{a | path}}", "{\"a\":\"phone/a&b c?\"}", "/x/phone/a%26b%20c%3F" },
		{ "{{a | default \"none\"}}", "{}", "none" },
		{ "{{a | default 'none'}}", "{\"a\":\"\"}", "none" },
		{ "{{a | default 'none'}}", "{\"a\":null}", "none" },
		{ "{{a | default 'none'}}", "{\"a\":0}", "0" },
		{ "{{a | default 'it\\'s \\\\ \\n'}}", "{}", "it's \\ \\n" },
		{ "{{a | default \"o'\\\"c\"}}", "{}", "o'\"c" },
		{ "{{a | default \"x\" | upper}}", "{}", "X" },
		{ "{{a|upper|default\"x\"}}", "{}", "x" },
		{ "{{& a | upper}}{{{ a | upper }}}", "{\"a\":\"x\"}", "XX" },
		{ "{{ a\n | date\n '%Y'\n}}", "{\"a\":0}", "1970" },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		is_rendered(cases[i].tag, TAG_TEXT, cases[i].json,
		    cases[i].expected, cases[i].tag);
}

static void
errors(void)
{
	static const char names[] = "a name holds no quotes, braces, bars or "
	    "control characters";
	static const struct {
		const char *source;
		size_t at;
		const char *text;
	} cases[] = {
		{ "x{{>a}}", 1, "templates have no partials" },
		{ "x{{> a}}", 1, "templates have no partials" },
		{ "x{{<a}}{{/a}}", 1, "templates have no parents" },
		{ "x{{$a}}{{/a}}", 1, "templates have no blocks" },
		{ "x{{a", 1, "the tag that begins here has no closing }}" },
		{ "x{{", 1, "the tag that begins here has no closing }}" },
		{ "x{{{a}}", 1, "the tag that begins here has no closing }}}" },
		{ "{{=a b}}", 0, "the tag that begins here has no closing =}}" },
		{ "{{a | default \"x}}", 0,
		    "the tag that begins here has no closing }}" },
		{ "{{}}", 2, "this tag is empty" },
		{ "{{ # }}x", 5, "this tag is empty" },
		{ "{{a b}}", 4, "a name holds no blanks; a format follows" },
		{ "{{#a b}}", 4, "a name holds no blanks" },
		{ "{{a}b}}", 3, names },
		{ "{{#a\x01}}", 4, names },
		{ "{{a..b}}", 3, "a name has no empty parts: 'a..b'" },
		{ "{{.a}}", 2, "'.' is the value of a section" },
		{ "{{.a.}}", 4, "a name has no empty parts: '.a.'" },
		{ "{{a.}}", 3, "a name has no empty parts: 'a.'" },
		{ "{{..}}", 2, "a name has no empty parts" },
		{ "{{.}}", 2, "'.' is the value of a section" },
		{ "{{^a}}{{.}}{{/a}}", 8, "'.' is the value of a section" },
		{ "{{#a}}{{/a}}{{.}}", 14, "'.' is the value of a section" },
		{ "x{{/a}}", 1, "no section 'a' is open here" },
		{ "{{#a}}x", 3, "section 'a' is not closed" },
		{ "{{#a}}{{#b}}{{/a}}", 12,
		    "section 'b' is open here and must be closed before 'a'" },
		{ "{{#a.b}}{{/a}}", 8, "section 'a.b' is open here" },
		{ "{{#a | upper}}{{/a}}", 3, "a section takes no format" },
		{ "{{=a=}}", 0, "new delimiters are two words" },
		{ "{{= =}}", 0, "new delimiters are two words" },
		{ "{{=a b c=}}", 0, "new delimiters are two words" },
		{ "{{=a= b=}}", 0, "new delimiters are two words" },
		{ "{{=a 12345678901234567=}}", 0,
		    "new delimiters are two words" },
		{ "{{a | uper}}", 6,
		    "there is no format 'uper'; did you mean 'upper'?" },
		{ "{{a | Date}}", 6, "there is no format 'Date'; did you mean "
		    "'date'?" },
		{ "{{a | numbre '}}'}}", 6, "there is no format 'numbre'; did "
		    "you mean 'number'?" },
		{ "{{a | currency}}", 6, "there is no format 'currency'; the "
		    "formats are date, number, upper, lower, default, ago and path" },
		{ "{{a | abcdefghijklmnopqrstuvwxyz}}", 6,
		    "there is no format 'abcdefghijklmnopqrstuvwxyz'; the" },
		{ "{{a | }}", 5, "behind '|' belongs a format" },
		{ "{{a | 'x'}}", 6, "behind '|' belongs a format" },
		{ "{{ | upper}}", 3, "this tag is empty" },
		{ "{{a | upper 'x'}}", 12, "upper takes no text" },
		{ "{{a | upper x}}", 12, "behind this format belongs '|'" },
		{ "{{a | date x}}", 11, "behind a format belongs a quoted" },
		{ "{{a | default}}", 13, "default needs a quoted text" },
		{ "{{a | default | upper}}", 14, "default needs a quoted" },
		{ "{{a | date '%y'}}", 11, "a date pattern knows %Y %m" },
		{ "{{a | date '%Y' 'Europe/Berlim'}}", 16, "there is no time zone" },
		{ "{{a | date '%Y' '../../etc/passwd'}}", 16, "there is no time zone" },
		{ "{{a | date '%'}}", 11, "a date pattern knows %Y %m" },
		{ "{{a | date '%Y' upper}}", 16, "the next format follows" },
		{ "{{a|upper|upper|upper|upper|upper|upper|upper|upper|upper}}",
		    51, "too many formats" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena *arena = arena_new();
		struct tag_error error = { 999, "" };
		bool good = tag_compile(arena, span_of(cases[i].source),
		    TAG_HTML, &error) == NULL && error.at == cases[i].at &&
		    strncmp(error.text, cases[i].text,
		    strlen(cases[i].text)) == 0;

		if (!ok(good, "refused: %s", cases[i].source))
			printf("# %zu: %s\n", error.at, error.text);
		arena_free(&arena);
	}
}

/* The text so many times, between two others; to be freed. */
static struct buf
repeated(const char *before, const char *text, size_t n, const char *behind)
{
	struct buf buf = { 0 };

	buf_puts(&buf, before);
	for (size_t i = 0; i < n; i++)
		buf_puts(&buf, text);
	buf_puts(&buf, behind);
	return buf;
}

static void
is_repeated(struct buf *source, const char *json, size_t limit,
    const char *expected, const char *name)
{
	char *got = rendered(buf_bytes(source), TAG_HTML, json, limit);
	size_t n = strlen(expected);

	if (!ok(strncmp(got, expected, n) == 0, "%s", name))
		printf("#      got: %.100s\n# expected: %s\n", got, expected);
	free(got);
	buf_free(source);
}

static void
bounds(void)
{
	static const char list[] = "{\"l\":[[0,0,0,0,0,0,0,0]],"
	    "\"m\":[0,0,0,0,0,0,0,0,0,0],\"a\":\"&&&\"}";
	struct buf source, tail;

	source = repeated("", "{{#m}}", 32, "");
	tail = repeated("", "{{/m}}", 32, "");
	buf_span(&source, buf_bytes(&tail));
	is_repeated(&source, list, LIMIT, "(limit)",
	    "10^32 silent turns end early");
	buf_free(&tail);
	source = repeated("", "{{^x}}", 32, "deep");
	tail = repeated("", "{{/x}}", 32, "");
	buf_span(&source, buf_bytes(&tail));
	is_repeated(&source, list, LIMIT, "deep", "32 deep is allowed");
	source = repeated("", "{{^x}}", 33, "deep");
	is_repeated(&source, list, LIMIT,
	    "192: sections stand at most 32 deep in each other", "33 deep");
	buf_free(&tail);

	source = repeated("", "x", 256 * 1024, "");
	is_repeated(&source, list, 256 * 1024, "xxx", "256 KiB of source");
	source = repeated("", "x", 256 * 1024, "y");
	is_repeated(&source, list, 256 * 1024,
	    "262144: a template is at most 256 KiB long", "one byte more");
	source = repeated("{{", "n", 256, "}}");
	is_repeated(&source, list, LIMIT, "", "a name of 256 bytes");
	source = repeated("{{", "n", 257, "}}");
	is_repeated(&source, list, LIMIT,
	    "2: a name is at most 256 bytes long", "one byte more");
	source = repeated("{{now | date '", "x", 257, "'}}");
	is_repeated(&source, list, LIMIT,
	    "13: a date pattern is at most 256 bytes long", "long pattern");

	source = repeated("", "{{a}}", 2, "1");
	is_repeated(&source, list, 31,
	    "&amp;&amp;&amp;&amp;&amp;&amp;1", "just within the limit");
	source = repeated("", "{{a}}", 2, "1");
	is_repeated(&source, list, 30, "(limit)", "text beyond the limit");
	source = repeated("", "{{a}}", 2, "");
	is_repeated(&source, list, 29, "(limit)", "escapes beyond the limit");
	source = repeated("", "{{a}}", 1, "");
	is_repeated(&source, list, 2, "(limit)", "value beyond the limit");
	source = repeated("", " \t{{! }}", 32768, "");
	is_repeated(&source, list, 65536, " \t \t", "many tags on a line");
}

static void
collect(void *arg, struct span name, size_t at)
{
	buf_printf(arg, "%zu:%.*s ", at, (int)name.n, name.p);
}

static void
doors(void)
{
	static const char source[] = "{{user.a}}{{#list}}{{b}}{{#c}}{{/c}}"
	    "{{/list}}{{^d}}{{e | upper}}{{/d}}{{!f}}";
	struct arena *arena = arena_new();
	struct json_object *object = json_load(arena,
	    SPAN("{\"a\":\"x\\u0000<\"}"));
	struct facts facts = facts_of(object), none = { .now = NOW };
	char copy[] = "{{a}} {{now | date}}";
	struct tag_error error;
	const struct tag *tag;
	struct buf out = { 0 };

	tag = tag_compile(arena, span_of(source), TAG_TEXT, &error);
	tag_names(tag, collect, &out);
	buf_putc(&out, '\0');
	is_text(out.p, "2:user.a 13:list 48:d 53:e ", "names for roots");
	out.n = 0;
	ok(!tag_is_plain(tag), "tags are not plain");
	tag = tag_compile(arena, SPAN("{ no {} tag }}"), TAG_TEXT, &error);
	ok(tag_is_plain(tag), "text is plain");
	tag = tag_compile(arena, SPAN("{{! }}"), TAG_TEXT, &error);
	ok(!tag_is_plain(tag), "a comment is not plain");

	tag = tag_compile(arena, span_of(copy), TAG_HTML, &error);
	memset(copy, 'z', sizeof copy - 1);
	buf_puts(&out, "kept ");
	ok(tag_render(tag, &facts, arena, 17, &out) &&
	    span_eq(buf_bytes(&out), SPAN("kept x\0&lt; 2026-11-23")),
	    "appends, keeps a NUL, outlives its source");
	ok(tag_render(tag, &none, arena, 11, &out) &&
	    span_eq(buf_bytes(&out),
	    SPAN("kept x\0&lt; 2026-11-23 2026-11-23")), "no roots at all");
	ok(!tag_render(tag, &facts, arena, 16, &out) && out.n == 33,
	    "cut back to what was there");
	ok(tag_render(tag, &none, arena, SIZE_MAX, &out), "no limit");
	tag = tag_compile(arena, (struct span){ NULL, 0 }, TAG_JSON, &error);
	ok(tag != NULL && tag_render(tag, &none, arena, 0, &out),
	    "nothing fits into nothing");
	ok(tag_compile(arena, SPAN("{{a | date '%\0'}}"), TAG_TEXT, &error) ==
	    NULL, "refused: NUL in a date pattern");
	buf_free(&out);
	arena_free(&arena);
}

/* Values that no reader of JSON lets pass. */
static void
not_utf8(void)
{
	struct arena *arena = arena_new();
	struct json_object *object = json_new_object(arena);
	struct facts facts = facts_of(object);
	struct tag_error error;
	struct buf out = { 0 };

	json_set_text(object, "a", SPAN("aB\xff" "z"));
	ok(tag_render(tag_compile(arena, SPAN("{{a|upper}}{{a|lower}}"),
	    TAG_TEXT, &error), &facts, arena, LIMIT, &out) &&
	    span_eq(buf_bytes(&out),
	    SPAN("AB\xef\xbf\xbdZab\xef\xbf\xbdz")),
	    "letters beside bytes that are not UTF-8");
	out.n = 0;
	ok(tag_render(tag_compile(arena, SPAN("\"{{a}}\"{{{a}}}"), TAG_JSON,
	    &error), &facts, arena, LIMIT, &out) && span_eq(buf_bytes(&out),
	    SPAN("\"aB\xef\xbf\xbdz\"\"aB\xef\xbf\xbdz\"")),
	    "JSON stays UTF-8");
	buf_free(&out);
	arena_free(&arena);
}

static bool
part(void *arg, struct span name, struct span *text_r)
{
	static const struct { const char *name, *text; } parts[] = {
		{ "bold", "<b>{{.}}</b>" },
		{ "list", "{{#list}}\n{{>bold}}\n{{/list}}\n" },
		{ "delimiters", "{{=<% %>=}}<% a %>" },
		{ "open", "{{#list}}" },
		{ "close", "{{/list}}" },
		{ "wrong", "{{a" },
		{ "circle", "{{>circle}}" },
	};

	(void)arg;
	for (size_t i = 0; i < COUNT(parts); i++)
		if (span_is(name, parts[i].name)) {
			*text_r = span_of(parts[i].text);
			return true;
		}
	return false;
}

static void
partials(void)
{
	static const struct { const char *source, *expected; } cases[] = {
		{ "<p>{{>list}}</p>", "<p><b>&lt;1&gt;</b><b>2</b></p>" },
		{ "{{>delimiters}}{{a}}<% a %>", "aa<% a %>" },
		{ "{{#list}}\n  {{>bold}}\n{{/list}}", "<b>&lt;1&gt;</b><b>2</b>" },
		{ "{{#list}}{{a}}{{/list}}{{#deep}}{{a}}{{.a}}{{b}}{{/deep}}", "aaaunder2" },
		{ "{{>none}}", "there is no part 'none'" },
		{ "{{>open}}x{{/list}}", "in open: section 'list' is not closed" },
		{ "{{#list}}{{>close}}", "in close: a section ends in another part" },
		{ "{{>wrong}}", "in wrong: the tag that begins here has no closing }}" },
		{ "{{>circle}}", "in circle: in circle: in circle: in circle: in circle: in circle: "
		    "in circle: in circle: partials stand at most 8 deep in each other" },
	};
	static const char *const roots[] = { "a", NULL };
	struct arena *arena = arena_new();
	struct json_object *object = json_load(arena,
	    SPAN("{\"a\":\"a\",\"list\":[\"<1>\",2],"
	    "\"deep\":{\"a\":\"under\",\"b\":2}}"));
	struct facts facts = facts_of(object);

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tag_error error = { 0, "" };
		struct buf out = { 0 };
		const struct tag *tag = tag_compile_with(arena, span_of(cases[i].source), TAG_HTML,
		    &(struct tag_parts){ .part = part, .roots = roots }, &error);

		if (tag == NULL)
			buf_puts(&out, error.text);
		else
			tag_render(tag, &facts, arena, LIMIT, &out);
		buf_putc(&out, '\0');
		is_text(out.p, cases[i].expected, cases[i].source);
		buf_free(&out);
	}
	arena_free(&arena);
}

int
main(void)
{
	spec("interpolation", interpolation, COUNT(interpolation));
	spec("sections", sections, COUNT(sections));
	spec("inverted", inverted, COUNT(inverted));
	spec("comments", comments, COUNT(comments));
	spec("delimiters", delimiters, COUNT(delimiters));
	values();
	places();
	links();
	formats();
	partials();
	errors();
	bounds();
	doors();
	not_utf8();
	return tap_done();
}
