/* SPDX-License-Identifier: ISC */
#include "base/settings.h"
#include "base/settings_table.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME "earshot.conf"
#define FILE_BYTES ((size_t)1024 * 1024)
#define PASSWORD_BYTES ((size_t)4096)

/* The file while it is read. */
struct reading {
	struct arena *arena;
	const char *home;
	const char *path;
	struct settings *settings;
	struct error *error;
	unsigned line;       /* the one at hand, from 1 */
	const char *section; /* that it stands in, "" before the first */
	const struct setting *list; /* that an indented line goes on with */
	bool open;           /* others may read the file */
	unsigned *seen;      /* for each setting the line that gives it */
};

__attribute__((format(printf, 2, 3))) static bool
complain(struct reading *reading, const char *format, ...)
{
	char sentence[300];
	va_list args;

	va_start(args, format);
	vsnprintf(sentence, sizeof sentence, format, args);
	va_end(args);
	return error_set(reading->error, FAULT_BAD_DOCUMENT, "%s:%u: %s",
	    reading->path, reading->line, sentence);
}

/* The whole of a plain file; false with errno. */
static bool
file_read(struct arena *arena, const char *path, size_t max,
    struct span *bytes_r, mode_t *mode_r)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat info;
	size_t n = 0;
	ssize_t got = -1;
	char *bytes;

	if (fd < 0)
		return false;
	if (fstat(fd, &info) == 0 && !S_ISREG(info.st_mode)) {
		errno = EINVAL;
	} else if ((size_t)info.st_size > max) {
		errno = EFBIG;
	} else {
		bytes = arena_alloc(arena, (size_t)info.st_size + 1);
		while ((got = read(fd, bytes + n, (size_t)info.st_size - n)) > 0)
			n += (size_t)got;
		*bytes_r = (struct span){ bytes, n };
		*mode_r = info.st_mode;
	}
	close(fd);
	return got == 0;
}

static bool
section_read(struct reading *reading, struct span name)
{
	struct text_nearest nearest = text_nearest_to(name);

	for (size_t i = 0; i < settings_table_count; i++) {
		reading->section = settings_table[i].section;
		if (span_is(name, reading->section))
			return true;
	}
	for (size_t i = 0; i < settings_table_count; i++)
		text_nearest_try(&nearest, span_of(settings_table[i].section));
	return complain(reading, "There is no section [%.*s]%s%s%s", name.n < 60 ? (int)name.n : 60,
	    name.p, nearest.found.p != NULL ? "; is [" : "",
	    nearest.found.p != NULL ? nearest.found.p : "",
	    nearest.found.p != NULL ? "] meant?" : ".");
}

/* There is none of that name in the section. */
static void
complain_of_name(struct reading *reading, struct span name)
{
	struct text_nearest nearest = text_nearest_to(name);
	const char *elsewhere = NULL;

	for (size_t i = 0; i < settings_table_count; i++) {
		const struct setting *setting = &settings_table[i];

		if (strcmp(reading->section, setting->section) == 0)
			text_nearest_try(&nearest, span_of(setting->name));
		else if (span_is(name, setting->name))
			elsewhere = setting->section;
	}
	if (elsewhere != NULL)
		complain(reading, "%.*s belongs to [%s], not to [%s].", (int)name.n, name.p,
		    elsewhere, reading->section);
	else
		complain(reading, "There is no setting %.*s in [%s]%s%s%s",
		    name.n < 60 ? (int)name.n : 60, name.p, reading->section,
		    nearest.found.p != NULL ? "; is " : "",
		    nearest.found.p != NULL ? nearest.found.p : "",
		    nearest.found.p != NULL ? " meant?" : ".");
}

static const struct setting *
setting_find(struct reading *reading, struct span name)
{
	if (reading->section[0] == '\0') {
		complain(reading, "A [section] must stand before the first setting.");
		return NULL;
	}
	for (size_t i = 0; i < settings_table_count; i++)
		if (span_is(name, settings_table[i].name) &&
		    strcmp(reading->section, settings_table[i].section) == 0)
			return &settings_table[i];
	complain_of_name(reading, name);
	return NULL;
}

/* Not a second time, nor beside another that sets the same. */
static bool
setting_is_new(struct reading *reading, const struct setting *setting)
{
	for (size_t i = 0; i < settings_table_count; i++) {
		const struct setting *other = &settings_table[i];

		if (reading->seen[i] == 0 || other->offset != setting->offset)
			continue;
		if (other == setting)
			return complain(reading, "%s stands in line %u already.",
			    setting->name, reading->seen[i]);
		return complain(reading, "%s and %s (line %u) exclude each other.",
		    setting->name, other->name, reading->seen[i]);
	}
	return true;
}

/* Replaces the name of a file by its only line. */
static bool
secret_load(struct reading *reading, const char *name, struct span *value)
{
	const char *path = name[0] == '/' ? name :
	    arena_printf(reading->arena, "%s/%s", reading->home, name);
	mode_t mode;

	if (!file_read(reading->arena, path, PASSWORD_BYTES, value, &mode))
		return complain(reading, "Cannot read %s: %s.", path,
		    strerror(errno));
	if ((mode & 037) != 0)
		return complain(reading,
		    "%s is open to others; chmod 600 closes it.", path);
	if (value->n > 0 && value->p[value->n - 1] == '\n')
		value->n--;
	if (value->n > 0 && value->p[value->n - 1] == '\r')
		value->n--;
	if (value->n == 0 || !text_printable(*value))
		return complain(reading, "%s must hold one line of text.", path);
	return true;
}

/* text is NUL-terminated. */
static bool
value_read(struct reading *reading, const struct setting *setting, struct span text)
{
	struct span value = text;
	const char *sentence;

	reading->seen[setting - settings_table] = reading->line;
	if (setting->kind == SETTING_SECRET && value.n > 0 && reading->open)
		return complain(reading, "%s is open to others, who could read this %s: chmod 600 "
		    "closes it; or name a file of its own by %s_file.", reading->path, setting->name,
		    setting->name);
	if (setting->kind == SETTING_FILE && value.n > 0 && !secret_load(reading, text.p, &value))
		return false;
	if (setting->kind == SETTING_PATH && value.n > 0 && text.p[0] != '/')
		value = span_of(arena_printf(reading->arena, "%s/%s", reading->home, text.p));
	sentence = setting_set(setting, reading->arena, value, reading->settings);
	return sentence == NULL || complain(reading, "%s", sentence);
}

/*
 * [section], name = value, or more of the list above, where an indented line can be nothing
 * else. A comment is a line with # or ; in front, and what follows " ;".
 */
static bool
line_read(struct reading *reading, struct span line)
{
	bool indented = line.n > 0 && (line.p[0] == ' ' || line.p[0] == '\t');
	struct span text = text_trim(line), name;
	const struct setting *setting = NULL;
	char *plain, *end;

	if (text.n == 0 || text.p[0] == '#' || text.p[0] == ';')
		return true;
	plain = arena_string(reading->arena, text);
	for (size_t i = 0; i < text.n; i++)
		if (plain[i] == '\t')
			plain[i] = ' ';
	if (!text_printable((struct span){ plain, text.n }))
		return complain(reading, "The line has a control character or is not UTF-8.");
	if ((end = strstr(plain, " ;")) != NULL)
		*end = '\0';
	text = text_trim(span_of(plain));
	if (*plain == '[' && (end = strchr(plain, ']')) != NULL) {
		if (text.p + text.n > end + 1)
			return complain(reading, "Only a comment (;) can follow a [section].");
		reading->list = NULL;
		return section_read(reading, (struct span){ plain + 1, (size_t)(end - plain) - 1 });
	}
	end = plain + strcspn(plain, indented ? "=" : "=:");
	if (*plain == '[' || (*end == '\0' && !(indented && reading->list != NULL)))
		return complain(reading, "This is neither \"name = value\" nor [section] nor a "
		    "comment.");
	if (*end == '\0') {
		if (reading->list->kind != SETTING_NETWORKS && reading->list->kind != SETTING_SITES)
			return complain(reading, "Only a list goes on in an indented line, and %s is "
			    "none.", reading->list->name);
		return value_read(reading, reading->list, span_of(arena_string(reading->arena, text)));
	}
	name = text_trim((struct span){ plain, (size_t)(end - plain) });
	setting = setting_find(reading, name);
	if (setting == NULL || !setting_is_new(reading, setting))
		return false;
	reading->list = setting;
	text = text_trim((struct span){ end + 1, (size_t)(text.p + text.n - end) - 1 });
	return value_read(reading, setting, span_of(arena_string(reading->arena, text)));
}

/* The line that gives it, for a complaint. */
static void
go_to(struct reading *reading, const char *section, const char *name)
{
	for (size_t i = 0; i < settings_table_count; i++)
		if (reading->seen[i] != 0 && strcmp(settings_table[i].section, section) == 0 &&
		    strcmp(settings_table[i].name, name) == 0)
			reading->line = reading->seen[i];
}

/* What lines say together. */
static bool
group_check(struct reading *reading)
{
	struct settings *settings = reading->settings;
	size_t n = settings->group_site_count, i = 0;

	if (n == 0 && settings->group_site.n == 0)
		return true;
	go_to(reading, "group", n == 0 ? "site" : "sites");
	if (n == 0)
		return complain(reading, "site stands without sites, which names all of the group.");
	if (n != 3 && n != 5)
		return complain(reading, "A group has 3 or 5 sites, not %zu: of 2 none could go on "
		    "without the other, and of 4 no more may fail than of 3.", n);
	go_to(reading, "group", "site");
	if (settings->group_site.n == 0)
		return complain(reading, "sites stands without site, which says which one this is.");
	while (i < n && !span_eq(settings->group_sites[i].name, settings->group_site))
		i++;
	if (i == n)
		return complain(reading, "sites has no \"%.*s\".", (int)settings->group_site.n,
		    settings->group_site.p);
	settings->group_self = i;
	go_to(reading, "group", "ack_timeout");
	return settings->group_ack_timeout >= settings->group_silence ||
	    complain(reading, "ack_timeout must not be shorter than silence.");
}

static bool
file_parse(struct reading *reading, struct span rest)
{
	if (span_starts(rest, "\xef\xbb\xbf"))
		rest = (struct span){ rest.p + 3, rest.n - 3 };
	while (rest.n > 0) {
		struct span line = text_cut(&rest, '\n');

		reading->line++;
		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		if (!line_read(reading, line))
			return false;
	}
	return group_check(reading);
}

/* Others may reach what is in it by name. */
static bool
directory_open(const char *home)
{
	struct stat info;

	return stat(home, &info) != 0 || (info.st_mode & 011) != 0;
}

bool
settings_read(struct arena *arena, const char *home,
    struct settings *settings_r, struct error *error)
{
	char whose[SETTINGS_WHOSE_SIZE];
	const char *why;
	struct reading reading = {
		.arena = arena, .home = home, .error = error,
		.settings = settings_r,
		.path = arena_printf(arena, "%s/%s", home, FILE_NAME), .section = "",
		.seen = arena_alloc(arena,
		    settings_table_count * sizeof *reading.seen),
	};
	struct span text;
	mode_t mode;

	*settings_r = (struct settings){ .base_url = SPAN("") };
	for (size_t i = 0; i < settings_table_count; i++)
		if (setting_set(&settings_table[i], arena,
		    span_of(settings_table[i].initial), settings_r) != NULL)
			abort(); /* a default outside its own bounds */
	if (file_read(arena, reading.path, FILE_BYTES, &text, &mode)) {
		reading.open = (mode & 037) != 0 && directory_open(home);
		return file_parse(&reading, text);
	}
	if (errno == ENOENT)
		return true;
	why = strerror(errno);
	if (settings_whose(home, home, whose)[0] == '\0')
		settings_whose(home, reading.path, whose);
	return error_set(error, FAULT_STORE_UNAVAILABLE, "Cannot read %s: %s%s%s.", reading.path,
	    why, whose[0] != '\0' ? "; " : "", whose);
}

const char *
settings_whose(const char *home, const char *path, char out[SETTINGS_WHOSE_SIZE])
{
	char theirs[64], ours[64];
	const struct passwd *user;
	struct stat st;

	out[0] = '\0';
	/* cppcheck-suppress uninitvar ; whichever is called fills it */
	if ((strcmp(path, home) == 0 ? stat : lstat)(path, &st) != 0 || S_ISLNK(st.st_mode) || st.st_uid == geteuid())
		return out;
	user = getpwuid(st.st_uid);
	snprintf(theirs, sizeof theirs, "%s", user != NULL ? user->pw_name : "without a name");
	user = getpwuid(geteuid());
	snprintf(ours, sizeof ours, "%s", user != NULL ? user->pw_name : "this user");
	snprintf(out, SETTINGS_WHOSE_SIZE, "%s belongs to another user, %s; if it shall be that "
	    "of %s: chown -R %s %s", path, theirs, ours, ours, home);
	return out;
}

/* The setting of a line such as " password = x", n is 0 without one. */
static struct span
line_name(struct span line)
{
	const char *equals = line.n > 0 ? memchr(line.p, '=', line.n) : NULL;

	return equals == NULL ? SPAN("")
	    : text_trim((struct span){ line.p, (size_t)(equals - line.p) });
}

void
settings_public(struct span text, struct buf *out)
{
	while (text.n > 0) {
		struct span line = text_cut(&text, '\n'), name = line_name(line);
		size_t i = 0;

		while (i < settings_table_count && !(settings_table[i].kind == SETTING_SECRET &&
		    span_is(name, settings_table[i].name)))
			i++;
		if (i < settings_table_count)
			buf_printf(out, "# %s stood here; it is not kept in backups",
			    settings_table[i].name);
		else
			buf_span(out, line);
		buf_putc(out, '\n');
	}
}

void
settings_parts(const char *home, void (*part)(void *, const char *), void *arg)
{
	char path[PATH_MAX], line[PATH_MAX + 64], *rest;
	FILE *file;

	snprintf(path, sizeof path, "%s/DB_CONFIG", home);
	file = fopen(path, "re");
	while (file != NULL && fgets(line, sizeof line, file) != NULL) {
		const char *name = strtok_r(line, " \t\r\n", &rest);
		const char *value = strtok_r(NULL, " \t\r\n", &rest);

		if (value != NULL && name[0] != '#' && strstr(name, "_dir") != NULL)
			part(arg, value);
	}
	if (file != NULL)
		fclose(file);
}
