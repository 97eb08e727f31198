/* SPDX-License-Identifier: ISC */
/* Names of hosts beyond ASCII as DNS, SMTP and TLS have them (IDNA 2008, RFC 5891). */
#include "base/text.h"

#include <idn2.h>
#include <string.h>

static bool
is_ascii(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] >= 0x80)
			return false;
	return true;
}

bool
text_host_ascii(struct arena *arena, struct span host, struct span *out_r)
{
	char *ascii = NULL;
	int rc;

	*out_r = host;
	if (is_ascii(host))
		return true;
	/* As browsers look a name up: case and width count for nothing, ß is a letter. */
	rc = idn2_to_ascii_8z(arena_string(arena, host), &ascii,
	    IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (rc == IDN2_OK)
		*out_r = arena_copy(arena, span_of(ascii));
	idn2_free(ascii);
	return rc == IDN2_OK;
}

bool
text_email_ascii(struct arena *arena, struct span address, struct span *out_r)
{
	const char *at = address.n > 0 ? memrchr(address.p, '@', address.n) : NULL;
	struct span local, host;

	*out_r = address;
	if (at == NULL)
		return true;
	local = (struct span){ address.p, (size_t)(at + 1 - address.p) };
	host = (struct span){ at + 1, address.n - local.n };
	if (is_ascii(host))
		return true;
	if (!text_host_ascii(arena, host, &host))
		return false;
	*out_r = span_of(arena_join(arena, local, SPAN(""), host));
	return true;
}
