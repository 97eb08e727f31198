/* SPDX-License-Identifier: ISC */
#include "community/people_rows.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "record/doc_check.h"
#include "record/record.h"
#include "record/rules.h"
#include "record/schema.h"
#include "store/store.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define RANKS_MAX 1000

/* Whose the address is that was asked for last, or given last: who applies a document asks
 * several times, and who has written one once more. */
static _Thread_local struct {
	uint64_t state;
	char email[256], id[64];
	size_t email_n, id_n; /* id_n 0: nobody's */
} known;

void
people_is(struct txn *txn, struct span email, struct span id)
{
	known.state = 0;
	if (!txn_ok(txn) || email.n > sizeof known.email || id.n > sizeof known.id)
		return;
	known.state = txn_state(txn);
	known.email_n = email.n;
	known.id_n = id.n;
	memcpy(known.email, email.p, email.n);
	if (id.n > 0)
		memcpy(known.id, id.p, id.n);
}

bool
people_id(struct txn *txn, struct span email, struct span *id_r)
{
	struct span id = { known.id, known.id_n };

	if (email.n == 0)
		return false;
	if (known.state != txn_state(txn) ||
	    !span_eq(email, (struct span){ known.email, known.email_n })) {
		id = record_find(txn, RECORD_USER, SPAN("email"), email, id_r, 1) == 1 ? *id_r : SPAN("");
		people_is(txn, email, id);
	}
	if (id.n > 0)
		*id_r = arena_copy(txn_arena(txn), id);
	return id.n > 0;
}

struct json_object *
people_load(struct txn *txn, struct span email)
{
	struct span id;

	if (!people_id(txn, email, &id))
		return NULL;
	return record_load(txn, RECORD_USER, id);
}

/* What has to be known of who comments. */
static void *
rights_of(struct txn *txn, struct arena *arena, struct json_object *user)
{
	static const struct member rights[] = { { .name = "email" }, { .name = "roles" },
		{ .name = "teams" }, { .name = "projects" }, { .name = NULL } };

	return user != NULL ? json_copy(arena, schema_pick(txn_arena(txn), rights, user)) : NULL;
}

static void *
make_author(struct txn *txn, struct arena *arena, struct span email)
{
	return rights_of(txn, arena, people_load(txn, email));
}

struct json_object *
people_author(struct txn *txn, struct span email)
{
	return (struct json_object *)(uintptr_t)rules_find_person(txn, "author",
	    text_fold(txn_arena(txn), email), make_author);
}

static void *
make_author_of_id(struct txn *txn, struct arena *arena, struct span id)
{
	return rights_of(txn, arena, record_load(txn, RECORD_USER, id));
}

struct json_object *
people_author_by_id(struct txn *txn, struct span id)
{
	return (struct json_object *)(uintptr_t)rules_find_person(txn, "author by id", id,
	    make_author_of_id);
}

/* Derived members */

static int
by_text(const void *a, const void *b)
{
	return span_cmp(*(const struct span *)a, *(const struct span *)b);
}

/* Two lists as one: in order, each once. */
static struct json_object *
merged(struct arena *arena, struct json_object *a, struct json_object *b)
{
	size_t n = 0, total = json_count(a) + json_count(b);
	struct span *items = arena_alloc(arena, (total + 1) * sizeof *items);
	struct json_object *out = json_new_array(arena);

	for (size_t i = 0; i < json_count(a); i++)
		items[n++] = json_span(json_at(a, i));
	for (size_t i = 0; i < json_count(b); i++)
		items[n++] = json_span(json_at(b, i));
	qsort(items, n, sizeof *items, by_text);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || !span_eq(items[i], items[i - 1]))
			json_append(out, json_share(json_new_text(arena, items[i])));
	return out;
}

struct json_object *
people_team_projects(struct arena *arena, struct json_object *user)
{
	struct json_object *teams = json_get(user, "teams"), *out = json_new_array(arena);

	for (size_t i = 0; i < json_count(teams); i++) {
		struct span project, key;

		doc_name_split(json_span(json_at(teams, i)), &project, &key);
		if (project.n > 0)
			json_append(out, json_share(json_new_text(arena, project)));
	}
	return merged(arena, out, NULL);
}

/* Points are bounded, but many of them are added: the sum stays at the edge. */
static int64_t
plus(int64_t a, int64_t b)
{
	int64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return b > 0 ? INT64_MAX : INT64_MIN;
	return sum;
}

void
people_derive(struct arena *arena, struct json_object *user)
{
	struct json_object *ranks = json_get(user, "ranks"), *scores = json_new_object(arena);
	struct json_object *projects = merged(arena, json_get(user, "projects"),
	    people_team_projects(arena, user));
	int64_t score = 0;

	for (size_t i = 0; i < json_count(ranks); i++) {
		struct json_object *rank = json_at(ranks, i);
		const char *project = arena_string(arena, json_string(rank, "project"));
		int64_t points = json_integer(rank, "points", 0);

		if (*project == '\0')
			score = plus(score, points);
		else
			json_set_int(scores, project,
			    plus(json_integer(scores, project, 0), points));
	}
	json_set(user, "projects", json_share(projects));
	json_set_int(user, "score", score);
	json_set(user, "scores", json_share(scores));
}

/* Rights */

static bool
has(struct json_object *user, const char *member, struct span item)
{
	return doc_list_has(json_get(user, member), item);
}

static bool
manages(struct txn *txn, struct json_object *user, struct span project)
{
	struct json_object *managers;

	if (project.n == 0)
		return false;
	managers = json_get(record_load(txn, RECORD_PROJECT, project), "managers");
	return doc_list_find_folded(txn_arena(txn), managers, json_string(user, "email")) <
	    json_count(managers);
}

/* A team of the project that both are in. */
static bool
share_team(struct json_object *a, struct json_object *b, struct span project)
{
	struct json_object *teams = json_get(a, "teams");

	for (size_t i = 0; i < json_count(teams); i++) {
		struct span team = json_span(json_at(teams, i)), of, key;

		doc_name_split(team, &of, &key);
		if (span_eq(of, project) && has(b, "teams", team))
			return true;
	}
	return false;
}

static bool
can_see(struct txn *txn, struct json_object *user, struct json_object *feedback)
{
	struct arena *arena = txn_arena(txn);
	struct span submitter = json_string(feedback, "submitter");
	struct span exposure = json_string(feedback, "exposure");
	struct span project = json_string(feedback, "project");

	if (!has(user, "projects", project))
		return false;
	if (span_is(exposure, "public"))
		return true;
	if (submitter.n == 0)
		return false;
	if (span_eq(text_fold(arena, submitter), text_fold(arena, json_string(user, "email"))))
		return true;
	return span_is(exposure, "team") &&
	    share_team(user, people_load(txn, submitter), project);
}

bool
people_may(struct txn *txn, struct json_object *user, enum people_right right,
    struct span project, struct json_object *feedback)
{
	if (has(user, "roles", SPAN("admin")) || has(user, "roles", SPAN("manager")) ||
	    manages(txn, user, project))
		return true;
	return right == PEOPLE_COMMENT_FEEDBACK && feedback != NULL &&
	    can_see(txn, user, feedback);
}

bool
people_participates(struct json_object *user, struct span project)
{
	return has(user, "projects", project);
}

bool
people_belongs(struct txn *txn, struct json_object *user, struct span project)
{
	return user != NULL && (project.n == 0 || people_participates(user, project) ||
	    people_may(txn, user, PEOPLE_COMMENT_USER, project, NULL));
}

/* Keys of the projects that name him. */
static struct json_object *
managed(struct txn *txn, struct arena *arena, struct span email)
{
	struct json_object *keys = json_new_array(arena), *project;
	struct span after = SPAN("");

	while ((project = record_next(txn, RECORD_PROJECT, after, &after)) != NULL) {
		struct json_object *managers = json_get(project, "managers");

		if (doc_list_find_folded(txn_arena(txn), managers, email) < json_count(managers))
			json_append(keys, json_share(json_new_text(arena,
			    json_string(project, "key"))));
	}
	return keys;
}

bool
people_actor(struct txn *txn, struct arena *arena, struct json_object *user,
    struct actor *actor_r)
{
	if (user == NULL)
		return false;
	*actor_r = (struct actor){ .user = arena_copy(arena, json_string(user, "id")),
		.email = arena_copy(arena, json_string(user, "email")),
		.reads_all = has(user, "roles", SPAN("viewer")) };
	if (has(user, "roles", SPAN("admin"))) {
		actor_r->role = ACTOR_ADMIN;
	} else if (has(user, "roles", SPAN("manager"))) {
		actor_r->role = ACTOR_MANAGER;
	} else {
		actor_r->projects = managed(txn, arena, actor_r->email);
		actor_r->role = json_count(actor_r->projects) > 0 ? ACTOR_MANAGER
		    : actor_r->reads_all ? ACTOR_VIEWER : ACTOR_NONE;
	}
	return true;
}

bool
people_last_admin(struct txn *txn, struct json_object *user)
{
	struct span ids[2];

	return has(user, "roles", SPAN("admin")) && record_find(txn, RECORD_USER,
	    SPAN("roles"), SPAN("admin"), ids, 2) < 2;
}

/* Ranks */

static bool
known_project(struct txn *txn, struct span project)
{
	if (project.n == 0 || record_exists(txn, RECORD_PROJECT, project))
		return true;
	return txn_fail(txn, FAULT_MACRO_FAILED, "there is no project \"%.*s\"",
	    (int)project.n, project.p);
}

static size_t
find_rank(struct json_object *ranks, struct span rank, struct span project)
{
	size_t i = 0, n = json_count(ranks);

	while (i < n && !(span_eq(json_string(json_at(ranks, i), "rank"), rank) &&
	    span_eq(json_string(json_at(ranks, i), "project"), project)))
		i++;
	return i;
}

static int64_t
score_in(struct arena *arena, struct json_object *user, struct span project)
{
	if (project.n == 0)
		return json_integer(user, "score", 0);
	return json_integer(json_get(user, "scores"), arena_string(arena, project), 0);
}

/* "score in phone 0 → 25", of the community without the project. */
static const char *
score_moved(struct arena *arena, struct json_object *user, struct span project, int64_t before)
{
	return arena_printf(arena, "score %s%.*s%s%" PRId64 " → %" PRId64,
	    project.n > 0 ? "in " : "", (int)project.n, project.p, project.n > 0 ? " " : "",
	    before, score_in(arena, user, project));
}

/* Points that come of a rank, or by themselves: then its name is empty. */
struct award {
	struct span rank, project, reason;
	int64_t points, at;
};

/* One entry for each rank and project holds what they come to. */
static const char *
award(struct txn *txn, struct json_object *user, const struct award *award)
{
	struct arena *arena = txn_arena(txn);
	struct json_object *ranks, *entry;
	int64_t before = score_in(arena, user, award->project);
	size_t i;

	if (!known_project(txn, award->project))
		return NULL;
	ranks = doc_list_of(arena, user, "ranks");
	i = find_rank(ranks, award->rank, award->project);
	if (i == json_count(ranks)) {
		if (i == RANKS_MAX) {
			txn_fail(txn, FAULT_MACRO_FAILED, "the user has %d ranks already",
			    RANKS_MAX);
			return NULL;
		}
		entry = json_new_object(arena);
		if (award->rank.n > 0)
			json_set_text(entry, "rank", award->rank);
		if (award->project.n > 0)
			json_set_text(entry, "project", award->project);
		json_append(ranks, json_share(entry));
	}
	entry = json_at(ranks, i);
	json_set_int(entry, "count", plus(json_integer(entry, "count", 0), 1));
	json_set_int(entry, "points", plus(json_integer(entry, "points", 0), award->points));
	doc_set_time(entry, "at", award->at);
	if (award->reason.n > 0)
		json_set_text(entry, "reason", award->reason);
	people_derive(arena, user);
	return score_moved(arena, user, award->project, before);
}

const char *
people_add_rank(struct txn *txn, struct json_object *user, struct span rank,
    struct span project, struct span reason, int64_t now)
{
	struct json_object *doc = doc_load(txn, "rank", SPAN(""), rank);
	const struct award by_rank = { .rank = rank, .project = project, .reason = reason,
		.points = json_integer(doc, "points", 0), .at = now };
	const char *moved;

	if (doc == NULL) {
		txn_fail(txn, FAULT_MACRO_FAILED, "there is no rank \"%.*s\"", (int)rank.n,
		    rank.p);
		return NULL;
	}
	moved = award(txn, user, &by_rank);
	return moved == NULL ? NULL
	    : arena_printf(txn_arena(txn), "%.*s: %s", (int)rank.n, rank.p, moved);
}

const char *
people_add_points(struct txn *txn, struct json_object *user, int64_t points,
    struct span project, struct span reason, int64_t now)
{
	const struct award by_itself = { .rank = SPAN(""), .project = project, .reason = reason,
		.points = points, .at = now };

	return award(txn, user, &by_itself);
}

const char *
people_remove_rank(struct txn *txn, struct json_object *user, struct span rank,
    struct span project)
{
	struct arena *arena = txn_arena(txn);
	struct json_object *ranks = json_get(user, "ranks");
	int64_t before = score_in(arena, user, project);
	size_t i = find_rank(ranks, rank, project);

	if (i == json_count(ranks))
		return arena_printf(arena, "did not have %.*s", (int)rank.n, rank.p);
	json_set(user, "ranks", json_share(doc_list_without(arena, ranks, i)));
	people_derive(arena, user);
	return arena_printf(arena, "%.*s taken: %s", (int)rank.n, rank.p,
	    score_moved(arena, user, project, before));
}

/* Teams and projects */

/* "vip" in project phone is phone/vip, or else the community's vip. */
static bool
resolve_team(struct txn *txn, struct span name, struct span project, struct span *team_r)
{
	struct arena *arena = txn_arena(txn);
	struct span of, key;

	doc_name_split(name, &of, &key);
	if (of.n == 0 && project.n > 0 && doc_exists(txn, "team", project, key)) {
		*team_r = doc_name(arena, project, key);
		return true;
	}
	if (key.n > 0 && doc_exists(txn, "team", of, key)) {
		*team_r = arena_copy(arena, name);
		return true;
	}
	return txn_fail(txn, FAULT_MACRO_FAILED, "there is no team \"%.*s\"", (int)name.n,
	    name.p);
}

static void
part(struct buf *sentence, const char *what, struct span name)
{
	buf_printf(sentence, "%s%s %.*s", sentence->n > 0 ? "; " : "", what, (int)name.n,
	    name.p);
}

static const char *
finished(struct arena *arena, struct buf *sentence, bool good)
{
	const char *text = NULL;

	if (good)
		text = sentence->n > 0 ? arena_string(arena, buf_bytes(sentence))
		                       : "no team was named";
	buf_free(sentence);
	return text;
}

const char *
people_add_teams(struct txn *txn, struct json_object *user, struct json_object *teams,
    struct span project)
{
	struct arena *arena = txn_arena(txn);
	struct json_object *list = doc_list_of(arena, user, "teams");
	struct buf sentence = { 0 };
	struct span team;
	bool good = true;

	for (size_t i = 0; i < json_count(teams) && good; i++) {
		good = resolve_team(txn, json_span(json_at(teams, i)), project, &team);
		if (!good)
			break;
		if (doc_list_has(list, team)) {
			part(&sentence, "already in", team);
			continue;
		}
		json_append(list, json_share(json_new_text(arena, team)));
		part(&sentence, "joined", team);
	}
	people_derive(arena, user);
	return finished(arena, &sentence, good);
}

/* Who leaves the last team of a project leaves the project. */
static void
leave_team(struct arena *arena, struct json_object *user, size_t position)
{
	struct json_object *teams = json_get(user, "teams"), *projects;
	struct span project, key;
	size_t i;

	doc_name_split(arena_copy(arena, json_span(json_at(teams, position))), &project, &key);
	json_set(user, "teams", json_share(doc_list_without(arena, teams, position)));
	projects = json_get(user, "projects");
	i = doc_list_find(projects, project);
	if (project.n > 0 && i < json_count(projects))
		json_set(user, "projects", json_share(doc_list_without(arena, projects, i)));
	people_derive(arena, user);
}

const char *
people_remove_teams(struct txn *txn, struct json_object *user, struct json_object *teams,
    struct span project)
{
	struct arena *arena = txn_arena(txn);
	struct buf sentence = { 0 };
	struct span team;
	bool good = true;

	for (size_t i = 0; i < json_count(teams) && good; i++) {
		struct json_object *list = json_get(user, "teams");
		size_t at;

		good = resolve_team(txn, json_span(json_at(teams, i)), project, &team);
		if (!good)
			break;
		at = doc_list_find(list, team);
		if (at == json_count(list)) {
			part(&sentence, "was not in", team);
			continue;
		}
		leave_team(arena, user, at);
		part(&sentence, "left", team);
	}
	return finished(arena, &sentence, good);
}

const char *
people_leave_project(struct txn *txn, struct json_object *user, struct span project)
{
	struct arena *arena = txn_arena(txn);
	struct json_object *teams = json_get(user, "teams"), *stay = json_new_array(arena);
	struct json_object *projects = json_get(user, "projects");
	size_t at = doc_list_find(projects, project);
	struct span of, key;

	if (!known_project(txn, project))
		return NULL;
	if (at == json_count(projects))
		return arena_printf(arena, "was not in %.*s", (int)project.n, project.p);
	for (size_t i = 0; i < json_count(teams); i++) {
		doc_name_split(json_span(json_at(teams, i)), &of, &key);
		if (!span_eq(of, project))
			json_append(stay, json_share(json_at(teams, i)));
	}
	json_set(user, "projects", json_share(doc_list_without(arena, projects, at)));
	json_set(user, "teams", json_share(stay));
	people_derive(arena, user);
	return arena_printf(arena, "left %.*s", (int)project.n, project.p);
}

void
people_uses(struct doc_uses *uses, struct txn *txn, struct span path, struct span value)
{
	struct span ids[DOC_USES_KEPT + 1];
	size_t n = record_find(txn, RECORD_USER, path, value, ids, DOC_USES_KEPT + 1);

	for (size_t i = 0; i < n; i++)
		doc_uses_add(uses, txn_arena(txn), "user",
		    json_string(record_load(txn, RECORD_USER, ids[i]), "email"));
}
