/* SPDX-License-Identifier: ISC */
/* Plain CGI without an owner: the answer comes before the store is closed, and the store
 * is closed in order also when the web server has no more patience. */
#include "serve/cgi.h"

#include "base/text.h"
#include "record/record_scratch.h"
#include "serve/caller.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#define TIMES 20

static struct scratch scratch;

/* "clean" or "dirty", as the next owner finds it. */
static const char *
mark(void)
{
	static char text[6];
	char path[128];
	int fd;

	snprintf(path, sizeof path, "%s/owner.lock", scratch.home);
	memset(text, 0, sizeof text);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof text - 1) < 0)
		return "unreadable";
	close(fd);
	return text;
}

static int told;
static char mark_then[16];

static void
tell(void *arg, const struct reply *reply)
{
	told += arg == &told && reply->status == 200;
	/* A lock would go with the descriptor: a process of its own reads. */
	if (fork() == 0)
		_exit(strcmp(mark(), "dirty") != 0);
	else {
		int status = -1;

		wait(&status);
		snprintf(mark_then, sizeof mark_then, "%s", status == 0 ? "dirty" : "else");
	}
}

static void
tells_early(void)
{
	struct call call = { .view = { .verb = VERB_DESCRIBE, .id = id_new(text_now()),
		.request = { .type = SPAN("comment"), .method = SPAN("GET"),
		    .path = SPAN("/-/health"), .query = SPAN(""), .url = SPAN(""),
		    .content_type = SPAN(""), .address = SPAN("192.0.2.1"), .body = SPAN("") } } };
	struct caller *caller = caller_new(scratch.home, &scratch.settings, CALLER_OWNS);
	struct reply reply = { 0 };

	caller_tell(caller, tell, &told);
	ok(caller_call(caller, &call, &reply, NULL, NULL) && reply.status == 200, "a call");
	ok(told == 1, "its reply is told once");
	is_text(mark_then, "dirty", "while the store is still open");
	is_text(mark(), "clean", "which is closed in the end");
	caller_free(&caller);
	reply_free(&reply);
}

/* What the program wrote before it closed its standard output; then it is asked to end. */
static int
run_and_ask_to_end(char *answer, size_t size)
{
	int out[2], status = -1;
	size_t n = 0;
	ssize_t got;
	pid_t pid;

	if (pipe(out) != 0 || (pid = fork()) < 0)
		return -1;
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		close(out[0]);
		close(out[1]);
		_exit(cgi_run(scratch.home, &scratch.settings, "comment", false, NULL));
	}
	close(out[1]);
	while ((got = read(out[0], answer + n, size - 1 - n)) > 0)
		n += (size_t)got;
	answer[n] = '\0';
	close(out[0]);
	kill(pid, SIGTERM);
	waitpid(pid, &status, 0);
	return status;
}

static void
ends_in_order(void)
{
	char answer[4096];
	int bad = 0, dirty = 0, silent = 0;

	setenv("REQUEST_METHOD", "GET", 1);
	setenv("PATH_INFO", "/-/health", 1);
	setenv("REMOTE_ADDR", "192.0.2.1", 1);
	for (int i = 0; i < TIMES; i++) {
		bad += run_and_ask_to_end(answer, sizeof answer) != 0;
		silent += strncmp(answer, "Status: 200", 11) != 0;
		dirty += strcmp(mark(), "clean") != 0;
	}
	ok(silent == 0, "the answer is whole when the output ends: %d are not", silent);
	ok(bad == 0 && dirty == 0, "asked to end then, it closes the store first: %d did not", bad);
}

int
main(void)
{
	if (!scratch_open(&scratch))
		return 99;
	store_close(&scratch.store);
	scratch.settings.free_bytes = 0;
	fflush(stdout);
	tells_early();
	fflush(stdout);
	ends_in_order();
	scratch_close(&scratch);
	return tap_done();
}
