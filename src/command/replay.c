/* SPDX-License-Identifier: ISC */
/*
 * replay {"id", "dryRun"?, "masked"?}: a delivery carried out again, as a new one.
 * replay {a choice (delivery.c), "dryRun"?, "masked"?, "limit"?, "after"?, "brief"?}: all
 * that were chosen, oldest first; those whose replay succeeded already are passed
 * over. masked: also those whose body lacks what the listener masks. limit: no more than so
 * many, and the position to go on after is told; brief: without their answers.
 * replay {a choice, "count": true}: {"count", "masked"}, how many that would be, and how many
 * of them lack what is masked.
 */
#include "command/command_private.h"

#include "base/json.h"
#include "base/text.h"
#include "listen/gate.h"
#include "listen/journal.h"

#include <string.h>

#define REPLAYS_MAX 1000000

struct replay {
	struct job *job;
	struct buf ids;          /* struct id after struct id, newest first */
	size_t count, left;      /* of them: to be done, not looked at yet */
	size_t last;             /* so many are left in the end */
	bool dry_run, masked, single, brief;
	int64_t limit;           /* 0: none */
	int64_t lacking;         /* of them, without what is masked */
	struct command_position after;
	/* the one that is being carried out */
	struct id original, id;
	struct reply reply;
	struct gate_batch *batch; /* of which more is to be done; or NULL */
};

static void
free_replay(void *arg)
{
	struct replay *replay = arg;

	gate_batch_close(&replay->batch);
	reply_free(&replay->reply);
	buf_free(&replay->ids);
}

/* With success; or it is a replay itself, whose origin is looked at instead. */
static bool
was_replayed(struct txn *txn, struct json_object *entry)
{
	struct journal_mark mark;
	struct id origin;

	if (id_read(json_string(entry, "replayOf"), &origin) && journal_has(txn, origin))
		return true;
	return journal_mark_find(txn, json_string(entry, "listener"), MARK_REPLAY,
	    json_string(entry, "id"), text_now(), &mark);
}

/* Done before, when this goes on. */
static bool
is_behind(const struct replay *replay, const struct id *id)
{
	return replay->after.n == sizeof id->b &&
	    memcmp(id->b, replay->after.p, sizeof id->b) <= 0;
}

static void
gather(struct txn *txn, void *arg)
{
	struct replay *replay = arg;
	struct job *job = replay->job;
	struct arena_mark mark;
	struct command_deliveries chosen;
	struct command_position after = { .n = 0 };
	struct json_object *entry;
	struct span position;
	struct id id;

	if (!command_deliveries_read(txn, job, &chosen))
		return;
	mark = arena_mark(txn_arena(txn));
	while (txn_breathe(txn) && (entry = journal_next(txn, &chosen.query,
	        command_position(&after), &position)) != NULL &&
	    id_read(json_string(entry, "id"), &id) && !is_behind(replay, &id)) {
		if (replay->ids.n / sizeof id >= REPLAYS_MAX) {
			txn_fail(txn, FAULT_USAGE, "more than %d deliveries would be replayed; choose "
			    "fewer with --since and --until", REPLAYS_MAX);
			break;
		}
		command_position_set(&after, position);
		if (command_deliveries_has(txn, &chosen, entry, job->now) &&
		    !was_replayed(txn, entry)) {
			buf_put(&replay->ids, &id, sizeof id);
			replay->lacking += json_has(entry, "masked");
		}
		arena_rewind(txn_arena(txn), mark);
	}
}

static void
find_one(struct txn *txn, void *arg)
{
	struct replay *replay = arg;
	struct id id, origin;

	if (!command_find_id(txn, replay->job, TABLE_DELIVERY, NULL, &id))
		return;
	/* A replay of a replay is one of what came at first; the last one may be of ours. */
	if (id_read(json_string(journal_load_brief(txn, id), "replayOf"), &origin))
		id = origin;
	buf_put(&replay->ids, &id, sizeof id);
}

static bool
choose(struct replay *replay)
{
	struct job *job = replay->job;

	replay->single = json_has(job->args, "id");
	return command_run(job, STORE_READ, replay->single ? find_one : gather, replay);
}

static void
tell(struct replay *replay, const struct error *error)
{
	struct buf *buf = replay->job->out;
	struct jsonout out = json_to(buf);
	char text[ID_TEXT_SIZE];

	json_open(&out, '{');
	json_member(&out, "replayOf", span_of(id_text(replay->original, text)));
	if (error->fault != FAULT_NONE) {
		json_member(&out, "outcome", span_of(fault_info(error->fault)->code));
		json_member(&out, "detail", span_of(error->detail));
	} else {
		json_member(&out, "delivery", span_of(id_text(replay->id, text)));
		json_member(&out, "outcome", span_of(fault_info(replay->reply.fault)->code));
		if (!replay->brief) {
			json_key(&out, "answer");
			json_raw(&out, (struct span){ replay->reply.body.p, replay->reply.body.n - 1 });
		}
	}
	json_close(&out, '}');
	buf_putc(buf, '\n');
}

/* The rest of a batch, with breaths. */
static void
replay_batch(struct replay *replay)
{
	static const struct error none;
	struct job *job = replay->job;

	replay->batch = gate_batch_open(job->gate, &replay->id);
	if (replay->batch == NULL) {
		error_set(&job->error, FAULT_BUSY, "the delivery is being carried out already");
		return;
	}
	while (!gate_batch_step(replay->batch, job->slice_end, &replay->reply))
		if (!job_breathe(job))
			return;
	gate_batch_close(&replay->batch);
	tell(replay, &none);
}

static void
replay_next(struct replay *replay)
{
	struct job *job = replay->job;
	struct gate_replay order;
	struct error error = { 0 };

	replay->left--;
	/* A single one is known by the call's id, should that come again. */
	replay->id = replay->single ? job->id : id_new(text_now());
	memcpy(&replay->original, replay->ids.p + replay->left * sizeof replay->original,
	    sizeof replay->original);
	reply_reset(&replay->reply);
	order = (struct gate_replay){ .original = replay->original, .id = replay->id,
		.again = replay->single && job->again, .dry_run = replay->dry_run,
		.masked = replay->masked };
	if (!gate_replay(job->gate, &order, &replay->reply, &error) && replay->single)
		job->error = error;
	else if (error.fault == FAULT_NONE && replay->reply.fault == FAULT_UNFINISHED)
		replay_batch(replay);
	else
		tell(replay, &error);
}

static double
share(const void *of)
{
	const struct replay *replay = of;

	return 1 - (double)(replay->left - replay->last) / (double)replay->count;
}

static const char *
what(const void *of)
{
	(void)of;
	return "replaying";
}

static void
run(struct job *job)
{
	struct replay *replay = arena_alloc(job->arena, sizeof *replay);

	arena_defer(job->arena, free_replay, replay);
	replay->job = job;
	replay->dry_run = json_flag(job->args, "dryRun", false);
	replay->masked = json_flag(job->args, "masked", false);
	replay->brief = json_flag(job->args, "brief", false);
	if (!command_limit(job, &replay->limit) || !command_position_read(job, &replay->after) ||
	    !choose(replay))
		return;
	replay->count = replay->left = replay->ids.n / sizeof(struct id);
	if (json_flag(job->args, "count", false)) {
		buf_printf(job->out, "{\"count\":%zu,\"masked\":%lld}\n", replay->count,
		    (long long)replay->lacking);
		return;
	}
	if (replay->limit > 0 && replay->count > (size_t)replay->limit)
		replay->count = (size_t)replay->limit;
	replay->last = replay->left - replay->count;
	job->progress = (struct job_progress){ share, replay, what, -1, NULL };
	while (replay->left > replay->last && job_breathe(job))
		replay_next(replay);
	if (replay->last > 0 && job->error.fault == FAULT_NONE)
		command_more(job, id_span(&replay->original));
}

const struct command command_replay = {
	.name = "replay", .words = "carry out deliveries again",
	.right = RIGHT_CHANGE, .dry = "dryRun", .scope = SCOPE_DELIVERY, .answer = ANSWER_ROWS,
	.run = run,
};
