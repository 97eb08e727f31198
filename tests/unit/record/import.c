/* SPDX-License-Identifier: ISC */
#include "base/buf.h"
#include "record/import.h"
#include "record/schema.h"
#include "tap.h"

#include <stdlib.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define ADVICE ": save the file as \"CSV UTF-8\", or name its encoding, such as " \
	"--encoding windows-1252 for an older Excel\n"
#define BYTES(literal) { (literal), sizeof(literal) - 1 }
#define BEYOND (IMPORT_ROW_MAX + 100)

static void
on_document(void *arg, size_t line, struct span json)
{
	buf_printf(arg, "%zu %.*s\n", line, (int)json.n, json.p);
}

static void
on_error(void *arg, size_t line, const char *sentence)
{
	buf_printf(arg, "%zu! %s\n", line, sentence);
}

static void
on_note(void *arg, size_t line, const char *sentence)
{
	buf_printf(arg, "%zu: %s\n", line, sentence);
}

/* Everything that is told, by line; "stop" when the rest was not read. */
static char *
told_as(const char *kind, struct span csv, size_t chunk, const char *encoding, bool clears)
{
	struct buf out = { 0 };
	struct import_options options = { .sink = { .document = on_document, .error = on_error,
		.note = on_note, .arg = &out }, .encoding = encoding, .clear_empty = clears };
	struct error error = { 0 };
	struct import *import = import_new(span_of(kind), &options, &error);
	bool good = true;

	for (size_t at = 0; good && at < csv.n; at += chunk) {
		size_t n = csv.n - at < chunk ? csv.n - at : chunk;

		/* A copy of its own, so that reading beyond it is noticed. */
		char *piece = malloc(n);

		memcpy(piece, csv.p + at, n);
		good = import_feed(import, (struct span){ piece, n });
		free(piece);
	}
	if (!import_end(import))
		buf_puts(&out, "stop\n");
	import_free(&import);
	buf_put(&out, "", 1);
	return out.p;
}

static char *
told(const char *kind, struct span csv, size_t chunk)
{
	return told_as(kind, csv, chunk, NULL, false);
}

static const struct {
	const char *kind, *csv, *expected;
} files[] = {
	{ "user", "email\nann@mail.example\n",
	    "2 {\"kind\":\"user\",\"email\":\"ann@mail.example\"}\n" },
	{ "user", "email,roles,teams,projects,optOut,fields.Plan b,fields.x\r\n"
	    "a@b.example,admin; tester ,phone/vip;;all,,TRUE,\"say \"\"x\"\"\",\r\n"
	    "c@d.example,,,a,false,,1",
	    "2 {\"kind\":\"user\",\"email\":\"a@b.example\",\"roles\":[\"admin\",\"tester\"],"
	    "\"teams\":[\"phone/vip\",\"all\"],\"optOut\":true,"
	    "\"fields\":{\"Plan b\":\"say \\\"x\\\"\"}}\n"
	    "3 {\"kind\":\"user\",\"email\":\"c@d.example\",\"projects\":[\"a\"],"
	    "\"optOut\":false,\"fields\":{\"x\":\"1\"}}\n" },
	{ "user", "\xef\xbb\xbf\"E-mail\",First Name,LAST_NAME,Created at\n"
	    " a@b.example , Ann ,\" Ito \",2026-01-31\n",
	    "2 {\"kind\":\"user\",\"email\":\"a@b.example\",\"firstName\":\"Ann\","
	    "\"lastName\":\"Ito\",\"createdAt\":\"2026-01-31\"}\n" },
	{ "feedback", "project,id,type,title,status,submitter,exposure,votes,blocking,"
	    "followers\nphone,1042,issue,Crash,Open,ann@mail.example,public, 7 ,false,"
	    "a@b.example;c@d.example\n",
	    "2 {\"kind\":\"feedback\",\"project\":\"phone\",\"id\":\"1042\",\"type\":\"issue\","
	    "\"title\":\"Crash\",\"status\":\"Open\",\"submitter\":\"ann@mail.example\","
	    "\"exposure\":\"public\",\"votes\":7,\"blocking\":false,"
	    "\"followers\":[\"a@b.example\",\"c@d.example\"]}\n" },
	/* Lines are counted as an editor does. */
	{ "user", "\n\nemail,username\n\na,\"1\n2\r\n3\"\n\n,\n  \nb,2\n",
	    "5 {\"kind\":\"user\",\"email\":\"a\",\"username\":\"1\\n2\\r\\n3\"}\n"
	    "11 {\"kind\":\"user\",\"email\":\"b\",\"username\":\"2\"}\n" },
	{ "user", "email\ra\r\rb", "2 {\"kind\":\"user\",\"email\":\"a\"}\n"
	    "4 {\"kind\":\"user\",\"email\":\"b\"}\n" },
	/* Rows with errors are passed over, and all errors of a row are told. */
	{ "feedback", "project,title,votes,blocking\nphone,a,many,maybe\nphone,b\n"
	    "phone,c,1,true,x,y\nphone,\xff,\xc3,\nphone,d,,\n",
	    "2! votes: an integer is expected, got \"many\"\n"
	    "2! blocking: \"true\" or \"false\" is expected, got \"maybe\"; replace the "
	    "spreadsheet's words in this column by these\n"
	    "3 {\"kind\":\"feedback\",\"project\":\"phone\",\"title\":\"b\"}\n"
	    "4! the row has 6 cells, the header has 4\n"
	    "5! the text in column 2 is not UTF-8 at the byte 0xff" ADVICE
	    "5! the text in column 3 is not UTF-8 at the byte 0xc3" ADVICE
	    "6 {\"kind\":\"feedback\",\"project\":\"phone\",\"title\":\"d\"}\n" },
	{ "user", "email,username\nx\"y,1\n\"x\"y,2\n\"a\nb\"c,3\nd,\"4\"\n",
	    "2! a quotation mark must enclose a whole cell, and be doubled inside it\n"
	    "3! a quotation mark must enclose a whole cell, and be doubled inside it\n"
	    "4! a quotation mark must enclose a whole cell, and be doubled inside it\n"
	    "6 {\"kind\":\"user\",\"email\":\"d\",\"username\":\"4\"}\n" },
	{ "user", "email\na\n\"b\nc\n", "2 {\"kind\":\"user\",\"email\":\"a\"}\n"
	    "3! the quotation mark that closes a cell is missing\nstop\n" },
	/* Headers. */
	{ "user", "emial,nick,fields.,,E-MAIL,email\na,b,c,d,e,f\n",
	    "1! unknown column \"emial\"; did you mean \"email\"?\n"
	    "1! unknown column \"nick\"; a field of your own is called \"fields.nick\"\n"
	    "1! column 3 has no name behind \"fields.\"\n"
	    "1! the column \"email\" is there twice\nstop\n" },
	{ "user", "email,usrname,lsatNames\n",
	    "1! unknown column \"usrname\"; did you mean \"username\"?\n"
	    "1! unknown column \"lsatNames\"; did you mean \"lastName\"?\nstop\n" },
	{ "user", "fields.a,Fields.a\n", "1! the column \"Fields.a\" is there twice\nstop\n" },
	{ "user", "fields.a,fields.A,username\n", "1! the file needs a column \"email\" or "
	    "\"id\"\nstop\n" },
	{ "feedback", "updateAt,x\n", "1! unknown column \"updateAt\"; did you mean "
	    "\"updatedAt\"?\n1! unknown column \"x\"; a field of your own is called "
	    "\"fields.x\"\nstop\n" },
	{ "feedback", "\nid\n1\n", "3 {\"kind\":\"feedback\",\"id\":\"1\"}\n" },
	{ "feedback", "title\na\n", "1! the file needs a column \"id\", or \"project\" and "
	    "\"title\" for new tickets\nstop\n" },
	{ "user", "email,lastN\xe4me\n", "1! the text in column 2 is not UTF-8 at the byte 0xe4"
	    ADVICE "stop\n" },
	{ "user", "email,fields.a\x01" "b\n",
	    "1! the name of column 2 has a control character: \"fields.a\\x01b\"\nstop\n" },
	/* What spreadsheets write. */
	{ "user", "email,firstName,,\r\nann@mail.example,Ann,,\r\nkim@mail.example\r\n"
	    "lee@mail.example,Lee,,,,\r\n",
	    "2 {\"kind\":\"user\",\"email\":\"ann@mail.example\",\"firstName\":\"Ann\"}\n"
	    "3 {\"kind\":\"user\",\"email\":\"kim@mail.example\"}\n"
	    "4 {\"kind\":\"user\",\"email\":\"lee@mail.example\",\"firstName\":\"Lee\"}\n" },
	{ "user", "email,,firstName\na,b,c\nd,,e\n",
	    "2! there is a cell in column 2, which has no name\n"
	    "3 {\"kind\":\"user\",\"email\":\"d\",\"firstName\":\"e\"}\n" },
	{ "user", "sep=,\r\nemail,username\r\na,b\r\n",
	    "3 {\"kind\":\"user\",\"email\":\"a\",\"username\":\"b\"}\n" },
	{ "user", "\xef\xbb\xbf" "SEP=;\nemail;username\n\na;b,c\n",
	    "4 {\"kind\":\"user\",\"email\":\"a\",\"username\":\"b,c\"}\n" },
	{ "user", "sep=|\remail|username\ra|b",
	    "3 {\"kind\":\"user\",\"email\":\"a\",\"username\":\"b\"}\n" },
	{ "user", "email;username;teams\na;\"b;c\";\"x;y\"\n",
	    "2 {\"kind\":\"user\",\"email\":\"a\",\"username\":\"b;c\","
	    "\"teams\":[\"x\",\"y\"]}\n" },
	{ "user", "email\tusername\tfields.x,y\na\t\tb\n",
	    "2 {\"kind\":\"user\",\"email\":\"a\",\"fields\":{\"x,y\":\"b\"}}\n" },
	{ "user", "\"fields.a;b;c\",email,\"fie\nlds\"\n",
	    "1! unknown column \"fie\\x0alds\"; a field of your own is called "
	    "\"fields.fie\\x0alds\"\nstop\n" },
	/* Lists of ours. */
	{ "user", "id,email,score,teams,data.usage.launches\n3,a@b.example,17,\"phone/vip, "
	    "alumni\",41\n",
	    "1: the column \"score\" is passed over: it is derived, or not for a cell\n"
	    "1: the column \"data.usage.launches\" is passed over: it is derived, or not for a "
	    "cell\n"
	    "2 {\"kind\":\"user\",\"id\":\"3\",\"email\":\"a@b.example\","
	    "\"teams\":[\"phone/vip\",\"alumni\"]}\n" },
	{ "user", "email\n\" ann@mail.example \"\n",
	    "2 {\"kind\":\"user\",\"email\":\"ann@mail.example\"}\n" },
	{ "user", "\xef\xbb\xa0,email\n", "1! unknown column \"ﻠ\"; a field of your own "
	    "is called \"fields.ﻠ\"\nstop\n" },
	{ "user", "em\"ail\na\n",
	    "1! a quotation mark must enclose a whole cell, and be doubled inside it\nstop\n" },
	{ "user", "", "1! the file is empty: its first row must name the columns\nstop\n" },
	{ "user", "\xef\xbb\xbf",
	    "1! the file is empty: its first row must name the columns\nstop\n" },
	{ "user", "\n,\n", "2! the file is empty: its first row must name the columns\nstop\n" },
	{ "user", "email\n", "" },
};

static void
test_files(void)
{
	static const size_t chunks[] = { 1, 2, 3, 7, 10000 };

	for (size_t i = 0; i < COUNT(files); i++)
		for (size_t j = 0; j < COUNT(chunks); j++) {
			char *got = told(files[i].kind, span_of(files[i].csv), chunks[j]);
			char name[40];

			snprintf(name, sizeof name, "file %zu by %zu bytes", i, chunks[j]);
			is_text(got, files[i].expected, name);
			free(got);
		}
}

static void
test_bounds(void)
{
	struct import_options options = { .sink = { .document = on_document, .error = on_error,
		.note = on_note } };
	struct error error = { 0 };
	struct buf csv = { 0 };
	char *got;

	ok(import_new(SPAN("project"), &options, &error) == NULL, "projects are not imported");
	buf_puts(&csv, "email,username\na,\"");
	memset(buf_room(&csv, BEYOND), 'x', BEYOND);
	csv.n += IMPORT_ROW_MAX - 5;
	buf_puts(&csv, "\"\nb,c\n");
	got = told("user", buf_bytes(&csv), 4096);
	ok(strlen(got) > IMPORT_ROW_MAX && strstr(got, "\n3 {") != NULL,
	    "a row of exactly the greatest size");
	free(got);
	csv.n = 15;
	memset(buf_room(&csv, BEYOND), 'x', BEYOND);
	csv.n += BEYOND;
	got = told("user", buf_bytes(&csv), 4096);
	is_text(got, "2! the row is longer than 1048576 bytes; is a quotation mark missing?\n"
	    "stop\n", "a greater one ends the import");
	free(got);
	csv.n = 0;
	buf_puts(&csv, "email");
	for (int i = 0; i < 999; i++)
		buf_printf(&csv, ",fields.%d", i);
	buf_puts(&csv, "\na");
	for (int i = 0; i < 1500; i++)
		buf_puts(&csv, ",b");
	got = told("user", buf_bytes(&csv), 4096);
	is_text(got, "2! the row has 1501 cells, the header has 1000\n", "as many columns");
	free(got);
	csv.n = 0;
	buf_puts(&csv, "email");
	for (int i = 0; i < 1000; i++)
		buf_printf(&csv, ",fields.%d", i);
	buf_puts(&csv, "\n");
	got = told("user", buf_bytes(&csv), 4096);
	is_text(got, "1! the file has 1001 columns; at most 1000 can be read\nstop\n",
	    "one too many");
	free(got);
	buf_free(&csv);
}

struct looked {
	struct import *import;
	struct buf out;
};

static void
on_cells(void *arg, size_t line)
{
	struct looked *looked = arg;

	buf_printf(&looked->out, "%zu", line);
	for (size_t i = 0; i < import_cells(looked->import); i++)
		buf_printf(&looked->out, "|%.*s", (int)import_cell(looked->import, i).n,
		    import_cell(looked->import, i).p);
	buf_putc(&looked->out, '\n');
}

static void
on_looked(void *arg, size_t line, struct span json)
{
	on_document(&((struct looked *)arg)->out, line, json);
}

static void
on_wrong(void *arg, size_t line, const char *sentence)
{
	on_error(&((struct looked *)arg)->out, line, sentence);
}

/* Columns by their place instead of their name, and rows as they stand. */
static void
test_columns(void)
{
	static const char csv[] = "Mail,First name,What,score\na,\"b,c\",d,e\n\nf\n";
	const struct span columns[] = { SPAN("email"), { NULL, 0 }, SPAN(""), { NULL, 0 } };
	struct looked looked = { NULL, { 0 } };
	struct import_options options = { .sink = { .document = on_looked, .error = on_wrong,
		.note = on_wrong, .arg = &looked, .row = on_cells } };
	struct error error = { 0 };
	size_t n = 0;

	looked.import = import_new(SPAN("user"), &options, &error);
	ok(!import_feed(looked.import, span_of(csv)), "columns that are not known");
	is_text(import_column(looked.import, 1), "firstName", "one is");
	ok(import_columns(looked.import) == 4 && import_column(looked.import, 0) == NULL &&
	    import_column(looked.import, 2) == NULL, "which these are can be asked");
	import_free(&looked.import);
	looked.out.n = 0;
	options.columns = columns;
	options.column_count = COUNT(columns);
	looked.import = import_new(SPAN("user"), &options, &error);
	ok(import_feed(looked.import, span_of(csv)) && import_end(looked.import), "are named");
	buf_putc(&looked.out, '\0');
	is_text(looked.out.p, "1|Mail|First name|What|score\n"
	    "1! the column \"score\" is passed over: it is derived, or not for a cell\n"
	    "2|a|b,c|d|e\n2 {\"kind\":\"user\",\"email\":\"a\",\"firstName\":\"b,c\"}\n"
	    "4|f\n4 {\"kind\":\"user\",\"email\":\"f\"}\n", "and each row is told as it stands");
	is_text(import_column(looked.import, 2), "", "one is passed over");
	import_free(&looked.import);
	buf_free(&looked.out);
	while (import_member(SPAN("feedback"), n) != NULL)
		n++;
	ok(n > 5 && import_member(SPAN("none"), 0) == NULL, "%zu members for tickets", n);
}

/* Members that are cleared, and text of other encodings, cut everywhere. */
static const struct {
	const char *name, *encoding;
	struct span csv;
	const char *expected;
	bool clears;
} others[] = {
	{ "empty cells clear", NULL, BYTES("id,email,firstName,teams,optOut,fields.a,createdAt\n"
	    "3,a,,,,,\n,b,x\n,,,\n"),
	    "2 {\"kind\":\"user\",\"id\":\"3\",\"email\":\"a\",\"firstName\":null,"
	    "\"teams\":null,\"optOut\":null,\"fields\":{\"a\":null}}\n"
	    "3 {\"kind\":\"user\",\"email\":\"b\",\"firstName\":\"x\",\"teams\":null,"
	    "\"optOut\":null,\"fields\":{\"a\":null}}\n", true },
	{ "Windows-1252", "windows-1252", BYTES("email;lastName\na;\"M\xfcller \x96 \x80\"\n"),
	    "2 {\"kind\":\"user\",\"email\":\"a\",\"lastName\":\"Müller – €\"}\n", false },
	{ "Windows-1252 without a character", "windows-1252",
	    BYTES("email,lastName\na,b\nc,\x81\nd,e\n"),
	    "2 {\"kind\":\"user\",\"email\":\"a\",\"lastName\":\"b\"}\n"
	    "3! the byte 0x81 is no character of the encoding windows-1252\nstop\n", false },
	{ "the mark of UTF-8 is believed", "windows-1252", BYTES("\xef\xbb\xbf" "email\nä\n"),
	    "2 {\"kind\":\"user\",\"email\":\"ä\"}\n", false },
	{ "UTF-16, little end first", NULL, BYTES("\xff\xfe" "e\0m\0a\0i\0l\0\t\0i\0d\0\n\0"
	    "\x3d\xd8\x00\xde\t\0" "1\0\n\0"),
	    "2 {\"kind\":\"user\",\"email\":\"😀\",\"id\":\"1\"}\n", false },
	{ "UTF-16, big end first", NULL, BYTES("\xfe\xff" "\0i\0d\0\n\0" "1"),
	    "2 {\"kind\":\"user\",\"id\":\"1\"}\n", false },
	{ "half a character of UTF-16", NULL, BYTES("\xff\xfe" "i\0d\0\n\0" "1\0" "2"),
	    "2! the file ends in the middle of a character of UTF-16\nstop\n", false },
};

static void
test_others(void)
{
	static const size_t chunks[] = { 1, 2, 3, 5, 10000 };
	struct import_options options = { .encoding = "nonsense" };
	struct error error = { 0 };

	for (size_t i = 0; i < COUNT(others); i++)
		for (size_t j = 0; j < COUNT(chunks); j++) {
			char *got = told_as("user", others[i].csv, chunks[j],
			    others[i].encoding, others[i].clears);

			is_text(got, others[i].expected, others[i].name);
			free(got);
		}
	ok(import_new(SPAN("user"), &options, &error) == NULL && error.fault == FAULT_USAGE,
	    "an encoding that there is not");
}

int
main(void)
{
	test_files();
	test_others();
	test_bounds();
	test_columns();
	return tap_done();
}
