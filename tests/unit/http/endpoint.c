/* SPDX-License-Identifier: ISC */
#include "http/endpoint.h"
#include "tap.h"

#include <stdlib.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define SIXTYFOUR \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
	const char *path;
	const char *project, *key, *target, *service; /* key NULL: refused */
} cases[] = {
	{ "/usage", "", "usage", NULL, "" },
	{ "/usage/", "", "usage", NULL, "" },
	{ "/usage/jim@acme.example", "", "usage", "jim@acme.example", "" },
	{ "/usage/jim%40acme.example/", "", "usage", "jim@acme.example", "" },
	{ "/usage/a+b%2Bc", "", "usage", "a+b+c", "" },
	{ "/usage/%252F", "", "usage", "%2F", "" },
	{ "/usage/J%C3%BCrgen%20O", "", "usage", "J\xc3\xbcrgen O", "" },
	{ "/usage/...", "", "usage", "...", "" },
	{ "/usage/-", "", "usage", "-", "" },
	{ "/usage/a?b#c", "", "usage", "a?b#c", "" },
	{ "/%75sage", "", "usage", NULL, "" },
	{ "/" SIXTYFOUR, "", SIXTYFOUR, NULL, "" },
	{ "/projects/phone/jira", "phone", "jira", NULL, "" },
	{ "/projects/phone/jira/", "phone", "jira", NULL, "" },
	{ "/projects/phone/jira/1042", "phone", "jira", "1042", "" },
	{ "/projects/projects/projects/projects", "projects", "projects",
	  "projects", "" },
	{ "/projects", "", "projects", NULL, "" },
	{ "/projects/phone", "", "projects", "phone", "" },
	{ "/-/health", "", "", NULL, "health" },
	{ "/-/metrics/", "", "", NULL, "metrics" },
	{ "", NULL, NULL, NULL, NULL }, { "/", NULL, NULL, NULL, NULL },
	{ "//", NULL, NULL, NULL, NULL }, { "///", NULL, NULL, NULL, NULL },
	{ "usage", NULL, NULL, NULL, NULL }, { "x/y", NULL, NULL, NULL, NULL },
	{ "//usage", NULL, NULL, NULL, NULL },
	{ "/usage//", NULL, NULL, NULL, NULL },
	{ "/usage//x", NULL, NULL, NULL, NULL },
	{ "/usage/x/y", NULL, NULL, NULL, NULL },
	{ "/a/b/c/d", NULL, NULL, NULL, NULL },
	{ "/projects/p/k/t/u", NULL, NULL, NULL, NULL },
	{ "/projects//jira/x", NULL, NULL, NULL, NULL },
	{ "/projects/Phone/jira", NULL, NULL, NULL, NULL },
	{ "/projects/phone/Jira", NULL, NULL, NULL, NULL },
	{ "/Usage", NULL, NULL, NULL, NULL }, { "/.a", NULL, NULL, NULL, NULL },
	{ "/" SIXTYFOUR "a", NULL, NULL, NULL, NULL },
	{ "/a b", NULL, NULL, NULL, NULL }, { "/a?x=1", NULL, NULL, NULL, NULL },
	{ "/.", NULL, NULL, NULL, NULL }, { "/..", NULL, NULL, NULL, NULL },
	{ "/usage/.", NULL, NULL, NULL, NULL },
	{ "/usage/..", NULL, NULL, NULL, NULL },
	{ "/usage/../x", NULL, NULL, NULL, NULL },
	{ "/usage/%2e%2E", NULL, NULL, NULL, NULL },
	{ "/usage/.%2e", NULL, NULL, NULL, NULL },
	{ "/projects/../x/y", NULL, NULL, NULL, NULL },
	{ "/usage/a%2Fb", NULL, NULL, NULL, NULL },
	{ "/usage/a%2fb", NULL, NULL, NULL, NULL },
	{ "/usage/a%00", NULL, NULL, NULL, NULL },
	{ "/usage/a%0Ab", NULL, NULL, NULL, NULL },
	{ "/usage/a\nb", NULL, NULL, NULL, NULL },
	{ "/usage/%7f", NULL, NULL, NULL, NULL },
	{ "/usage/%c2%85", NULL, NULL, NULL, NULL },
	{ "/usage/%ff", NULL, NULL, NULL, NULL },
	{ "/usage/\xc3", NULL, NULL, NULL, NULL },
	{ "/usage/%ed%a0%80", NULL, NULL, NULL, NULL },
	{ "/usage/%", NULL, NULL, NULL, NULL },
	{ "/usage/%4", NULL, NULL, NULL, NULL },
	{ "/usage/%zz", NULL, NULL, NULL, NULL },
	{ "/-", NULL, NULL, NULL, NULL }, { "/-/", NULL, NULL, NULL, NULL },
	{ "/-/other", NULL, NULL, NULL, NULL },
	{ "/-/health/x", NULL, NULL, NULL, NULL },
};

static struct arena *arena;

static void
lengths(void)
{
	struct endpoint endpoint;
	struct error error = { 0 };
	char path[2050];

	memset(path, 'x', sizeof path);
	memcpy(path, "/usage/", 7);
	ok(endpoint_read(arena, (struct span){ path, 2048 }, &endpoint, &error) &&
	    endpoint.target.n == 2041, "2048 bytes are read");
	ok(!endpoint_read(arena, (struct span){ path, 2049 }, &endpoint, &error) &&
	    error.fault == FAULT_BAD_PATH, "2049 are refused");
	error_clear(&error);
	ok(!endpoint_read(arena, SPAN("/usage/a\0b"), &endpoint, &error) &&
	    error.fault == FAULT_BAD_PATH, "a raw NUL is refused");
}

int
main(void)
{
	arena = arena_new();
	for (size_t i = 0; i < COUNT(cases); i++) {
		/* Just the bytes, so that reading past them is found. */
		size_t n = strlen(cases[i].path);
		char *path = malloc(n + 1);
		struct endpoint endpoint;
		struct error error = { 0 };
		bool good;

		if (path == NULL)
			return 1;
		memcpy(path + 1, cases[i].path, n);
		good = endpoint_read(arena, (struct span){ path + 1, n }, &endpoint,
		    &error);
		free(path);
		if (cases[i].key == NULL) {
			ok(!good && error.fault == FAULT_BAD_PATH, "refused: %s (%s)",
			    cases[i].path, error.detail);
			continue;
		}
		ok(good && span_is(endpoint.project, cases[i].project) &&
		    span_is(endpoint.key, cases[i].key) &&
		    span_is(endpoint.service, cases[i].service) &&
		    (endpoint.target.p != NULL) == (cases[i].target != NULL) &&
		    (cases[i].target == NULL ||
		    span_is(endpoint.target, cases[i].target)), "%s",
		    cases[i].path);
	}
	lengths();
	arena_free(&arena);
	return tap_done();
}
