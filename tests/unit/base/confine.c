/* SPDX-License-Identifier: ISC */
#include "base/confine.h"
#include "base/settings.h"
#include "tap.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* What Landlock is told apart by: all of it must lie outside /tmp. */
static char place[] = "earshot-confine-XXXXXX";
static char home[256], elsewhere[256], parts[256];

enum {
	NO_NEW_PRIVILEGES = 1, CONFINED = 2, HOME = 4, PARTS = 8, ELSEWHERE = 16,
	READS_ELSEWHERE = 32, READS_SYSTEM = 64, RUNS_ELSEWHERE = 128, RUNS_SYSTEM = 256,
	CONNECTS = 512,
};

static bool
makes(const char *directory)
{
	int at = open(directory, O_PATH | O_DIRECTORY), fd;
	bool good;

	unlinkat(at, "made", 0);
	fd = openat(at, "made", O_WRONLY | O_CREAT | O_EXCL, 0600);
	good = fd >= 0;
	close(fd);
	close(at);
	return good;
}

static bool
reads(const char *path)
{
	int fd = open(path, O_RDONLY);

	close(fd);
	return fd >= 0;
}

static bool
runs(char *path)
{
	char *argv[] = { path, NULL };
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		execv(path, argv);
		_exit(7);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Nobody listens on port 1: refused is as good as connected. */
static bool
connects(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(1),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	bool good = connect(fd, (struct sockaddr *)&address, sizeof address) == 0 ||
	    errno == ECONNREFUSED;

	close(fd);
	return good;
}

/* What a process can do after it was confined; as many bits by a pipe. */
static int
able(const struct settings *settings, enum confine_role role)
{
	char program[300], true_program[] = "/usr/bin/true";
	int result = 0, ends[2];
	pid_t pid;

	snprintf(program, sizeof program, "%s/true", elsewhere);
	if (pipe(ends) != 0 || (pid = fork()) < 0)
		return -1;
	if (pid == 0) {
		confine(home, settings, role);
		result |= prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? NO_NEW_PRIVILEGES : 0;
		result |= confined() ? CONFINED : 0;
		result |= makes(home) ? HOME : 0;
		result |= makes(parts) ? PARTS : 0;
		result |= makes(elsewhere) ? ELSEWHERE : 0;
		result |= reads(program) ? READS_ELSEWHERE : 0;
		result |= reads("/etc/passwd") ? READS_SYSTEM : 0;
		result |= runs(program) ? RUNS_ELSEWHERE : 0;
		result |= runs(true_program) ? RUNS_SYSTEM : 0;
		result |= connects() ? CONNECTS : 0;
		_exit(write(ends[1], &result, sizeof result) < 0);
	}
	close(ends[1]);
	if (read(ends[0], &result, sizeof result) != (ssize_t)sizeof result)
		result = -1;
	close(ends[0]);
	waitpid(pid, NULL, 0);
	return result;
}

static void
is_able(int got, int expected, const char *name)
{
	if (!ok(got == expected, "%s", name))
		printf("# got %#x, expected %#x\n", (unsigned)got, (unsigned)expected);
}

static void
prepare(void)
{
	char command[4096];

	if (mkdtemp(place) == NULL)
		abort();
	snprintf(command, sizeof command, "cd %.99s && mkdir home elsewhere parts && "
	    "cp /usr/bin/true elsewhere && echo \"set_lg_dir $PWD/parts\" >home/DB_CONFIG", place);
	if (system(command) != 0)
		abort();
	if (realpath(place, command) == NULL)
		abort();
	snprintf(home, sizeof home, "%.200s/home", command);
	snprintf(elsewhere, sizeof elsewhere, "%.200s/elsewhere", command);
	snprintf(parts, sizeof parts, "%.200s/parts", command);
}

int
main(void)
{
	long version = syscall(444, NULL, 0, 1u);
	int everything = NO_NEW_PRIVILEGES | CONFINED | HOME | PARTS | ELSEWHERE |
	    READS_ELSEWHERE | READS_SYSTEM | RUNS_ELSEWHERE | RUNS_SYSTEM | CONNECTS;
	int taken = version < 1 ? CONFINED : ELSEWHERE | READS_ELSEWHERE | RUNS_ELSEWHERE;
	int net = version < 4 ? 0 : CONNECTS;
	struct settings settings = { .confine = true, .mail_url = SPAN(""),
		.backup_dirs = SPAN("/nowhere") };
	char list[300], command[300];

	prepare();
	printf("# Landlock version %ld\n", version);
#ifdef EARSHOT_COVERAGE
	taken = CONFINED, net = 0;
#endif
	is_able(able(&settings, CONFINE_STORE), everything & ~taken & ~net,
	    "who owns the store reaches its parts and the system, nothing else, and no network");
	is_able(able(&settings, CONFINE_POST), everything & ~taken,
	    "the post reaches the network as well");
	snprintf(list, sizeof list, "/nowhere, %s", elsewhere);
	settings.backup_dirs = span_of(list);
	is_able(able(&settings, CONFINE_STORE), everything & ~(taken & ~ELSEWHERE &
	    ~READS_ELSEWHERE) & ~net, "backups may be written where the settings say, not run");
	settings.mail_url = SPAN("sendmail:/usr/sbin/sendmail");
	is_able(able(&settings, CONFINE_POST), everything & ~CONFINED & ~NO_NEW_PRIVILEGES,
	    "a sendmail may be setgid: the post is left alone");
	settings.confine = false;
	is_able(able(&settings, CONFINE_STORE), everything & ~CONFINED & ~NO_NEW_PRIVILEGES,
	    "confine = false");
	snprintf(command, sizeof command, "rm -rf %s", place);
	ok(system(command) == 0, "cleaned up");
	return tap_done();
}
