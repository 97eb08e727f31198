/* SPDX-License-Identifier: ISC */
#include "console/sign_ins.h"

#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"
#include "console/page.h"
#include "console/tree.h"

#define LINK_S 300 /* seconds that a link waits to be shown */
#define LINK_PATH "/sign-ins/link/"

void
sign_ins_shown(struct page *page)
{
	if (page_reply(page, "sessions") != NULL)
		tree_make_visible(page->arena, page_reply(page, "sessions"));
	page_finish(page);
}

bool
sign_ins_link(struct page *page)
{
	struct json_object *doc = json_new_object(page->arena);
	unsigned char bytes[32], hash[SECRET_SHA256_SIZE];
	struct span token;

	secret_random(bytes, sizeof bytes);
	token = secret_hex(page->arena, (struct span){ (const char *)bytes, sizeof bytes });
	secret_sha256(token, hash);
	json_set_text(doc, "token", token);
	json_set_text(doc, "hash", secret_hex(page->arena,
	    (struct span){ (const char *)hash, sizeof hash }));
	json_set(page->model, "doc", json_share(doc));
	return true;
}

/* The link waits in a cookie of that page alone. */
void
sign_ins_link_made(struct page *page)
{
	struct json_object *kept = json_new_object(page->arena);
	struct buf to = { 0 };

	json_set_text(kept, "token", page_text(page, "doc", "token"));
	page_keep(page, LINK_PATH, page_text(page, "path", "name"), kept, LINK_S);
	buf_puts(&to, LINK_PATH);
	text_percent_encode(&to, page_text(page, "path", "name"));
	page_go(page, buf_keep(&to, page->arena), SPAN(""));
}

bool
sign_ins_link_shown(struct page *page)
{
	json_set_text(page_add(page, "sign_in"), "token", json_string(page_kept(page, LINK_PATH),
	    "token"));
	return true;
}
