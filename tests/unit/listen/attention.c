/* SPDX-License-Identifier: ISC */
/* Whom what concerns, how it is told, and what one mail holds. */
#include "listen/attention.h"
#include "base/text.h"
#include "community/outbox.h"
#include "community/people.h"
#include "community/people_apply.h"
#include "record/record.h"

#define NOW INT64_C(1700000000000000) /* 2023-11-14T22:13:20Z */
#define MINUTE (60 * INT64_C(1000000))
#define HOUR (60 * MINUTE)

static struct scratch s;
static struct span phone[] = { { "phone", 5 } };
static struct attention_person admin = { .admin = true, .manager = true };
static struct attention_person manager = { .manager = true };
static struct attention_person of_phone = { .projects = phone, .project_count = 1 };
static struct attention_person nobody;

static void
set_up(struct txn *txn, void *arg)
{
	struct {
		const char *doc, *email;
		struct attention_person *person;
	} people[] = {
		{ "{'email':'jim@acme.example','roles':['admin']}", "jim@acme.example", &admin },
		{ "{'email':'kim@acme.example','roles':['manager']}", "kim@acme.example", &manager },
		{ "{'email':'pia@acme.example'}", "pia@acme.example", &of_phone },
		{ "{'email':'tom@acme.example'}", "tom@acme.example", &nobody },
	};

	(void)arg;
	for (size_t i = 0; i < sizeof people / sizeof people[0]; i++) {
		is_text(apply(txn, &kind_user, people[i].doc), "c", people[i].email);
		people_id(txn, span_of(people[i].email), &people[i].person->id);
		people[i].person->id = arena_copy(s.kept, people[i].person->id);
	}
}

/* a admin, m manager of the community, p of the project phone, n nobody of these */
static const struct {
	enum condition_kind kind;
	const char *subject, *projects, *whom;
} concerns[] = {
	{ CONDITION_DISK_LOW, "", "", "a" },
	{ CONDITION_SECRET_UNREADABLE, "listener phone/x", "", "a" },
	{ CONDITION_LISTENER_FAILING, "phone/x", "", "ap" },
	{ CONDITION_LISTENER_FAILING, "x", "", "am" },
	{ CONDITION_LISTENER_FAILING, "tablet/x", "", "a" },
	{ CONDITION_PARCEL_DEAD, "phone/m", "", "ap" },
	{ CONDITION_PARCEL_DEAD, "mail to followers", "", "am" },
	{ CONDITION_SCHEDULE_MISSED, "phone/s", "", "ap" },
	{ CONDITION_APIKEY_ENDS, "app", "", "am" },
	{ CONDITION_APIKEY_ENDS, "app", "a,phone,b", "amp" },
	{ CONDITION_APIKEY_ENDS, "app", "phones", "am" },
};

static void
test_concerns(struct txn *txn, void *arg)
{
	const struct {
		char letter;
		const struct attention_person *person;
	} people[] = { { 'a', &admin }, { 'm', &manager }, { 'p', &of_phone }, { 'n', &nobody } };

	(void)arg;
	for (size_t i = 0; i < sizeof concerns / sizeof concerns[0]; i++) {
		const struct condition condition = { .kind = concerns[i].kind,
			.subject = span_of(concerns[i].subject),
			.projects = span_of(concerns[i].projects) };
		char whom[8];
		size_t n = 0;

		for (size_t j = 0; j < sizeof people / sizeof people[0]; j++)
			if (attention_concerns(people[j].person, &condition))
				whom[n++] = people[j].letter;
		whom[n] = '\0';
		is_text(whom, concerns[i].whom, arena_printf(txn_arena(txn), "%s %s concerns %s",
		    condition_code(concerns[i].kind), concerns[i].subject, concerns[i].whom));
	}
}

/* Every kind has words, whether it lasts or is over. */
static void
test_words(struct txn *txn, void *arg)
{
	(void)arg;
	for (int kind = 0; kind < CONDITION__MAX; kind++) {
		struct condition condition = { .kind = (enum condition_kind)kind,
			.subject = SPAN("phone/a b"), .begun = NOW, .since = NOW, .end = NOW,
			.count = 2, .all = 3, .code = SPAN("bad-value"), .detail = SPAN("so it is"),
			.id = SPAN("id&1") };
		const char *lasts = attention_sentence(txn, &condition), *over;
		const char *page = attention_page(txn, &condition, true);
		const char *command = attention_command(txn, &condition);

		condition.over = NOW;
		condition.detail = SPAN("");
		over = attention_sentence(txn, &condition);
		ok(strlen(lasts) > 20 && strlen(over) > 15 && strcmp(lasts, over) != 0 &&
		    strchr(lasts, '%') == NULL && strchr(over, '%') == NULL, "%s: %s; %s",
		    condition_code(condition.kind), lasts, over);
		ok(strncmp(command, "earshot ", 8) == 0 && (strchr(page, '?') == NULL ||
		    strstr(page, "%2F") != NULL || strstr(page, "phone") == NULL) && page[0] == '/' &&
		    strchr(page, ' ') == NULL && strstr(page, "id&") == NULL, "%s, %s", command,
		    page);
	}
}

static int64_t
mails(struct txn *txn, const char *email, const char *in_subject, const char *in_text)
{
	struct span position = SPAN("");
	struct id id;
	int64_t n = 0;

	while (outbox_next(txn, OUTBOX_ALL, position, &id, &position)) {
		struct json_object *parcel = outbox_load(txn, id);
		const char *subject = arena_string(txn_arena(txn), json_string(parcel, "subject"));
		const char *text = arena_string(txn_arena(txn), json_string(parcel, "text"));

		n += span_is(json_string(parcel, "to"), email) && json_flag(parcel, "alert", false) &&
		    strstr(subject, in_subject) != NULL && strstr(text, in_text) != NULL;
	}
	return n;
}

static void
begin_many(struct txn *txn, void *arg)
{
	(void)arg;
	for (int i = 0; i < 130; i++) {
		struct condition condition = { .kind = CONDITION_LISTENER_ENDS,
			.subject = span_of(arena_printf(txn_arena(txn), "phone/l%03d", i)),
			.end = NOW };

		condition_is(txn, &condition, NOW);
	}
}

static void
test_many(struct txn *txn, void *arg)
{
	(void)arg;
	attention_write(txn, &of_phone, NOW + MINUTE - 1);
	ok(mails(txn, "pia@acme.example", "", "") == 0, "what has just begun is not mailed");
	attention_write(txn, &of_phone, NOW + MINUTE);
	ok(mails(txn, "pia@acme.example", "100 things need a hand", "There is more") == 1,
	    "one mail has a hundred, and says that there is more");
	attention_write(txn, &of_phone, NOW + HOUR);
	ok(mails(txn, "pia@acme.example", "", "") == 1, "the next comes after the hour");
	attention_write(txn, &of_phone, NOW + MINUTE + HOUR);
	ok(mails(txn, "pia@acme.example", "30 things need a hand", "phone/l129") == 1,
	    "with the rest");
	attention_write(txn, &of_phone, NOW + 3 * HOUR);
	ok(mails(txn, "pia@acme.example", "", "") == 2, "and then no other");
	attention_write(txn, &nobody, NOW + 3 * HOUR);
	attention_write(txn, &manager, NOW + 3 * HOUR);
	ok(mails(txn, "tom@acme.example", "", "") + mails(txn, "kim@acme.example", "", "") == 0,
	    "whom nothing concerns is not written to");
}

static void
end_many(struct txn *txn, void *arg)
{
	(void)arg;
	for (int i = 0; i < 130; i++)
		condition_ends(txn, CONDITION_LISTENER_ENDS, span_of(arena_printf(txn_arena(txn),
		    "phone/l%03d", i)), NOW + 3 * HOUR, SPAN(""));
}

static void
test_over(struct txn *txn, void *arg)
{
	(void)arg;
	attention_write(txn, &of_phone, NOW + 4 * HOUR);
	ok(mails(txn, "pia@acme.example", "100 are well again", "There is more") == 1,
	    "as many are over in one mail");
	condition_drop(txn, CONDITION_LISTENER_ENDS, SPAN("phone/l129"));
	attention_write(txn, &of_phone, NOW + 5 * HOUR);
	ok(mails(txn, "pia@acme.example", "30 are well again",
	    "listener phone/l129 does not end soon any more") == 1,
	    "and the rest in the next, also one whose row is gone");
}

static void
test_clock(struct txn *txn, void *arg)
{
	struct condition condition = { .kind = CONDITION_LISTENER_ENDS, .subject = SPAN("phone/x"),
		.end = NOW };

	(void)arg;
	condition_write(txn, of_phone.id, NOW + 10 * HOUR);
	condition_is(txn, &condition, NOW);
	ok(attention_way(txn, &of_phone, NOW + 10 * HOUR - MINUTE) == ATTENTION_WAITS,
	    "a clock that went back a little makes no second mail");
	ok(attention_way(txn, &of_phone, NOW + 8 * HOUR) == ATTENTION_WRITES,
	    "one that went back far does not silence for so long");
}

static void
test_off(struct txn *txn, void *arg)
{
	struct json_object *user = record_load(txn, RECORD_USER, of_phone.id);

	(void)arg;
	json_set_bool(user, "alerts", false);
	record_save(txn, RECORD_USER, of_phone.id, user);
	condition_tell(txn, of_phone.id, &(struct condition){ .kind = CONDITION_LISTENER_ENDS,
		.subject = SPAN("phone/x") });
	attention_write(txn, &of_phone, NOW + 20 * HOUR);
	ok(condition_written(txn, of_phone.id) == 0 && mails(txn, "pia@acme.example", "", "") == 4,
	    "who has switched it off gets none, and is forgotten");
}

static void
test_no_relay(struct txn *txn, void *arg)
{
	(void)arg;
	ok(attention_way(txn, &admin, NOW) == ATTENTION_WAITS, "without a relay all wait");
}

int
main(void)
{
	static const struct scratch_body bodies[] = {
		{ "a community", STORE_WRITE, set_up, false },
		{ "concerns", STORE_READ, test_concerns, false },
		{ "words", STORE_READ, test_words, false },
		{ "many begin", STORE_WRITE, begin_many, false },
		{ "many are told", STORE_WRITE, test_many, false },
		{ "many end", STORE_WRITE, end_many, false },
		{ "which is told", STORE_WRITE, test_over, false },
		{ "clocks", STORE_WRITE, test_clock, false },
		{ "switched off", STORE_WRITE, test_off, false },
	};
	static const struct scratch_body last[] = {
		{ "no relay", STORE_READ, test_no_relay, false },
	};

	if (!scratch_open(&s))
		return 1;
	s.settings.mail_url = SPAN("smtp://relay.example");
	s.settings.mail_from = SPAN("beta@acme.example");
	scratch_bodies(&s, bodies, sizeof bodies / sizeof bodies[0]);
	s.settings.mail_url = SPAN("");
	scratch_bodies(&s, last, 1);
	scratch_close(&s);
	return tap_done();
}
