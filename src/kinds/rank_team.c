/* SPDX-License-Identifier: ISC */
/* The plain documents around people: the setting, ranks, teams. */
#include "community/people.h"

#include "base/json.h"
#include "record/doc_check.h"
#include "record/record.h"
#include "store/store.h"

#define POINTS_MAX 1000000
#define WEIGHT_MAX 1000000
#define BASE_URL_MAX 1000

static void
check_range(struct json_object *doc, const char *member, int64_t low, int64_t high,
    struct complaints *complaints, const char *pointer)
{
	int64_t number = json_integer(doc, member, low);

	if (number < low || number > high)
		complain(complaints, pointer, "\"%s\" must be from %lld to %lld", member,
		    (long long)low, (long long)high);
}

/* setting */

static const char *const setting_members[] = { "!community:S", "baseUrl:s",
	"integrations:b", "popularity:o", NULL };

static void
setting_check(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	static const char *const weights[] = { "comment:i", "follower:i", "vote:i", NULL };
	struct json_object *popularity = json_get(doc, "popularity");
	struct span url = json_string(doc, "baseUrl");

	(void)txn;
	doc_check_members(doc, setting_members, complaints, "");
	doc_check_line(doc, "community", DOC_LINE_MAX, complaints, "");
	doc_check_line(doc, "baseUrl", BASE_URL_MAX, complaints, "");
	if (url.n > 0 && !span_starts(url, "https://") && !span_starts(url, "http://"))
		complain(complaints, "/baseUrl",
		    "\"baseUrl\" must begin with https:// or http://");
	if (!json_is_object(popularity))
		return;
	doc_check_members(popularity, weights, complaints, "/popularity");
	check_range(popularity, "comment", 0, WEIGHT_MAX, complaints, "/popularity/comment");
	check_range(popularity, "follower", 0, WEIGHT_MAX, complaints, "/popularity/follower");
	check_range(popularity, "vote", 0, WEIGHT_MAX, complaints, "/popularity/vote");
}

const struct kind kind_setting = {
	.name = "setting",
	.order = 10,
	.exported = true,
	.members = setting_members,
	.check = setting_check,
};

void
people_uses(struct doc_uses *uses, struct txn *txn, struct span path, struct span value)
{
	struct span ids[DOC_USES_SHOWN + 1];
	size_t n = record_find(txn, RECORD_USER, path, value, ids, DOC_USES_SHOWN + 1);

	for (size_t i = 0; i < n; i++)
		doc_uses_add(uses, txn_arena(txn), "user",
		    json_string(record_load(txn, RECORD_USER, ids[i]), "email"));
}

/* rank */

static void
rank_check(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	static const char *const members[] = { "!key:k", "!name:S", "!points:i",
		"description:s", NULL };

	(void)txn;
	doc_check_named(doc, members, complaints);
	check_range(doc, "points", -POINTS_MAX, POINTS_MAX, complaints, "/points");
}

static void
rank_uses(struct doc_uses *uses, struct txn *txn, struct span name)
{
	doc_uses_rules(uses, txn, "rank", name);
	people_uses(uses, txn, SPAN("ranks"), name);
}

const struct kind kind_rank = {
	.name = "rank",
	.order = 30,
	.exported = true,
	.check = rank_check,
	.uses = rank_uses,
};

/* team */

static void
team_check(struct txn *txn, struct json_object *doc, struct complaints *complaints)
{
	static const char *const members[] = { "!key:k", "project:k", "!name:S",
		"description:s", NULL };

	(void)txn;
	doc_check_named(doc, members, complaints);
}

static void
team_uses(struct doc_uses *uses, struct txn *txn, struct span name)
{
	doc_uses_rules(uses, txn, "team", name);
	doc_uses_rules(uses, txn, "teams", name);
	people_uses(uses, txn, SPAN("teams"), name);
}

const struct kind kind_team = {
	.name = "team",
	.order = 40,
	.exported = true,
	.check = team_check,
	.refer = doc_refer_project,
	.uses = team_uses,
};
