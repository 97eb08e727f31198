/* SPDX-License-Identifier: ISC */
#include "base/settings.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define SECOND INT64_C(1000000)
#define DAY (86400 * SECOND)
#define KIB INT64_C(1024)
#define TEN "xxxxxxxxxx"
#define FIFTY TEN TEN TEN TEN TEN

static struct arena *arena;
static char home[] = "/tmp/earshot-settings-XXXXXX";

static void
file_write(const char *name, struct span text, mode_t mode)
{
	const char *path = arena_printf(arena, "%s/%s", home, name);
	FILE *file = fopen(path, "w");

	if (file == NULL || fwrite(text.p, 1, text.n, file) != text.n ||
	    fclose(file) != 0 || chmod(path, mode) != 0) {
		perror(path);
		exit(1);
	}
}

static void
file_remove(const char *name)
{
	unlink(arena_printf(arena, "%s/%s", home, name));
}

/* What is wrong with the text, without the home before it; "" when nothing. */
static const char *
verdict(struct span text, struct settings *settings)
{
	struct error error = { 0 };
	const char *detail = error.detail;

	file_write("earshot.conf", text, 0600);
	if (settings_read(arena, home, settings, &error))
		return error.fault == FAULT_NONE ? "" : "an error without failure";
	if (span_starts(span_of(detail), home))
		detail += strlen(home) + 1;
	return arena_string(arena, span_of(detail));
}

static bool
are_defaults(const struct settings *s)
{
	return s->base_url.n == 0 && s->base_url.p != NULL &&
	    s->trusted_proxy_count == 0 && s->body_bytes == 1024 * KIB &&
	    s->body_depth == 32 && s->body_members == 5000 &&
	    s->body_structural == 200000 && s->body_timeout == 10 * SECOND &&
	    s->answer_timeout == 60 * SECOND &&
	    s->call_timeout == 5 * SECOND && s->queue_calls == 4096 &&
	    s->connections == 1024 && s->free_bytes == 64 * 1024 * KIB &&
	    s->deliveries == 90 * DAY && s->bodies == 30 * DAY &&
	    s->body_keep_bytes == 256 * KIB && s->duplicates == 30 * DAY &&
	    s->cache_bytes == 0 && s->log_file_bytes == 4096 * KIB &&
	    s->checkpoint_interval == 300000 &&
	    s->checkpoint_bytes == 4096 * KIB && s->mail_url.n == 0 &&
	    s->mail_user.n == 0 && s->mail_password.n == 0 &&
	    s->mail_from.n == 0 && span_is(s->mail_tls, "opportunistic") &&
	    !s->hooks_allow_http && s->hooks_allow_count == 0 &&
	    s->hooks_timeout == 15 * SECOND && s->hooks_per_host == 4 &&
	    s->hooks_response_bytes == 64 * KIB &&
	    s->outbox_retry_span == 3 * DAY && s->outbox_keep == 30 * DAY &&
	    s->log_level == 2 && span_is(s->log_to, "stderr") &&
	    s->log_deliveries == 2 && s->confine && s->group_site.n == 0 &&
	    s->group_site_count == 0 && s->group_silence == SECOND;
}

static void
all_set(void)
{
	static const char text[] =
	    "\xef\xbb\xbf# with a mark before it\r\n"
	    "[web] ; the world\r\n"
	    "base_url = https://x.example:8443/listen//\n"
	    "trusted_proxies = 10.0.0.0/8, 192.0.2.1 ,2001:db8::/32,\n"
	    "\t198.51.100.0/24\n"
	    "  ::1, ::2 ; and a comment\n"
	    "\n"
	    "[limits]\n"
	    "  body_bytes = 2M\n"
	    "\tbody_depth=7\n"
	    "body_members = 10\nbody_structural = 200\nbody_timeout = 1m30s\n"
	    "answer_timeout = 5m\n"
	    "call_timeout = 1.5s\nqueue_calls = 1\nconnections = 2\n"
	    "free_bytes = 1G\n"
	    "[retention]\ndeliveries = 52w\nbodies = 0\nbody_keep_bytes = 100k\n"
	    "duplicates = 36h\n"
	    "[store]\ncache_bytes = 512m\nlog_file_bytes = 1048576\n"
	    "checkpoint_interval = 50ms\ncheckpoint_bytes = 65536\n"
	    "[mail]\nurl = smtps://[2001:db8::5]:465\nuser = ann;x\n"
	    "password = a=b # c:d\nfrom = beta@acme.example\ntls = required\n"
	    "[hooks]\nallow_http = TRUE\nallow = 127.0.0.0/8\ntimeout = 2s\n"
	    "per_host = 9\nresponse_bytes = 0\n"
	    "[outbox]\nretry_span = 1h\nkeep = 7d\n"
	    "[group]\nsite = b\nsites = a 10.0.0.1:7410, b [fd00::2]:7411,\n"
	    "\tc   10.0.0.3:1\nsilence = 2s\nack_timeout = 2s\nkeep_log_bytes = 1G\n"
	    "[log]\nlevel = debug\nto = syslog";
	struct settings s;

	is_text(verdict((struct span){ text, sizeof text - 1 }, &s), "",
	    "a file with all settings is read");
	ok(span_is(s.base_url, "https://x.example:8443/listen"), "base_url");
	ok(s.trusted_proxy_count == 6 &&
	    text_network_has(&s.trusted_proxies[0], SPAN("10.1.2.3")) &&
	    text_network_has(&s.trusted_proxies[2], SPAN("2001:db8::9")) &&
	    text_network_has(&s.trusted_proxies[3], SPAN("198.51.100.7")) &&
	    text_network_has(&s.trusted_proxies[5], SPAN("::2")),
	    "trusted_proxies over three lines");
	ok(s.body_bytes == 2048 * KIB && s.body_depth == 7 &&
	    s.body_members == 10 && s.body_structural == 200 &&
	    s.body_timeout == 90 * SECOND && s.answer_timeout == 300 * SECOND &&
	    s.call_timeout == 1500000 &&
	    s.queue_calls == 1 && s.connections == 2 &&
	    s.free_bytes == 1024 * 1024 * KIB, "limits");
	ok(s.deliveries == 364 * DAY && s.bodies == 0 &&
	    s.body_keep_bytes == 100 * KIB && s.duplicates == DAY * 3 / 2,
	    "retention");
	ok(s.cache_bytes == 512 * 1024 * KIB && s.log_file_bytes == 1024 * KIB &&
	    s.checkpoint_interval == 50000 && s.checkpoint_bytes == 64 * KIB,
	    "store");
	ok(span_is(s.mail_url, "smtps://[2001:db8::5]:465") &&
	    span_is(s.mail_user, "ann;x") &&
	    span_is(s.mail_password, "a=b # c:d") &&
	    span_is(s.mail_from, "beta@acme.example") &&
	    span_is(s.mail_tls, "required"), "mail");
	ok(s.hooks_allow_http && s.hooks_allow_count == 1 &&
	    s.hooks_timeout == 2 * SECOND && s.hooks_per_host == 9 &&
	    s.hooks_response_bytes == 0, "hooks");
	ok(s.outbox_retry_span == 3600 * SECOND && s.outbox_keep == 7 * DAY,
	    "outbox");
	ok(span_is(s.group_site, "b") && s.group_site_count == 3 && s.group_self == 1 &&
	    span_is(s.group_sites[0].name, "a") && s.group_sites[0].address[15] == 1 &&
	    s.group_sites[0].address[10] == 0xff && s.group_sites[0].port == 7410 &&
	    span_is(s.group_sites[1].place, "[fd00::2]:7411") && s.group_sites[1].port == 7411 &&
	    s.group_sites[1].address[0] == 0xfd && s.group_sites[1].address[15] == 2 &&
	    span_is(s.group_sites[2].name, "c") && s.group_sites[2].port == 1 &&
	    s.group_silence == 2 * SECOND && s.group_keep_log == 1024 * 1024 * KIB, "group");
	ok(s.log_level == 3 && span_is(s.log_to, "syslog"), "log");
}

static void
wrong_lines(void)
{
	static const struct {
		const char *text;
		const char *verdict; /* how it begins */
	} cases[] = {
		{ "", "" }, { "\n\n# c\n; c\n", "" }, { "[limits]\n[limits]\n", "" },
		{ "[web]\nbase_url =\n", "" },
		{ "[mail]\nurl = sendmail:/usr/sbin/sendmail -t\n", "" },
		{ "[mail]\nurl = smtp://relay\n[log]\n[mail]\nuser = x\n", "" },
		{ "[mail]\npassword=" FIFTY FIFTY FIFTY FIFTY FIFTY "\n", "" },
		{ "[web]\ntrusted_proxies = ::1,\n\n  # c\n\t::2\n[log]\nlevel: info\n", "" },
		{ "[web]\ntrusted_proxies =\n ::1\n ::2 ; c\n", "" },
		{ "[log]\n ::1\n", "earshot.conf:2: This is neither" },
		{ "[web]\ntrusted_proxies = ::1\n[log]\n ::2\n", "earshot.conf:4: This is neither" },

		{ "[mail]\n #" FIFTY FIFTY FIFTY FIFTY FIFTY "\xff\b\n", "" },
		{ "[log]\nlevel = info ;c\n[mail] ; c\nuser = a;b ; c\n", "" },

		{ "\n[limit]\n", "earshot.conf:2: There is no section [limit]; "
		  "is [limits] meant?" },
		{ "[nonsense]\n", "earshot.conf:1: There is no section [nonsense]." },
		{ "[]\nx=1", "earshot.conf:1: There is no section []." },
		{ "[limits] body_depth = 3\n", "earshot.conf:1: Only a comment" },
		{ "[limits\n", "earshot.conf:1: This is neither" },
		{ "body_depth = 3\n", "earshot.conf:1: A [section] must stand" },
		{ "[limits]\n\nbody_byte = 1M\n", "earshot.conf:3: There is no setting "
		  "body_byte in [limits]; is body_bytes meant?" },
		{ "[limits]\nqeue_callz = 1\n", "earshot.conf:2: There is no setting "
		  "qeue_callz in [limits]; is queue_calls meant?" },
		{ "[limits]\nzzue_kallzz = 1\n", "earshot.conf:2: There is no setting "
		  "zzue_kallzz in [limits]." },
		{ "[log]\nxy = 1\n", "earshot.conf:2: There is no setting xy in "
		  "[log]." },
		{ "[mail]\nuzer = x\n", "earshot.conf:2: There is no setting uzer in "
		  "[mail]; is user meant?" },
		{ "[web]\nbody_bytes = 1M\n", "earshot.conf:2: body_bytes belongs to "
		  "[limits], not to [web]." },
		{ "[limits]\nBody_depth = 3\n", "earshot.conf:2: There is no setting "
		  "Body_depth in [limits]; is body_depth meant?" },
		{ "[limits]\n" FIFTY FIFTY "=1\n", "earshot.conf:2: There is no "
		  "setting xxx" },
		{ "[limits]\nbody_depth = 3\nbody_depth = 3\n",
		  "earshot.conf:3: body_depth stands in line 2 already." },
		{ "[limits]\nbody_depth = 3\n[log]\nto=syslog\n[limits]\nbody_depth=4",
		  "earshot.conf:6: body_depth stands in line 2 already." },
		{ "[hooks]\nallow = ::1\nallow = ::2\n",
		  "earshot.conf:3: allow stands in line 2 already." },
		{ "[limits]\nbody_depth\n", "earshot.conf:2: This is neither" },
		{ "[limits]\nbody_depth 3\nbody_membrs = 1\n",
		  "earshot.conf:2: This is neither" },
		{ "[limits]\nbody_membrs = 1\nbody_depth 3\n",
		  "earshot.conf:2: There is no setting body_membrs" },
		{ "[limits]\nbody_depth = 3\n 4\n", "earshot.conf:3: Only a list" },
		{ "[web]\ntrusted_proxies = ::1\n 10.0.0.300\n",
		  "earshot.conf:3: trusted_proxies takes addresses and networks (such "
		  "as 192.0.2.7, 10.0.0.0/8) with commas between, not "
		  "\"10.0.0.300\"." },
		{ "[web]\ntrusted_proxies = ::1 ::2\n", "earshot.conf:2: trusted_proxies "
		  "takes" },

		{ "[limits]\nbody_bytes = 0\n", "earshot.conf:2: body_bytes must be a "
		  "size from 1K to 1G (such as 64K or 4M)." },
		{ "[limits]\nbody_bytes =\n", "earshot.conf:2: body_bytes must be" },
		{ "[limits]\nbody_bytes = K\n", "earshot.conf:2: body_bytes must be" },
		{ "[limits]\nbody_bytes = -1K\n", "earshot.conf:2: body_bytes must be" },
		{ "[limits]\nbody_bytes = 1 M\n", "earshot.conf:2: body_bytes must be" },
		{ "[limits]\nbody_bytes = 1MB\n", "earshot.conf:2: body_bytes must be" },
		{ "[limits]\nbody_bytes = 2G\n", "earshot.conf:2: body_bytes must be" },
		{ "[limits]\nfree_bytes = 18014398509481984K\n",
		  "earshot.conf:2: free_bytes must be" },
		{ "[limits]\nbody_timeout = 5\n", "earshot.conf:2: body_timeout must be "
		  "a time from 10ms to 10m (such as 500ms, 90s or 30d)." },
		{ "[limits]\nbody_timeout = 11m\n", "earshot.conf:2: body_timeout must" },
		{ "[limits]\nbody_timeout = -1s\n", "earshot.conf:2: body_timeout must" },
		{ "[limits]\nbody_depth = 0\n", "earshot.conf:2: body_depth must be a "
		  "whole number from 1 to 1000." },
		{ "[limits]\nbody_depth = 1K\n", "earshot.conf:2: body_depth must be" },
		{ "[hooks]\nallow_http = yes\n", "earshot.conf:2: allow_http must be "
		  "true or false." },
		{ "[log]\nlevel = warn\n", "earshot.conf:2: level must be one of: error, "
		  "warning, info, debug." },
		{ "[log]\nlevel = error, warning\n", "earshot.conf:2: level must be" },
		{ "[log]\nto =\n", "earshot.conf:2: to must be one of: stderr, "
		  "syslog." },
		{ "[security]\nsocket_group = no such group\n", "earshot.conf:2: there is no "
		  "group \"no such group\" on this machine." },
		{ "[mail]\ntls = on\n", "earshot.conf:2: tls must be one of" },
		{ "[mail]\nfrom = Beta <b@c.example>\n", "earshot.conf:2: from must be "
		  "an e-mail address." },
		{ "[mail]\nurl = relay\n", "earshot.conf:2: url must be smtp://" },
		{ "[mail]\nurl = smtp://\n", "earshot.conf:2: url must be" },
		{ "[mail]\nurl = smtp://:25\n", "earshot.conf:2: url must be" },
		{ "[mail]\nurl = smtp://relay:\n", "earshot.conf:2: url must be" },
		{ "[mail]\nurl = smtp://relay:0\n", "earshot.conf:2: url must be" },
		{ "[mail]\nurl = smtp://relay:65536\n", "earshot.conf:2: url must be" },
		{ "[mail]\nurl = smtp://u@relay\n", "earshot.conf:2: url must be" },
		{ "[mail]\nurl = smtp://relay/x\n", "earshot.conf:2: url must be" },
		{ "[mail]\nurl = sendmail:sendmail\n", "earshot.conf:2: url must be" },
		{ "[web]\nbase_url = x.example\n", "earshot.conf:2: base_url must be a "
		  "URL such as https://feedback.example/listen." },
		{ "[web]\nbase_url = https://\n", "earshot.conf:2: base_url must be" },
		{ "[web]\nbase_url = https:///x\n", "earshot.conf:2: base_url must be" },
		{ "[web]\nbase_url = ftp://x\n", "earshot.conf:2: base_url must be" },
		{ "[web]\nbase_url = https://x/?a\n", "earshot.conf:2: base_url must" },
		{ "[web]\nbase_url = https://x/ y\n", "earshot.conf:2: base_url must" },

		{ "[group]\nsite = a\n", "earshot.conf:2: site stands without sites" },
		{ "[group]\nsites = a 1.2.3.4:5, b 1.2.3.5:5, c 1.2.3.6:5\n",
		  "earshot.conf:2: sites stands without site" },
		{ "[group]\nsites = a 1.2.3.4:5, b 1.2.3.5:5\nsite = a\n",
		  "earshot.conf:2: A group has 3 or 5 sites, not 2" },
		{ "[group]\nsites = a 1.2.3.4:5, b 1.2.3.5:5, c 1.2.3.6:5\nsite = d\n",
		  "earshot.conf:3: sites has no \"d\"." },
		{ "[group]\nsite = a\nsites = a 1.2.3.4:5,\n b 1.2.3.5:5, a 1.2.3.6:5\n",
		  "earshot.conf:4: sites has \"a 1.2.3.6:5\" and \"a\"" },
		{ "[group]\nsites = a 1.2.3.4:5, b 1.2.3.4:5\n", "earshot.conf:2: sites has" },
		{ "[group]\nsites = a host:5\n", "earshot.conf:2: sites takes sites (such as" },
		{ "[group]\nsites = a 1.2.3.4\n", "earshot.conf:2: sites takes" },
		{ "[group]\nsites = a fd00::1:7410\n", "earshot.conf:2: sites takes" },
		{ "[group]\nsites = 1.2.3.4:5\n", "earshot.conf:2: sites takes" },
		{ "[group]\nsites = A 1.2.3.4:5\n", "earshot.conf:2: sites takes" },
		{ "[group]\nsites = a 1.2.3.4:0\n", "earshot.conf:2: sites takes" },
		{ "[group]\nsites = a 1.2.3.0/24:5\n", "earshot.conf:2: sites takes" },
		{ "[group]\nsites = a 1.2.3.4:5, b 1.2.3.5:5, c 1.2.3.6:5\nsite = a\n"
		  "ack_timeout = 500ms\n", "earshot.conf:4: ack_timeout must not be" },

		{ "[mail]\nuser = a\x1b" "b\n", "earshot.conf:2: The line has a control "
		  "character" },
		{ "[mail]\nuser = \xff\n", "earshot.conf:2: The line has a control" },
		{ "[mail]\npassword_file = absent\n", "earshot.conf:2: Cannot read " },
	};
	struct settings settings;

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *got = verdict(span_of(cases[i].text), &settings);
		size_t n = strlen(cases[i].verdict);

		if (!ok(strncmp(got, cases[i].verdict, n) == 0 &&
		    (n > 0 || got[0] == '\0'), "case %zu: %s", i,
		    cases[i].verdict))
			printf("# got: %s\n", got);
	}
	ok(strstr(verdict(SPAN("[mail]\nuser = a\0b\n"), &settings),
	    ":2: The line has a control") != NULL, "NUL");
}

static void
passwords(void)
{
	const struct {
		struct span content;
		mode_t mode;
		const char *password; /* NULL: refused */
	} cases[] = {
		{ SPAN("pa ;ss#\n"), 0600, "pa ;ss#" }, { SPAN("pass"), 0400, "pass" },
		{ SPAN("pass\r\n"), 0640, "pass" }, { SPAN(" p \n"), 0600, " p " },
		{ SPAN("pass\n"), 0644, NULL }, { SPAN("pass\n"), 0660, NULL },
		{ SPAN("pass\n"), 0650, NULL },
		{ SPAN("a\nb\n"), 0600, NULL }, { SPAN(""), 0600, NULL },
		{ SPAN("\n"), 0600, NULL }, { SPAN("a\0b"), 0600, NULL },
	};
	const char *absolute = arena_printf(arena,
	    "[mail]\npassword_file = %s/relay.pass\n", home);
	struct settings s;

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *got;

		file_write("relay.pass", cases[i].content, cases[i].mode);
		got = verdict(SPAN("[mail]\npassword_file = relay.pass\n"), &s);
		if (cases[i].password != NULL)
			ok(got[0] == '\0' &&
			    span_is(s.mail_password, cases[i].password),
			    "password \"%s\" %s", cases[i].password, got);
		else
			ok(strstr(got, "conf:2: ") != NULL &&
			    strstr(got, "pass\n") == NULL, "password file %zu: %s", i,
			    got);
	}
	file_write("relay.pass", SPAN("pass\n"), 0600);
	ok(verdict(span_of(absolute), &s)[0] == '\0' &&
	    span_is(s.mail_password, "pass"), "an absolute path");
	is_text(verdict(SPAN("[mail]\npassword = x\npassword_file = relay.pass\n"),
	    &s), "earshot.conf:3: password_file and password (line 2) exclude "
	    "each other.", "both are too much");
	is_text(verdict(SPAN("[mail]\npassword_file = relay.pass\npassword = x\n"),
	    &s), "earshot.conf:3: password and password_file (line 2) exclude "
	    "each other.", "in either order");
	file_remove("relay.pass");
}

/* A password among the settings, in files and directories of these modes. */
static void
inline_passwords(void)
{
	static const struct {
		mode_t file, home;
		bool good;
	} cases[] = {
		{ 0600, 0711, true }, { 0640, 0711, true }, { 0644, 0700, true },
		{ 0644, 0711, false }, { 0660, 0755, false }, { 0604, 0750, false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct error error = { 0 };
		struct settings settings;
		bool good;

		file_write("earshot.conf", SPAN("[mail]\npassword = hush\n"), cases[i].file);
		chmod(home, cases[i].home);
		good = settings_read(arena, home, &settings, &error);
		ok(good == cases[i].good && strstr(error.detail, "hush") == NULL && (good ||
		    strstr(error.detail, "conf:2: ") != NULL), "file %03o in a directory %03o: %s",
		    (unsigned)cases[i].file, (unsigned)cases[i].home, error.detail);
	}
	file_write("earshot.conf", SPAN("[web]\n[mail]\nuser = me\n"), 0644);
	ok(settings_read(arena, home, &(struct settings){ .base_url = SPAN("") },
	    &(struct error){ .fault = FAULT_NONE }), "without one the modes are no matter");
	chmod(home, 0700);
}

static void
public(void)
{
	struct buf out = { 0 };

	settings_public(SPAN("[mail]\n user = me\npassword= hush\n\tpassword = hush\n# password\n"
	    "password_file = x"), &out);
	is_text(arena_string(arena, buf_bytes(&out)), "[mail]\n user = me\n"
	    "# password stood here; it is not kept in backups\n"
	    "# password stood here; it is not kept in backups\n# password\npassword_file = x\n",
	    "what of it is no secret");
	buf_free(&out);
}

static void
sample(void)
{
	struct buf text = { 0 }, active = { 0 };
	struct settings settings;
	size_t longest = 0, column = 0, rows = 0;

	settings_sample(&text);
	is_text(verdict(buf_bytes(&text), &settings), "", "the sample is read");
	ok(are_defaults(&settings), "and changes nothing");
	for (size_t i = 0; i < text.n; i++) {
		bool marked = text.p[i] == '#' && column == 0 && i + 1 < text.n &&
		    text.p[i + 1] >= 'a' && text.p[i + 1] <= 'z';

		rows += marked;
		if (!marked)
			buf_putc(&active, text.p[i]);
		column = text.p[i] == '\n' ? 0 : column + 1;
		longest = column > longest ? column : longest;
	}
	ok(rows == 68, "it shows %zu settings", rows);
	ok(longest <= 80, "in lines of at most %zu bytes", longest);
	/* Of these two, only one may be set. */
	buf_putc(&active, '\0');
	memcpy(strstr(active.p, "password_file ="), "#", 1);
	active.n--;
	is_text(verdict(buf_bytes(&active), &settings), "",
	    "it is read with every line active");
	ok(are_defaults(&settings), "and shows the defaults");
	buf_free(&text);
	buf_free(&active);
}

static void
no_file(void)
{
	struct error error = { 0 };
	struct settings settings;

	file_remove("earshot.conf");
	ok(settings_read(arena, home, &settings, &error) &&
	    are_defaults(&settings), "without a file: the defaults");
	mkdir(arena_printf(arena, "%s/earshot.conf", home), 0700);
	ok(!settings_read(arena, home, &settings, &error) &&
	    error.fault == FAULT_STORE_UNAVAILABLE, "no plain file: %s",
	    error.detail);
	rmdir(arena_printf(arena, "%s/earshot.conf", home));
	error_clear(&error);
	file_write("earshot.conf", SPAN("[nonsense]"), 0600);
	ok(!settings_read(arena, home, &settings, &error) &&
	    error.fault == FAULT_BAD_DOCUMENT, "a wrong line is a bad document");
	file_remove("earshot.conf");
}

static size_t told, usual;
static struct buf lines;

static void
tell(void *arg, const char *section, const char *name, struct span value, const char *initial,
    const char *help)
{
	(void)arg;
	told++;
	usual += span_is(value, initial) && help[0] != '\0';
	buf_printf(&lines, "[%s]\n%s = %.*s\n", section, name, (int)value.n, value.p);
}

static void
telling(void)
{
	struct settings settings;

	ok(verdict(SPAN(""), &settings)[0] == '\0', "nothing is set");
	settings_tell(arena, &settings, tell, NULL);
	ok(told > 40 && usual == told, "each of %zu is told as it is where nothing is set", told);
	is_text(verdict(SPAN("[limits]\nbody_bytes = 1500\nbody_timeout = 90s\n[log]\nlevel = "
	    "debug\n[mail]\npassword = hidden\n[console]\nidle = 36h\n[web]\ntrusted_proxies = "
	    "10.0.0.0/8, 192.0.2.1\n"), &settings), "", "some are set");
	lines.n = 0;
	settings_tell(arena, &settings, tell, NULL);
	buf_putc(&lines, '\0');
	ok(strstr(lines.p, "body_bytes = 1500\n") != NULL &&
	    strstr(lines.p, "body_timeout = 90s\n") != NULL && strstr(lines.p, "level = debug\n") &&
	    strstr(lines.p, "idle = 36h\n") && strstr(lines.p, "trusted_proxies = 2 networks\n"),
	    "they are told as they are");
	ok(strstr(lines.p, "hidden") == NULL && strstr(lines.p, "password = ***\n") != NULL,
	    "but for a secret");
	buf_free(&lines);
}

int
main(void)
{
	arena = arena_new();
	if (mkdtemp(home) == NULL)
		return 1;
	no_file();
	all_set();
	wrong_lines();
	passwords();
	inline_passwords();
	public();
	sample();
	telling();
	file_remove("earshot.conf");
	ok(rmdir(home) == 0, "nothing is left behind");
	arena_free(&arena);
	return tap_done();
}
