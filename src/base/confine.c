/* SPDX-License-Identifier: ISC */
#include "base/confine.h"

#include "base/log.h"
#include "base/settings.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* linux/landlock.h of the machine that compiles may be older than the kernel
 * that runs: the interface is spelt out here (landlock(7)). */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif
#define RULESET_VERSION 1u
#define RULE_PATH_BENEATH 1
#define RULE_NET_PORT 2

enum {
	FS_EXECUTE = 1 << 0,
	FS_WRITE_FILE = 1 << 1,
	FS_READ_FILE = 1 << 2,
	FS_READ_DIR = 1 << 3,
	FS_ALL_1 = (1 << 13) - 1,
	FS_REFER = 1 << 13,     /* version 2 */
	FS_TRUNCATE = 1 << 14,  /* version 3 */
	FS_FILE = FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE,
	FS_LOOK = FS_READ_FILE | FS_READ_DIR,
	NET_BIND = 1,           /* version 4 */
	NET_CONNECT = 2,
	NET_TCP = NET_BIND | NET_CONNECT,
};

/* Everything but running it. */
#define FS_KEEP (~(uint64_t)FS_EXECUTE)

/* gcov writes its files beside the objects. */
#ifdef EARSHOT_COVERAGE
#define FILES_EVERYWHERE true
#else
#define FILES_EVERYWHERE false
#endif

struct ruleset_attr {
	uint64_t fs, net;
};

struct path_attr {
	uint64_t access;
	int32_t fd;
} __attribute__((packed));

struct port_attr {
	uint64_t access, port;
};

struct rules {
	int fd;
	uint64_t known;   /* rights that this kernel knows */
	uint64_t net;     /* likewise, of ports */
};

static bool in_force;

bool
confined(void)
{
	return in_force;
}

/* What does not exist needs no rule. */
static void
allow(const struct rules *rules, const char *path, uint64_t access)
{
	struct path_attr attr = { .access = access & rules->known,
		.fd = open(path, O_PATH | O_CLOEXEC) };
	struct stat st;

	if (attr.fd < 0)
		return;
	if (fstat(attr.fd, &st) == 0 && !S_ISDIR(st.st_mode))
		attr.access &= FS_FILE;
	if (syscall(SYS_landlock_add_rule, rules->fd, RULE_PATH_BENEATH, &attr, 0u) != 0)
		log_line(LOG_LEVEL_WARNING, "Landlock, %s: %s", path, strerror(errno));
	close(attr.fd);
}

/* Parts that DB_CONFIG keeps elsewhere. */
static void
allow_part(void *rules, const char *directory)
{
	if (directory[0] == '/')
		allow(rules, directory, FS_KEEP);
}

/* "a, b" */
static void
allow_list(const struct rules *rules, struct span list, uint64_t access)
{
	char path[PATH_MAX];

	while (list.n > 0) {
		struct span item = text_cut(&list, ',');

		if (snprintf(path, sizeof path, "%.*s", (int)item.n, item.p) < (int)sizeof path)
			allow(rules, path + strspn(path, " "), access);
	}
}

/* The ports of the other sites, and its own. */
static void
allow_sites(const struct rules *rules, const struct settings *settings)
{
	for (size_t i = 0; i < settings->group_site_count && rules->net != 0; i++) {
		struct port_attr attr = { .access = i == settings->group_self ? NET_TCP : NET_CONNECT,
			.port = settings->group_sites[i].port };

		if (syscall(SYS_landlock_add_rule, rules->fd, RULE_NET_PORT, &attr, 0u) != 0)
			log_line(LOG_LEVEL_WARNING, "Landlock, port %u: %s",
			    (unsigned)settings->group_sites[i].port, strerror(errno));
	}
}

static void
allow_all(const struct rules *rules, const char *home, const struct settings *settings,
    enum confine_role role)
{
	static const char *const programs[] = { "/usr", "/lib", "/lib64", "/proc/self/exe" };
	static const char *const looks[] = { "/etc", "/proc", "/sys", "/dev" };

	for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++)
		allow(rules, programs[i], FS_LOOK | FS_EXECUTE);
	for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++)
		allow(rules, looks[i], FS_LOOK);
	allow(rules, "/dev/null", FS_LOOK | FS_WRITE_FILE);
	allow(rules, home, FS_KEEP);
	settings_parts(home, allow_part, (void *)(uintptr_t)rules);
	if (role == CONFINE_SITE)
		allow_sites(rules, settings);
	if (role != CONFINE_POST) {
		allow_list(rules, settings->backup_dirs, FS_KEEP);
	} else {
		allow(rules, "/run", FS_LOOK); /* resolv.conf may point there */
		allow_list(rules, settings->mail_ca_file, FS_LOOK);
		allow_list(rules, settings->hooks_ca_file, FS_LOOK);
	}
}

void
confine(const char *home, const struct settings *settings, enum confine_role role)
{
	struct ruleset_attr attr = { .fs = FS_ALL_1 };
	struct rules rules;
	long version;

	/* A mailer may be setgid, and lives by its own files. */
	if (!settings->confine ||
	    (role == CONFINE_POST && span_starts(settings->mail_url, "sendmail:")))
		return;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return;
	version = syscall(SYS_landlock_create_ruleset, NULL, 0, RULESET_VERSION);
	if (version < 1 || FILES_EVERYWHERE)
		return;
	attr.fs |= version >= 2 ? FS_REFER : 0;
	attr.fs |= version >= 3 ? FS_TRUNCATE : 0;
	attr.net = version >= 4 && role != CONFINE_POST ? NET_TCP : 0;
	rules.known = attr.fs;
	rules.net = attr.net;
	rules.fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0u);
	if (rules.fd < 0)
		return;
	allow_all(&rules, home, settings, role);
	/* After many restarts in place there may be no room for one more; those
	 * before hold. */
	in_force = syscall(SYS_landlock_restrict_self, rules.fd, 0u) == 0 || errno == E2BIG;
	close(rules.fd);
	log_line(LOG_LEVEL_DEBUG, "confined by Landlock, version %ld", version);
}
