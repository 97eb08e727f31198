/* SPDX-License-Identifier: ISC */
#include "serve/link.h"

#include "base/log.h"
#include "base/settings.h"
#include "base/text.h"
#include "serve/frame.h"
#include "serve/reactor.h"
#include "store/owner.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* Between two looks for an owner: at once, but for one that hangs up on us. */
#define LOOK_MS 1
#define SHUNNED_MS 100
#define SHUNNED 8

struct waiting {
	struct pending *pending; /* NULL: the slot is free */
	int64_t since;           /* monotonic µs */
	uint32_t next_free;
	bool sent;               /* into the present connection's buffer */
};

struct link {
	struct source source;    /* fd -1: not connected */
	struct reactor *reactor;
	const char *home;
	const struct settings *settings;
	struct waiting *slots;
	uint32_t size, free_slot, used;
	struct buf in, out;
	unsigned unheard;        /* connections, one after the other, on which nothing came */
	int64_t connected;       /* when, monotonic µs */
	int64_t oldest;          /* when the call that waits longest came; 0 none */
};

#define NO_SLOT UINT32_MAX

static void on_ready(struct source *source, uint32_t events);

struct link *
link_new(struct reactor *reactor, const char *home, const struct settings *settings)
{
	struct link *link = calloc(1, sizeof *link);

	if (link == NULL)
		abort();
	link->reactor = reactor;
	link->home = home;
	link->settings = settings;
	link->source = (struct source){ .ready = on_ready, .fd = -1 };
	link->free_slot = NO_SLOT;
	return link;
}

static void
disconnect(struct link *link)
{
	if (link->source.fd < 0)
		return;
	reactor_watch(link->reactor, &link->source, 0);
	close(link->source.fd);
	link->source.fd = -1;
	link->in.n = link->out.n = 0;
	/* Sent or not, the owner may have applied it: the id tells the next one. */
	for (uint32_t i = 0; i < link->size; i++)
		if (link->slots[i].pending != NULL && link->slots[i].sent) {
			struct pending *pending = link->slots[i].pending;

			link->slots[i].sent = false;
			pending->call->view.again = true;
			if (pending->anew != NULL)
				pending->anew(pending);
		}
}

void
link_free(struct link **link)
{
	if (*link == NULL)
		return;
	disconnect(*link);
	buf_free(&(*link)->in);
	buf_free(&(*link)->out);
	free((*link)->slots);
	free(*link);
	*link = NULL;
}

static uint32_t
take_slot(struct link *link)
{
	uint32_t slot = link->free_slot;

	if (slot == NO_SLOT) {
		uint32_t size = link->size == 0 ? 64 : link->size * 2;

		link->slots = realloc(link->slots, size * sizeof *link->slots);
		if (link->slots == NULL)
			abort();
		for (uint32_t i = size; i-- > link->size;) {
			link->slots[i] = (struct waiting){ .next_free = link->free_slot };
			link->free_slot = i;
		}
		link->size = size;
		slot = link->free_slot;
	}
	link->free_slot = link->slots[slot].next_free;
	link->used++;
	return slot;
}

static struct pending *
give_back(struct link *link, uint32_t slot)
{
	struct pending *pending = link->slots[slot].pending;

	link->slots[slot].pending = NULL;
	link->slots[slot].next_free = link->free_slot;
	link->free_slot = slot;
	link->used--;
	return pending;
}

static void
send_slot(struct link *link, uint32_t slot)
{
	frame_call(&link->out, &link->slots[slot].pending->call->view, slot);
	link->slots[slot].sent = true;
}

void
link_submit(struct link *link, struct pending *pending)
{
	uint32_t slot = take_slot(link);

	link->slots[slot].pending = pending;
	link->slots[slot].since = text_clock();
	link->slots[slot].sent = false;
	if (link->source.fd >= 0)
		send_slot(link, slot);
}

void
link_leave(struct link *link, struct pending *pending)
{
	uint32_t slot = 0;

	while (slot < link->size && link->slots[slot].pending != pending)
		slot++;
	if (slot == link->size)
		return;
	if (link->slots[slot].sent) {
		frame_left(&link->out, pending->call->view.id, slot);
		return;
	}
	give_back(link, slot);
	reply_reset(&pending->reply);
	reply_problem(&pending->reply, FAULT_BUSY, fault_info(FAULT_BUSY)->status,
	    pending->call->view.id, "nobody waits for the output");
	pending->answer(pending);
}

/* The owner does not take this process, or cannot be understood. */
static void
refused(struct link *link, struct span sentence)
{
	struct error why = { 0 };
	struct pending *pending, *next;

	frame_refused(sentence, &why);
	log_line(LOG_LEVEL_ERROR, "%s", why.detail);
	link->unheard = SHUNNED;
	for (pending = link_take(link); pending != NULL; pending = next) {
		next = pending->next;
		reply_no_store(&pending->reply, &pending->call->view, &why);
		pending->answer(pending);
	}
}

static void
read_replies(struct link *link)
{
	enum frame_state state;
	struct frame frame;
	size_t used = 0;

	while ((state = frame_read((struct span){ link->in.p + used, link->in.n - used },
	            FRAME_ANSWER_MAX, &frame)) == FRAME_WHOLE && frame.kind != FRAME_REFUSAL) {
		struct waiting *slot = frame.slot < link->size ? &link->slots[frame.slot] : NULL;
		struct pending *pending;

		link->unheard = 0;
		used += frame.size;
		/* A late answer to a call that was given up finds another id, or none. */
		if (slot == NULL || (pending = slot->pending) == NULL ||
		    span_cmp(id_span(&frame.id), id_span(&pending->call->view.id)) != 0)
			continue;
		if (frame.kind == FRAME_PART && pending->part != NULL)
			pending->part(pending, frame.part, frame.payload);
		if (frame.kind != FRAME_REPLY || !frame_read_reply(&frame, &pending->reply))
			continue;
		give_back(link, frame.slot);
		pending->answer(pending);
	}
	if (state != FRAME_SHORT)
		refused(link, state == FRAME_WHOLE ? frame.payload : SPAN(""));
	else
		buf_shift(&link->in, used);
}

static void
on_ready(struct source *source, uint32_t events)
{
	struct link *link = (struct link *)source;
	ssize_t n;

	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
		buf_room(&link->in, 65536);
		n = read(source->fd, link->in.p + link->in.n, link->in.size - link->in.n);
		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
			disconnect(link);
			return;
		}
		if (n > 0) {
			link->in.n += (size_t)n;
			read_replies(link);
		}
	}
}

static void
connect_owner(struct link *link)
{
	int fd = owner_connect(link->home);

	if (fd < 0)
		return;
	link->source.fd = fd;
	link->source.events = 0;
	link->unheard++;
	link->connected = text_clock();
	reactor_watch(link->reactor, &link->source, EPOLLIN);
	for (uint32_t i = 0; i < link->size; i++)
		if (link->slots[i].pending != NULL)
			send_slot(link, i);
}

static void
write_calls(struct link *link)
{
	ssize_t n;

	if (link->out.n > 0) {
		n = write(link->source.fd, link->out.p, link->out.n);
		if (n > 0)
			buf_shift(&link->out, (size_t)n);
		else if (n < 0 && errno != EAGAIN && errno != EINTR)
			link->out.n = 0; /* it has hung up: what it said is read first */
	}
	reactor_watch(link->reactor, &link->source,
	    link->out.n > 0 ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static void
give_up(struct link *link, int64_t now)
{
	struct pending *pending;

	link->oldest = 0;
	for (uint32_t i = 0; i < link->size; i++) {
		if ((pending = link->slots[i].pending) == NULL)
			continue;
		if (now - link->slots[i].since < link->settings->call_timeout) {
			if (link->oldest == 0 || link->slots[i].since < link->oldest)
				link->oldest = link->slots[i].since;
			continue;
		}
		give_back(link, i);
		reply_reset(&pending->reply);
		reply_problem(&pending->reply, FAULT_STORE_UNAVAILABLE, 503,
		    pending->call->view.id, "the store did not answer in time; the delivery may "
		    "still be applied: send it again with the same id");
		pending->answer(pending);
	}
}

int
link_turn(struct link *link)
{
	int64_t now;

	if (link->used == 0) {
		link->oldest = 0;
		return -1;
	}
	now = text_clock();
	if (link->source.fd < 0 && (link->unheard < SHUNNED ||
	    now - link->connected >= SHUNNED_MS * 1000))
		connect_owner(link);
	if (link->source.fd >= 0)
		write_calls(link);
	/* Looking through the slots is for when time has passed. */
	if (link->oldest == 0 || now - link->oldest >= link->settings->call_timeout)
		give_up(link, now);
	return link->source.fd >= 0 ? 100 : link->unheard < SHUNNED ? LOOK_MS : SHUNNED_MS;
}

bool
link_stuck(const struct link *link)
{
	return link->oldest != 0 &&
	    text_clock() - link->oldest > link->settings->call_timeout / 2;
}

struct pending *
link_take(struct link *link)
{
	struct pending *first = NULL, **last = &first;

	disconnect(link);
	if (link->slots == NULL)
		return NULL; /* there was never a call */
	for (uint32_t i = 0; i < link->size; i++)
		if (link->slots[i].pending != NULL) {
			*last = give_back(link, i);
			last = &(*last)->next;
		}
	*last = NULL;
	return first;
}
