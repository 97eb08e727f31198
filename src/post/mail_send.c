/* SPDX-License-Identifier: ISC */
/* The message on its way: to a relay by libcurl, or into a program. */
#include "post/mail_private.h"

#include "base/json.h"
#include "base/settings.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#define CONNECT_MS 10000L
#define KEPT_SECONDS 30L      /* a connection to the relay without mail */
#define ANSWER_MAX ((size_t)512)
#define PROGRAM "sendmail:"

struct mail {
	struct arena *arena;
	struct buf message;
	struct buf answer;        /* the last of the relay, or what the program says */
	bool more;                /* of the relay's: its last line is not the last */
	/* by relay */
	CURL *easy;
	struct curl_slist *to;
	size_t sent;
	char error[CURL_ERROR_SIZE];
	/* by program */
	pid_t pid;                /* 0 none */
	int output;               /* -1 none */
	int64_t deadline;
};

static void
mail_free(void *arg)
{
	struct mail *mail = arg;

	curl_easy_cleanup(mail->easy);
	curl_slist_free_all(mail->to);
	if (mail->pid > 0) {
		kill(mail->pid, SIGKILL);
		waitpid(mail->pid, NULL, 0);
	}
	if (mail->output >= 0)
		close(mail->output);
	buf_free(&mail->message);
	buf_free(&mail->answer);
}

static size_t
give_message(char *room, size_t one, size_t n, void *arg)
{
	struct mail *mail = arg;
	size_t left = mail->message.n - mail->sent;

	n *= one;
	n = n < left ? n : left;
	memcpy(room, mail->message.p + mail->sent, n);
	mail->sent += n;
	return n;
}

/* A repeat after a connection that had died meanwhile. */
static int
give_again(void *arg, curl_off_t offset, int origin)
{
	struct mail *mail = arg;

	if (origin != SEEK_SET || offset < 0 || (size_t)offset > mail->message.n)
		return CURL_SEEKFUNC_CANTSEEK;
	mail->sent = (size_t)offset;
	return CURL_SEEKFUNC_OK;
}

/* "550-5.7.26 Your mail", "550 5.7.26 is not authenticated": the lines of one answer
 * follow each other, and what matters stands in the first ones. */
static void
take_reply(struct mail *mail, struct span line)
{
	bool more = line.n > 3 && line.p[3] == '-';
	bool goes_on = mail->more && mail->answer.n >= 3 && line.n > 4 &&
	    memcmp(mail->answer.p, line.p, 3) == 0;
	size_t room;

	if (goes_on) {
		while (mail->answer.n > 0 && (unsigned char)mail->answer.p[mail->answer.n - 1] <= ' ')
			mail->answer.n--;
		buf_putc(&mail->answer, ' ');
		line = (struct span){ line.p + 4, line.n - 4 };
	} else {
		mail->answer.n = 0;
	}
	room = mail->answer.n < ANSWER_MAX ? ANSWER_MAX - mail->answer.n : 0;
	buf_put(&mail->answer, line.p, line.n < room ? line.n : room);
	if (!goes_on && more)
		mail->answer.p[3] = ' ';
	mail->more = more;
}

static size_t
take_line(char *bytes, size_t one, size_t n, void *arg)
{
	struct mail *mail = arg;

	n *= one;
	if (n >= 3 && memcmp(bytes, "221", 3) == 0)
		return n; /* to our QUIT, behind what matters */
	take_reply(mail, (struct span){ bytes, n });
	return n;
}

/* A login is never sent in clear because somebody on the way took STARTTLS out
 * of what the relay offers. */
static void
set_tls(CURL *easy, const struct settings *settings)
{
	bool off = span_is(settings->mail_tls, "off");
	bool required = span_is(settings->mail_tls, "required") ||
	    (!off && settings->mail_user.n > 0);
	bool verified = required || span_starts(settings->mail_url, "smtps:");

	curl_easy_setopt(easy, CURLOPT_USE_SSL,
	    (long)(required ? CURLUSESSL_ALL : off ? CURLUSESSL_NONE : CURLUSESSL_TRY));
	/* Who could pretend to be the relay could as well take STARTTLS out. */
	if (!verified) {
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
	}
}

static void
set_relay(struct mail *mail, const struct settings *settings)
{
	struct span url = settings->mail_url, own = mail_host(settings);
	CURL *easy = mail->easy;

	while (url.n > 0 && url.p[url.n - 1] == '/')
		url.n--;
	curl_easy_setopt(easy, CURLOPT_URL, arena_printf(mail->arena, "%.*s/%.*s",
	    (int)url.n, url.p, (int)own.n, own.p));
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)(MAIL_TIMEOUT / 1000));
	curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, KEPT_SECONDS);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, mail->error);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_line);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, mail);
	if (settings->mail_ca_file.n > 0)
		curl_easy_setopt(easy, CURLOPT_CAINFO,
		    arena_string(mail->arena, settings->mail_ca_file));
	set_tls(easy, settings);
	if (settings->mail_user.n == 0)
		return;
	curl_easy_setopt(easy, CURLOPT_USERNAME,
	    arena_string(mail->arena, settings->mail_user));
	curl_easy_setopt(easy, CURLOPT_PASSWORD,
	    arena_string(mail->arena, settings->mail_password));
}

static void
set_envelope(struct mail *mail, struct span from, struct span to)
{
	CURL *easy = mail->easy;

	curl_easy_setopt(easy, CURLOPT_MAIL_FROM, arena_printf(mail->arena, "<%.*s>",
	    (int)from.n, from.p));
	mail->to = curl_slist_append(NULL, arena_printf(mail->arena, "<%.*s>", (int)to.n,
	    to.p));
	if (mail->to == NULL)
		abort();
	curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, mail->to);
	curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(easy, CURLOPT_READFUNCTION, give_message);
	curl_easy_setopt(easy, CURLOPT_READDATA, mail);
	curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, give_again);
	curl_easy_setopt(easy, CURLOPT_SEEKDATA, mail);
	curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)mail->message.n);
}

/* Programs take lines as they are in files. Only line ends have a CR. */
static void
drop_cr(struct buf *message)
{
	size_t n = 0;

	for (size_t i = 0; i < message->n; i++)
		if (message->p[i] != '\r')
			message->p[n++] = message->p[i];
	message->n = n;
}

/* The message as a file that it can read from the start; -1 with errno. */
static int
message_file(const struct buf *message)
{
	int fd = memfd_create("message", MFD_CLOEXEC);
	size_t done = 0;

	while (fd >= 0 && done < message->n) {
		ssize_t n = write(fd, message->p + done, message->n - done);

		if (n > 0) {
			done += (size_t)n;
		} else if (n == 0 || errno != EINTR) {
			close(fd);
			return -1;
		}
	}
	if (fd >= 0)
		lseek(fd, 0, SEEK_SET);
	return fd;
}

/* Nothing of our environment, no descriptor of ours, signals as they are at first. */
static int
spawn(const char *path, char *const argv[], int input, int output, pid_t *pid_r)
{
	char search[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", language[] = "LANG=C.UTF-8";
	char *const environment[] = { search, language, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t signals;
	int rc;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, input, 0);
	posix_spawn_file_actions_adddup2(&actions, output, 1);
	posix_spawn_file_actions_adddup2(&actions, output, 2);
	posix_spawn_file_actions_addclosefrom_np(&actions, 3);
	posix_spawnattr_init(&attr);
	sigfillset(&signals);
	posix_spawnattr_setsigdefault(&attr, &signals);
	sigemptyset(&signals);
	posix_spawnattr_setsigmask(&attr, &signals);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	rc = posix_spawn(pid_r, path, &actions, &attr, argv, environment);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	return rc;
}

static bool
start_program(struct mail *mail, const struct settings *settings, struct span from,
    struct span to, struct verdict *verdict)
{
	struct arena *arena = mail->arena;
	const size_t skip = sizeof PROGRAM - 1;
	char *path = arena_string(arena, (struct span){ settings->mail_url.p + skip,
	    settings->mail_url.n - skip });
	/* "--": an address may begin with a dash. */
	char *const argv[] = { path, arena_printf(arena, "-i"), arena_printf(arena, "-f"),
		arena_string(arena, from), arena_printf(arena, "--"),
		arena_string(arena, to), NULL };
	int input, output[2] = { -1, -1 }, rc;

	drop_cr(&mail->message);
	input = message_file(&mail->message);
	if (input < 0 || pipe2(output, O_CLOEXEC | O_NONBLOCK) != 0) {
		rc = errno;
	} else {
		(void)fcntl(output[1], F_SETFL, 0); /* the program's end waits */
		rc = spawn(path, argv, input, output[1], &mail->pid);
		close(output[1]);
		mail->output = output[0];
	}
	if (input >= 0)
		close(input);
	if (rc == 0) {
		mail->deadline = text_clock() + MAIL_TIMEOUT;
		return true;
	}
	mail->pid = 0;
	verdict_set(verdict, VERDICT_LATER, "cannot start %s: %s", path, strerror(rc));
	verdict->host_ill = true;
	return false;
}

struct mail *
mail_new(struct arena *arena, const struct settings *settings,
    struct json_object *parcel, struct verdict *verdict)
{
	struct mail *mail = arena_alloc(arena, sizeof *mail);
	struct span from = settings->mail_from, to = json_string(parcel, "to");

	*verdict = (struct verdict){ .host_ill = true };
	if (settings->mail_url.n == 0 || settings->mail_from.n == 0) {
		verdict_set(verdict, VERDICT_LATER, "no mail is configured: [mail] %s of "
		    "earshot.conf is not set", settings->mail_url.n == 0 ? "url" : "from");
		return NULL;
	}
	*mail = (struct mail){ .arena = arena, .output = -1 };
	arena_defer(arena, mail_free, mail);
	if (!mail_message(arena, settings, parcel, &mail->message, verdict)) {
		verdict->host_ill = false;
		return NULL;
	}
	/* Only a local part beyond ASCII asks the relay for SMTPUTF8 (RFC 6531). */
	text_email_ascii(arena, from, &from);
	text_email_ascii(arena, to, &to);
	if (span_starts(settings->mail_url, PROGRAM))
		return start_program(mail, settings, from, to, verdict) ? mail : NULL;
	mail->easy = curl_easy_init();
	if (mail->easy == NULL)
		abort();
	set_relay(mail, settings);
	set_envelope(mail, from, to);
	return mail;
}

CURL *
mail_handle(struct mail *mail)
{
	return mail->easy;
}

int
mail_event(const struct mail *mail)
{
	return mail->output;
}

/* The answer without the end of its line. */
static struct span
answer_of(struct mail *mail)
{
	struct span answer = buf_bytes(&mail->answer);

	while (answer.n > 0 && (unsigned char)answer.p[answer.n - 1] <= ' ')
		answer.n--;
	return arena_copy(mail->arena, answer);
}

/* The login and what stands before it are about us, not about the message. */
static bool
is_about_login(int status)
{
	return status == 530 || status == 534 || status == 535 || status == 538;
}

void
mail_judge(struct mail *mail, CURLcode result, struct verdict *verdict)
{
	const char *error = mail->error[0] != '\0' ? mail->error : curl_easy_strerror(result);
	curl_off_t sent = 0;
	struct span answer = answer_of(mail);
	bool about_mail;
	long status = 0;

	curl_easy_getinfo(mail->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(mail->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
	*verdict = (struct verdict){ .answer = answer,
		.status = status > 0 && status < 1000 ? (int)status : 0 };
	if (result == CURLE_OK)
		return;
	/* An answer to MAIL, RCPT, DATA, or to the message itself. */
	about_mail = status >= 400 && status != 421 && !is_about_login(verdict->status) &&
	    (result == CURLE_SEND_ERROR || sent > 0);
	verdict->host_ill = !about_mail;
	if (about_mail)
		verdict_set(verdict, status >= 500 ? VERDICT_DEAD : VERDICT_LATER,
		    "the relay answered: %.*s", (int)(answer.n > 250 ? 250 : answer.n), answer.p);
	else if (result == CURLE_USE_SSL_FAILED)
		verdict_set(verdict, VERDICT_LATER, "the relay offers no STARTTLS, and nothing is "
		    "sent in clear: [mail] tls, which a login makes \"required\"");
	else if (result == CURLE_LOGIN_DENIED)
		verdict_set(verdict, VERDICT_LATER, "the relay does not take the login: %.*s",
		    (int)(answer.n > 250 ? 250 : answer.n), answer.p);
	else if (status >= 400 && answer.n > 0)
		verdict_set(verdict, VERDICT_LATER, "the relay answered: %.*s",
		    (int)(answer.n > 250 ? 250 : answer.n), answer.p);
	else
		verdict_set(verdict, VERDICT_LATER, "%s", error);
}

static void
read_output(struct mail *mail)
{
	char room[1024];
	ssize_t n;

	if (mail->output < 0)
		return;
	while ((n = read(mail->output, room, sizeof room)) > 0) {
		size_t left = ANSWER_MAX - mail->answer.n;

		buf_put(&mail->answer, room, (size_t)n < left ? (size_t)n : left);
	}
	if (n == 0) {
		close(mail->output);
		mail->output = -1;
	}
}

static void
judge_program(struct mail *mail, int status, struct verdict *verdict)
{
	struct span answer = answer_of(mail);
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	bool about_mail = code == EX_NOUSER || code == EX_NOHOST || code == EX_DATAERR;

	*verdict = (struct verdict){ .answer = answer };
	if (code == 0)
		return;
	verdict->host_ill = !about_mail;
	if (code < 0)
		verdict_set(verdict, VERDICT_LATER, "the program was ended by signal %d",
		    WTERMSIG(status));
	else
		verdict_set(verdict, about_mail ? VERDICT_DEAD : VERDICT_LATER,
		    "the program ended with %d%s%.*s", code, answer.n > 0 ? ": " : "",
		    (int)(answer.n > 200 ? 200 : answer.n), answer.p);
}

bool
mail_ended(struct mail *mail, bool now, struct verdict *verdict)
{
	int status = 0;
	pid_t pid;

	if (now || text_clock() >= mail->deadline)
		kill(mail->pid, SIGKILL);
	read_output(mail);
	pid = waitpid(mail->pid, &status, now ? 0 : WNOHANG);
	if (pid == 0)
		return false;
	/* Without its status it cannot be told whether it did its work. */
	if (pid < 0)
		status = EX_SOFTWARE << 8;
	mail->pid = 0;
	read_output(mail);
	judge_program(mail, status, verdict);
	return true;
}
