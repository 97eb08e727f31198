/* SPDX-License-Identifier: ISC */
/*
 * $EARSHOT_HOME/earshot.conf (INI). One table names every
 * setting with its section, type, default, bounds and a sentence; the sample
 * file and the manual are made from it. A line that is wrong is an error with
 * file and line, and a suggestion when the name is nearly right.
 */
#ifndef EARSHOT_SETTINGS_H
#define EARSHOT_SETTINGS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/fault.h"
#include "base/text.h"

/* One machine of a group. */
struct settings_site {
	struct span name;
	struct span place;             /* address and port, as they are written */
	unsigned char address[16];     /* IPv4 as ::ffff:a.b.c.d */
	uint16_t port;
};

struct settings {
	/* [web] */
	struct span base_url;          /* public URL of the mount point, "" unknown */
	struct text_network *trusted_proxies; /* whose X-Forwarded-For counts */
	size_t trusted_proxy_count;
	/* [limits] */
	int64_t body_bytes;            /* 1 MiB */
	int64_t body_depth;            /* 32 */
	int64_t body_members;          /* 5000 */
	int64_t body_structural;       /* 200000 */
	int64_t batch_items;           /* 5000 */
	int64_t delivery_targets;      /* items times targets: 10000 */
	int64_t atomic_targets;        /* of one transaction: 1000 */
	int64_t delivery_parcels;      /* 2000 */
	int64_t filter_steps;          /* of one delivery: 5 million */
	int64_t answer_bytes;          /* of a batch: 256 KiB */
	int64_t document_bytes;        /* of a user or ticket: 256 KiB */
	int64_t body_timeout;          /* µs a request may take to arrive */
	int64_t answer_timeout;        /* µs an answer may take to be read */
	int64_t call_timeout;          /* µs a front waits for the owner, then 503 */
	int64_t queue_calls;           /* calls an owner holds, then 503 busy */
	int64_t connections;           /* FastCGI connections of one process */
	int64_t free_bytes;            /* disk space kept free; below: 503 disk-full */
	/* [retention] */
	int64_t deliveries;            /* µs a log entry is kept */
	int64_t bodies;                /* µs its raw body is kept */
	int64_t body_keep_bytes;       /* larger bodies are cut in the log */
	int64_t duplicates;            /* µs a delivery id is remembered */
	int64_t audit_keep;            /* µs that a change stays in its log */
	int64_t audit_bytes;           /* of that log */
	/* [store] */
	int64_t cache_bytes;           /* 0: follows the store and the machine */
	int64_t log_file_bytes;        /* 4 MiB */
	bool spare_log;                /* false */
	int64_t checkpoint_interval;   /* µs, 300 ms */
	int64_t checkpoint_bytes;      /* 4 MiB */
	/* [group] */
	struct span group_site;        /* this one, by name; "" the store is alone */
	struct settings_site *group_sites; /* in the order of the file */
	size_t group_site_count;       /* 0, 3 or 5 */
	size_t group_self;             /* this one's place among them */
	int64_t group_silence;         /* µs after which a site that says nothing is gone */
	int64_t group_ack_timeout;     /* µs without progress of the others that end a mastership */
	int64_t group_keep_log;        /* bytes of log for sites that were away */
	/* [mail] */
	struct span mail_url;          /* smtp://host:port, smtps://host:port,
	                                * sendmail:/usr/sbin/sendmail; "" none */
	struct span mail_user;
	struct span mail_password;     /* or mail_password_file */
	struct span mail_from;         /* envelope and default From */
	struct span mail_unsubscribe;  /* address for those who want no more mail, "" none */
	struct span mail_tls;          /* "required", "opportunistic", "off" */
	struct span mail_ca_file;      /* absolute path, "" the system's alone */
	/* [hooks] outgoing webhooks */
	bool hooks_allow_http;
	struct text_network *hooks_allow; /* private networks that may be reached */
	size_t hooks_allow_count;
	struct span hooks_ca_file;     /* as mail_ca_file */
	int64_t hooks_timeout;         /* µs for one request */
	int64_t hooks_per_host;        /* requests at once to one host */
	int64_t hooks_response_bytes;  /* 64 KiB */
	/* [alerts] what needs a person */
	int64_t alerts_interval;       /* µs at least between two mails to one person */
	int64_t alerts_after;          /* µs that something is so before it is mailed */
	int64_t alerts_ahead;          /* µs before a key or listener ends */
	int64_t alerts_failures;       /* of a listener, more than good ones, until it counts as failing */
	int64_t alerts_free_bytes;     /* disk space; with less it is told */
	/* [outbox] */
	int64_t outbox_retry_span;     /* µs until a parcel is a dead letter */
	int64_t outbox_keep;           /* µs sent parcels stay in the log */
	/* [log] */
	int log_level;                 /* 0 error, 1 warning, 2 info, 3 debug */
	struct span log_to;            /* "stderr" or "syslog" */
	int log_deliveries;            /* 0 none, 1 failed, 2 all */
	/* [console] */
	bool console_enabled;
	struct span console_address;   /* public URL of the console, "" that of [web] and /console */
	bool console_trust_remote_user; /* who the web server says it is, is signed in */
	int64_t console_idle;          /* µs without a request, then a session ends */
	int64_t console_longest;       /* µs after which it ends anyway */
	int64_t console_upload_bytes;  /* largest file for an import */
	/* [security] */
	bool confine;                  /* no new privileges, Landlock */
	struct span backup_dirs;       /* then: where backups may be written, "a, b" */
	int64_t socket_group;          /* whose members may call the owner; -1 none */
};

/*
 * Defaults when the file does not exist. Lives as long as the arena. A wrong
 * line is FAULT_BAD_DOCUMENT, a file that cannot be read
 * FAULT_STORE_UNAVAILABLE. A password in a file that others may read is wrong. base_url comes without slashes at its end.
 */
bool settings_read(struct arena *arena, const char *home, struct settings *settings_r,
    struct error *error);
/* The text of earshot.conf without what is secret in it; a comment says what was there. */
void settings_public(struct span text, struct buf *out);
/* Each setting as it is now, as text in the arena, without what is secret: "***"; and what it
 * is where nothing is set. */
void settings_tell(struct arena *arena, const struct settings *settings,
    void (*each)(void *arg, const char *section, const char *name, struct span value,
        const char *initial, const char *help), void *arg);
/* "PATH belongs to another user, NAME; …" with the command that changes that for all of the home,
 * of the home itself or something in it; "" when it belongs to this user, cannot be looked at, or
 * is a link, which such a command does not follow. */
#define SETTINGS_WHOSE_SIZE 800
const char *settings_whose(const char *home, const char *path, char out[SETTINGS_WHOSE_SIZE]);
/* Directories that DB_CONFIG names: parts of the store, relative to the home. */
void settings_parts(const char *home, void (*part)(void *arg, const char *directory),
    void *arg);
/* The commented sample file with all defaults. */
void settings_sample(struct buf *out);

#endif
