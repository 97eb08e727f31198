/* SPDX-License-Identifier: ISC */
#include "base/settings_table.h"

#include "base/text.h"

#include <errno.h>
#include <grp.h>
#include <string.h>

#define SITE_NAME_MAX 32

#define AT(member) offsetof(struct settings, member)
#define COUNT(member, initial, low, high) SETTING_COUNT, AT(member), 0, \
	initial, low, high, NULL
#define SIZE(member, initial, low, high) SETTING_SIZE, AT(member), 0, \
	initial, low, high, NULL
#define DURATION(member, initial, low, high) SETTING_DURATION, AT(member), 0, \
	initial, low, high, NULL
#define PLAIN(kind, member, initial) kind, AT(member), 0, \
	initial, NULL, NULL, NULL
#define CHOICE(kind, member, initial, choices) kind, AT(member), 0, \
	initial, NULL, NULL, choices
#define NETWORKS(member, count) SETTING_NETWORKS, AT(member), AT(count), \
	"", NULL, NULL, NULL

#define SITES(member, count) SETTING_SITES, AT(member), AT(count), \
	"", NULL, NULL, NULL

const struct setting settings_table[] = {
	{ "web", "base_url", PLAIN(SETTING_URL, base_url, ""),
	  "Public URL of the place where the listeners are mounted." },
	{ "web", "trusted_proxies", NETWORKS(trusted_proxies, trusted_proxy_count),
	  "Proxies whose X-Forwarded-For is believed." },

	{ "limits", "body_bytes", SIZE(body_bytes, "1M", "1K", "1G"),
	  "Largest body of a delivery." },
	{ "limits", "body_depth", COUNT(body_depth, "32", "1", "1000"),
	  "Deepest nesting of a JSON body." },
	{ "limits", "body_members", COUNT(body_members, "5000", "1", "1000000"),
	  "Most members of one object, or fields of a form." },
	{ "limits", "body_structural",
	  COUNT(body_structural, "200000", "100", "100000000"),
	  "Most brackets, commas and colons of a JSON body." },
	{ "limits", "batch_items", COUNT(batch_items, "5000", "1", "1000000"),
	  "Most items of one delivery." },
	{ "limits", "delivery_targets",
	  COUNT(delivery_targets, "10000", "1", "1000000"),
	  "Most users or tickets of one delivery." },
	{ "limits", "atomic_targets", COUNT(atomic_targets, "1000", "1", "100000"),
	  "Likewise of one item, an atomic batch, a dry run: in one go." },
	{ "limits", "delivery_parcels",
	  COUNT(delivery_parcels, "2000", "1", "1000000"),
	  "Most e-mails and webhooks that one delivery may queue." },
	{ "limits", "filter_steps",
	  COUNT(filter_steps, "5000000", "1000", "1000000000"),
	  "Most steps of all filters of one delivery." },
	{ "limits", "answer_bytes", SIZE(answer_bytes, "256K", "4K", "8M"),
	  "Longest answer to a batch; items beyond it are only counted." },
	{ "limits", "document_bytes",
	  SIZE(document_bytes, "256K", "16K", "16M"),
	  "Size up to which the document of a user or ticket may grow." },
	{ "limits", "body_timeout", DURATION(body_timeout, "10s", "10ms", "10m"),
	  "Time that a request may take to arrive, with its body." },
	{ "limits", "answer_timeout", DURATION(answer_timeout, "1m", "10ms", "1h"),
	  "Time that an answer may take to be read." },
	{ "limits", "call_timeout", DURATION(call_timeout, "5s", "10ms", "10m"),
	  "Time that a request waits for the owner of the store, then 503." },
	{ "limits", "queue_calls", COUNT(queue_calls, "4096", "1", "1000000"),
	  "Requests that the owner of the store holds; more get 503." },
	{ "limits", "connections", COUNT(connections, "1024", "1", "65536"),
	  "FastCGI connections of one process." },
	{ "limits", "free_bytes", SIZE(free_bytes, "64M", "0", "1048576G"),
	  "Disk space that is kept free; with less, deliveries get 503." },

	{ "retention", "deliveries", DURATION(deliveries, "90d", "1s", "36500d"),
	  "Time that a delivery stays in the log." },
	{ "retention", "bodies", DURATION(bodies, "30d", "0", "36500d"),
	  "Time that its body stays in the log." },
	{ "retention", "body_keep_bytes", SIZE(body_keep_bytes, "256K", "0", "1G"),
	  "Longer bodies are cut in the log." },
	{ "retention", "duplicates", DURATION(duplicates, "30d", "0", "36500d"),
	  "Time that a delivery id is remembered, to know a repeat." },

	{ "audit", "keep", DURATION(audit_keep, "730d", "1d", "36500d"),
	  "Time that a change stays in the log of changes (earshot audit)." },
	{ "audit", "bytes", SIZE(audit_bytes, "1G", "1M", "1024G"),
	  "Its size; beyond that the oldest changes go sooner." },

	{ "store", "cache_bytes", SIZE(cache_bytes, "0", "0", "1024G"),
	  "Cache of the database; 0 follows the memory of the machine." },
	{ "store", "log_file_bytes", SIZE(log_file_bytes, "4M", "256K", "1G"),
	  "Size of one log file of the database." },
	{ "store", "spare_log", PLAIN(SETTING_BOOLEAN, spare_log, "false"),
	  "Whether the next log file is made, full of zeros, before it is needed." },
	{ "store", "checkpoint_interval",
	  DURATION(checkpoint_interval, "300ms", "10ms", "1h"),
	  "Longest time between checkpoints while there is work." },
	{ "store", "checkpoint_bytes", SIZE(checkpoint_bytes, "4M", "64K", "4G"),
	  "Most log between checkpoints." },

	{ "group", "site", PLAIN(SETTING_TEXT, group_site, ""),
	  "Name of this machine among the sites of its group; none: it is alone." },
	{ "group", "sites", SITES(group_sites, group_site_count),
	  "Three or five of them: name address:port, the same list on all." },
	{ "group", "silence", DURATION(group_silence, "1s", "200ms", "1m"),
	  "Time after which a site that says nothing is taken to be gone." },
	{ "group", "ack_timeout", DURATION(group_ack_timeout, "5s", "200ms", "1m"),
	  "Time that others may get no further with what waits, then 503." },
	{ "group", "keep_log_bytes", SIZE(group_keep_log, "64M", "8M", "1024G"),
	  "Log of the database that is kept for sites that were away." },

	{ "mail", "url", PLAIN(SETTING_RELAY, mail_url, ""),
	  "smtp://host:port, smtps://host:port or sendmail:/usr/sbin/sendmail." },
	{ "mail", "user", PLAIN(SETTING_TEXT, mail_user, ""),
	  "Login at the relay." },
	{ "mail", "password", PLAIN(SETTING_SECRET, mail_password, ""),
	  "Its password; better in a file of its own, named by password_file." },
	{ "mail", "password_file", PLAIN(SETTING_FILE, mail_password, ""),
	  "File with the password, closed to others; relative to the home." },
	{ "mail", "from", PLAIN(SETTING_ADDRESS, mail_from, ""),
	  "Address that mail comes from and returns to." },
	{ "mail", "unsubscribe", PLAIN(SETTING_ADDRESS, mail_unsubscribe, ""),
	  "Address, beside our link, to which people write who want no more mail." },
	{ "mail", "tls", CHOICE(SETTING_CHOICE, mail_tls, "opportunistic",
	  "required, opportunistic, off"),
	  "Encryption towards an smtp:// relay." },
	{ "mail", "ca_file", PLAIN(SETTING_PATH, mail_ca_file, ""),
	  "PEM file of who may sign a relay's certificate, beside the system's." },

	{ "hooks", "allow_http", PLAIN(SETTING_BOOLEAN, hooks_allow_http, "false"),
	  "Whether outgoing webhooks may go to http:// URLs." },
	{ "hooks", "allow", NETWORKS(hooks_allow, hooks_allow_count),
	  "Private networks that outgoing webhooks may reach." },
	{ "hooks", "ca_file", PLAIN(SETTING_PATH, hooks_ca_file, ""),
	  "PEM file of who may sign a receiver's, beside the system's." },
	{ "hooks", "timeout", DURATION(hooks_timeout, "15s", "10ms", "5m"),
	  "Time for one outgoing webhook." },
	{ "hooks", "per_host", COUNT(hooks_per_host, "4", "1", "100"),
	  "Outgoing webhooks to one host at once." },
	{ "hooks", "response_bytes", SIZE(hooks_response_bytes, "64K", "0", "16M"),
	  "Part of an answer that is read." },

	{ "alerts", "interval", DURATION(alerts_interval, "1h", "1s", "30d"),
	  "Time between two mails to one person about what needs a hand." },
	{ "alerts", "after", DURATION(alerts_after, "1m", "0", "30d"),
	  "Time that something has to be wrong before it is mailed." },
	{ "alerts", "ahead", DURATION(alerts_ahead, "7d", "0", "3650d"),
	  "Time before the end of an API key or listener that it is told." },
	{ "alerts", "failures", COUNT(alerts_failures, "3", "1", "1000"),
	  "Failures, more than successes, that make a listener failing." },
	{ "alerts", "free_bytes", SIZE(alerts_free_bytes, "256M", "0", "1048576G"),
	  "Disk space; when there is less, that is told." },

	{ "outbox", "retry_span", DURATION(outbox_retry_span, "3d", "0", "365d"),
	  "Time until mail or a webhook that fails is a dead letter." },
	{ "outbox", "keep", DURATION(outbox_keep, "30d", "0", "36500d"),
	  "Time that sent mail and webhooks stay in the log." },

	{ "log", "level", CHOICE(SETTING_LEVEL, log_level, "info",
	  "error, warning, info, debug"),
	  "How much is logged." },
	{ "log", "to", CHOICE(SETTING_CHOICE, log_to, "stderr",
	  "stderr, syslog"),
	  "Where the log goes." },
	{ "log", "deliveries", CHOICE(SETTING_LEVEL, log_deliveries, "all",
	  "none, failed, all"),
	  "Which deliveries have a line in the log." },

	{ "console", "enabled", PLAIN(SETTING_BOOLEAN, console_enabled, "true"),
	  "Whether there is the console, the pages for managers." },
	{ "console", "address", PLAIN(SETTING_URL, console_address, ""),
	  "Its public URL, for links in mail; by default base_url and /console." },
	{ "console", "trust_remote_user",
	  PLAIN(SETTING_BOOLEAN, console_trust_remote_user, "false"),
	  "Whether whom the web server has signed in (REMOTE_USER) is signed in." },
	{ "console", "idle", DURATION(console_idle, "12h", "1m", "365d"),
	  "Time without a request after which a session ends." },
	{ "console", "longest", DURATION(console_longest, "30d", "1m", "365d"),
	  "Time after which a session ends in any case." },
	{ "console", "upload_bytes", SIZE(console_upload_bytes, "16M", "64K", "60M"),
	  "Largest file that can be imported by the console." },

	{ "security", "confine", PLAIN(SETTING_BOOLEAN, confine, "true"),
	  "Whether the programs give up what they do not need." },
	{ "security", "backup_dirs",
	  PLAIN(SETTING_TEXT, backup_dirs, "/var/backups, /tmp, /var/tmp"),
	  "Directories that the confined owner may write backups into." },
	{ "security", "socket_group", PLAIN(SETTING_GROUP, socket_group, ""),
	  "Group whose members' web programs may pass requests on to the owner." },
};
const size_t settings_table_count =
    sizeof settings_table / sizeof settings_table[0];

/* Where the setting stands in the settings. */
static void *
place(struct settings *settings, size_t offset)
{
	return (char *)settings + offset;
}

static bool
size_read(struct span text, int64_t *size_r)
{
	static const char suffixes[] = "KkMmGg";
	const char *suffix = NULL;
	uint64_t value;
	int shift = 0;

	if (text.n > 0)
		suffix = memchr(suffixes, text.p[text.n - 1], sizeof suffixes - 1);
	if (suffix != NULL) {
		shift = 10 * (int)((suffix - suffixes) / 2 + 1);
		text.n--;
	}
	if (!text_unsigned(text, (uint64_t)INT64_MAX >> shift, &value))
		return false;
	*size_r = (int64_t)(value << shift);
	return true;
}

static bool
number_read(enum setting_kind kind, struct span text, int64_t *value_r)
{
	if (kind == SETTING_SIZE)
		return size_read(text, value_r);
	if (kind == SETTING_DURATION)
		return text_duration(text, value_r);
	return text_integer(text, value_r);
}

static const char *
number_set(const struct setting *setting, struct arena *arena,
    struct span text, int64_t *value_r)
{
	const char *what = setting->kind == SETTING_SIZE ? "size" :
	    setting->kind == SETTING_DURATION ? "time" : "whole number";
	const char *examples = setting->kind == SETTING_SIZE ?
	    " (such as 64K or 4M)" : setting->kind == SETTING_DURATION ?
	    " (such as 500ms, 90s or 30d)" : "";
	int64_t value, low = 0, high = 0;

	number_read(setting->kind, span_of(setting->low), &low);
	number_read(setting->kind, span_of(setting->high), &high);
	if (!number_read(setting->kind, text, &value) ||
	    value < low || value > high)
		return arena_printf(arena, "%s must be a %s from %s to %s%s.",
		    setting->name, what, setting->low, setting->high, examples);
	*value_r = value;
	return NULL;
}

/* The place of the word in "a, b, c", or -1. */
static int
choice_read(struct span choices, struct span word)
{
	for (int i = 0; choices.n > 0; i++)
		if (span_eq(text_trim(text_cut(&choices, ',')), word))
			return i;
	return -1;
}

/* Adds the networks of one line; an empty item is a comma at a line's end. */
static const char *
networks_add(const struct setting *setting, struct arena *arena,
    struct span text, struct text_network **list, size_t *count)
{
	struct text_network *longer;
	size_t room = *count + 1;

	for (size_t i = 0; i < text.n; i++)
		room += text.p[i] == ',';
	longer = arena_alloc(arena, room * sizeof *longer);
	if (*count > 0)
		memcpy(longer, *list, *count * sizeof *longer);
	*list = longer;
	while (text.n > 0) {
		struct span item = text_trim(text_cut(&text, ','));

		if (item.n == 0)
			continue;
		if (!text_network(item, &longer[*count]))
			return arena_printf(arena, "%s takes addresses and networks "
			    "(such as 192.0.2.7, 10.0.0.0/8) with commas between, "
			    "not \"%.*s\".", setting->name,
			    (int)(item.n < 60 ? item.n : 60), item.p);
		++*count;
	}
	return NULL;
}

/* "name address:port", "name [v6]:port" */
static bool
site_read(struct span text, struct settings_site *site_r)
{
	struct text_network network;
	struct span address;
	uint64_t port;
	size_t n;

	site_r->name = text_cut(&text, ' ');
	site_r->place = address = text = text_trim(text);
	for (n = 0; n < site_r->name.n; n++)
		if (strchr("abcdefghijklmnopqrstuvwxyz0123456789-", site_r->name.p[n]) == NULL)
			return false;
	for (n = text.n; n > 0 && text.p[n - 1] != ':';)
		n--;
	if (site_r->name.n == 0 || site_r->name.n > SITE_NAME_MAX || n < 2 ||
	    !text_unsigned((struct span){ text.p + n, text.n - n }, 65535, &port) || port == 0)
		return false;
	address.n = n - 1;
	if (address.p[0] == '[' && address.p[address.n - 1] == ']')
		address = (struct span){ address.p + 1, address.n - 2 };
	else if (memchr(address.p, ':', address.n) != NULL)
		return false;
	if (memchr(address.p, '/', address.n) != NULL || !text_network(address, &network))
		return false;
	memcpy(site_r->address, network.address, sizeof site_r->address);
	site_r->port = (uint16_t)port;
	return true;
}

/* Adds the sites of one line. */
static const char *
sites_add(const struct setting *setting, struct arena *arena, struct span text,
    struct settings_site **list, size_t *count)
{
	while (text.n > 0) {
		struct span item = text_trim(text_cut(&text, ','));
		struct settings_site *longer;

		if (item.n == 0)
			continue;
		longer = arena_alloc(arena, (*count + 1) * sizeof *longer);
		if (*count > 0)
			memcpy(longer, *list, *count * sizeof *longer);
		*list = longer;
		if (!site_read(arena_copy(arena, item), &longer[*count]))
			return arena_printf(arena, "%s takes sites (such as a 10.0.0.1:7410, "
			    "b 10.0.0.2:7410, c [fd00::3]:7410) with commas between, not "
			    "\"%.*s\".", setting->name, (int)(item.n < 60 ? item.n : 60), item.p);
		for (size_t i = 0; i < *count; i++)
			if (span_eq(longer[i].name, longer[*count].name) ||
			    span_eq(longer[i].place, longer[*count].place))
				return arena_printf(arena, "%s has \"%.*s\" and \"%.*s\": names "
				    "and addresses must differ.", setting->name,
				    (int)item.n, item.p, (int)longer[i].name.n, longer[i].name.p);
		++*count;
	}
	return NULL;
}

static bool
is_visible_ascii(struct span text, const char *except)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] <= ' ' || text.p[i] > '~' ||
		    strchr(except, text.p[i]) != NULL)
			return false;
	return true;
}

static bool
skip(struct span *text, const char *prefix)
{
	if (!span_starts(*text, prefix))
		return false;
	text->p += strlen(prefix);
	text->n -= strlen(prefix);
	return true;
}

static bool
is_base_url(struct span text)
{
	return (skip(&text, "http://") || skip(&text, "https://")) &&
	    text.n > 0 && text.p[0] != '/' && text.p[0] != ':' &&
	    is_visible_ascii(text, "?#@\"<>\\");
}

static bool
is_relay(struct span text)
{
	struct span port;
	uint64_t number;
	size_t n;

	if (skip(&text, "sendmail:"))
		return text.n > 1 && text.p[0] == '/';
	if ((!skip(&text, "smtp://") && !skip(&text, "smtps://")) ||
	    !is_visible_ascii(text, "/?#@\"<>\\"))
		return false;
	/* A port follows the last colon, unless that is within [IPv6]. */
	for (n = text.n; n > 0 && text.p[n - 1] != ':' && text.p[n - 1] != ']';)
		n--;
	if (n == 0 || text.p[n - 1] == ']')
		return text.n > 0;
	port = (struct span){ text.p + n, text.n - n };
	return n > 1 && text_unsigned(port, 65535, &number) && number > 0;
}

static const char *
text_set(const struct setting *setting, struct arena *arena,
    struct span text, struct span *value_r)
{
	const char *right = NULL;

	if (setting->kind == SETTING_CHOICE) {
		if (choice_read(span_of(setting->choices), text) < 0)
			return arena_printf(arena, "%s must be one of: %s.",
			    setting->name, setting->choices);
	} else if (text.n == 0) {
		right = NULL;
	} else if (setting->kind == SETTING_URL && !is_base_url(text)) {
		right = "a URL such as https://feedback.example/listen";
	} else if (setting->kind == SETTING_RELAY && !is_relay(text)) {
		right = "smtp://host:port, smtps://host:port "
		    "or sendmail:/usr/sbin/sendmail";
	} else if (setting->kind == SETTING_ADDRESS && !text_email(text)) {
		right = "an e-mail address";
	}
	if (right != NULL)
		return arena_printf(arena, "%s must be %s.", setting->name, right);
	/* What is put behind the URL begins with a slash. */
	while (setting->kind == SETTING_URL && text.n > 0 &&
	    text.p[text.n - 1] == '/')
		text.n--;
	*value_r = arena_copy(arena, text);
	return NULL;
}

static const char *
group_set(struct arena *arena, struct span text, int64_t *group_r)
{
	size_t room = 1024;
	struct group group, *found = NULL;
	int rc;

	*group_r = -1;
	if (text.n == 0)
		return NULL;
	do {
		room *= 2;
		rc = getgrnam_r(arena_string(arena, text), &group, arena_alloc(arena, room), room,
		    &found);
	} while (rc == ERANGE && room < (size_t)1 << 24);
	if (found == NULL)
		return arena_printf(arena, "there is no group \"%.*s\" on this machine.",
		    (int)(text.n < 60 ? text.n : 60), text.p);
	*group_r = (int64_t)found->gr_gid;
	return NULL;
}

const char *
setting_set(const struct setting *setting, struct arena *arena,
    struct span value, struct settings *settings)
{
	void *at = place(settings, setting->offset);
	int choice;

	switch (setting->kind) {
	case SETTING_COUNT:
	case SETTING_SIZE:
	case SETTING_DURATION:
		return number_set(setting, arena, value, at);
	case SETTING_NETWORKS:
		return networks_add(setting, arena, value, at,
		    place(settings, setting->offset_count));
	case SETTING_SITES:
		return sites_add(setting, arena, value, at,
		    place(settings, setting->offset_count));
	case SETTING_GROUP:
		return group_set(arena, value, at);
	case SETTING_BOOLEAN:
		if (text_boolean(value, at))
			return NULL;
		return arena_printf(arena, "%s must be true or false.",
		    setting->name);
	case SETTING_LEVEL:
		choice = choice_read(span_of(setting->choices), value);
		if (choice < 0)
			return arena_printf(arena, "%s must be one of: %s.",
			    setting->name, setting->choices);
		*(int *)at = choice;
		return NULL;
	default:
		return text_set(setting, arena, value, at);
	}
}

void
settings_sample(struct buf *out)
{
	const char *section = "";

	buf_puts(out,
	    "# Settings of Earshot. Every line shows its default; to change one, "
	    "take\n# away the # before its name. Sizes take K, M and G; times take "
	    "us, ms, s,\n# m, h, d and w. A list has commas between its items and "
	    "may go on in\n# indented lines. What follows a space and a semicolon "
	    "is a comment.\n");
	for (size_t i = 0; i < settings_table_count; i++) {
		const struct setting *setting = &settings_table[i];

		if (strcmp(section, setting->section) != 0)
			buf_printf(out, "\n[%s]\n", setting->section);
		section = setting->section;
		buf_printf(out, "# %s", setting->help);
		if (setting->low != NULL)
			buf_printf(out, " %s to %s.", setting->low, setting->high);
		if (setting->choices != NULL)
			buf_printf(out, " One of: %s.", setting->choices);
		buf_printf(out, "\n#%s =%s%s\n", setting->name,
		    setting->initial[0] != '\0' ? " " : "", setting->initial);
	}
}

/* As the file has it: by the largest unit that it is a whole number of. */
static const char *
number_text(struct arena *arena, enum setting_kind kind, int64_t value)
{
	static const struct { const char *name; int64_t size; } sizes[] = { { "G", 1 << 30 },
		{ "M", 1 << 20 }, { "K", 1 << 10 }, { "", 1 } }, times[] = {
		{ "d", INT64_C(86400000000) },
		{ "h", INT64_C(3600000000) }, { "m", 60000000 }, { "s", 1000000 }, { "ms", 1000 },
		{ "us", 1 } };
	size_t i = 0;

	if (kind == SETTING_SIZE || kind == SETTING_DURATION) {
		while (value != 0 && value % (kind == SETTING_SIZE ? sizes : times)[i].size != 0)
			i++;
		if (value != 0)
			return arena_printf(arena, "%lld%s", (long long)(value / (kind == SETTING_SIZE
			    ? sizes : times)[i].size), (kind == SETTING_SIZE ? sizes : times)[i].name);
	}
	return arena_printf(arena, "%lld", (long long)value);
}

static struct span
setting_text(struct arena *arena, const struct setting *setting, const struct settings *settings)
{
	const void *at = (const char *)settings + setting->offset;
	struct span choices = span_of(setting->choices != NULL ? setting->choices : ""), text;
	size_t count;

	switch (setting->kind) {
	case SETTING_COUNT:
	case SETTING_SIZE:
	case SETTING_DURATION:
		return span_of(number_text(arena, setting->kind, *(const int64_t *)at));
	case SETTING_GROUP:
		return *(const int64_t *)at < 0 ? SPAN("")
		    : span_of(number_text(arena, SETTING_COUNT, *(const int64_t *)at));
	case SETTING_BOOLEAN:
		return *(const bool *)at ? SPAN("true") : SPAN("false");
	case SETTING_LEVEL:
		text = text_trim(text_cut(&choices, ','));
		for (int i = 0; i < *(const int *)at; i++)
			text = text_trim(text_cut(&choices, ','));
		return text;
	case SETTING_NETWORKS:
		count = *(const size_t *)((const char *)settings + setting->offset_count);
		return count == 0 ? SPAN("") : span_of(arena_printf(arena, "%zu network%s", count,
		    count == 1 ? "" : "s"));
	case SETTING_SECRET:
		return ((const struct span *)at)->n > 0 ? SPAN("***") : SPAN("");
	case SETTING_FILE: /* what it held is the secret of another setting */
		return SPAN("");
	default:
		return *(const struct span *)at;
	}
}

void
settings_tell(struct arena *arena, const struct settings *settings, void (*each)(void *,
    const char *, const char *, struct span, const char *, const char *), void *arg)
{
	for (size_t i = 0; i < settings_table_count; i++) {
		const struct setting *setting = &settings_table[i];

		each(arg, setting->section, setting->name, setting_text(arena, setting, settings),
		    setting->initial, setting->help);
	}
}
