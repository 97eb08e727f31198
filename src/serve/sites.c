/* SPDX-License-Identifier: ISC */
#include "serve/sites_private.h"

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unknown"
#endif

/* Of the time of silence: a beat comes so often in it; the others wait a little longer for
 * their master than it waits for them. */
#define BEATS 5
#define LONGER(us) ((us) + (us) / 10)
/* A new master has this long until it must hear others. */
#define GRACE(us) ((us) + (us) / 2)
/* Without a master, between two elections, and between two looks whether there is one. */
#define ELECT_EVERY_US 100000
#define LOST_US 500000
#define LOOK_EVERY_US 50000
/* Who leaves mastership by order lets the others elect among themselves, for so long or until
 * they have a master. */
#define YIELD_US 3000000
/* And does so by itself, with a full disk, not more often. */
#define YIELD_AGAIN_US 20000000
/* Longest time that a master waits for others which are heard; and how long after it has
 * waited in vain it does so as at first. */
#define PATIENCE_MAX INT64_C(60000000)
#define CALM_US (5 * PATIENCE_MAX)

static unsigned
majority(const struct sites *sites)
{
	return sites->count / 2 + 1;
}

/* Those that hear us, and have come so far at least. */
static unsigned
others_alive(const struct sites *sites, enum member_state state)
{
	unsigned n = 0;

	for (unsigned i = 0; i < sites->count; i++)
		n += sites->links[i] != NULL && sites->links[i]->greeted &&
		    sites->links[i]->state >= state;
	return n;
}

static struct link *
master_link(const struct sites *sites)
{
	int master = sites->view.master;
	struct link *link = master >= 0 && master < (int)sites->count ? sites->links[master] : NULL;

	return sites->view.role == REP_REPLICA && link != NULL && link->greeted &&
	    link->is_master ? link : NULL;
}

enum sites_role
sites_role(const struct sites *sites)
{
	return sites->view.role == REP_MASTER ? SITES_MASTER
	    : sites->way != NULL ? SITES_REPLICA : SITES_NONE;
}

struct store *
sites_store(const struct sites *sites)
{
	return sites->options.store;
}

struct span
sites_name(const struct sites *sites, unsigned site)
{
	return sites->options.settings->group_sites[site].name;
}

struct span
sites_master_name(const struct sites *sites)
{
	struct link *link = master_link(sites);

	return sites->view.role == REP_MASTER ? sites_name(sites, sites->self)
	    : link != NULL ? sites_name(sites, link->site) : SPAN("");
}

static void
elect(struct sites *sites, unsigned among)
{
	if (sites->electing || sites->view.role != REP_REPLICA ||
	    sites->member.state != MEMBER_FULL || sites->now < sites->abstains ||
	    among < majority(sites))
		return;
	sites->electing = true;
	sites->among = among;
	sites->elected_at = sites->now;
	rep_elect(sites->options.store, among, majority(sites));
}

static void
remember(struct sites *sites, enum member_state state)
{
	struct error error = { 0 };
	struct member member = sites->member;

	member.state = state;
	if (!member_write(sites->options.home, &member, &error)) {
		log_line(LOG_LEVEL_ERROR, "%s", error.detail);
		return;
	}
	sites->member = member;
	sites_beat(sites);
}

static void
step_down(struct sites *sites, const char *why)
{
	if (sites->view.role != REP_MASTER)
		return;
	log_line(LOG_LEVEL_WARNING, "this site is master no more: %s", why);
	sites->options.leave(sites->options.arg);
	sites->view.role = REP_CHANGING;
	sites->lost = sites->now;
	rep_become(sites->options.store, REP_REPLICA);
	sites_beat(sites);
}

bool
sites_late(struct sites *sites, int64_t time)
{
	int64_t timeout = sites->options.settings->group_ack_timeout;

	if (sites->now - sites->late > CALM_US)
		sites->patience = timeout;
	if (sites->member.state == MEMBER_FOUNDS)
		return time > timeout;
	if (time > sites->patience) {
		/* Others that are slow would be so for another master, too: it is tried less and
		 * less often. */
		sites->late = sites->now;
		sites->patience = sites->patience < PATIENCE_MAX / 2 ? sites->patience * 2 : PATIENCE_MAX;
		step_down(sites, "too few of the others have what was delivered on their disks in time");
	}
	return false;
}

void
sites_master_seen(struct sites *sites, uint32_t generation)
{
	if (sites->view.role == REP_MASTER && generation > sites->view.generation)
		step_down(sites, "another one was elected");
}

/* It has ended, or says that it is master no more. */
void
sites_lost(struct sites *sites, struct link *link)
{
	if (sites->way != link)
		return;
	sites->way = NULL;
	sites->lost = sites->now;
	link_end_streams(link);
	/* The others need not wait for who is gone. */
	elect(sites, sites->count - 1);
}

/* Calls go another way from now on. */
static void
find_way(struct sites *sites)
{
	struct link *way = master_link(sites);

	if (way == sites->way)
		return;
	if (sites->way != NULL)
		link_end_streams(sites->way);
	sites->way = way;
	if (way == NULL) {
		sites->lost = sites->now;
		return;
	}
	sites->abstains = 0;
	log_line(LOG_LEVEL_INFO, "site %.*s is master (generation %lu)",
	    (int)sites_name(sites, way->site).n, sites_name(sites, way->site).p,
	    (unsigned long)sites->view.generation);
	serve_wake(sites->options.serve);
}

static void
take_news(struct sites *sites)
{
	enum rep_role before = sites->view.role;
	bool electing = sites->electing;

	rep_look(sites->options.store, &sites->view);
	sites->looked = sites->now;
	/* What was stepped down from is not master until it is asked to be. */
	if (before == REP_CHANGING && sites->view.role == REP_MASTER) {
		sites->began = sites->now;
		log_line(LOG_LEVEL_INFO, "this site is master (generation %lu)",
		    (unsigned long)sites->view.generation);
		sites_beat(sites);
	}
	if (sites->view.election_over) {
		sites->electing = false;
		sites->elected_at = sites->now;
	}
	if (sites->view.elected && sites->view.role == REP_REPLICA &&
	    sites->member.state == MEMBER_FULL) {
		sites->view.role = REP_CHANGING;
		rep_become(sites->options.store, REP_MASTER);
	}
	if (sites->view.duplicate)
		step_down(sites, "another one is, too");
	if (sites->view.flushed != sites->flushed_told ||
	    sites->view.flushed_generation != sites->generation_told) {
		sites->flushed_told = sites->view.flushed;
		sites->generation_told = sites->view.flushed_generation;
		sites_beat(sites);
	}
	find_way(sites);
	/* Whoever hears its master takes part in no election of others. One that is called while
	 * another goes on is of a later number, and ends that one: it is held behind it. */
	if (sites->view.called)
		sites->called = electing ? sites->among : sites->count;
	if (sites->way != NULL)
		sites->called = 0;
	if (sites->called > 0 && !sites->electing) {
		elect(sites, sites->called);
		sites->called = 0;
	}
	if (sites->view.copying && sites->member.state >= MEMBER_READY) {
		log_line(LOG_LEVEL_WARNING, "this site was away for longer than the others keep their "
		    "log: it takes all of the store anew, and has no vote until then");
		remember(sites, MEMBER_JOINS);
	}
	if (sites->view.in_step && sites->member.state == MEMBER_JOINS && sites->way != NULL)
		remember(sites, MEMBER_READY);
}

/* The first site is master by itself until enough others have all that it has; only then
 * may these vote. */
static void
look_at_membership(struct sites *sites)
{
	unsigned ready = others_alive(sites, MEMBER_READY), full = others_alive(sites, MEMBER_FULL);

	if ((sites->member.state == MEMBER_FOUNDS && ready >= sites->count / 2) ||
	    (sites->member.state == MEMBER_READY && full > 0)) {
		remember(sites, MEMBER_FULL);
		log_line(LOG_LEVEL_INFO, "this site has all of the store, and a vote");
	}
}

static void
yield(struct sites *sites, const char *why)
{
	sites->yielded = sites->now;
	sites->abstains = sites->now + YIELD_US;
	step_down(sites, why);
}

/* All of the others are there, so that they can elect, and one of them has room. */
static bool
others_have_room(const struct sites *sites)
{
	bool room = false;

	for (unsigned i = 0; i < sites->count; i++)
		room = room || (sites->links[i] != NULL && sites->links[i]->greeted &&
		    sites->links[i]->state == MEMBER_FULL && !sites->links[i]->no_room);
	return room && others_alive(sites, MEMBER_FULL) >= majority(sites);
}

/* Who misses something asks for it when something else comes: where nobody delivers anything, that
 * is the last record once more, until all who are there have all. */
static void
push(struct sites *sites)
{
	struct store *store = sites->options.store;
	bool missed = false;

	for (unsigned i = 0; i < sites->count; i++)
		missed = missed || (sites->links[i] != NULL && sites->links[i]->greeted &&
		    rep_flushed_by(store, i) < store_position(store));
	if (missed)
		rep_push(store);
	sites->pushed = sites->now;
}

static void
look_after_master(struct sites *sites)
{
	int64_t silence = sites->options.settings->group_silence;

	if (sites->view.role == REP_MASTER && sites->now - sites->pushed > silence)
		push(sites);
	if (sites->view.role == REP_MASTER && sites->member.state != MEMBER_FOUNDS &&
	    others_alive(sites, MEMBER_READY) < sites->count / 2 && sites->now - sites->began > GRACE(silence))
		step_down(sites, "it hears too few of the others");
	if (sites->view.role == REP_MASTER && !store_has_room(sites->options.store) &&
	    sites->now - sites->yielded > YIELD_AGAIN_US && others_have_room(sites))
		yield(sites, "its disk is almost full, and others have room");
	/* No event tells that the same master was found again. */
	if (sites->view.role != REP_MASTER && sites->way == NULL &&
	    sites->now - sites->looked > LOOK_EVERY_US) {
		rep_ask(sites->options.store);
		take_news(sites);
	}
	if (sites->way == NULL && sites->now - sites->lost > LOST_US &&
	    sites->now - sites->elected_at > ELECT_EVERY_US &&
	    others_alive(sites, MEMBER_READY) >= sites->count / 2)
		elect(sites, sites->count);
}

static void
on_news(struct source *source, uint32_t events)
{
	struct sites *sites = (struct sites *)((char *)source - offsetof(struct sites, event));

	(void)events;
	sites->now = text_clock();
	take_news(sites);
}

int
sites_turn(struct sites *sites)
{
	int64_t silence = sites->options.settings->group_silence;

	sites->now = text_clock();
	links_look(sites, silence, LONGER(silence));
	look_at_membership(sites);
	if (sites->yield) {
		sites->yield = false;
		yield(sites, "it was asked to let another one be");
	}
	look_after_master(sites);
	if (sites->now - sites->beaten >= silence / BEATS)
		sites_beat(sites);
	links_write(sites);
	return sites->way == NULL && sites->view.role != REP_MASTER ? 20
	    : (int)(silence / BEATS / 1000);
}

static void
hash_settings(struct sites *sites)
{
	const struct settings *settings = sites->options.settings;
	const struct seal *seal = store_seal(sites->options.store);
	struct span parts[2] = { SPAN("earshot group"),
		{ (const char *)seal->key, sizeof seal->key } };
	struct buf text = { 0 };

	/* Log files begin at the same places on all sites. */
	buf_printf(&text, "%lld\n", (long long)settings->log_file_bytes);
	for (size_t i = 0; i < settings->group_site_count; i++)
		buf_printf(&text, "%.*s %.*s\n", (int)settings->group_sites[i].name.n,
		    settings->group_sites[i].name.p, (int)settings->group_sites[i].place.n,
		    settings->group_sites[i].place.p);
	secret_sha256(buf_bytes(&text), sites->settings_hash);
	if (seal->present)
		secret_sha256_parts(parts, 2, sites->key_hash);
	buf_free(&text);
}

struct sites *
sites_new(const struct sites_options *options, struct error *error)
{
	struct sites *sites = calloc(1, sizeof *sites);
	bool present = false;

	if (sites == NULL)
		abort();
	sites->options = *options;
	sites->count = (unsigned)options->settings->group_site_count;
	sites->self = (unsigned)options->settings->group_self;
	sites->listener.fd = -1;
	sites->view = (struct rep_view){ .role = REP_CHANGING, .master = -1 };
	sites->now = sites->lost = text_clock();
	sites->yielded = -YIELD_AGAIN_US;
	sites->late = -CALM_US;
	if (!member_read(options->home, &sites->member, error) ||
	    !secret_key_file(options->home, "group.key", false, sites->key, &present, error) ||
	    (!present && !error_set(error, FAULT_STORE_UNAVAILABLE, "there is no %s/group.key: "
	        "copy that of the other sites, or, for a new group, use: earshot --home %s group "
	        "key", options->home, options->home)) || !links_listen(sites, error)) {
		free(sites);
		return NULL;
	}
	hash_settings(sites);
	sites->event = (struct source){ .ready = on_news, .fd = rep_event(options->store) };
	reactor_watch(options->reactor, &sites->event, EPOLLIN);
	rep_become(options->store, sites->member.state == MEMBER_FOUNDS ? REP_MASTER : REP_REPLICA);
	return sites;
}

void
sites_free(struct sites **sites_p)
{
	struct sites *sites = *sites_p;

	if (sites == NULL)
		return;
	links_close(sites);
	reactor_watch(sites->options.reactor, &sites->event, 0);
	free(sites);
	*sites_p = NULL;
}

const char *
sites_why(struct sites *sites, struct arena *arena)
{
	unsigned heard = 0;

	for (unsigned i = 0; i < sites->count; i++)
		heard += sites->links[i] != NULL && sites->links[i]->greeted;
	return arena_printf(arena, "the group has no master that this site (%.*s) hears: of the other %u "
	    "sites it hears %u; earshot group stat says more",
	    (int)sites_name(sites, sites->self).n, sites_name(sites, sites->self).p,
	    sites->count - 1, heard);
}

/* Bytes of log before that position. */
static int64_t
log_bytes(const struct sites *sites, uint64_t position)
{
	return (int64_t)(position >> 32) * sites->options.settings->log_file_bytes +
	    (int64_t)(position & UINT32_MAX);
}

/* As far as it is known here; 0 without a master. */
static uint64_t
master_position(const struct sites *sites)
{
	const struct link *link = master_link(sites);

	return sites->view.role == REP_MASTER ? sites->view.position
	    : link != NULL ? link->position : 0;
}

static void
tell_site(struct sites *sites, struct jsonout *json, unsigned i)
{
	const struct settings_site *site = &sites->options.settings->group_sites[i];
	const struct link *link = sites->links[i];
	bool self = i == sites->self, greeted = self || (link != NULL && link->greeted);
	bool is_master = self ? sites->view.role == REP_MASTER : greeted && link->is_master;
	uint64_t position;
	int64_t lag;

	json_open(json, '{');
	json_member(json, "site", site->name);
	json_member(json, "address", site->place);
	json_member_bool(json, "self", self);
	json_member_bool(json, "connected", greeted);
	if (greeted) {
		json_member(json, "role", is_master ? SPAN("master")
		    : self && sites->view.role == REP_CHANGING ? SPAN("changing") : SPAN("replica"));
		json_member(json, "member", span_of(member_word(self ? sites->member.state
		    : link->state)));
		position = self ? sites->view.position : link->position;
		lag = log_bytes(sites, master_position(sites)) - log_bytes(sites, position);
		if (!is_master && sites_master_name(sites).n > 0)
			json_member_int(json, "lag", lag < 0 ? 0 : lag);
		json_member_int(json, "position", log_bytes(sites, position));
		json_member(json, "version", span_of(self ? PACKAGE_VERSION : link->version));
	}
	if (!greeted && sites->refused[i][0] != '\0')
		json_member(json, "why", span_of(sites->refused[i]));
	json_close(json, '}');
}

static void
tell_all(struct sites *sites, struct buf *out)
{
	struct jsonout json = json_to(out);

	json_open(&json, '{');
	json_member(&json, "site", sites_name(sites, sites->self));
	json_member(&json, "role", sites->view.role == REP_MASTER ? SPAN("master")
	    : sites->way != NULL ? SPAN("replica") : SPAN("none"));
	json_member(&json, "master", sites_master_name(sites));
	json_member(&json, "member", span_of(member_word(sites->member.state)));
	json_member_int(&json, "generation", (int64_t)sites->view.generation);
	json_key(&json, "sites");
	json_open(&json, '[');
	for (unsigned i = 0; i < sites->count; i++)
		tell_site(sites, &json, i);
	json_close(&json, ']');
	json_close(&json, '}');
	buf_putc(out, '\n');
}

void
sites_answer(struct sites *sites, const struct call_view *call, struct reply *reply)
{
	struct arena *arena = arena_new();
	struct error error = { 0 };
	struct json_object *args = json_read(arena, call->args, &json_limits_document, &error);
	struct span what = json_string(args, "do");

	sites->now = text_clock();
	if (span_is(what, "stat")) {
		tell_all(sites, &reply->body);
	} else if (span_is(what, "yield") && sites->view.role != REP_MASTER) {
		reply_problem(reply, FAULT_USAGE, fault_info(FAULT_USAGE)->status, call->id,
		    arena_printf(arena, "this site is not the master%s%.*s",
		        sites_master_name(sites).n > 0 ? ", that is " : "",
		        (int)sites_master_name(sites).n, sites_master_name(sites).p));
	} else if (span_is(what, "yield") && others_alive(sites, MEMBER_FULL) < majority(sites)) {
		reply_problem(reply, FAULT_BUSY, fault_info(FAULT_BUSY)->status, call->id,
		    "too few of the other sites are there to elect one of them");
	} else if (span_is(what, "yield")) {
		sites->yield = true;
		tell_all(sites, &reply->body);
	} else {
		reply_problem(reply, FAULT_USAGE, fault_info(FAULT_USAGE)->status, call->id,
		    "\"do\" must be \"stat\" or \"yield\"");
	}
	arena_free(&arena);
}
