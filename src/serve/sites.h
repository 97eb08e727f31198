/* SPDX-License-Identifier: ISC */
/*
 * This site and the other ones of its group: a sealed link to each of them (the later in
 * the list dials the earlier), what the store has for them and they for it, who lives, who
 * is master. Programs call the replica of their machine; what they say reaches the master
 * by streams, which the links carry beside the log.
 *
 * A master that hears too few of the others for the time of silence, or that waits too long
 * for a batch to be on their disks, is none any more before they elect; a replica that hears
 * its master lets nobody unseat it; a site that has not all of the store yet has no say.
 */
#ifndef EARSHOT_SITES_H
#define EARSHOT_SITES_H

#include "http/call.h"

struct peer;
struct reactor;
struct serve;
struct settings;
struct sites;
struct store;
struct stream;

/* What is to happen to calls. */
enum sites_role {
	SITES_NONE,    /* they wait: there is no master, or none is known */
	SITES_REPLICA, /* they go to the master */
	SITES_MASTER,  /* they are carried out here */
};

struct sites_options {
	struct reactor *reactor;
	const char *home;
	const struct settings *settings;
	struct store *store;     /* opened as a site */
	struct serve *serve;
	/* This site is master no more: at once, nothing of a transaction may be left. */
	void (*leave)(void *arg);
	void *arg;
};

/* NULL with error: the key is not there, the port is taken. */
struct sites *sites_new(const struct sites_options *options, struct error *error);
void sites_free(struct sites **sites);

/* Once per turn, behind all that writes: sends, looks who lives, takes a role.
 * Milliseconds until it wants to be called again. */
int sites_turn(struct sites *sites);
enum sites_role sites_role(const struct sites *sites);
struct store *sites_store(const struct sites *sites);
/* A batch has waited for so long, and the others come no further. True when it is to be given
 * up and this site stays what it is, since nobody else could be; it may be master no more
 * behind this. */
bool sites_late(struct sites *sites, int64_t time);

/* VERB_GROUP: {"do":"stat"} or {"do":"yield"}. */
void sites_answer(struct sites *sites, const struct call_view *call, struct reply *reply);
/* Told while there is no master: why calls wait. */
const char *sites_why(struct sites *sites, struct arena *arena);
/* The name of the site that is master, as far as is known; "" none. */
struct span sites_master_name(const struct sites *sites);

/* A connection of a program here, carried on to the master: NULL without one. What comes
 * back goes to the peer (serve_heard()), and its end (serve_stream_gone()). */
struct stream *sites_stream(struct sites *sites, enum rights rights, struct peer *peer);
/* How many of the bytes were taken; when there is room again, serve_room() tells. */
size_t stream_put(struct stream *stream, struct span bytes);
size_t stream_room(const struct stream *stream);
/* So many bytes that were heard have gone on: as many more may come. */
void stream_taken(struct stream *stream, size_t n);
void stream_close(struct stream **stream);

#endif
