/* SPDX-License-Identifier: ISC */
#include "base/recode.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <iconv.h>

#define CHARACTER_MAX 16 /* bytes that wait for the rest of theirs */

struct recode {
	iconv_t iconv;
	char rest[CHARACTER_MAX];
	size_t rest_n;
};

struct recode *
recode_new(const char *encoding)
{
	iconv_t to_utf8 = iconv_open("UTF-8", encoding);
	struct recode *recode;

	if (to_utf8 == (iconv_t)-1)
		return NULL;
	recode = calloc(1, sizeof *recode);
	if (recode == NULL)
		abort();
	recode->iconv = to_utf8;
	return recode;
}

static bool
convert(struct recode *recode, char *in, size_t n, struct buf *out, unsigned char *bad_r)
{
	while (n > 0) {
		size_t room = n * 4 + CHARACTER_MAX, left = room;
		char *to = buf_room(out, room);
		size_t rc = iconv(recode->iconv, &in, &n, &to, &left);

		out->n += room - left;
		if (rc != (size_t)-1 || errno == E2BIG)
			continue;
		if (errno == EINVAL && n <= CHARACTER_MAX) {
			memcpy(recode->rest, in, n);
			recode->rest_n = n;
			return true;
		}
		*bad_r = (unsigned char)*in;
		return false;
	}
	return true;
}

bool
recode_feed(struct recode *recode, struct span bytes, struct buf *out, unsigned char *bad_r)
{
	size_t n = recode->rest_n + bytes.n;
	char *all = malloc(n + 1);
	bool good;

	if (all == NULL)
		abort();
	memcpy(all, recode->rest, recode->rest_n);
	if (bytes.n > 0)
		memcpy(all + recode->rest_n, bytes.p, bytes.n);
	recode->rest_n = 0;
	good = convert(recode, all, n, out, bad_r);
	free(all);
	return good;
}

bool
recode_end(const struct recode *recode)
{
	return recode->rest_n == 0;
}

void
recode_free(struct recode **recode_p)
{
	struct recode *recode = *recode_p;

	if (recode == NULL)
		return;
	iconv_close(recode->iconv);
	free(recode);
	*recode_p = NULL;
}
