/* SPDX-License-Identifier: ISC */
/* What opens with which secret, time after time, and from when on no more: what is
 * remembered of the last secrets is never asked instead of the store. */
#include "community/apikey.h"

#include "base/text.h"
#include "record/doc_check.h"
#include "record/record_scratch.h"

/* More than are remembered, so that they drive each other out. */
#define KEYS 300
#define SECOND 1000000
#define HOUR (3600 * (int64_t)SECOND)

static struct scratch scratch;

enum what { CREATE, ROTATE, REVOKE, REMOVE, OPEN };

struct step {
	enum what what;
	const char *name, *secret;
	int64_t time;         /* ROTATE: the overlap, OPEN: when; from now on */
	const char *expected; /* the key that opens, or the fault */
};

static void
complain_aloud(struct complaints *complaints, const char *pointer, const char *sentence)
{
	complaints->count++;
	printf("# %s: %s\n", pointer, sentence);
}

static void
add_secret(struct txn *txn, const struct step *step, struct complaints *complaints)
{
	struct json_object *options = json_new_object(txn_arena(txn));
	unsigned char hash[SECRET_SHA256_SIZE];

	secret_sha256(span_of(step->secret), hash);
	json_set_text(options, "name", span_of(step->name));
	json_set_text(options, "hint", SPAN("x"));
	json_set_text(options, "sha256", secret_hex(txn_arena(txn),
	    (struct span){ (char *)hash, sizeof hash }));
	doc_set_time(options, "overlapUntil", text_now() + step->time);
	apikey_add_secret(txn, options, step->what == CREATE, text_now(), complaints);
}

static char came[64];

static void
take(struct txn *txn, void *arg)
{
	const struct step *step = arg;
	struct complaints complaints = { .add = complain_aloud };
	const struct apikey_pass *pass;

	came[0] = '\0';
	switch (step->what) {
	case CREATE:
	case ROTATE:
		add_secret(txn, step, &complaints);
		break;
	case REVOKE:
		apikey_revoke(txn, span_of(step->name), text_now());
		break;
	case REMOVE:
		kind_remove(txn, &kind_apikey, span_of(step->name), &complaints);
		break;
	case OPEN:
		if (apikey_check(txn, span_of(step->secret), SPAN("192.0.2.1"), SPAN("note"),
		        "deliver", text_now() + step->time, &pass))
			snprintf(came, sizeof came, "%.*s", (int)pass->name.n, pass->name.p);
		else
			snprintf(came, sizeof came, "%s", fault_info(txn_error(txn)->fault)->code);
	}
}

static const char *
done(const struct step *step)
{
	struct error error = { 0 };
	struct arena *arena = arena_new();

	store_run(scratch.store, step->what == OPEN ? STORE_READ : STORE_WRITE, arena, take,
	    (void *)step, &error);
	error_clear(&error);
	arena_free(&arena);
	return came;
}

static const struct step steps[] = {
	{ OPEN, "", "first", 0, "bad-api-key" },
	{ CREATE, "app", "first", 0, "" },
	{ OPEN, "", "first", 0, "app" },
	{ OPEN, "", "first", 0, "app" },
	{ OPEN, "", "firsu", 0, "bad-api-key" },
	{ OPEN, "", "", 0, "bad-api-key" },
	{ ROTATE, "app", "second", HOUR, "" },
	{ OPEN, "", "first", 0, "app" },
	{ OPEN, "", "second", 0, "app" },
	{ OPEN, "", "first", 2 * HOUR, "api-key-expired" },
	{ OPEN, "", "second", 2 * HOUR, "app" },
	{ ROTATE, "app", "third", 0, "" },
	{ OPEN, "", "first", 0, "api-key-expired" },
	{ OPEN, "", "second", 0, "api-key-expired" },
	{ OPEN, "", "third", 0, "app" },
	{ OPEN, "", "third", 0, "app" },
	{ REVOKE, "app", "", 0, "" },
	{ OPEN, "", "third", 0, "api-key-disabled" },
	{ REMOVE, "app", "", 0, "" },
	{ OPEN, "", "third", 0, "bad-api-key" },
	{ CREATE, "other", "third", 0, "" },
	{ OPEN, "", "third", 0, "other" },
};

static void
many(void)
{
	char name[16], secret[32];
	int wrong = 0;

	for (int turn = 0; turn < 4; turn++)
		for (int i = 0; i < KEYS; i++) {
			struct step step = { turn == 0 ? CREATE : OPEN, name, secret, 0, NULL };

			snprintf(name, sizeof name, "key%d", i);
			snprintf(secret, sizeof secret, "secret %d", i);
			done(&step);
			wrong += turn > 0 && strcmp(came, name) != 0;
		}
	ok(wrong == 0, "%d keys by turns: %d times another one", KEYS, wrong);
}

int
main(void)
{
	if (!scratch_open(&scratch))
		return 99;
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
		is_text(done(&steps[i]), steps[i].expected, steps[i].what == OPEN
		    ? steps[i].secret : "another secret, or the key's end");
	many();
	scratch_close(&scratch);
	return tap_done();
}
