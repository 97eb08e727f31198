/* SPDX-License-Identifier: ISC */
/* The message. */
#include "post/mail_private.h"

#include "base/json.h"
#include "base/secret.h"
#include "base/settings.h"
#include "base/text.h"

#include <string.h>

#define LINE 76          /* RFC 2045 6.7, RFC 2047 2 */
#define WORD_BYTES 39    /* of text in an encoded word: 64 characters, behind a header's name */
#define PLAIN_MAX 900    /* RFC 5322 2.1.1: a line has at most 998 */

struct mailbox {
	struct span name;    /* "" none */
	struct span address;
};

static struct span
trim(struct span text)
{
	while (text.n > 0 && (unsigned char)text.p[0] <= ' ') {
		text.p++;
		text.n--;
	}
	while (text.n > 0 && (unsigned char)text.p[text.n - 1] <= ' ')
		text.n--;
	return text;
}

/* Bytes of the control character or line break that stands here; 0: none. */
static size_t
control_at(struct span text, size_t i)
{
	const unsigned char *p = (const unsigned char *)text.p + i;
	size_t left = text.n - i;

	if (p[0] < ' ' || p[0] == 0x7f)
		return 1;
	if (left >= 2 && p[0] == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f)
		return 2;
	if (left >= 3 && p[0] == 0xe2 && p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9))
		return 3;
	return 0;
}

/* One line: each run of space and control characters is one space. */
static struct span
one_line(struct arena *arena, struct span text)
{
	struct buf out = { 0 };
	struct span line;
	size_t n;

	for (size_t i = 0; i < text.n; i += n) {
		n = control_at(text, i);
		if (n == 0 && text.p[i] != ' ') {
			buf_putc(&out, text.p[i]);
			n = 1;
			continue;
		}
		if (out.n > 0 && out.p[out.n - 1] != ' ')
			buf_putc(&out, ' ');
		n = n > 0 ? n : 1;
	}
	line = trim(arena_copy(arena, buf_bytes(&out)));
	buf_free(&out);
	return line;
}

/* ASCII that a reader takes as it stands. */
static bool
is_plain(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < ' ' || (unsigned char)text.p[i] >= 0x7f)
			return false;
	return text.n <= PLAIN_MAX &&
	    (text.n == 0 || memmem(text.p, text.n, "=?", 2) == NULL);
}

/* At most max bytes of whole characters; something, even of what is no UTF-8. */
static size_t
whole(struct span text, size_t max)
{
	size_t n = text_head(text, max).n;

	return n > 0 ? n : text.n < max ? text.n : max;
}

/* RFC 2047: as many encoded words as it takes, one a line. */
static void
put_encoded(struct arena *arena, struct buf *out, struct span text)
{
	bool more = false;

	while (text.n > 0) {
		size_t n = whole(text, WORD_BYTES);

		buf_puts(out, more ? "\r\n =?UTF-8?B?" : "=?UTF-8?B?");
		buf_span(out, secret_base64(arena, (struct span){ text.p, n }));
		buf_puts(out, "?=");
		text = (struct span){ text.p + n, text.n - n };
		more = true;
	}
}

/* Plain words, folded before a space where the line would be long. */
static void
put_folded(struct buf *out, size_t column, struct span text)
{
	while (text.n > 0) {
		const char *space = memchr(text.p + 1, ' ', text.n - 1);
		size_t n = space != NULL ? (size_t)(space - text.p) : text.n;

		if (column + n > LINE && text.p[0] == ' ') {
			buf_puts(out, "\r\n");
			column = 0;
		}
		buf_put(out, text.p, n);
		column += n;
		text = (struct span){ text.p + n, text.n - n };
	}
}

static void
put_subject(struct arena *arena, struct buf *out, struct span subject)
{
	static const char name[] = "Subject: ";

	subject = one_line(arena, subject);
	buf_puts(out, name);
	if (is_plain(subject))
		put_folded(out, sizeof name - 1, subject);
	else
		put_encoded(arena, out, subject);
	buf_puts(out, "\r\n");
}

/* Name <address>, "Name" <address>, <address> or address alone. */
static bool
mailbox_read(struct arena *arena, struct span text, struct mailbox *box)
{
	const char *open;
	struct buf name = { 0 };

	text = trim(text);
	*box = (struct mailbox){ .address = text };
	if (text.n > 0 && text.p[text.n - 1] == '>') {
		open = memrchr(text.p, '<', text.n);
		if (open == NULL)
			return false;
		box->name = trim((struct span){ text.p, (size_t)(open - text.p) });
		box->address = (struct span){ open + 1,
			text.n - (size_t)(open - text.p) - 2 };
	}
	if (box->name.n >= 2 && box->name.p[0] == '"' &&
	    box->name.p[box->name.n - 1] == '"') {
		for (size_t i = 1; i + 1 < box->name.n; i++)
			if (box->name.p[i] != '\\' || i + 2 >= box->name.n)
				buf_putc(&name, box->name.p[i]);
			else
				buf_putc(&name, box->name.p[++i]);
		box->name = buf_keep(&name, arena);
	}
	box->name = one_line(arena, box->name);
	return text_email(box->address);
}

static void
put_quoted(struct buf *out, struct span name)
{
	buf_putc(out, '"');
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] == '"' || name.p[i] == '\\')
			buf_putc(out, '\\');
		buf_putc(out, name.p[i]);
	}
	buf_putc(out, '"');
}

static void
put_mailbox(struct arena *arena, struct buf *out, const char *header,
    const struct mailbox *box)
{
	struct span address = box->address;

	/* Where it cannot be, the envelope says so. */
	text_email_ascii(arena, box->address, &address);
	buf_puts(out, header);
	if (box->name.n > 0) {
		if (is_plain(box->name))
			put_quoted(out, box->name);
		else
			put_encoded(arena, out, box->name);
		/* On a line of its own when the one before is long already. */
		buf_puts(out, box->name.n > WORD_BYTES ? "\r\n <" : " <");
		buf_span(out, address);
		buf_puts(out, ">\r\n");
	} else {
		buf_span(out, address);
		buf_puts(out, "\r\n");
	}
}

static struct span
domain_of(struct span address)
{
	const char *at = address.n > 0 ? memrchr(address.p, '@', address.n) : NULL;

	if (at == NULL)
		return SPAN("");
	return (struct span){ at + 1, address.n - (size_t)(at - address.p) - 1 };
}

static bool
same_domain(struct arena *arena, struct span a, struct span b)
{
	return span_eq(text_fold(arena, domain_of(a)), text_fold(arena, domain_of(b)));
}

static bool
refuse(struct verdict *verdict, const char *member, struct span address)
{
	struct buf shown = { 0 };

	text_visible(&shown, address);
	verdict_set(verdict, VERDICT_DEAD, "its %s is no e-mail address: %.*s", member,
	    (int)(shown.n > 200 ? 200 : shown.n), shown.n > 0 ? shown.p : "");
	buf_free(&shown);
	return false;
}

static bool
put_people(struct arena *arena, const struct settings *settings,
    struct json_object *parcel, struct buf *out, struct verdict *verdict)
{
	struct span from = json_string(parcel, "from"), reply = json_string(parcel, "replyTo");
	struct mailbox sender = { .address = settings->mail_from }, answers;
	struct mailbox to = { .address = json_string(parcel, "to") };

	if (from.n > 0 && !mailbox_read(arena, from, &sender))
		return refuse(verdict, "from", from);
	if (reply.n > 0 && !mailbox_read(arena, reply, &answers))
		return refuse(verdict, "replyTo", reply);
	if (!text_email(to.address) || !text_email_ascii(arena, to.address, &to.address))
		return refuse(verdict, "recipient", to.address);
	/* Receivers refuse mail from us in the name of a domain that is not ours. */
	if (!same_domain(arena, sender.address, settings->mail_from)) {
		if (reply.n == 0)
			answers = sender;
		reply = sender.address;
		sender.address = settings->mail_from;
	}
	put_mailbox(arena, out, "From: ", &sender);
	if (reply.n > 0)
		put_mailbox(arena, out, "Reply-To: ", &answers);
	put_mailbox(arena, out, "To: ", &to);
	return true;
}

/* RFC 2369, and RFC 8058 where the address can be trusted: only what is not essential
 * has one. */
static void
put_unsubscribe(const struct settings *settings, struct json_object *parcel, struct buf *out)
{
	struct span url = json_string(parcel, "unsubscribe"), address = settings->mail_unsubscribe;

	if (json_flag(parcel, "essential", false) || url.n + address.n == 0)
		return;
	buf_puts(out, "List-Unsubscribe: ");
	if (url.n > 0)
		buf_printf(out, "<%.*s>%s", (int)url.n, url.p, address.n > 0 ? ",\r\n " : "");
	if (address.n > 0)
		buf_printf(out, "<mailto:%.*s?subject=unsubscribe>", (int)address.n, address.p);
	buf_puts(out, "\r\n");
	if (span_starts(url, "https://"))
		buf_puts(out, "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n");
}

static void
put_date(struct buf *out, int64_t time)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct text_date date;

	text_date(time, &date);
	buf_printf(out, "Date: %.3s, %d %.3s %04d %02d:%02d:%02d +0000\r\n",
	    days + 3 * date.weekday, date.day, months + 3 * (date.month - 1), date.year,
	    date.hour, date.minute, date.second);
}

/* Relays and receivers look such a name up: "localhost" and addresses are none. */
static bool
is_domain(struct span host)
{
	const char *dot = host.n > 0 ? memrchr(host.p, '.', host.n) : NULL;

	return dot != NULL && dot > host.p && dot + 1 < host.p + host.n &&
	    !(dot[1] >= '0' && dot[1] <= '9');
}

struct span
mail_host(const struct settings *settings)
{
	const struct span names[] = { settings->base_url, domain_of(settings->mail_from) };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct span name = names[i];
		size_t n = 0;

		if (i == 0 && name.n > 0) {
			const char *slashes = memmem(name.p, name.n, "://", 3);
			size_t scheme = slashes != NULL ? (size_t)(slashes - name.p) + 3 : 0;

			name = (struct span){ name.p + scheme, name.n - scheme };
		}
		while (n < name.n && ((name.p[n] >= '0' && name.p[n] <= '9') ||
		    ((name.p[n] | 0x20) >= 'a' && (name.p[n] | 0x20) <= 'z') ||
		    name.p[n] == '.' || name.p[n] == '-'))
			n++;
		if (n > 0 && (n == name.n || name.p[n] == ':' || name.p[n] == '/') &&
		    is_domain((struct span){ name.p, n }))
			return (struct span){ name.p, n };
	}
	return SPAN("localhost");
}

static void
put_hex(struct buf *out, unsigned char c)
{
	static const char digits[] = "0123456789ABCDEF";

	buf_putc(out, '=');
	buf_putc(out, digits[c >> 4]);
	buf_putc(out, digits[c & 15]);
}

static bool
ends_line(struct span text, size_t i)
{
	return i == text.n || text.p[i] == '\r' || text.p[i] == '\n';
}

/* Whether the byte at i cannot stand as it is; start: of a line of the text. */
static bool
is_escaped(struct span text, size_t i, size_t start)
{
	unsigned char c = (unsigned char)text.p[i];

	if (c == ' ' || c == '\t')
		return ends_line(text, i + 1);
	/* A dot alone ends a message, "From " began one in mailboxes of old. */
	if (i == start && (c == '.' ||
	    (text.n - i >= 5 && memcmp(text.p + i, "From ", 5) == 0)))
		return true;
	return c < ' ' || c >= 0x7f || c == '=';
}

/* RFC 2045 6.7; CR LF, LF and CR end a line. */
static void
put_quoted_printable(struct buf *out, struct span text)
{
	size_t column = 0, start = 0;

	for (size_t i = 0; i < text.n; i++) {
		bool escaped;

		if (ends_line(text, i)) {
			if (text.p[i] == '\r' && i + 1 < text.n && text.p[i + 1] == '\n')
				i++;
			buf_puts(out, "\r\n");
			column = 0;
			start = i + 1;
			continue;
		}
		escaped = is_escaped(text, i, start);
		if (column + (escaped ? 3 : 1) > LINE - 1) {
			buf_puts(out, "=\r\n");
			column = 0;
			/* So that no line of the message begins so either. */
			escaped = is_escaped(text, i, i);
		}
		if (escaped)
			put_hex(out, (unsigned char)text.p[i]);
		else
			buf_putc(out, text.p[i]);
		column += escaped ? 3 : 1;
	}
	if (column > 0)
		buf_puts(out, "\r\n");
}

static void
put_part(struct buf *out, const char *type, struct span text)
{
	buf_printf(out, "Content-Type: %s; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n\r\n", type);
	put_quoted_printable(out, text);
}

/* The boundary has "=_", which quoted-printable never writes. */
static void
put_bodies(struct buf *out, struct span id, struct span text, struct span html)
{
	if (html.n == 0 || text.n == 0) {
		put_part(out, html.n > 0 ? "text/html" : "text/plain", html.n > 0 ? html : text);
		return;
	}
	buf_printf(out, "Content-Type: multipart/alternative;\r\n boundary=\"=_%.*s\"\r\n\r\n",
	    (int)id.n, id.p);
	buf_printf(out, "--=_%.*s\r\n", (int)id.n, id.p);
	put_part(out, "text/plain", text);
	buf_printf(out, "\r\n--=_%.*s\r\n", (int)id.n, id.p);
	put_part(out, "text/html", html);
	buf_printf(out, "\r\n--=_%.*s--\r\n", (int)id.n, id.p);
}

bool
mail_message(struct arena *arena, const struct settings *settings,
    struct json_object *parcel, struct buf *out, struct verdict *verdict)
{
	struct span id = json_string(parcel, "id"), host = mail_host(settings);
	int64_t created = 0;
	struct id read;

	if (!id_read(id, &read)) {
		verdict_set(verdict, VERDICT_DEAD, "the parcel has no id");
		return false;
	}
	if (!text_time(json_string(parcel, "created"), &created))
		created = id_time(read);
	put_date(out, created);
	if (!put_people(arena, settings, parcel, out, verdict))
		return false;
	put_subject(arena, out, json_string(parcel, "subject"));
	put_unsubscribe(settings, parcel, out);
	buf_printf(out, "Message-ID: <%.*s@%.*s>\r\nMIME-Version: 1.0\r\n"
	    "Auto-Submitted: auto-generated\r\n", (int)id.n, id.p, (int)host.n, host.p);
	put_bodies(out, id, json_string(parcel, "text"), json_string(parcel, "html"));
	return true;
}
