/* SPDX-License-Identifier: ISC */
#include "serve/engine.h"

#include "base/coroutine.h"
#include "base/json.h"
#include "base/log.h"
#include "base/settings.h"
#include "base/text.h"
#include "command/command.h"
#include "command/read.h"
#include "command/task.h"
#include "command/tidy.h"
#include "community/condition.h"
#include "community/refold.h"
#include "community/throttle.h"
#include "listen/gate.h"
#include "listen/pulse.h"
#include "listen/refusals.h"
#include "record/record.h"
#include "serve/share.h"
#include "store/store.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

/* Alone, a call is not worth a hand-over to another thread and back. */
#define INLINE_FLUSH 2
/* While more calls are run the disk begins with so many: fewer are not worth what each flush
 * costs beside them. */
#define PASS_FLUSH 16
/* Jobs may hold up others this long, and by one step more: where deliveries came not long
 * ago, less, since the next comes in the middle of a slice. Shorter slices cost a job more. */
#define JOB_SLICE_US 1000
#define JOB_SLICE_SHORT_US 250
#define COMPANY_US 20000
/* Who has had less than this is young, as most look-ups of views are to their end: the young
 * go before the others and need not be short. They have as long as it is since their last
 * turn, up to so much: when something long has held up many calls, they are not to wait for
 * those that come behind. */
#define JOB_YOUNG_US 1000
#define JOBS_YOUNG_US 10000
/* Who lets others go first looks again whether he still has to. */
#define YIELD_MS 1
/* Output that a job may pile up before its caller has read it. */
#define JOB_OUT_MAX ((size_t)256 << 10)

/* Jobs that run at the same time; more wait until one of them has ended. Requests of the web
 * that read may have a long answer in memory each, and commands have callers who are trusted;
 * both have stacks. */
#define READINGS_MAX 64
#define COMMANDS_MAX 256
/* Of one caller: such jobs, those of them that run, and deliveries that let others go first.
 * Who sends more is told to come again, and takes no place that others may need. */
#define READINGS_OF_ONE 256
#define READINGS_OF_ONE_MAX 16
#define WAITING_OF_ONE 32
/* After this part of the time that fronts wait for an answer he is told so in any case. */
#define WAITING_PART(us) ((us) / 5 * 2)

/* Tasks that are carried out at the same time: each takes its turn like any job. Where every
 * request has the store for itself they go on for so long behind each of the console. */
#define TASKS_MAX 4
#define TASKS_OF_ONE 2 /* of them, for the same person: others need not wait until his are over */
#define TASKS_BRIEF_US 300000
/* Batches on our disk whose arrival on others is awaited; more are joined to the last. */
#define AWAITED_MAX 64
/* What is long waits while the others lack so much of the log: else what callers wait for
 * stands behind all that at the other sites, for seconds. */
#define AHEAD_MAX ((int64_t)1 << 20)
/* A checkpoint of a group waits for the other sites: less often. */
#define GROUP_CHECKPOINT_BYTES ((uint64_t)16 << 20)
#define GROUP_CHECKPOINT_US INT64_C(5000000)

/* Rows of each kind removed by one slice of tidying, a millisecond or two; and how
 * long deliveries go before the next while there is more: 5000 rows a second. */
#define TIDY_ROWS 100
#define TIDY_PAUSE_US 20000

/* Until it is tried again to have the next log file ready. */
#define SPARE_AGAIN_US 10000000

struct batch {
	struct pending *first, **last;
	size_t count;
	struct id newest;   /* last logged delivery: for the witness */
	bool logged;
	uint64_t position;  /* once it is handed to the disk: all of it stands before that */
	int64_t since;      /* then; monotonic µs, of a group alone */
};

struct running_job {
	struct running_job *next;
	struct pending *pending;  /* of a batch: all that wait for it, perhaps none; of a task NULL */
	struct gate_batch *batch; /* a delivery in slices; NULL: a command */
	struct reply reply;       /* of the batch */
	bool yields;              /* it counts in its caller's share */
	size_t caller;            /* then */
	bool over;                /* and is to be answered */
	bool begun;               /* it is among READINGS_MAX, or COMMANDS_MAX */
	const struct command *command; /* NULL: it has failed already */
	bool brief;               /* it needs no stack of its own */
	struct coroutine *stack;  /* once it has begun, until it has ended */
	int64_t had;              /* of the one thread's time */
	struct call call;     /* of a request that reads; in the job's arena */
	struct job job;
	struct buf out;
};

/* A delivery that lets others go first. */
struct waiting {
	struct waiting *next;
	struct pending *pending;
	size_t caller;
	int64_t since;
	struct arena *arena;
	struct call call;
};

/* What one caller (share.h) has at the moment. */
struct held {
	unsigned waiting, readings, begun_readings;
};

struct engine {
	struct store *store;
	const struct settings *settings;
	struct gate gate;
	bool brief;
	struct batch open;         /* run, not yet handed to the disk */
	struct batch flushing;
	struct batch awaited[AWAITED_MAX]; /* from awaited_first on, in a circle */
	size_t awaited_first, awaited_count, awaited_calls;
	bool grouped;              /* the store is that of a site */
	uint64_t reached;          /* what a majority had when it last had come further, and when */
	int64_t reached_at;
	struct share *share;
	struct held held[SHARE_PLACES];
	int64_t worked_cpu;        /* of this thread's time, when somebody last was charged */
	bool shares;               /* the call that is carried out counts in a caller's share */
	size_t caller;             /* then */
	bool ending_all;           /* nobody lets others go first any more */
	bool yielding;             /* jobs wait since others go first */
	struct waiting *waiting, **waiting_end;
	size_t waiting_count;
	struct running_job *jobs, **young_end, **jobs_end; /* the young first */
	struct coroutine_pool *stacks;
	size_t readings;           /* of the jobs: those that read */
	size_t begun_readings, begun_commands;
	size_t tasks;              /* of the jobs: those for which nobody waits */
	struct tidying round;      /* of tidying */
	int64_t delivered;         /* when the last delivery had been run */
	int64_t worked;            /* when the last turn of the jobs was over */
	bool tidying;              /* more is to be removed, or put into the index */
	int64_t tidied;
	/* the flusher */
	pthread_t flusher;
	pthread_mutex_t mutex;
	pthread_cond_t wake, end;    /* end: on the monotonic clock */
	bool flush_wanted, ending;
	int event;
	_Atomic bool flush_good, flush_ended;
	pthread_t checkpointer;
	bool flushes, checkpoints;   /* these threads run */
};

static void
batch_clear(struct batch *batch)
{
	batch->first = NULL;
	batch->last = &batch->first;
	batch->count = 0;
	batch->logged = false;
}

static void
batch_add(struct batch *batch, struct pending *pending)
{
	reply_bound(&pending->reply, pending->id);
	pending->next = NULL;
	*batch->last = pending;
	batch->last = &pending->next;
	batch->count++;
	if (pending->reply.logged) {
		batch->logged = true;
		batch->newest = pending->id;
	}
}

/* What is moved is not added to. */
static void
batch_move(struct batch *to, struct batch *from)
{
	*to = *from;
	batch_clear(from);
}

static void *
flush_for_ever(void *arg)
{
	struct engine *engine = arg;
	struct error error = { 0 };
	uint64_t one = 1;

	pthread_mutex_lock(&engine->mutex);
	for (;;) {
		while (!engine->flush_wanted && !engine->ending)
			pthread_cond_wait(&engine->wake, &engine->mutex);
		if (!engine->flush_wanted)
			break;
		pthread_mutex_unlock(&engine->mutex);
		atomic_store(&engine->flush_good, store_flush(engine->store, &error));
		pthread_mutex_lock(&engine->mutex);
		engine->flush_wanted = false;
		atomic_store(&engine->flush_ended, true);
		if (write(engine->event, &one, sizeof one) < 0)
			abort();
	}
	pthread_mutex_unlock(&engine->mutex);
	return NULL;
}

/* Waits so long, with the mutex held, but for the end. */
static bool
has_ended_after(struct engine *engine, int64_t us)
{
	int64_t until = text_clock() + us;
	struct timespec at = { .tv_sec = until / 1000000, .tv_nsec = until % 1000000 * 1000 };

	while (!engine->ending &&
	    pthread_cond_timedwait(&engine->end, &engine->mutex, &at) == 0)
		;
	return engine->ending;
}

static void *
checkpoint_for_ever(void *arg)
{
	struct engine *engine = arg;
	const struct settings *settings = engine->settings;
	int64_t interval = engine->grouped && settings->checkpoint_interval < GROUP_CHECKPOINT_US
	    ? GROUP_CHECKPOINT_US : settings->checkpoint_interval;
	uint64_t bytes = engine->grouped && (uint64_t)settings->checkpoint_bytes <
	    GROUP_CHECKPOINT_BYTES ? GROUP_CHECKPOINT_BYTES : (uint64_t)settings->checkpoint_bytes;
	int64_t last = text_clock();
	/* Of a group, log files come and go by its library. */
	int64_t spare = settings->spare_log && !engine->grouped ? last : INT64_MAX;
	uint64_t written = store_written(engine->store), now;
	unsigned turns = 0;
	bool warming = true;
	struct error error = { 0 };

	pthread_mutex_lock(&engine->mutex);
	while (!has_ended_after(engine, 50000)) {
		pthread_mutex_unlock(&engine->mutex);
		warming = warming && store_warm(engine->store);
		if (text_clock() >= spare && !store_spare_log(engine->store))
			spare = text_clock() + SPARE_AGAIN_US;
		now = store_written(engine->store);
		if (now != written && !store_broken(engine->store) &&
		    (text_clock() - last >= interval || now - written >= bytes)) {
			if (store_checkpoint(engine->store, false, &error) &&
			    (++turns % 16 == 0 || engine->grouped))
				store_tidy_logs(engine->store);
			written = now;
			last = text_clock();
		}
		pthread_mutex_lock(&engine->mutex);
	}
	pthread_mutex_unlock(&engine->mutex);
	return NULL;
}

static bool
threads_start(struct engine *engine, struct error *error)
{
	pthread_attr_t attr;
	sigset_t all, before;
	int rc;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 256 * 1024);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&engine->flusher, &attr, flush_for_ever, engine);
	engine->flushes = rc == 0;
	if (rc == 0)
		rc = pthread_create(&engine->checkpointer, &attr, checkpoint_for_ever, engine);
	engine->checkpoints = rc == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	return rc == 0 || error_set(error, FAULT_STORE_UNAVAILABLE,
	    "cannot start a thread: %s", strerror(rc));
}

static void
job_append(struct engine *engine, struct running_job *job)
{
	job->next = NULL;
	*engine->jobs_end = job;
	engine->jobs_end = &job->next;
}

/* Behind the young ones. */
static void
job_add(struct engine *engine, struct running_job *job)
{
	job->next = *engine->young_end;
	*engine->young_end = job;
	if (engine->jobs_end == engine->young_end)
		engine->jobs_end = &job->next;
	engine->young_end = &job->next;
}

/* Its turn comes next. */
static void
job_put_first(struct engine *engine, struct running_job *job)
{
	job->next = engine->jobs;
	engine->jobs = job;
	if (engine->jobs_end == &engine->jobs)
		engine->jobs_end = &job->next;
	if (engine->young_end == &engine->jobs)
		engine->young_end = &job->next;
}

/* What stands there, among the jobs; NULL: nothing. */
static struct running_job *
job_take_at(struct engine *engine, struct running_job **place)
{
	struct running_job *job = *place;

	if (job == NULL)
		return NULL;
	*place = job->next;
	if (engine->jobs_end == &job->next)
		engine->jobs_end = place;
	if (engine->young_end == &job->next)
		engine->young_end = place;
	return job;
}

static struct running_job *
job_take(struct engine *engine)
{
	return job_take_at(engine, &engine->jobs);
}

/* In the midst of its work: all its transactions fail, and its loops end. */
static void
job_break(struct running_job *job)
{
	error_set(&job->job.error, FAULT_BUSY, "the owner of the store is leaving; try again");
	while (job->stack != NULL && !coroutine_resume(&job->stack))
		continue;
}

static void
job_free(struct running_job *job)
{
	job_break(job);
	gate_batch_close(&job->batch);
	reply_free(&job->reply);
	arena_free(&job->job.arena);
	arena_free(&job->job.scratch);
	buf_free(&job->out);
	free(job);
}

static struct running_job *
job_new(struct engine *engine, struct pending *pending, const struct call_view *call)
{
	struct running_job *job = calloc(1, sizeof *job);

	if (job == NULL)
		abort();
	job->pending = pending;
	job->job = (struct job){ .store = engine->store, .settings = engine->settings,
		.gate = &engine->gate,
		.arena = arena_new(), .scratch = arena_new(),
		.id = call->id, .again = call->again, .rights = call->rights,
		.now = text_now(), .slice = JOB_SLICE_US, .out = &job->out };
	return job;
}

/* Batches: deliveries that are carried out in slices. They end also when nobody waits. */

static struct running_job *
batch_job_new(struct engine *engine, struct gate_batch *batch, size_t caller)
{
	struct running_job *job = calloc(1, sizeof *job);

	if (job == NULL)
		abort();
	job->batch = batch;
	job->yields = true;
	job->caller = caller;
	reply_reset(&job->reply);
	job_put_first(engine, job);
	return job;
}

/* The call waits for the batch of its id. */
static void
submit_batch(struct engine *engine, struct pending *pending)
{
	struct running_job *job = engine->jobs;
	struct gate_batch *batch;
	struct id id = pending->id, other;

	for (; job != NULL; job = job->next)
		if (job->batch != NULL && (other = gate_batch_id(job->batch),
		        memcmp(&other, &id, sizeof id) == 0))
			break;
	if (job == NULL && (batch = gate_batch_open(&engine->gate, &id)) != NULL)
		job = batch_job_new(engine, batch, engine->caller);
	if (job == NULL) { /* a replay by hand has it, or the store is broken */
		reply_problem(&pending->reply, FAULT_BUSY, fault_info(FAULT_BUSY)->status, id,
		    "the delivery is being carried out already");
		batch_add(&engine->open, pending);
		return;
	}
	pending->next = job->pending;
	job->pending = pending;
}

/* What an owner before has left, or a full disk: together they have one share. */
static void
resume_batches(struct engine *engine)
{
	struct gate_batch *batch;

	while (store_has_room(engine->store) &&
	    (batch = gate_batch_open(&engine->gate, NULL)) != NULL)
		batch_job_new(engine, batch, share_caller(engine->share, 'b', SPAN("")));
}

/* Tasks: commands for which nobody waits (command/task.h). */

static bool
is_carried_out(const struct engine *engine, struct id id)
{
	const struct running_job *job = engine->jobs;

	while (job != NULL && !(job->job.task && memcmp(&job->job.id, &id, sizeof id) == 0))
		job = job->next;
	return job != NULL;
}

/* As many are carried out for him as may be. */
static bool
has_enough(const struct engine *engine, struct span user)
{
	size_t n = 0;

	for (const struct running_job *job = engine->jobs; job != NULL; job = job->next)
		n += job->job.task && span_eq(job->job.on_behalf, user);
	return n >= TASKS_OF_ONE;
}

static void
task_job_new(struct engine *engine, const struct command *command, const struct task *task)
{
	struct running_job *job = job_new(engine, NULL, &(struct call_view){ .id = task->id,
	    .again = true, .rights = RIGHTS_ALL });

	job_append(engine, job);
	job->command = command;
	job->job.task = true;
	job->job.args = json_copy(job->job.arena, task->args);
	job->job.on_behalf = arena_copy(job->job.arena, task->user);
	engine->tasks++;
}

static void
find_tasks(struct txn *txn, void *arg)
{
	struct engine *engine = arg;
	const struct command *command;
	struct id *after = NULL;
	struct task task;

	while (engine->tasks < TASKS_MAX && task_next(txn, after, &task)) {
		command = command_by_name(json_string(task.args, "command"));
		/* One of another version waits for an owner who knows it. */
		if (command != NULL && command->give_up != NULL &&
		    !is_carried_out(engine, task.id) && !has_enough(engine, task.user))
			task_job_new(engine, command, &task);
		after = arena_alloc(txn_arena(txn), sizeof *after);
		*after = task.id;
	}
}

/* Those that were begun, that an owner before has left, or that waited for something. */
static void
resume_tasks(struct engine *engine)
{
	struct error error = { 0 };

	if (engine->tasks == TASKS_MAX || !store_has_room(engine->store))
		return;
	arena_reset(engine->gate.arena);
	store_run(engine->store, STORE_READ, engine->gate.arena, find_tasks, engine, &error);
}

static void
batch_job_answer(struct engine *engine, struct running_job *job)
{
	struct pending *pending = job->pending, *next;

	if (pending == NULL)
		log_delivery(job->reply.type, buf_bytes(&job->reply.line));
	for (; pending != NULL; pending = next) {
		next = pending->next;
		reply_copy(&pending->reply, &job->reply);
		job->reply.line.n = 0; /* one line, however many wait */
		batch_add(&engine->open, pending);
	}
}

static bool
batch_job_step(struct engine *engine, struct running_job *job, int64_t until)
{
	if (!gate_batch_step(job->batch, until, &job->reply))
		return false;
	batch_job_answer(engine, job);
	return true;
}

static bool is_his_turn(void *arg, char sort, struct span name);

static struct engine *
engine_new(const struct settings *settings, bool brief)
{
	struct engine *engine = calloc(1, sizeof *engine);
	pthread_condattr_t monotonic;

	if (engine == NULL)
		abort();
	engine->settings = settings;
	engine->brief = brief;
	engine->event = -1;
	batch_clear(&engine->open);
	batch_clear(&engine->flushing);
	engine->waiting_end = &engine->waiting;
	engine->share = share_new();
	engine->jobs_end = engine->young_end = &engine->jobs;
	pthread_mutex_init(&engine->mutex, NULL);
	pthread_cond_init(&engine->wake, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&engine->end, &monotonic);
	pthread_condattr_destroy(&monotonic);
	engine->gate = (struct gate){ .settings = settings, .arena = arena_new(),
		.throttle = throttle_new(), .refusals = refusals_new(),
		.pulse = pulse_new(), .counters.since = text_now(),
		.is_his_turn = is_his_turn, .turn_arg = engine };
	return engine;
}

static void
index_some(struct txn *txn, void *more)
{
	*(bool *)more = record_index_words(txn, TIDY_ROWS);
}

/* Of a store of an older version. True: there is more to do. */
static bool
index_words(struct engine *engine)
{
	struct error error = { 0 };
	bool more = false;

	arena_reset(engine->gate.arena);
	return store_has_room(engine->store) && store_run(engine->store, STORE_WRITE,
	    engine->gate.arena, index_some, &more, &error) && more;
}

/* It has its store, which is ready for transactions. */
static bool
begin(struct engine *engine, struct error *error)
{
	if (!refold(engine->store, error) || !condition_upgrade(engine->store, text_now(), error))
		return false;
	engine->gate.store = engine->store;
	engine->stacks = coroutine_pool_new();
	if (!engine->brief) {
		engine->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (engine->event < 0)
			return error_set(error, FAULT_STORE_UNAVAILABLE, "eventfd: %s",
			    strerror(errno));
		if (!threads_start(engine, error))
			return false;
	}
	engine->tidying = engine->round.indexing = index_words(engine); /* of a small store, all */
	resume_batches(engine);
	resume_tasks(engine);
	return true;
}

struct engine *
engine_open(const char *home, const struct settings *settings, bool recover,
    bool brief, struct error *error)
{
	struct store_options options = { .home = home, .settings = settings,
		.recover = recover, .brief = brief };
	struct engine *engine = engine_new(settings, brief);

	engine->store = store_open(&options, error);
	if (engine->store == NULL || !begin(engine, error))
		engine_close(&engine);
	return engine;
}

struct engine *
engine_enter(struct store *store, const struct settings *settings, struct error *error)
{
	struct engine *engine = engine_new(settings, false);

	engine->store = store;
	engine->grouped = true;
	if (!store_enter(store, error) || !begin(engine, error))
		engine_drop(&engine);
	return engine;
}

/* May be called twice. */
static void
threads_end(struct engine *engine)
{
	pthread_mutex_lock(&engine->mutex);
	engine->ending = true;
	pthread_cond_signal(&engine->wake);
	pthread_cond_signal(&engine->end);
	pthread_mutex_unlock(&engine->mutex);
	if (engine->flushes)
		pthread_join(engine->flusher, NULL);
	if (engine->checkpoints)
		pthread_join(engine->checkpointer, NULL);
	engine->flushes = engine->checkpoints = false;
}

/* All but its store. */
static void
engine_free(struct engine **engine_p)
{
	struct engine *engine = *engine_p;
	struct running_job *job;

	threads_end(engine);
	while ((job = job_take(engine)) != NULL)
		job_free(job); /* after a failure: the next owner goes on */
	coroutine_pool_free(&engine->stacks);
	if (engine->event >= 0)
		close(engine->event);
	pthread_mutex_destroy(&engine->mutex);
	pthread_cond_destroy(&engine->wake);
	pthread_cond_destroy(&engine->end);
	arena_free(&engine->gate.arena);
	throttle_free(&engine->gate.throttle);
	share_free(&engine->share);
	refusals_free(&engine->gate.refusals);
	pulse_free(&engine->gate.pulse);
	free(engine);
	*engine_p = NULL;
}

bool
engine_close(struct engine **engine_p)
{
	struct store *store;

	if (*engine_p == NULL)
		return false;
	store = (*engine_p)->store;
	engine_free(engine_p);
	return store_close(&store);
}

int
engine_event(const struct engine *engine)
{
	return engine->event;
}

bool
engine_broken(const struct engine *engine)
{
	return store_broken(engine->store);
}

void
engine_alive(struct engine *engine, void (*alive)(void *arg), void *arg)
{
	store_alive(engine->store, alive, arg);
}

bool
engine_quiet(const struct engine *engine)
{
	return engine->open.count == 0 && engine->flushing.count == 0 &&
	    engine->awaited_count == 0 && engine->waiting == NULL && !engine_has_jobs(engine);
}

bool
engine_is_indexing(const struct engine *engine)
{
	return engine->round.indexing;
}

bool
engine_has_jobs(const struct engine *engine)
{
	const struct running_job *job = engine->jobs;

	while (job != NULL && job->job.task)
		job = job->next;
	return job != NULL;
}

static void
too_busy(struct pending *pending, const char *why)
{
	reply_problem(&pending->reply, FAULT_BUSY, fault_info(FAULT_BUSY)->status,
	    pending->id, why);
	pending->answer(pending);
}

/* Of calls that are carried out, and wait for the disk. */
static bool
is_full(const struct engine *engine)
{
	return engine->open.count + engine->flushing.count + engine->awaited_calls >=
	    (size_t)engine->settings->queue_calls;
}

static int64_t
thread_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* A call that is carried out on this thread has taken so long: of that only what the thread has
 * worked meanwhile is the caller's, and not what the machine had to do besides. */
static void
charge(struct engine *engine, size_t caller, int64_t before, int64_t took, int64_t now)
{
	int64_t cpu;

	if (before + took > SHARE_FREE) {
		cpu = thread_clock();
		if (took > cpu - engine->worked_cpu)
			took = cpu - engine->worked_cpu;
		engine->worked_cpu = cpu;
	}
	share_charge(engine->share, caller, before, took, now);
}

static void job_answer(struct engine *engine, struct running_job *job);

/* A request that reads: a job, so that deliveries go on meanwhile; but what is as brief as a
 * delivery is carried out like one. A refusal waits for no disk, and for nobody else. */
static void
submit_reading(struct engine *engine, struct pending *pending, const struct call_view *call)
{
	int64_t began = text_clock(), took;
	struct running_job *job;
	struct span name;
	size_t caller;

	if (!reading_admit(&engine->gate, call, &pending->reply, &name)) {
		pending->answer(pending);
		return;
	}
	caller = share_caller(engine->share, 'k', name);
	if (engine->readings >= (size_t)engine->settings->queue_calls ||
	    engine->held[caller].readings >= READINGS_OF_ONE) {
		too_busy(pending, "too many requests wait to be read for");
		return;
	}
	share_came(engine->share, caller, began);
	job = job_new(engine, pending, call);
	job->command = &command_read;
	job->brief = reading_is_brief(call);
	job->yields = true;
	job->caller = caller;
	call_keep(&job->call, job->job.arena, call);
	job->job.call = &job->call;
	job->job.reply = &pending->reply;
	engine->readings++;
	engine->held[caller].readings++;
	if (!job->brief || is_full(engine) || share_yields(engine->share, caller, began)) {
		job_add(engine, job);
		return;
	}
	command_do(job->command, &job->job);
	job_answer(engine, job);
	job_free(job);
	engine->delivered = text_clock();
	took = engine->delivered - began;
	charge(engine, caller, 0, took, engine->delivered);
}

static void
let_wait(struct engine *engine, struct pending *pending, const struct call_view *call)
{
	struct held *held = &engine->held[engine->caller];
	struct waiting *waiting;

	if (held->waiting >= WAITING_OF_ONE ||
	    engine->waiting_count >= (size_t)engine->settings->queue_calls) {
		too_busy(pending, "too many deliveries of yours let others go first");
		return;
	}
	waiting = calloc(1, sizeof *waiting);
	if (waiting == NULL)
		abort();
	waiting->pending = pending;
	waiting->caller = engine->caller;
	waiting->since = text_clock();
	waiting->arena = arena_new();
	call_keep(&waiting->call, waiting->arena, call);
	*engine->waiting_end = waiting;
	engine->waiting_end = &waiting->next;
	engine->waiting_count++;
	held->waiting++;
}

/* Whose call it is that the gate carries out, once it knows. */
static bool
is_his_turn(void *arg, char sort, struct span name)
{
	struct engine *engine = arg;
	int64_t now = text_clock();

	engine->shares = true;
	engine->caller = share_caller(engine->share, sort, name);
	share_came(engine->share, engine->caller, now);
	return engine->ending_all || !share_yields(engine->share, engine->caller, now);
}

static void
deliver(struct engine *engine, struct pending *pending, const struct call_view *call)
{
	int64_t began = text_clock(), ended;

	engine->shares = false;
	engine->caller = 0;
	switch (gate_deliver(&engine->gate, call, &pending->reply)) {
	case GATE_ANSWERED:
		batch_add(&engine->open, pending);
		break;
	case GATE_UNFINISHED:
		submit_batch(engine, pending);
		break;
	case GATE_LATER:
		let_wait(engine, pending, call);
		break;
	}
	ended = engine->delivered = text_clock();
	if (engine->shares)
		charge(engine, engine->caller, 0, ended - began, ended);
}

/* Carried out, or told that he may come again: nothing was done so far. */
static void
wait_ends(struct engine *engine, struct waiting **place, bool good)
{
	struct waiting *waiting = *place;

	*place = waiting->next;
	if (engine->waiting_end == &waiting->next)
		engine->waiting_end = place;
	engine->waiting_count--;
	engine->held[waiting->caller].waiting--;
	if (good)
		deliver(engine, waiting->pending, &waiting->call.view);
	else
		too_busy(waiting->pending, "others go first for longer than a call may wait");
	arena_free(&waiting->arena);
	free(waiting);
}

/* The first whose turn it is again. False: there is none. */
static bool
waiting_run(struct engine *engine)
{
	int64_t now = text_clock(), most = WAITING_PART(engine->settings->call_timeout);
	struct waiting **place = &engine->waiting;

	while (*place != NULL) {
		bool turn = !share_yields(engine->share, (*place)->caller, now);

		if (!turn && now - (*place)->since < most) {
			place = &(*place)->next;
			continue;
		}
		wait_ends(engine, place, turn);
		if (turn)
			return true;
	}
	return false;
}

/* A management call. */
static void
submit_command(struct engine *engine, struct pending *pending, const struct call_view *call)
{
	struct running_job *job = job_new(engine, pending, call);
	struct error error = { 0 };

	job_add(engine, job);
	job->job.on_behalf = arena_copy(job->job.arena, call->actor);
	job->job.args = json_read(job->job.arena, call->args, &json_limits_document, &error);
	if (job->job.args == NULL)
		job->job.error = error;
	else if ((job->command = command_by_name(json_string(job->job.args, "command"))) == NULL)
		error_set(&job->job.error, FAULT_USAGE, "this Earshot does not know that command");
}

void
engine_submit(struct engine *engine, struct pending *pending,
    const struct call_view *call)
{
	pending->id = call->id;
	reply_reset(&pending->reply);
	if (call->verb == VERB_COMMAND) {
		submit_command(engine, pending, call);
		return;
	}
	if (call->verb == VERB_READ) {
		submit_reading(engine, pending, call);
		return;
	}
	if (is_full(engine)) {
		too_busy(pending, "too many deliveries wait for the disk");
		return;
	}
	deliver(engine, pending, call);
}

/* Replies may leave: all that was committed before is on disk. */
static void
batch_answer(struct engine *engine, struct batch *batch, bool good)
{
	struct pending *pending = batch->first, *next;

	if (good && batch->logged)
		store_witness(engine->store, batch->newest);
	batch_clear(batch);
	for (; pending != NULL; pending = next) {
		next = pending->next;
		throttle_leave(engine->gate.throttle, pending->reply.places[0]);
		throttle_leave(engine->gate.throttle, pending->reply.places[1]);
		if (good)
			log_delivery(pending->reply.type, buf_bytes(&pending->reply.line));
		else
			reply_problem(&pending->reply, FAULT_STORE_UNAVAILABLE, 503,
			    pending->id, engine->grouped ? "too few machines of the group have "
			    "it on disk; it may have been kept: send it again with the same id"
			    : "the disk failed; the delivery may have "
			    "been kept: send it again with the same id");
		pending->answer(pending);
	}
	log_flush();
}

/* Behind the others that wait for the group; those that have waited before do so still. */
static void
await(struct engine *engine, struct batch *batch)
{
	struct batch *last;

	engine->awaited_calls += batch->count;
	if (engine->awaited_count < AWAITED_MAX) {
		last = &engine->awaited[(engine->awaited_first + engine->awaited_count++) %
		    AWAITED_MAX];
		batch_clear(last);
	} else {
		last = &engine->awaited[(engine->awaited_first + AWAITED_MAX - 1) % AWAITED_MAX];
	}
	if (last->count == 0)
		last->since = batch->since;
	*last->last = batch->first;
	last->last = batch->last;
	last->count += batch->count;
	last->position = batch->position;
	if (batch->logged) {
		last->logged = true;
		last->newest = batch->newest;
	}
	batch_clear(batch);
}

static void
batch_flushed(struct engine *engine, struct batch *batch, bool good)
{
	if (good && (engine->awaited_count > 0 ||
	    !store_reached(engine->store, batch->position)))
		await(engine, batch);
	else
		batch_answer(engine, batch, good);
}

/* Bytes of log that the others lack; keeps when they last came further. */
static int64_t
note_reached(struct engine *engine, int64_t now)
{
	uint64_t reached;
	int64_t ahead = store_ahead(engine->store, &reached);

	if (ahead <= 0 || reached != engine->reached) {
		engine->reached = reached;
		engine->reached_at = now;
	}
	return ahead;
}

/* What is on the disks of a majority by now. */
static void
answer_awaited(struct engine *engine, bool all)
{
	if (engine->awaited_count > 0)
		note_reached(engine, text_clock());
	while (engine->awaited_count > 0) {
		struct batch *first = &engine->awaited[engine->awaited_first], batch;

		if (!all && !store_reached(engine->store, first->position))
			return;
		engine->awaited_first = (engine->awaited_first + 1) % AWAITED_MAX;
		engine->awaited_count--;
		engine->awaited_calls -= first->count;
		batch_move(&batch, first);
		batch_answer(engine, &batch, !all);
	}
}

int64_t
engine_late(const struct engine *engine)
{
	int64_t since = 0;

	if (engine->awaited_count == 0)
		return 0;
	since = engine->awaited[engine->awaited_first].since;
	return text_clock() - (since > engine->reached_at ? since : engine->reached_at);
}

void
engine_give_up(struct engine *engine)
{
	answer_awaited(engine, true);
}

static void
flush_begin(struct engine *engine)
{
	struct error error = { 0 };
	bool good;

	engine->open.position = store_position(engine->store);
	/* While our disk works, the others get it, too. */
	if (engine->grouped)
		engine->open.since = text_clock();
	if (!engine->flushes || store_broken(engine->store) ||
	    (engine->open.count <= INLINE_FLUSH && !engine->grouped)) {
		good = store_flush(engine->store, &error);
		batch_flushed(engine, &engine->open, good);
		return;
	}
	batch_move(&engine->flushing, &engine->open);
	atomic_store(&engine->flush_ended, false);
	pthread_mutex_lock(&engine->mutex);
	engine->flush_wanted = true;
	pthread_cond_signal(&engine->wake);
	pthread_mutex_unlock(&engine->mutex);
}

/* Those of its sort that have a place. */
static size_t *
begun_of(struct engine *engine, const struct running_job *job)
{
	return job->job.reply != NULL ? &engine->begun_readings : &engine->begun_commands;
}

static void
job_answer(struct engine *engine, struct running_job *job)
{
	struct pending *pending = job->pending;
	const struct error *error = &job->job.error;

	*begun_of(engine, job) -= job->begun;
	if (job->job.reply != NULL) {
		engine->held[job->caller].readings--;
		engine->held[job->caller].begun_readings -= job->begun;
	}
	engine->tasks -= job->job.task;
	/* One that waits for something is tried again later. */
	if (job->job.begins || (job->job.task && !fault_info(error->fault)->passing))
		resume_tasks(engine);
	if (job->job.task)
		return;
	if (error->fault != FAULT_NONE)
		reply_problem(&pending->reply, error->fault,
		    fault_info(error->fault)->status, job->job.id, error->detail);
	else
		buf_span(&pending->reply.body, buf_bytes(&job->out));
	if (job->job.reply != NULL) {
		engine->readings--;
		if (job->job.wait > 0)
			reply_retry_after(&pending->reply, job->job.wait);
	}
	batch_add(&engine->open, pending);
}

/* Its transactions fail from now on, so it comes to its end when its turn comes. */
static void
job_leave(struct job *job)
{
	job->left = true;
	error_set(&job->error, FAULT_BUSY, "nobody waits for the output");
}

void
engine_leave(struct engine *engine, const struct pending *pending)
{
	for (struct running_job *job = engine->jobs; job != NULL; job = job->next)
		if (job->pending == pending && job->batch == NULL && !job->over)
			job_leave(&job->job);
}

struct pending *
engine_pending(const struct engine *engine, struct id id)
{
	for (const struct running_job *job = engine->jobs; job != NULL; job = job->next)
		if (job->batch == NULL && !job->job.task && memcmp(&job->job.id, &id, sizeof id) == 0)
			return job->pending;
	return NULL;
}

void
engine_end_jobs(struct engine *engine)
{
	struct running_job *job;

	engine->ending_all = true;
	while (engine->waiting != NULL)
		wait_ends(engine, &engine->waiting, true);
	engine->ending_all = false;
	while ((job = job_take(engine)) != NULL) {
		if (job->batch != NULL) { /* what has come in is answered */
			while (!batch_job_step(engine, job, text_clock() + JOB_SLICE_US))
				;
		} else {
			job_break(job);
			job_answer(engine, job);
		}
		job_free(job);
	}
}

/* Gives the caller what there is, rows and signals apart. False while it takes no more. */
static bool
hand_over(struct running_job *running)
{
	struct job *job = &running->job;
	struct span left = buf_bytes(&running->out);
	enum taken taken = PART_TAKEN;
	size_t done = 0, signals = 0;

	while (done < left.n) {
		const struct signal *signal = signals < job->signal_count
		    ? &job->signals[signals] : NULL;
		bool rows = signal == NULL || signal->at > done;
		size_t n = !rows ? signal->n : (signal != NULL ? signal->at : left.n) - done;

		if (rows && n > PART_MAX)
			n = PART_MAX;
		taken = running->pending->part(running->pending, rows ? PART_ROWS : signal->kind,
		    (struct span){ left.p + done, n });
		if (taken != PART_TAKEN)
			break;
		done += n;
		signals += !rows;
	}
	if (taken == PART_GONE) {
		job_leave(job);
		done = left.n;
		signals = job->signal_count;
	}
	buf_shift(&running->out, done);
	job->signal_count -= signals;
	for (size_t i = 0; i < job->signal_count; i++) {
		job->signals[i] = job->signals[i + signals];
		job->signals[i].at -= done;
	}
	return running->out.n == 0;
}

/* Its output goes as it comes, not all at the end. */
static bool
hands_over(const struct running_job *running)
{
	return running->pending != NULL && running->pending->part != NULL;
}

/* Much has come, or something that is worth telling at once. */
static bool
has_news(const struct running_job *running)
{
	const struct job *job = &running->job;

	return hands_over(running) && (running->out.n > JOB_OUT_MAX || (job->signal_count > 0 &&
	    job->signals[job->signal_count - 1].kind == PART_PROGRESS));
}

/* It has a place among those of its sort, or gets one. One that lets others go first keeps
 * its own, so that no caller has too many. */
static bool
has_place(struct engine *engine, struct running_job *job)
{
	size_t *begun = begun_of(engine, job);
	struct held *held = &engine->held[job->caller];
	bool reads = job->job.reply != NULL;

	if (job->begun)
		return true;
	if (*begun >= (reads ? READINGS_MAX : COMMANDS_MAX) ||
	    (reads && held->begun_readings >= READINGS_OF_ONE_MAX))
		return false;
	++*begun;
	held->begun_readings += reads;
	return job->begun = true;
}

static void
job_pause(struct job *job)
{
	coroutine_pause(((struct running_job *)job->pauser)->stack);
}

static void
job_run(void *arg)
{
	struct running_job *running = arg;

	command_do(running->command, &running->job);
}

/* True when it is over. */
static bool
job_go_on(struct engine *engine, struct running_job *running)
{
	struct job *job = &running->job;

	if (running->stack == NULL) {
		if (running->command == NULL || job->error.fault != FAULT_NONE)
			return true;
		if (running->brief) {
			command_do(running->command, job);
			return true;
		}
		job->pause = job_pause;
		job->pauser = running;
		running->stack = coroutine_new(engine->stacks, job_run, running);
		if (running->stack == NULL) {
			error_set(&job->error, FAULT_BUSY, "the system has no thread to spare");
			return true;
		}
	}
	return coroutine_resume(&running->stack);
}

/* TURN_WAITS: for its caller to read, for another to end, or since others go first. */
enum turn { TURN_TAKEN, TURN_WAITS, TURN_OVER };

static enum turn
job_step(struct engine *engine, struct running_job *job, int64_t slice)
{
	if (job->yields && share_yields(engine->share, job->caller, text_clock())) {
		engine->yielding = true;
		return TURN_WAITS;
	}
	if (job->batch != NULL)
		return batch_job_step(engine, job, text_clock() + slice) ? TURN_OVER : TURN_TAKEN;
	if (!has_place(engine, job) || (!job->over && has_news(job) && !hand_over(job)))
		return TURN_WAITS;
	job->job.slice = slice;
	if (!job->over && !job_go_on(engine, job)) {
		if (job->job.task)
			job->out.n = job->job.signal_count = 0; /* nobody reads it */
		return TURN_TAKEN;
	}
	job->over = true;
	/* A few rows may go with the answer. Signals, and what came before a failure,
	 * go first. */
	if (hands_over(job) && (job->job.signal_count > 0 || job->out.n > JOB_OUT_MAX ||
	        job->job.error.fault != FAULT_NONE) && !hand_over(job))
		return TURN_WAITS;
	job_answer(engine, job);
	return TURN_OVER;
}

/* As long as the others come further. Else whoever waits is told at the end. */
static bool
is_ahead(struct engine *engine, int64_t now)
{
	return note_reached(engine, now) > AHEAD_MAX &&
	    now - engine->reached_at < engine->settings->group_ack_timeout;
}

/* A job, which is taken out of the list, has its turn. False: it waits. */
static bool
job_turn(struct engine *engine, struct running_job *job, int64_t slice)
{
	int64_t began = text_clock(), took;
	bool here = job->batch != NULL || job->brief;
	enum turn turn = job_step(engine, job, slice);

	took = text_clock() - began;
	if (job->yields && here)
		charge(engine, job->caller, job->had, took, began + took);
	else if (job->yields)
		share_charge(engine->share, job->caller, job->had, took, began + took);
	job->had += took;
	if (turn == TURN_OVER)
		job_free(job);
	else if (turn == TURN_TAKEN && job->had < JOB_YOUNG_US)
		job_put_first(engine, job);
	else
		job_append(engine, job);
	return turn != TURN_WAITS;
}

/* For a little while: the young, and then the others, of which one has its turn however many
 * young ones there are. False when all wait. */
static bool
jobs_run(struct engine *engine)
{
	int64_t now = text_clock(), before = now - engine->worked;
	int64_t slice = now - engine->delivered < COMPANY_US ? JOB_SLICE_SHORT_US : JOB_SLICE_US;
	int64_t young = before < JOB_SLICE_US ? JOB_SLICE_US
	    : before < JOBS_YOUNG_US ? before : JOBS_YOUNG_US;
	const struct running_job *waits = NULL; /* since it did, none of the old has moved */
	struct running_job *job;

	engine->yielding = false;
	if (engine->grouped && is_ahead(engine, now))
		return false;
	while (engine->young_end != &engine->jobs && text_clock() - now < young)
		job_turn(engine, job_take(engine), slice);
	for (now = text_clock(); (job = *engine->young_end) != NULL && job != waits &&
	     text_clock() - now < slice;)
		if (job_turn(engine, job_take_at(engine, engine->young_end), slice))
			waits = NULL;
		else if (waits == NULL)
			waits = job;
	engine->worked = text_clock();
	job = *engine->young_end;
	return engine->young_end != &engine->jobs || (job != NULL && job != waits);
}

static void
expire(struct txn *txn, void *arg)
{
	struct engine *engine = arg;

	engine->tidying = tidy_some(txn, &engine->round, text_now(), TIDY_ROWS);
}

static void
tidy(struct engine *engine)
{
	struct error error = { 0 };

	engine->tidying = false;
	engine->tidied = text_clock();
	arena_reset(engine->gate.arena);
	if (store_has_room(engine->store))
		store_run(engine->store, STORE_WRITE, engine->gate.arena, expire, engine, &error);
}

void
engine_tidy(struct engine *engine)
{
	engine->tidying = true;
	engine->round.looked = false;
	resume_batches(engine);
	resume_tasks(engine);
}

void
engine_go_on(struct engine *engine)
{
	int64_t end = text_clock() + TASKS_BRIEF_US;
	bool words = true;

	while ((engine->tasks > 0 || words) && text_clock() < end && !store_broken(engine->store)) {
		jobs_run(engine);
		words = words && index_words(engine);
	}
}

void
engine_turn(struct engine *engine)
{
	struct batch done;
	uint64_t count;
	bool good = false;

	batch_clear(&done);
	if (engine->flushing.count > 0 && atomic_load(&engine->flush_ended) &&
	    read(engine->event, &count, sizeof count) == sizeof count) {
		good = atomic_load(&engine->flush_good);
		batch_move(&done, &engine->flushing);
	}
	/* The disk works on the next batch while this one is answered. */
	if (engine->open.count > INLINE_FLUSH && engine->flushing.count == 0)
		flush_begin(engine);
	if (done.count > 0)
		batch_flushed(engine, &done, good);
	answer_awaited(engine, false);
	if (engine->open.count > 0 && engine->flushing.count == 0)
		flush_begin(engine);
}

void
engine_pass(struct engine *engine)
{
	if (engine->open.count >= PASS_FLUSH &&
	    (engine->flushing.count == 0 || atomic_load(&engine->flush_ended)))
		engine_turn(engine);
}

int
engine_work(struct engine *engine, bool idle)
{
	bool more, answered = false;

	more = waiting_run(engine);
	more = jobs_run(engine) || more;
	/* While the disk works nothing is to be done at once: its event ends the wait. */
	if (engine->open.count > 0 && engine->flushing.count == 0) {
		flush_begin(engine);
		answered = engine->flushing.count == 0;
	}
	if (engine->tidying && (idle || text_clock() - engine->tidied >= TIDY_PAUSE_US))
		tidy(engine);
	engine->worked_cpu = thread_clock();
	if (more || answered || (idle && engine->tidying) || store_broken(engine->store))
		return 0;
	return engine->yielding || engine->waiting != NULL ? YIELD_MS : -1;
}

static void
drop_jobs(struct engine *engine)
{
	struct running_job *job;
	struct pending *pending, *next;

	while ((job = job_take(engine)) != NULL) {
		job_break(job);
		for (pending = job->pending; pending != NULL; pending = next) {
			next = job->batch != NULL ? pending->next : NULL;
			too_busy(pending, "this site is no longer master");
		}
		job_free(job);
	}
}

void
engine_drop(struct engine **engine_p)
{
	struct engine *engine = *engine_p;
	struct waiting *waiting;
	struct store *store;

	if (engine == NULL)
		return;
	store = engine->store;
	threads_end(engine); /* nothing is being flushed any more */
	answer_awaited(engine, true);
	batch_answer(engine, &engine->flushing, false);
	batch_answer(engine, &engine->open, false);
	while ((waiting = engine->waiting) != NULL) {
		engine->waiting = waiting->next;
		too_busy(waiting->pending, "this site is no longer master");
		arena_free(&waiting->arena);
		free(waiting);
	}
	drop_jobs(engine);
	engine_free(engine_p);
	store_leave(store);
}
