/* SPDX-License-Identifier: ISC */
#include "post/mail.h"

#include "base/json.h"
#include "base/secret.h"
#include "base/settings.h"
#include "tap.h"

#include <unistd.h>

#define ID "019ac1d8-7c00-7abc-8def-0123456789ab"
#define CREATED "\"created\":\"2026-11-24T09:30:05Z\","
#define TO "\"to\":\"ann@mail.example\","
#define TEXT "\"text\":\"Hello\""

static struct settings settings = {
	.base_url = { "https://beta.acme.example:8443/listen", 37 },
	.mail_url = { "smtp://relay.example", 20 },
	.mail_from = { "beta@acme.example", 17 },
	.mail_tls = { "opportunistic", 13 },
};

struct message {
	struct arena *arena;
	struct buf text;
	struct verdict verdict;
	bool good;
};

/* members: of the parcel, behind its id. */
static void
make(struct message *message, const char *members)
{
	struct json_object *parcel;
	struct error error = { 0 };

	*message = (struct message){ .arena = arena_new() };
	parcel = json_read(message->arena, span_of(arena_printf(message->arena,
	    "{\"id\":\"" ID "\",\"kind\":\"email\",%s}", members)), &json_limits_default,
	    &error);
	if (parcel == NULL)
		printf("# %s\n", error.detail);
	message->good = mail_message(message->arena, &settings, parcel, &message->text,
	    &message->verdict);
	buf_putc(&message->text, '\0');
}

static void
done(struct message *message)
{
	buf_free(&message->text);
	arena_free(&message->arena);
}

static bool
has(const struct message *message, const char *part)
{
	return strstr(message->text.p, part) != NULL;
}

/* Names of all header fields, one a line. */
static const char *
field_names(struct message *message)
{
	const char *end = strstr(message->text.p, "\r\n\r\n"), *line = message->text.p;
	struct buf names = { 0 };
	const char *copy;

	while (end != NULL && line < end) {
		if (*line != ' ')
			buf_put(&names, line, strcspn(line, ":\r\n"));
		if (*line != ' ')
			buf_putc(&names, ' ');
		line = strstr(line, "\r\n") + 2;
	}
	copy = arena_string(message->arena, buf_bytes(&names));
	buf_free(&names);
	return copy;
}

/* No bare CR or LF, no other control character, no line longer than max. */
static bool
is_clean(const struct message *message, size_t max)
{
	size_t column = 0;

	for (const char *p = message->text.p; *p != '\0'; p++) {
		if (p[0] == '\r' && p[1] == '\n') {
			column = 0;
			p++;
		} else if ((unsigned char)*p < ' ' || *p == 0x7f || ++column > max) {
			return false;
		}
	}
	return true;
}

static const struct {
	const char *name, *members, *expected;
} headers[] = {
	{ "the date is when the parcel was made", CREATED TO TEXT,
	  "Date: Tue, 24 Nov 2026 09:30:05 +0000\r\n" },
	{ "the message id is the parcel's", TO TEXT,
	  "\r\nMessage-ID: <" ID "@beta.acme.example>\r\n" },
	{ "the sender is the setting", TO TEXT, "\r\nFrom: beta@acme.example\r\n" },
	{ "it says that no person wrote it", TO TEXT,
	  "\r\nAuto-Submitted: auto-generated\r\n" },
	{ "a plain subject stays", TO TEXT ",\"subject\":\"Thank you, Ann\"",
	  "\r\nSubject: Thank you, Ann\r\n" },
	{ "no subject", TO TEXT, "\r\nSubject: \r\n" },
	{ "a subject that is not ASCII is encoded", TO TEXT ",\"subject\":\"Grüße\"",
	  "\r\nSubject: =?UTF-8?B?R3LDvMOfZQ==?=\r\n" },
	{ "what looks encoded is encoded", TO TEXT ",\"subject\":\"=?UTF-8?B?eA==?=\"",
	  "\r\nSubject: =?UTF-8?B?PT9VVEYtOD9CP2VBPT0/PQ==?=\r\n" },
	{ "line breaks in a subject are spaces", TO TEXT
	  ",\"subject\":\"a\\r\\nBcc: eve@x.example\\n\\tb \"",
	  "\r\nSubject: a Bcc: eve@x.example b\r\n" },
	{ "those of Unicode too", TO TEXT ",\"subject\":\"a\\u2028b\\u0085c\\u0000d\\u007fe\"",
	  "\r\nSubject: a b c d e\r\n" },
	{ "a long subject is folded", TO TEXT ",\"subject\":\""
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb ccccccc\"",
	  "\r\nSubject: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa "
	  "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\r\n ccccccc\r\n" },
	{ "a name of our domain may send", TO TEXT
	  ",\"from\":\"Beta Team <team@ACME.example>\"",
	  "\r\nFrom: \"Beta Team\" <team@ACME.example>\r\nTo: " },
	{ "another domain's lends its name", TO TEXT ",\"from\":\"Jim <jim@other.example>\"",
	  "\r\nFrom: \"Jim\" <beta@acme.example>\r\n"
	  "Reply-To: \"Jim\" <jim@other.example>\r\nTo: " },
	{ "who wants no more mail has a link, and one click", TO TEXT
	  ",\"unsubscribe\":\"https://b.example/x\"",
	  "\r\nList-Unsubscribe: <https://b.example/x>\r\n"
	  "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" },
	{ "without TLS no click, since others could click as well", TO TEXT
	  ",\"unsubscribe\":\"http://b.example/x\"",
	  "\r\nList-Unsubscribe: <http://b.example/x>\r\nMessage-ID" },
	{ "what is essential has none", TO TEXT
	  ",\"essential\":true,\"unsubscribe\":\"https://b.example/x\",\"subject\":\"a\"",
	  "\r\nSubject: a\r\nMessage-ID" },
	{ "but answers go where the parcel says", TO TEXT
	  ",\"from\":\"Jim <jim@other.example>\",\"replyTo\":\"pm@acme.example\"",
	  "\r\nFrom: \"Jim\" <beta@acme.example>\r\nReply-To: pm@acme.example\r\nTo: " },
	{ "a quoted name keeps its quotes", TO TEXT
	  ",\"from\":\"\\\"Ito, \\\\\\\"Jim\\\\\\\"\\\" <jim@acme.example>\"",
	  "\r\nFrom: \"Ito, \\\"Jim\\\"\" <jim@acme.example>\r\n" },
	{ "a name cannot end its quotes", TO TEXT
	  ",\"from\":\"a\\\" <eve@x.example>, \\\"b <jim@acme.example>\"",
	  "\r\nFrom: \"a\\\" <eve@x.example>, \\\"b\" <jim@acme.example>\r\n" },
	{ "a name that is not ASCII is encoded", TO TEXT
	  ",\"from\":\"Żółw <jim@acme.example>\"",
	  "\r\nFrom: =?UTF-8?B?xbvDs8WCdw==?= <jim@acme.example>\r\n" },
	{ "line breaks in a name are spaces", TO TEXT
	  ",\"from\":\"a\\r\\nBcc: eve@x.example\\r\\n <jim@acme.example>\"",
	  "\r\nFrom: \"a Bcc: eve@x.example\" <jim@acme.example>\r\n" },
	{ "the recipient", TO TEXT, "\r\nTo: ann@mail.example\r\n" },
	{ "text alone", TO TEXT, "\r\nContent-Type: text/plain; charset=utf-8\r\n"
	  "Content-Transfer-Encoding: quoted-printable\r\n\r\nHello\r\n" },
	{ "HTML alone", TO "\"html\":\"<p>Hi</p>\"", "\r\nContent-Type: text/html; "
	  "charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>Hi</p>\r\n" },
	{ "both, the plain one first", TO TEXT ",\"html\":\"<p>Hi</p>\"",
	  "\r\nContent-Type: multipart/alternative;\r\n boundary=\"=_" ID "\"\r\n\r\n"
	  "--=_" ID "\r\nContent-Type: text/plain; charset=utf-8\r\n"
	  "Content-Transfer-Encoding: quoted-printable\r\n\r\nHello\r\n\r\n"
	  "--=_" ID "\r\nContent-Type: text/html; charset=utf-8\r\n"
	  "Content-Transfer-Encoding: quoted-printable\r\n\r\n<p>Hi</p>\r\n\r\n"
	  "--=_" ID "--\r\n" },
	{ "line ends become CR LF", TO "\"text\":\"a\\nb\\r\\nc\\rd\"",
	  "\r\n\r\na\r\nb\r\nc\r\nd\r\n" },
	{ "what is not ASCII is escaped", TO "\"text\":\"é=\\u0001\"",
	  "\r\n\r\n=C3=A9=3D=01\r\n" },
	{ "space at the end of a line is escaped", TO "\"text\":\"a \\nb\\t\\n c\"",
	  "\r\n\r\na=20\r\nb=09\r\n c\r\n" },
	{ "no line of the text is a dot", TO "\"text\":\".\\r\\nRCPT TO:<a@b.c>\\r\\n.x\"",
	  "\r\n\r\n=2E\r\nRCPT TO:<a@b.c>\r\n=2Ex\r\n" },
	{ "no line of the text begins a mailbox", TO "\"text\":\"From here\\nFor\"",
	  "\r\n\r\n=46rom here\r\nFor\r\n" },
	{ "the text cannot end its part", TO "\"html\":\"h\",\"text\":\"--=_" ID "--\"",
	  "\r\n\r\n--=3D_" ID "--\r\n\r\n--=_" ID "\r\n" },
};

static const struct {
	const char *name, *members;
} refused[] = {
	{ "no recipient", TEXT },
	{ "a line break in the recipient", 
	  "\"to\":\"ann@mail.example\\r\\nBcc: e@x.example\"," TEXT },
	{ "a second recipient", "\"to\":\"ann@mail.example,eve@x.example\"," TEXT },
	{ "a command behind the recipient",
	  "\"to\":\"<a@b.example>\\r\\nRCPT TO:<e@x.example>\"," TEXT },
	{ "a NUL in the recipient", "\"to\":\"ann@mail.example\\u0000\"," TEXT },
	{ "an option", "\"to\":\"-oQ/tmp\"," TEXT },
	{ "a sender that is no address", TO TEXT ",\"from\":\"Jim\"" },
	{ "a line break in the sender's address", TO TEXT
	  ",\"from\":\"Jim <jim@acme.example\\r\\nBcc: e@x.example>\"" },
	{ "two senders", TO TEXT ",\"from\":\"a@acme.example, b@acme.example\"" },
	{ "an answer address that is none", TO TEXT ",\"replyTo\":\"<>\"" },
};

static void
check_headers(void)
{
	struct message message;

	for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
		make(&message, headers[i].members);
		if (!ok(message.good && has(&message, headers[i].expected) &&
		    is_clean(&message, 100), "%s", headers[i].name))
			printf("# %s\n# %s\n", message.verdict.error, message.text.p);
		done(&message);
	}
	make(&message, TO TEXT ",\"subject\":\"a\\r\\nBcc: e@x.example\","
	    "\"replyTo\":\"\\\"\\r\\nCc: e@x.example\\\" <pm@acme.example>\","
	    "\"from\":\"x\\nSender: e@x.example <jim@acme.example>\"");
	is_text(field_names(&message), "Date From Reply-To To Subject Message-ID "
	    "MIME-Version Auto-Submitted Content-Type Content-Transfer-Encoding ",
	    "no value makes a field of its own");
	done(&message);
}

static void
check_refused(void)
{
	struct message message;

	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		make(&message, refused[i].members);
		ok(!message.good && message.verdict.result == VERDICT_DEAD &&
		    message.verdict.error[0] != '\0' &&
		    strpbrk(message.verdict.error, "\r\n") == NULL, "refused: %s (%s)",
		    refused[i].name, message.verdict.error);
		done(&message);
	}
}

static int
hex(char c)
{
	return c <= '9' ? c - '0' : c - 'A' + 10;
}

/* Quoted-printable as a receiver reads it, line ends as LF. */
static struct buf
decode(const char *p)
{
	struct buf out = { 0 };

	for (; *p != '\0'; p++) {
		if (p[0] == '=' && p[1] == '\r') {
			p += 2;
		} else if (p[0] == '=') {
			buf_putc(&out, (char)(hex(p[1]) << 4 | hex(p[2])));
			p += 2;
		} else if (p[0] != '\r') {
			buf_putc(&out, *p);
		}
	}
	return out;
}

static void
check_long(void)
{
	struct buf members = { 0 }, text = { 0 }, decoded;
	struct message message;

	for (int i = 0; i < 3000; i++)
		buf_puts(&text, i % 7 == 0 ? "ü" : i % 11 == 0 ? " ."
		    : i % 13 == 0 ? "\n." : "xyz=");
	buf_puts(&text, "\n");
	buf_puts(&members, TO "\"text\":");
	buf_json_string(&members, buf_bytes(&text));
	buf_puts(&members, ",\"subject\":");
	buf_json_string(&members, (struct span){ text.p, 600 });
	buf_putc(&members, '\0');
	make(&message, members.p);
	ok(message.good && is_clean(&message, 76), "no line of a long text and a long subject "
	    "is longer than 76");
	ok(strstr(message.text.p, "\r\n.") == NULL, "no line begins with a dot");
	decoded = decode(strstr(message.text.p, "\r\n\r\n") + 4);
	buf_putc(&decoded, '\0');
	buf_putc(&text, '\0');
	ok(strcmp(decoded.p, text.p) == 0, "a long text comes back as it was");
	done(&message);
	buf_free(&decoded);
	buf_free(&members);
	buf_free(&text);
}

static void
check_new(void)
{
	struct arena *arena = arena_new();
	struct settings none = settings;
	struct error error = { 0 };
	struct json_object *parcel = json_read(arena, SPAN("{\"id\":\"" ID "\"," TO TEXT "}"),
	    &json_limits_default, &error);
	struct verdict verdict;
	struct mail *mail;

	none.mail_url = SPAN("");
	ok(mail_new(arena, &none, parcel, &verdict) == NULL &&
	    verdict.result == VERDICT_LATER && verdict.host_ill,
	    "mail waits until there is a relay: %s", verdict.error);
	none = settings;
	none.mail_url = SPAN("sendmail:/nowhere/sendmail");
	mail = mail_new(arena, &none, parcel, &verdict);
	/* Some systems only see it in the child. */
	while (mail != NULL && !mail_ended(mail, false, &verdict))
		usleep(1000);
	ok(verdict.result == VERDICT_LATER && verdict.host_ill,
	    "mail waits until there is a program: %s", verdict.error);
	arena_free(&arena);
}

int
main(void)
{
	secret_start();
	check_headers();
	check_refused();
	check_long();
	check_new();
	return tap_done();
}
