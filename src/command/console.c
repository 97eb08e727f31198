/* SPDX-License-Identifier: ISC */
/*
 * Signing in to the console. The caller makes tokens and sends their hashes (hexadecimal
 * SHA-256), but for the link that is mailed, which is made here and leaves by the outbox.
 *
 * console-link {"user", "hash"}: a link that signs this user in, once, within 15 minutes.
 * console-mail {"user", "address", "to"?}: mails one, if that is the address of somebody who may
 * sign in; the answer is the same in any case. "to" is the page of the console that was wanted.
 * console-salt {"user", "address"}: what a password is made into a proof with.
 * console-sign-in {"hash", "link" | "user" and "proof" | "remoteUser", "agent"?, "address"?}:
 * begins a session; one that "session" names ends.
 * console-session {"remoteUser"?}: who is signed in, what he may, what the pages of everybody
 * need. console-sessions {"user"?}, console-sessions-end {"user"? | "id" | "others" | "own"}.
 * console-password {"salt", "proof"}: sets one's own; without both there is none any more.
 * console-alerts {"on"}: whether one is written to about what needs a person.
 */
#include "command/command_private.h"

#include "base/json.h"
#include "base/log.h"
#include "base/settings.h"
#include "base/text.h"
#include "community/opt_out.h"
#include "community/people.h"
#include "community/session.h"
#include "community/site.h"
#include "record/audit.h"
#include "record/doc_check.h"
#include "record/record.h"

#include <string.h>

#define LINK_US (INT64_C(15) * 60 * 1000000)
/* Within a quarter of an hour: for a name, and from a network. */
#define MAILS 3
#define MAILS_OF_NETWORK 30
#define TRIES 10
#define TRIES_OF_NETWORK 60
#define BY_SERVER "web server"
#define WANTED_MAX 300 /* of the page that a mailed link leads to */
#define ID_SHOWN 12 /* hexadecimal digits by which people tell sessions apart */

/* A failure of the person, which does not tell whether he is known. */
#define NO_MATCH "that did not fit: the link is used up or too old, or name and password do " \
	"not belong together"

static bool
hash_good(struct job *job, const char *member)
{
	struct span hash = json_string(job->args, member), bytes;

	return (hash.n == 2 * SECRET_SHA256_SIZE &&
	    secret_hex_read(job->scratch, hash, &bytes)) || error_set(&job->error, FAULT_USAGE,
	    "\"%s\" must be the SHA-256 of a token: 64 digits of 0-9, a-f", member);
}

static bool
has_role(struct txn *txn, struct json_object *user)
{
	struct actor actor;

	return people_actor(txn, txn_arena(txn), user, &actor) &&
	    actor.role != ACTOR_NONE;
}

/* By e-mail, user name or id, if he may sign in. */
static struct json_object *
may_sign_in(struct txn *txn, struct span name)
{
	struct json_object *user = kind_find(txn, &kind_user, name);

	return user != NULL && has_role(txn, user) ? user : NULL;
}

static void
add_link(struct txn *txn, struct job *job)
{
	struct json_object *user;
	struct span name;

	if (!command_text(job, "user", &name) || !hash_good(job, "hash"))
		return;
	user = kind_find(txn, &kind_user, name);
	if (user == NULL)
		txn_fail(txn, FAULT_NOT_FOUND, "there is no user \"%.*s\"", (int)name.n, name.p);
	else if (!has_role(txn, user) && job->actor != NULL)
		txn_fail(txn, FAULT_NOT_PERMITTED, "%.*s may not sign in: give the account the role "
		    "admin, manager or viewer, or make it a manager of a project", (int)name.n, name.p);
	else if (!has_role(txn, user))
		txn_fail(txn, FAULT_NOT_PERMITTED, "%.*s may not sign in: give the role admin, manager "
		    "or viewer (earshot user set %.*s roles+=admin), or make him a manager of a project",
		    (int)name.n, name.p, (int)name.n, name.p);
	else
		session_link_add(txn, json_string(job->args, "hash"), json_string(user, "id"),
		    job->now, job->now + LINK_US);
	if (user != NULL && txn_ok(txn) && !command_repeated(txn, job))
		audit_happened(txn, &kind_user, json_string(user, "email"), "link made");
	if (txn_ok(txn))
		buf_puts(job->out, "{\"minutes\":15}\n");
}

/* IPv6 networks belong to one person; an IPv4 address is one, however it is written. */
static struct span
network(struct arena *arena, struct span address_text)
{
	struct text_network address;

	if (!text_network(address_text, &address))
		return address_text;
	return secret_hex(arena, (struct span){ (const char *)address.address,
	    text_network_is_ipv4(&address) ? sizeof address.address : 8 });
}

/* What is tried. Names of nobody are counted by themselves, so that a flood of them takes
 * nobody's count away. */
static const struct tried {
	char person, nobody, network;
	int64_t of_name, of_network;
} by_mail = { 'm', 'n', 'M', MAILS, MAILS_OF_NETWORK },
  by_password = { 'p', 'q', 'P', TRIES, TRIES_OF_NETWORK };

/* For one person, by whichever of his names, and from one network. */
static bool
within_tries(struct txn *txn, struct job *job, const struct tried *tried)
{
	struct span from = network(txn_arena(txn), json_string(job->args, "address"));
	struct span name = json_string(job->args, "user");
	struct span id = json_string(kind_find(txn, &kind_user, name), "id");

	return (from.n == 0 || session_try(txn, tried->network, from, tried->of_network, job->now)) &&
	    session_try(txn, id.n > 0 ? tried->person : tried->nobody, id.n > 0 ? id : name,
	        tried->of_name, job->now);
}

static void
mail_link(struct txn *txn, struct job *job)
{
	struct arena *arena = txn_arena(txn);
	struct json_object *user, *parcel = json_new_object(arena);
	struct span base = site_console(txn), token, community, name, to;
	struct buf wanted = { 0 };
	unsigned char bytes[32];

	if (!command_text(job, "user", &name))
		return;
	buf_puts(job->out, "{\"minutes\":15}\n");
	user = may_sign_in(txn, name);
	/* Too many tries are answered like others: what is mailed is not told. */
	if (command_repeated(txn, job) || !within_tries(txn, job, &by_mail) || user == NULL || base.n == 0)
		return;
	secret_random(bytes, sizeof bytes);
	token = secret_hex(arena, (struct span){ (const char *)bytes, sizeof bytes });
	community = json_string(doc_load(txn, "setting", SPAN(""), SPAN("")), "community");
	to = json_string(job->args, "to");
	if (to.n > 1 && to.n <= WANTED_MAX) {
		buf_puts(&wanted, "&to=");
		text_percent_encode(&wanted, to);
	}
	session_link_add(txn, session_hash(arena, token), json_string(user, "id"), job->now,
	    job->now + LINK_US);
	json_set_text(parcel, "kind", SPAN("email"));
	json_set_text(parcel, "to", json_string(user, "email"));
	json_set_text(parcel, "subject", span_of(arena_printf(arena, "Sign in to %.*s",
	    (int)community.n, community.p)));
	json_set_text(parcel, "text", span_of(arena_printf(arena, "To sign in to the console of "
	    "%.*s, open this link and press the button:\n\n%.*s/sign-in/link?token=%.*s%.*s\n\n"
	    "It works once, and for 15 minutes. If you have not asked for it, do nothing: "
	    "nobody is signed in without it.\n", (int)community.n, community.p, (int)base.n,
	    base.p, (int)token.n, token.p, (int)wanted.n, wanted.n > 0 ? wanted.p : "")));
	buf_free(&wanted);
	json_set_bool(parcel, "essential", true);
	json_set_bool(parcel, "private", true);
	outbox_add(txn, parcel, job->now, job->now);
}

static void
tell_salt(struct txn *txn, struct job *job)
{
	struct jsonout out = json_to(job->out);
	struct span name;

	if (!command_text(job, "user", &name))
		return;
	/* Here, since what follows costs time; so a password cannot be tried without. */
	if (!within_tries(txn, job, &by_password)) {
		txn_fail(txn, FAULT_RATE_LIMITED, "too many have tried to sign in by this name, or from "
		    "this network: wait for a quarter of an hour, or let a link be mailed");
		return;
	}
	json_open(&out, '{');
	json_member(&out, "salt", session_salt(txn,
	    json_string(may_sign_in(txn, name), "id"), name));
	json_close(&out, '}');
	buf_putc(job->out, '\n');
}

/* The id of whom link, password or web server tell; "" nobody. */
static struct span
told_by(struct txn *txn, struct job *job, const char **by_r)
{
	struct span link = json_string(job->args, "link"), proof = json_string(job->args, "proof");
	struct span remote = json_string(job->args, "remoteUser"), id = SPAN("");
	struct json_object *user;

	*by_r = "link";
	if (link.n > 0)
		return session_link_use(txn, link, job->now, &id) ? id : SPAN("");
	*by_r = BY_SERVER;
	if (remote.n > 0)
		return store_settings(txn_store(txn))->console_trust_remote_user
		    ? json_string(may_sign_in(txn, remote), "id") : SPAN("");
	*by_r = "password";
	user = may_sign_in(txn, json_string(job->args, "user"));
	id = json_string(user, "id");
	return proof.n > 0 && id.n > 0 && session_password_is(txn, id, proof) ? id : SPAN("");
}

static void
sign_in(struct txn *txn, struct job *job)
{
	const char *by;
	struct span id;

	if (!hash_good(job, "hash"))
		return;
	buf_puts(job->out, "{\"signedIn\":true}\n");
	if (command_repeated(txn, job))
		return;
	id = told_by(txn, job, &by);
	if (id.n == 0 || may_sign_in(txn, id) == NULL) {
		log_stranger(NULL, "console: a sign-in by %s was refused", by);
		txn_fail(txn, FAULT_NOT_SIGNED_IN, NO_MATCH);
		return;
	}
	json_set_text(job->args, "by", span_of(by));
	if (job->session.n > 0)
		session_end(txn, job->session);
	session_begin(txn, json_string(job->args, "hash"), id, job->args, job->now);
}

static void
tell_projects(struct txn *txn, const struct actor *actor, struct jsonout *out)
{
	struct span at = { NULL, 0 };
	struct json_object *project;

	json_key(out, "projects");
	json_open(out, '[');
	while ((project = doc_next(txn, "project", at, &at)) != NULL) {
		if (actor->role == ACTOR_MANAGER && actor->projects != NULL &&
		    !doc_list_has(actor->projects, json_string(project, "key")))
			continue;
		json_open(out, '{');
		json_member(out, "key", json_string(project, "key"));
		json_member(out, "name", json_string(project, "name"));
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void
tell_session(struct txn *txn, struct job *job)
{
	const struct actor *actor = job->actor;
	struct json_object *user = record_load(txn, RECORD_USER, actor->user);
	struct json_object *setting = doc_load(txn, "setting", SPAN(""), SPAN(""));
	struct json_object *session = session_find(txn, job->session, job->now);
	struct span remote = json_string(job->args, "remoteUser");
	struct jsonout out = json_to(job->out);
	struct span base = site_console(txn);

	if (remote.n > 0 ? !span_eq(json_string(may_sign_in(txn, remote), "id"), actor->user)
	                 : span_is(json_string(session, "by"), BY_SERVER)) {
		txn_fail(txn, FAULT_NOT_SIGNED_IN, "the web server has signed in somebody else, or "
		    "nobody any more");
		return;
	}
	json_open(&out, '{');
	json_member(&out, "id", actor->user);
	json_member(&out, "email", actor->email);
	json_member(&out, "name", span_of(arena_printf(txn_arena(txn), "%.*s%s%.*s",
	    (int)json_string(user, "firstName").n, json_string(user, "firstName").p,
	    json_string(user, "firstName").n > 0 ? " " : "",
	    (int)json_string(user, "lastName").n, json_string(user, "lastName").p)));
	json_member(&out, "role", span_of(actor_role_name(actor->role)));
	json_member_bool(&out, "is_admin", actor->role == ACTOR_ADMIN);
	json_member_bool(&out, "may_write", actor->role >= ACTOR_MANAGER);
	json_member_bool(&out, "of_community", actor->projects == NULL);
	json_member_bool(&out, "reads_community", actor->role != ACTOR_MANAGER ||
	    actor->projects == NULL || actor->reads_all);
	tell_projects(txn, actor, &out);
	json_member_bool(&out, "password", session_password_at(txn, actor->user) != 0);
	json_member_bool(&out, "alerts", json_flag(user, "alerts", true));
	json_member_bool(&out, "opt_out", json_flag(user, "optOut", false));
	json_member(&out, "by", json_string(session, "by"));
	json_member(&out, "community", json_string(setting, "community"));
	json_member_bool(&out, "integrations", json_flag(setting, "integrations", true));
	json_member(&out, "address", base);
	json_member(&out, "listen", site_listen(txn));
	json_close(&out, '}');
	buf_putc(job->out, '\n');
}

static bool
signed_in(struct job *job)
{
	return job->session.n > 0 || error_set(&job->error, FAULT_NOT_SIGNED_IN,
	    "\"session\" is missing: the token of whoever is signed in");
}

struct looking {
	struct job *job;
	bool stale;
};

static void
look(struct txn *txn, void *arg)
{
	struct looking *looking = arg;
	struct job *job = looking->job;

	tell_session(txn, job);
	looking->stale = session_is_stale(session_find(txn, job->session, job->now),
	    job->now);
}

static void
touch(struct txn *txn, void *arg)
{
	struct job *job = ((struct looking *)arg)->job;

	session_touch(txn, job->session, job->now);
}

/* A page that is looked at writes nothing, but once a minute. */
static void
session(struct job *job)
{
	struct looking looking = { .job = job };

	if (signed_in(job) && command_run(job, STORE_READ, look, &looking) && looking.stale)
		command_run(job, STORE_WRITE, touch, &looking);
}

/* Whose sessions: one's own, or for admins and the operator anybody's ("" all). */
static bool
whose(struct txn *txn, struct job *job, struct span *user_r)
{
	struct span name = json_string(job->args, "user");
	struct json_object *user;

	*user_r = job->actor != NULL ? job->actor->user : SPAN("");
	if (name.n == 0)
		return true;
	user = kind_find(txn, &kind_user, name);
	if (job->actor != NULL && job->actor->role != ACTOR_ADMIN &&
	    !span_eq(json_string(user, "id"), job->actor->user))
		return txn_fail(txn, FAULT_NOT_ALLOWED, "sessions of others are for admins");
	*user_r = json_string(user, "id");
	return user != NULL || txn_fail(txn, FAULT_NOT_FOUND, "there is no user \"%.*s\"",
	    (int)name.n, name.p);
}

struct telling {
	struct txn *txn;
	struct job *job;
};

static void
tell_one(void *arg, struct span hash, struct json_object *session)
{
	struct telling *telling = arg;
	struct job *job = telling->job;
	struct jsonout out = json_to(job->out);
	char text[TEXT_TIME_SIZE];

	json_open(&out, '{');
	json_member(&out, "id", text_head(hash, ID_SHOWN));
	json_member(&out, "user", json_string(record_load(telling->txn, RECORD_USER,
	    json_string(session, "user")), "email"));
	json_member(&out, "began", span_of(text_time_write(json_integer(session, "began", 0),
	    text)));
	json_member(&out, "seen", span_of(text_time_write(json_integer(session, "seen", 0),
	    text)));
	json_member(&out, "by", json_string(session, "by"));
	json_member(&out, "agent", json_string(session, "agent"));
	json_member(&out, "address", json_string(session, "address"));
	json_member_bool(&out, "own", span_eq(hash, job->session));
	json_close(&out, '}');
	buf_putc(job->out, '\n');
}

static void
tell_sessions(struct txn *txn, struct job *job)
{
	struct telling telling = { txn, job };
	struct span user;

	if (whose(txn, job, &user))
		session_each(txn, user, job->now, tell_one, &telling);
}

struct ending {
	struct span id;
	struct span found, user;
	struct arena *arena;
};

static void
look_for(void *arg, struct span hash, struct json_object *session)
{
	struct ending *ending = arg;

	if (ending->id.n >= 4 && ending->id.n <= hash.n &&
	    span_eq(text_head(hash, ending->id.n), ending->id)) {
		ending->found = arena_copy(ending->arena, hash);
		ending->user = arena_copy(ending->arena, json_string(session, "user"));
	}
}

static void
end_sessions(struct txn *txn, struct job *job)
{
	struct ending ending = { .id = json_string(job->args, "id"), .arena = txn_arena(txn) };
	struct span user;
	size_t n = 1;

	if (command_repeated(txn, job) || !whose(txn, job, &user))
		return;
	if (json_flag(job->args, "own", false)) {
		session_end(txn, job->session);
	} else if (ending.id.n > 0) {
		session_each(txn, user, job->now, look_for, &ending);
		if (ending.found.n == 0)
			txn_fail(txn, FAULT_NOT_FOUND, "there is no session \"%.*s\"", (int)ending.id.n,
			    ending.id.p);
		session_end(txn, ending.found);
		user = ending.user;
	} else if (user.n > 0) {
		n = session_end_all(txn, user, job->session);
	} else {
		txn_fail(txn, FAULT_USAGE, "whose sessions? \"user\" or \"id\" is missing");
	}
	/* One's own are nobody else's matter. */
	if (user.n > 0 && n > 0 && (job->actor == NULL || !span_eq(user, job->actor->user)))
		audit_happened(txn, &kind_user, json_string(record_load(txn, RECORD_USER, user), "email"),
		    "sessions ended");
	if (txn_ok(txn))
		buf_printf(job->out, "{\"ended\":%zu}\n", n);
}

static void
set_password(struct txn *txn, struct job *job)
{
	struct span proof = json_string(job->args, "proof");

	if (!signed_in(job) || (proof.n > 0 && !hash_good(job, "proof")))
		return;
	session_password_set(txn, job->actor->user, json_string(job->args, "salt"), proof,
	    job->now);
	/* Whoever knew the old one is out. */
	session_end_all(txn, job->actor->user, job->session);
	buf_printf(job->out, "{\"password\":%s}\n", proof.n > 0 ? "true" : "false");
}

/* His own choice, whatever his role: nobody else's is changed by it. */
static void
set_alerts(struct txn *txn, struct job *job)
{
	bool on = json_flag(job->args, "on", false), told;
	struct auditing auditing;
	struct json_object *user;

	if (!signed_in(job) || (!json_has(job->args, "on") && !error_set(&job->error, FAULT_USAGE,
	        "\"on\" is missing: true or false")))
		return;
	told = audit_begin_named(txn, &kind_user, job->actor->user, &auditing);
	if (!on) {
		opt_out_set(txn, job->actor->user, OPT_OUT_ALERTS);
	} else if ((user = record_load(txn, RECORD_USER, job->actor->user)) != NULL) {
		json_del(user, "alerts");
		record_save(txn, RECORD_USER, job->actor->user, user);
	}
	if (told)
		audit_put(txn, &auditing, auditing.before);
	buf_printf(job->out, "{\"alerts\":%s}\n", on ? "true" : "false");
}

const struct command command_console_link = {
	.name = "console-link", .words = "print a link that signs in to the console, once",
	.right = RIGHT_ADMINISTER, .scope = SCOPE_COMMUNITY, .answer = ANSWER_ONE,
	.mode = STORE_WRITE, .body = add_link,
};
const struct command command_console_mail = {
	.name = "console-mail", .words = "mail a link that signs in to the console, once",
	.right = RIGHT_READ, .scope = SCOPE_ROWS, .answer = ANSWER_ONE, .open = true,
	.mode = STORE_WRITE, .body = mail_link,
};
const struct command command_console_salt = {
	.name = "console-salt", .words = "tell what a password is made into a proof with",
	.right = RIGHT_READ, .scope = SCOPE_ROWS, .answer = ANSWER_ONE, .open = true,
	.mode = STORE_WRITE, .body = tell_salt,
};
const struct command command_console_sign_in = {
	.name = "console-sign-in", .words = "begin a session of the console",
	.right = RIGHT_READ, .scope = SCOPE_ROWS, .answer = ANSWER_ONE, .open = true,
	.mode = STORE_WRITE, .body = sign_in,
};
/* These are about who asks, whoever that is. */
const struct command command_console_session = {
	.name = "console-session", .words = "tell who is signed in by this session",
	.right = RIGHT_READ, .scope = SCOPE_ROWS, .answer = ANSWER_ONE, .run = session,
};
const struct command command_console_sessions = {
	.name = "console-sessions", .words = "list who is signed in to the console",
	.right = RIGHT_READ, .scope = SCOPE_ROWS, .answer = ANSWER_ROWS,
	.mode = STORE_READ, .body = tell_sessions,
};
const struct command command_console_sessions_end = {
	.name = "console-sessions-end", .words = "end sessions of the console",
	.right = RIGHT_READ, .scope = SCOPE_ROWS, .answer = ANSWER_ONE,
	.mode = STORE_WRITE, .body = end_sessions,
};
const struct command command_console_password = {
	.name = "console-password", .words = "set or take away one's own password",
	.right = RIGHT_READ, .scope = SCOPE_ROWS, .answer = ANSWER_ONE,
	.mode = STORE_WRITE, .body = set_password,
};
const struct command command_console_alerts = {
	.name = "console-alerts", .words = "say whether one is written to about what needs a person",
	.right = RIGHT_READ, .scope = SCOPE_ROWS, .answer = ANSWER_ONE,
	.mode = STORE_WRITE, .body = set_alerts,
};
