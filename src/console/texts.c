/* SPDX-License-Identifier: ISC */
#include "console/texts.h"

#include "base/buf.h"
#include "base/log.h"
#include "base/secret.h"
#include "lang/tag.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEPT_MAX 128 /* compiled templates */
#define HASH_SHOWN 12

const char *const texts_roots[] = { "site", "me", "page", "calls", "query", "path", "form",
	"doc", NULL };

static const struct {
	const char *name, *type;
} assets[] = {
	{ "console.css", "text/css; charset=utf-8" },
	{ "console.js", "text/javascript; charset=utf-8" },
};
#define ASSETS (sizeof assets / sizeof assets[0])

struct kept {
	const char *name;
	bool alone;             /* without the layout */
	const struct tag *tag;
};

struct texts {
	const char *directory;  /* NULL: those in the program */
	struct arena *arena;    /* of what is compiled */
	struct kept kept[KEPT_MAX];
	size_t kept_count;
	const char *asset_names[ASSETS]; /* with their hashes, once they were asked for */
};

struct texts *
texts_new(const char *directory)
{
	struct texts *texts = calloc(1, sizeof *texts);

	if (texts == NULL)
		abort();
	texts->directory = directory;
	texts->arena = arena_new();
	if (directory != NULL)
		log_line(LOG_LEVEL_WARNING, "pages are read from %s; the program is not confined",
		    directory);
	return texts;
}

void
texts_free(struct texts **texts)
{
	if (*texts == NULL)
		return;
	arena_free(&(*texts)->arena);
	free(*texts);
	*texts = NULL;
}

void
texts_begin(struct texts *texts)
{
	if (texts->directory == NULL)
		return;
	arena_reset(texts->arena);
	texts->kept_count = 0;
	memset(texts->asset_names, 0, sizeof texts->asset_names);
}

static bool
read_file(struct texts *texts, const char *name, struct span *text_r)
{
	FILE *file = fopen(arena_printf(texts->arena, "%s/%s", texts->directory, name), "re");
	struct buf text = { 0 };
	size_t n;

	if (file == NULL)
		return false;
	while ((n = fread(buf_room(&text, 65536), 1, 65536, file)) > 0)
		text.n += n;
	fclose(file);
	*text_r = buf_keep(&text, texts->arena);
	return true;
}

static bool
find(struct texts *texts, const char *name, struct span *text_r)
{
	/* Names come from our own table of pages and templates; a path is none. */
	if (strchr(name, '/') != NULL)
		return false;
	if (texts->directory != NULL)
		return read_file(texts, name, text_r);
	for (const struct texts_file *file = texts_files; file->name != NULL; file++)
		if (strcmp(name, file->name) == 0) {
			*text_r = (struct span){ (const char *)file->bytes, file->size };
			return true;
		}
	return false;
}

struct composing {
	struct texts *texts;
	const char *content;
};

static bool
part(void *arg, struct span name, struct span *text_r)
{
	struct composing *composing = arg;
	struct arena *arena = composing->texts->arena;

	if (span_is(name, "content"))
		name = span_of(composing->content);
	return find(composing->texts, arena_join(arena, name, SPAN(".html"), SPAN("")), text_r);
}

static const struct tag *
compiled(struct texts *texts, const char *name, bool alone)
{
	struct composing composing = { texts, name };
	const struct tag_parts parts = { part, &composing, texts_roots };
	struct tag_error error = { 0, "" };
	const struct tag *tag;

	for (size_t i = 0; i < texts->kept_count; i++)
		if (texts->kept[i].alone == alone && strcmp(texts->kept[i].name, name) == 0)
			return texts->kept[i].tag;
	tag = tag_compile_with(texts->arena, alone ? SPAN("{{>content}}") : SPAN("{{>layout}}"),
	    TAG_HTML, &parts, &error);
	if (tag == NULL)
		log_line(LOG_LEVEL_ERROR, "the page %s: %s (at %zu)", name, error.text, error.at);
	else if (texts->kept_count < KEPT_MAX)
		texts->kept[texts->kept_count++] = (struct kept){ name, alone, tag };
	return tag;
}

const struct tag *
texts_page(struct texts *texts, const char *name)
{
	return compiled(texts, name, false);
}

const struct tag *
texts_part(struct texts *texts, const char *name)
{
	return compiled(texts, name, true);
}

static const char *
asset_name(struct texts *texts, size_t i)
{
	const char *name = assets[i].name, *dot = strrchr(name, '.');
	unsigned char hash[SECRET_SHA256_SIZE];
	struct span text = SPAN(""), hex;

	if (texts->asset_names[i] != NULL)
		return texts->asset_names[i];
	find(texts, name, &text);
	secret_sha256(text, hash);
	hex = secret_hex(texts->arena, (struct span){ (const char *)hash, sizeof hash });
	return texts->asset_names[i] = arena_printf(texts->arena, "%.*s.%.*s%s", (int)(dot - name),
	    name, HASH_SHOWN, hex.p, dot);
}

const char *
texts_asset_name(struct texts *texts, const char *name)
{
	for (size_t i = 0; i < ASSETS; i++)
		if (strcmp(assets[i].name, name) == 0)
			return asset_name(texts, i);
	return "";
}

bool
texts_asset(struct texts *texts, struct span name, struct span *bytes_r, const char **type_r)
{
	for (size_t i = 0; i < ASSETS; i++)
		if (span_is(name, asset_name(texts, i))) {
			*type_r = assets[i].type;
			return find(texts, assets[i].name, bytes_r);
		}
	return false;
}
