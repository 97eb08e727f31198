/* SPDX-License-Identifier: ISC */
/* What sites.c (roles) and sites_link.c (links, streams) share. */
#ifndef EARSHOT_SITES_PRIVATE_H
#define EARSHOT_SITES_PRIVATE_H

#include "base/channel.h"
#include "base/settings.h"
#include "serve/reactor.h"
#include "serve/serve.h"
#include "serve/sites.h"
#include "store/member.h"
#include "store/rep.h"
#include "store/store.h"

#include <netinet/in.h>

#define LINK_VERSION_SIZE 24

/* A connection to another site, from the first byte on. Times are monotonic µs. */
struct link {
	struct source source;
	struct sites *sites;
	struct link *next;           /* of sites->strangers */
	bool known;                  /* which site it is to be; else it has called us */
	unsigned site;               /* then */
	bool connecting, greeted, closed;
	struct in6_addr caller;      /* of a stranger: from where */
	int64_t since, heard;
	struct channel *channel;
	struct buf wire, plain, say; /* to be written; heard; to be sealed */
	struct stream *streams;
	uint32_t numbers;            /* of streams, given so far */
	/* what it said last */
	bool is_master, no_room;     /* no_room: on its disk, for deliveries */
	enum member_state state;
	uint32_t generation;
	uint64_t position;
	char version[LINK_VERSION_SIZE];
};

struct sites {
	struct sites_options options;
	unsigned count, self;
	struct member member;
	unsigned char key[SECRET_KEY_SIZE];
	unsigned char settings_hash[SECRET_SHA256_SIZE], key_hash[SECRET_SHA256_SIZE];
	struct source event, listener;
	struct link *links[REP_SITES_MAX]; /* NULL: none, not even on its way */
	struct link *strangers;      /* that have not said yet who they are */
	unsigned stranger_count;
	int64_t dialed[REP_SITES_MAX];
	char refused[REP_SITES_MAX][200]; /* why it was not taken the last time */
	char stranger_said[200];
	unsigned hung_up[REP_SITES_MAX]; /* without having shown who it is, since it last was linked */
	struct rep_view view;
	struct link *way;            /* to the master, for calls; NULL: none */
	int64_t now, looked, began, lost, beaten, elected_at, yielded;
	int64_t abstains;            /* until then it takes part in no election */
	int64_t pushed;              /* a master, what others may miss */
	int64_t late, patience;      /* of a master that waited for others in vain, and may wait next */
	bool electing, yield;
	unsigned among;              /* how many sites the last election is, or was, among */
	unsigned called;             /* among how many another one is to be held; 0: none is called */
	uint64_t flushed_told;
	uint32_t generation_told;
};

/* sites.c */
struct span sites_name(const struct sites *sites, unsigned site);
/* Another one says that it is master. */
void sites_master_seen(struct sites *sites, uint32_t generation);
/* The link has ended, or its site is master no more. */
void sites_lost(struct sites *sites, struct link *link);

/* sites_link.c */
bool links_listen(struct sites *sites, struct error *error);
/* Calls who is not there; ends links that say nothing. */
void links_look(struct sites *sites, int64_t silence, int64_t silence_of_master);
void links_write(struct sites *sites);
void links_close(struct sites *sites);
/* To all: role, and how far we are. */
void sites_beat(struct sites *sites);
void link_end_streams(struct link *link);

#endif
