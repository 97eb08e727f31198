/* SPDX-License-Identifier: ISC */
/*
 * A sender's signature for a person who tries: arguments of curl for a shell
 * that has $SECRET and $BODY, made with openssl. The prefixes and leads of the
 * table and of documents are printable; they stand in double quotes here.
 */
#include "http/sender.h"

#include "http/sender_private.h"

/* Inside double quotes. */
static void
put_quoted(struct buf *out, const char *text)
{
	for (; text != NULL && *text != '\0'; text++) {
		if (*text == '"' || *text == '\\' || *text == '$' || *text == '`')
			buf_putc(out, '\\');
		buf_putc(out, *text);
	}
}

static void
put_mac(struct buf *out, const struct sender_preset *row)
{
	static const char *const names[] = {
		[SECRET_SHA1] = "sha1", [SECRET_SHA256] = "sha256", [SECRET_SHA512] = "sha512",
	};

	buf_puts(out, "$(printf %s \"");
	if (row->covers == COVERS_ID_STAMP) {
		buf_puts(out, "$ID");
		put_quoted(out, row->separator);
	}
	if (row->covers != COVERS_BODY) {
		put_quoted(out, row->lead);
		buf_puts(out, "$STAMP");
		put_quoted(out, row->separator);
	}
	buf_printf(out, "$BODY\" | openssl dgst -%s %s %s)", names[row->hash],
	    row->grammar == GRAMMAR_STANDARD ? "-mac HMAC -macopt \"hexkey:$KEY\""
	                                     : "-hmac \"$SECRET\"",
	    row->base64 ? "-binary | base64 -w0" : "| sed 's/.*= *//'");
}

static void
put_header(struct buf *out, const char *name, const char *value)
{
	buf_printf(out, "-H \"%s: %s\" ", name, value);
}

bool
sender_shell(const struct sender *sender, struct buf *before, struct buf *out)
{
	const struct sender_preset *row = &sender->row;

	if (row->covers == COVERS_URL)
		return false;
	if (row->grammar == GRAMMAR_TOKEN) {
		put_header(out, row->header, "$SECRET");
		return true;
	}
	if (row->covers != COVERS_BODY)
		buf_puts(before, "STAMP=$(date +%s); ");
	if (row->covers == COVERS_ID_STAMP) {
		buf_puts(before, "ID=$(date +%s%N); ");
		put_header(out, row->signed_id_header, "$ID");
	}
	/* The key is what stands behind whsec_, in base64. */
	if (row->grammar == GRAMMAR_STANDARD)
		buf_puts(before, "KEY=$(printf %s \"${SECRET#whsec_}\" | base64 -d | od -An -v -tx1 | "
		    "tr -d ' \\n'); ");
	if (row->stamp_header != NULL)
		put_header(out, row->stamp_header, "$STAMP");
	buf_printf(out, "-H \"%s: %s", row->header,
	    row->grammar == GRAMMAR_STRIPE ? "t=$STAMP,v1="
	    : row->grammar == GRAMMAR_STANDARD ? "v1," : "");
	put_quoted(out, row->prefix);
	put_mac(out, row);
	buf_puts(out, "\" ");
	return true;
}
