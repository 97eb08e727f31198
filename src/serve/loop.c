/* SPDX-License-Identifier: ISC */
#include "serve/loop.h"

#include "base/log.h"
#include "base/settings.h"
#include "base/text.h"
#include "http/pages.h"
#include "serve/engine.h"
#include "serve/fastcgi.h"
#include "serve/frame.h"
#include "serve/front.h"
#include "serve/link.h"
#include "serve/reactor.h"
#include "serve/serve.h"
#include "serve/sites.h"
#include "store/member.h"
#include "store/owner.h"
#include "store/rep.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define TICK_US 500000
/* Others let a daemon that is waiting be first. */
#define DELAY_MS 20
#define LEAVE_US 5000000   /* open requests may take this long when asked to end */
#define LAST_US 300000     /* and this long when the store is broken */
#define AWAIT_US 500000
#define OWED_US 200000     /* and others to read their answers from one that is lonely */
#define INDEXING_US 300000 /* that an older store is worked on behind each command */
#define FAILURES_MAX 30    /* to open the store: each may leave a megabyte behind */
/* The daemon asks an owner to leave this often: whoever waits longest is the next
 * owner, and is asked as well. */
#define ASK_US 500000

struct loop {
	const struct loop_options *options;
	struct reactor *reactor;
	struct fastcgi *fastcgi;  /* NULL: no front */
	struct link *link;        /* to the owner: without calls while this process owns */
	struct owner *owner;      /* NULL: this user may not own, as things are */
	struct serve *serve;      /* NULL unless this process owns */
	struct engine *engine;    /* NULL also while the store cannot be opened */
	struct error why;         /* then */
	struct store *store;      /* of a site of a group: the engine's while it is master */
	struct sites *sites;
	char told[sizeof(struct error)]; /* why this process has no owner, in the log */
	struct source won, disk, signals, worker;
	int64_t ticked, opened, leaving;
	int64_t lonely;           /* one that serves until idle ends behind it */
	int failures;             /* to open the store, one after the other */
	long holder;              /* pid of the owner that the log has named, 0 none */
	int64_t asked;            /* the owner to leave; 0 not yet */
	struct pending asking;    /* its call is NULL once it is answered */
	struct call yield;
};

static void
submit(void *arg, struct pending *pending)
{
	struct loop *loop = arg;

	if (loop->serve != NULL && pending->call->view.verb == VERB_YIELD) {
		pending->answer(pending); /* ours, to the owner that has gone meanwhile */
	} else if (loop->engine != NULL) {
		engine_submit(loop->engine, pending, &pending->call->view);
		engine_pass(loop->engine);
	} else if (loop->serve == NULL) {
		link_submit(loop->link, pending);
	} else {
		reply_no_store(&pending->reply, &pending->call->view, &loop->why);
		pending->answer(pending);
	}
}

static void
give_up(void *arg, struct pending *pending)
{
	struct loop *loop = arg;

	if (loop->engine != NULL)
		engine_leave(loop->engine, pending);
	else
		link_leave(loop->link, pending);
}

/* Only the program knows what a request to it asks for. */
static void
on_request(void *arg, struct pending *pending)
{
	struct loop *loop = arg;
	struct call_view *call = &pending->call->view;

	reply_reset(&pending->reply);
	if (loop->options->front != NULL) {
		loop->options->front->take(loop->options->front, pending);
		return;
	}
	if (pages_answer(&call->request, &pending->reply)) {
		pending->answer(pending);
		return;
	}
	call->verb = call_verb(&call->request, loop->options->reads);
	submit(loop, pending);
}

/* Who owns for a caller on the command line does so only where that is no site yet. */
static bool
is_grouped(const struct loop *loop)
{
	return loop->options->settings->group_site_count > 0 && !loop->options->until_idle;
}

/* The store of a site belongs to its daemon alone, which keeps the links to the others. */
static bool
may_own(const struct loop *loop)
{
	return !is_grouped(loop) || loop->options->prefer;
}

/* While the store recovers the loop stands still; a thread shows that we live. */
struct beating {
	struct owner *owner;
	int done;             /* an event; -1: no thread */
};

static void *
beat_while_opening(void *arg)
{
	struct beating *beating = arg;
	struct pollfd done = { .fd = beating->done, .events = POLLIN };

	do
		owner_beat(beating->owner);
	while (poll(&done, 1, 20) <= 0);
	return NULL;
}

static void
disk_ready(struct source *source, uint32_t events)
{
	/* engine_turn() looks for itself. */
	(void)source;
	(void)events;
}

/* Within a transaction that takes long. */
static void
beat(void *owner)
{
	owner_beat(owner);
}

/* The site is master no more. Who waits for an answer connects anew, and asks again. */
static void
leave_mastership(void *arg)
{
	struct loop *loop = arg;

	serve_hang_up(loop->serve);
	if (loop->engine != NULL) {
		reactor_watch(loop->reactor, &loop->disk, 0);
		engine_drop(&loop->engine);
	}
	error_clear(&loop->why);
	serve_engine(loop->serve, NULL, &loop->why);
}

static void
engine_is_open(struct loop *loop)
{
	engine_alive(loop->engine, beat, loop->owner);
	loop->disk = (struct source){ .ready = disk_ready, .fd = engine_event(loop->engine) };
	reactor_watch(loop->reactor, &loop->disk, EPOLLIN);
}

/* As master it carries calls out; when it cannot, it says so to all, and stays what it is:
 * nobody else has more. */
static void
take_up_mastership(struct loop *loop)
{
	int64_t began = text_clock();

	loop->engine = engine_enter(loop->store, loop->options->settings, &loop->why);
	serve_engine(loop->serve, loop->engine, &loop->why);
	if (loop->engine == NULL) {
		log_line(LOG_LEVEL_ERROR, "the group is not served: %s", loop->why.detail);
	} else {
		engine_is_open(loop);
		log_line(LOG_LEVEL_INFO, "serves the group after %lld ms",
		    (long long)(text_clock() - began) / 1000);
	}
	serve_wake(loop->serve);
}

static struct store *
open_site(struct loop *loop)
{
	const struct settings *settings = loop->options->settings;
	struct member member;
	struct rep_options rep = { .site = (unsigned)settings->group_self,
		.sites = (unsigned)settings->group_site_count, .election = settings->group_silence / 4,
		.keep_log_bytes = settings->group_keep_log };
	struct store_options options = { .home = loop->options->home, .settings = settings,
		.recover = true, .rep = &rep };
	struct store *store;

	if (!member_read(options.home, &member, &loop->why))
		return NULL;
	if (member.state == MEMBER_NONE) {
		error_set(&loop->why, FAULT_STORE_UNAVAILABLE, "earshot.conf has a [group], but the "
		    "store of %s belongs to none. If its data shall be that of a new group: earshot "
		    "--home %s group found. If it shall be given up for that of a group: move it "
		    "away, and use earshot --home %s group join", options.home, options.home,
		    options.home);
		return NULL;
	}
	if (rep_left_copying(options.home)) {
		member.state = MEMBER_JOINS; /* before what may have counted is gone */
		if (!member_write(options.home, &member, &loop->why) ||
		    !rep_clear_copy(options.home, &loop->why))
			return NULL;
	}
	rep.joins = member.state == MEMBER_JOINS;
	store = store_open(&options, &loop->why);
	if (store == NULL)
		return NULL;
	loop->sites = sites_new(&(struct sites_options){ .reactor = loop->reactor,
	    .home = options.home, .settings = settings, .store = store, .serve = loop->serve,
	    .leave = leave_mastership, .arg = loop }, &loop->why);
	if (loop->sites == NULL)
		store_close(&store);
	return store;
}

static void
open_store(struct loop *loop)
{
	struct beating beating = { .owner = loop->owner, .done = eventfd(0, EFD_CLOEXEC) };
	pthread_t thread;
	bool recover, threaded = beating.done >= 0 &&
	    pthread_create(&thread, NULL, beat_while_opening, &beating) == 0;
	int64_t began = text_clock();

	error_clear(&loop->why);
	if (!owner_mark_dirty(loop->owner, &recover, &loop->why))
		;
	else if (is_grouped(loop))
		loop->store = open_site(loop);
	else
		loop->engine = engine_open(loop->options->home, loop->options->settings,
		    recover, false, &loop->why);
	loop->opened = text_clock();
	if (threaded) {
		eventfd_write(beating.done, 1);
		pthread_join(thread, NULL);
	}
	if (beating.done >= 0)
		close(beating.done);
	serve_engine(loop->serve, loop->engine, &loop->why);
	serve_sites(loop->serve, loop->sites);
	if (loop->engine == NULL && loop->store == NULL) {
		loop->failures++;
		log_line(LOG_LEVEL_ERROR, "the store cannot be opened: %s", loop->why.detail);
		return;
	}
	loop->failures = 0;
	if (loop->engine != NULL)
		engine_is_open(loop);
	log_line(LOG_LEVEL_INFO, "owns the store%s, opened in %lld ms",
	    recover ? " after recovery" : "", (long long)(loop->opened - began) / 1000);
	if (loop->options->opened != NULL)
		loop->options->opened();
}

/* The lock is ours. */
static void
become_owner(struct loop *loop)
{
	struct error error = { 0 };
	struct pending *pending, *next;
	int listening;

	listening = owner_listen(loop->owner,
	    loop->options->settings->socket_group >= 0, &error);
	if (listening < 0) {
		log_line(LOG_LEVEL_ERROR, "%s", error.detail);
		exit(EXIT_FAILURE);
	}
	loop->serve = serve_new(loop->reactor, listening, loop->options->settings);
	open_store(loop);
	pending = link_take(loop->link);
	for (; pending != NULL; pending = next) {
		next = pending->next;
		submit(loop, pending);
	}
}

static void
on_won(struct source *source, uint32_t events)
{
	struct loop *loop = (struct loop *)((char *)source - offsetof(struct loop, won));

	(void)events;
	if (owner_won(loop->owner))
		become_owner(loop);
}

static void
wait_to_own(struct loop *loop)
{
	int fd = owner_wait(loop->owner, loop->options->prefer ? 0 : DELAY_MS);

	if (loop->won.fd != fd) {
		loop->won = (struct source){ .ready = on_won, .fd = fd };
		reactor_watch(loop->reactor, &loop->won, EPOLLIN);
	}
}

/* Everything taken is answered. False: the store broke meanwhile. */
static bool
settle(struct loop *loop)
{
	if (loop->engine == NULL || loop->store != NULL)
		return true; /* of a group, calls are sent again to the next master */
	engine_end_jobs(loop->engine);
	while (!engine_quiet(loop->engine) && !engine_broken(loop->engine)) {
		engine_turn(loop->engine);
		usleep(50);
	}
	if (engine_broken(loop->engine))
		return false; /* calls from others go to the next owner */
	serve_turn(loop->serve);
	return true;
}

/* What was taken is settled; the store is closed and marked clean. False: it could not
 * be closed, and holds on to its memory. */
static bool
leave_ownership(struct loop *loop)
{
	bool closed = true;

	owner_unlink(loop->owner);
	if (loop->store != NULL) {
		leave_mastership(loop);
		sites_free(&loop->sites);
		store_close(&loop->store); /* it recovers in any case */
	}
	serve_free(&loop->serve);
	if (loop->engine != NULL) {
		reactor_watch(loop->reactor, &loop->disk, 0);
		closed = engine_close(&loop->engine);
		if (closed)
			owner_mark_clean(loop->owner);
	}
	owner_release(loop->owner);
	return closed;
}

static void
on_signal(struct source *source, uint32_t events)
{
	struct loop *loop = (struct loop *)((char *)source - offsetof(struct loop, signals));
	struct signalfd_siginfo info;

	(void)events;
	if (read(source->fd, &info, sizeof info) < 0)
		return;
	if (loop->leaving == 0)
		loop->leaving = text_clock();
	if (loop->fastcgi != NULL)
		fastcgi_take_last(loop->fastcgi);
}

static void
yield_answered(struct pending *pending)
{
	reply_free(&pending->reply);
	pending->call = NULL;
}

/* The daemon lives longer and carries the post: it asks a FastCGI binary that
 * owns the store to let it. */
static void
ask_for_ownership(struct loop *loop)
{
	loop->yield = (struct call){ .view = { .verb = VERB_YIELD, .id = id_new(text_now()) } };
	loop->asking = (struct pending){ .call = &loop->yield, .answer = yield_answered };
	link_submit(loop->link, &loop->asking);
	loop->asked = text_clock();
}

/* Nobody answers, and this process may not own: perhaps it may by now. */
static void
look_again(struct loop *loop)
{
	struct error why = { 0 };

	loop->owner = owner_new(loop->options->home, false, &why);
	/* Once, and again when it is another reason. */
	if (loop->owner == NULL && strcmp(why.detail, loop->told) != 0)
		log_line(LOG_LEVEL_ERROR, "%s", strcpy(loop->told, why.detail));
}

/* A second daemon waits behind the first, perhaps for ever: once for each. */
static void
tell_holder(struct loop *loop)
{
	char program[OWNER_PROGRAM_SIZE];
	long pid;

	/* Others leave when they are asked. */
	if (!owner_holder(loop->owner, &pid, program) || pid == loop->holder ||
	    strcmp(program, log_program()) != 0)
		return;
	loop->holder = pid;
	log_line(LOG_LEVEL_WARNING, "%s (pid %ld) owns the store at %s; this one waits until it "
	    "ends, and takes over then", program, pid, loop->options->home);
}

static void
tick(struct loop *loop, int64_t now)
{
	loop->ticked = now;
	if (loop->fastcgi != NULL)
		fastcgi_tick(loop->fastcgi);
	if (loop->serve != NULL) {
		owner_beat(loop->owner);
		if (loop->engine != NULL)
			engine_tidy(loop->engine);
		if (loop->engine == NULL && loop->store == NULL && now - loop->opened > 1000000)
			open_store(loop);
		if (loop->sites != NULL)
			serve_tick(loop->serve);
	} else if (loop->owner == NULL) {
		if (link_stuck(loop->link))
			look_again(loop);
	} else {
		if (link_stuck(loop->link))
			owner_watch(loop->owner, OWNER_HANG_US);
		if (may_own(loop))
			wait_to_own(loop);
	}
	if (loop->options->prefer && loop->serve == NULL && loop->owner != NULL &&
	    loop->asked != 0)
		tell_holder(loop);
	if (loop->options->prefer && loop->serve == NULL && loop->asking.call == NULL &&
	    (loop->asked == 0 || now - loop->asked > ASK_US))
		ask_for_ownership(loop);
}

/* An owner that serves until idle: for the command line when nobody owns. It is
 * there for its parent, which waits for its end once it has hung up; others find the
 * next owner. */
static bool
is_lonely(struct loop *loop, int64_t now)
{
	bool busy;

	if (!loop->options->until_idle || loop->serve == NULL)
		return false;
	busy = loop->engine != NULL && !engine_quiet(loop->engine);
	if (serve_has_peer(loop->serve, getppid()) || (busy && now > loop->lonely))
		loop->lonely = now;
	/* Without a daemon it is the next ones that go on. */
	if (loop->engine != NULL && engine_is_indexing(loop->engine) &&
	    now - loop->lonely < INDEXING_US)
		return false;
	return now > loop->lonely && !busy &&
	    (!serve_owes(loop->serve) || now - loop->lonely > OWED_US);
}

static bool
may_end(struct loop *loop, int64_t now)
{
	if (is_lonely(loop, now))
		return true;
	if (loop->leaving == 0)
		return false;
	return loop->fastcgi == NULL || fastcgi_quiet(loop->fastcgi) ||
	    now - loop->leaving > LEAVE_US;
}

/* Milliseconds until the other sites want to hear of us. */
static int
sites_pass(struct loop *loop)
{
	if (loop->engine != NULL && sites_late(loop->sites, engine_late(loop->engine)))
		engine_give_up(loop->engine);
	if (sites_role(loop->sites) == SITES_MASTER && loop->engine == NULL &&
	    loop->why.fault == FAULT_NONE)
		take_up_mastership(loop);
	return sites_turn(loop->sites);
}

/* The store is broken, was opened in vain too often, or was not closed: the requests of
 * our own front get their 503, or the answer of the next owner, before this process
 * starts anew. Calls from others go to the next owner. */
static enum loop_end
start_anew(struct loop *loop)
{
	int64_t end = text_clock() + LAST_US;

	if (loop->fastcgi != NULL)
		fastcgi_stop(loop->fastcgi);
	while (loop->fastcgi != NULL && !fastcgi_quiet(loop->fastcgi) && text_clock() < end) {
		if (loop->engine != NULL)
			engine_turn(loop->engine);
		else if (loop->serve == NULL)
			link_turn(loop->link);
		reactor_turn(loop->reactor, 1);
	}
	return LOOP_RESTART;
}

/* Milliseconds; wanted: -1 for ever. */
static int
sooner(int timeout, int wanted)
{
	return wanted >= 0 && wanted < timeout ? wanted : timeout;
}

static enum loop_end
run(struct loop *loop)
{
	int timeout = 0, ready;
	int64_t now = text_clock();

	loop->lonely = now + 2000000; /* the first caller may take a moment */
	for (;;) {
		ready = reactor_turn(loop->reactor, timeout);
		timeout = loop->leaving != 0 || loop->options->until_idle ? 20 : 500;
		if (loop->store != NULL && store_broken(loop->store))
			return start_anew(loop);
		if (loop->engine != NULL) {
			engine_turn(loop->engine);
			if (engine_broken(loop->engine))
				return start_anew(loop);
		} else if (loop->serve == NULL) {
			timeout = sooner(timeout, link_turn(loop->link));
		}
		if (loop->serve != NULL)
			serve_turn(loop->serve);
		if (loop->sites != NULL)
			sites_pass(loop); /* what was written and answered leaves first */
		if (loop->engine != NULL)
			timeout = sooner(timeout, engine_work(loop->engine, ready <= 0));
		if (loop->sites != NULL)
			timeout = sooner(timeout, sites_pass(loop));
		now = text_clock();
		if (now - loop->ticked >= TICK_US)
			tick(loop, now);
		if (may_end(loop, now))
			return LOOP_DONE;
		if (loop->failures >= FAILURES_MAX)
			return start_anew(loop);
		if (loop->serve != NULL && serve_yield_wanted(loop->serve) &&
		    (loop->engine == NULL || !engine_has_jobs(loop->engine)) &&
		    !loop->options->prefer) {
			/* Its parent may be a courier, which never hangs up, but finds the
			 * next owner. */
			if (loop->options->until_idle)
				return LOOP_DONE;
			if (!settle(loop) || !leave_ownership(loop))
				return start_anew(loop);
			wait_to_own(loop);
		}
	}
}

static void
refuse(void *why, struct pending *pending)
{
	pending->call->view.verb = VERB_DELIVER; /* a stranger hears no reason */
	reply_no_store(&pending->reply, &pending->call->view, why);
	pending->answer(pending);
}

bool
loop_may_begin(struct arena *arena, const char *home, struct settings *settings_r,
    struct error *why)
{
	return settings_read(arena, home, settings_r, why) && store_is_there(home, why);
}

void
loop_await(const struct loop_options *options, const struct error *why)
{
	struct reactor *reactor = reactor_new();
	struct arena *arena = arena_new();
	struct error now = *why, answer = { .fault = FAULT_STORE_UNAVAILABLE };
	char said[sizeof why->detail] = "";
	struct settings settings;
	struct fastcgi *fastcgi;
	int64_t looked;

	signal(SIGPIPE, SIG_IGN);
	fcntl(options->listening, F_SETFL, fcntl(options->listening, F_GETFL) | O_NONBLOCK);
	fastcgi = fastcgi_new(reactor, options->listening, options->type, options->settings,
	    refuse, &answer);
	do {
		if (strcmp(now.detail, said) != 0)
			log_line(LOG_LEVEL_ERROR, "%s (requests get 503 until that is repaired, and "
			    "are taken then without a restart)", strcpy(said, now.detail));
		for (looked = text_clock(); text_clock() - looked < AWAIT_US;)
			reactor_turn(reactor, AWAIT_US / 1000);
		fastcgi_tick(fastcgi);
		arena_reset(arena);
		error_clear(&now);
	} while (!loop_may_begin(arena, options->home, &settings, &now));
	log_line(LOG_LEVEL_INFO, "repaired: %s is used now", options->home);
	fastcgi_stop(fastcgi);
	for (looked = text_clock(); !fastcgi_quiet(fastcgi) && text_clock() - looked < LAST_US;)
		reactor_turn(reactor, 1);
	fastcgi_free(&fastcgi);
	reactor_free(&reactor);
	arena_free(&arena);
}

static void
on_worked(struct source *source, uint32_t events)
{
	struct loop *loop = (struct loop *)((char *)source - offsetof(struct loop, worker));

	(void)events;
	loop->options->front->go_on(loop->options->front);
}

static void
start_front(struct loop *loop, struct front *front)
{
	front->call = submit;
	front->give_up = give_up;
	front->arg = loop;
	loop->worker = (struct source){ .ready = on_worked, .fd = front->event };
	if (front->event >= 0)
		reactor_watch(loop->reactor, &loop->worker, EPOLLIN);
}

static void
watch_signals(struct loop *loop)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	loop->signals = (struct source){ .ready = on_signal,
		.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK) };
	reactor_watch(loop->reactor, &loop->signals, EPOLLIN);
}

enum loop_end
loop_run(const struct loop_options *options)
{
	struct loop loop = { .options = options, .won.fd = -1 };
	enum loop_end end;

	loop.reactor = reactor_new();
	watch_signals(&loop);
	loop.owner = owner_new(options->home, false, &loop.why);
	/* A front may pass its requests on to the owner of another user. */
	if (loop.owner == NULL && options->type == NULL) {
		log_line(LOG_LEVEL_ERROR, "%s", loop.why.detail);
		close(loop.signals.fd);
		reactor_free(&loop.reactor);
		return LOOP_FAILED;
	}
	loop.link = link_new(loop.reactor, options->home, options->settings);
	if (loop.owner != NULL && may_own(&loop) && owner_try(loop.owner))
		become_owner(&loop);
	else if (loop.owner != NULL && options->until_idle)
		return LOOP_DONE; /* somebody else was faster: better so */
	else if (loop.owner != NULL && may_own(&loop))
		wait_to_own(&loop);
	if (options->front != NULL)
		start_front(&loop, options->front);
	if (options->listening >= 0) {
		fcntl(options->listening, F_SETFL,
		    fcntl(options->listening, F_GETFL) | O_NONBLOCK);
		loop.fastcgi = fastcgi_new(loop.reactor, options->listening, options->type,
		    options->settings, on_request, &loop);
		if (options->front != NULL)
			fastcgi_for(loop.fastcgi, options->front);
	}
	end = run(&loop);
	if (end == LOOP_RESTART) {
		/* Nothing is closed: the new start recovers. It is still to end when this
		 * one was: the signal is blocked, and waits for it. */
		if (loop.leaving != 0)
			kill(getpid(), SIGTERM);
		return end;
	}
	if (loop.serve != NULL) {
		settle(&loop);
		leave_ownership(&loop);
	}
	fastcgi_free(&loop.fastcgi);
	link_free(&loop.link);
	owner_free(&loop.owner);
	reactor_free(&loop.reactor);
	return end;
}
