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

#include <ini.h>

#define FILE_NAME "earshot.conf"
#define FILE_BYTES ((size_t)1024 * 1024)
#define PASSWORD_BYTES ((size_t)4096)
#define NAME_BYTES 64 /* longer ones are like no other */
#define NEAR 2        /* letters between a name and what was meant */

/* The file while inih reads it. */
struct reading {
	struct arena *arena;
	const char *home;
	const char *path;
	struct settings *settings;
	struct error *error;
	struct span rest; /* lines to come */
	unsigned line;    /* of the one at hand, from 1 */
	unsigned wrong;   /* line of the error, 0 without */
	bool indented;
	bool open;        /* others may read the file */
	unsigned *seen;   /* for each setting the line that gives it */
};

__attribute__((format(printf, 2, 3))) static bool
complain(struct reading *reading, const char *format, ...)
{
	char sentence[300];
	va_list args;

	va_start(args, format);
	vsnprintf(sentence, sizeof sentence, format, args);
	va_end(args);
	if (reading->wrong == 0)
		reading->wrong = reading->line;
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

/* Least number of letters to add, drop or change to make b of a. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[NAME_BYTES + 1] = { 0 }, n = strlen(b);

	if (n > NAME_BYTES)
		return n;
	for (size_t i = 0; i <= n; i++)
		row[i] = i;
	for (size_t k = 1; a[k - 1] != '\0'; k++) {
		size_t corner = row[0]; /* of the row before */

		row[0] = k;
		for (size_t i = 1; i <= n; i++) {
			size_t cost = corner + (a[k - 1] != b[i - 1]);

			corner = row[i];
			if (row[i] + 1 < cost)
				cost = row[i] + 1;
			if (row[i - 1] + 1 < cost)
				cost = row[i - 1] + 1;
			row[i] = cost;
		}
	}
	return row[n];
}

/* Keeps the nearer of two names; what shares no letter is not near. */
static void
consider(const char *word, const char *name, const char **nearest,
    size_t *least)
{
	size_t d = distance(word, name);

	if (d <= NEAR && d < strlen(name) && d < *least) {
		*least = d;
		*nearest = name;
	}
}

static bool
section_known(struct reading *reading, const char *section)
{
	const char *nearest = NULL;
	size_t least = SIZE_MAX;

	for (size_t i = 0; i < settings_table_count; i++)
		if (strcmp(section, settings_table[i].section) == 0)
			return true;
	for (size_t i = 0; i < settings_table_count; i++)
		consider(section, settings_table[i].section, &nearest, &least);
	return complain(reading, "There is no section [%.60s]%s%s%s", section,
	    nearest != NULL ? "; is [" : "", nearest != NULL ? nearest : "",
	    nearest != NULL ? "] meant?" : ".");
}

static const struct setting *
setting_find(struct reading *reading, const char *section, const char *name)
{
	const char *nearest = NULL, *elsewhere = NULL;
	size_t least = SIZE_MAX;

	if (section[0] == '\0') {
		complain(reading, "A [section] must stand before the first "
		    "setting.");
		return NULL;
	}
	if (!section_known(reading, section))
		return NULL;
	for (size_t i = 0; i < settings_table_count; i++)
		if (strcmp(section, settings_table[i].section) == 0 &&
		    strcmp(name, settings_table[i].name) == 0)
			return &settings_table[i];
	for (size_t i = 0; i < settings_table_count; i++) {
		const struct setting *setting = &settings_table[i];

		if (strcmp(section, setting->section) == 0)
			consider(name, setting->name, &nearest, &least);
		else if (strcmp(name, setting->name) == 0)
			elsewhere = setting->section;
	}
	if (elsewhere != NULL)
		complain(reading, "%s belongs to [%s], not to [%s].", name,
		    elsewhere, section);
	else
		complain(reading, "There is no setting %.60s in [%s]%s%s%s", name,
		    section, nearest != NULL ? "; is " : "",
		    nearest != NULL ? nearest : "",
		    nearest != NULL ? " meant?" : ".");
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

/* What inih calls for each setting: 0 when it is wrong. */
static int
on_setting(void *user, const char *section, const char *name,
    const char *text)
{
	struct reading *reading = user;
	const struct setting *setting = setting_find(reading, section, name);
	struct span value = span_of(text);
	const char *sentence;

	if (setting == NULL)
		return 0;
	if (reading->indented && setting->kind != SETTING_NETWORKS)
		return complain(reading, "Only a list goes on in an indented line, "
		    "and %s is none.", name);
	if (!reading->indented && !setting_is_new(reading, setting))
		return 0;
	reading->seen[setting - settings_table] = reading->line;
	if (setting->kind == SETTING_SECRET && value.n > 0 && reading->open)
		return complain(reading, "%s is open to others, who could read this %s: chmod 600 "
		    "closes it; or name a file of its own by %s_file.", reading->path, name, name);
	if (setting->kind == SETTING_FILE && value.n > 0 &&
	    !secret_load(reading, text, &value))
		return 0;
	if (setting->kind == SETTING_PATH && value.n > 0 && text[0] != '/')
		value = span_of(arena_printf(reading->arena, "%s/%s", reading->home, text));
	sentence = setting_set(setting, reading->arena, value,
	    reading->settings);
	return sentence == NULL || complain(reading, "%s", sentence);
}

/* inih overlooks sections without settings, and what follows the bracket. */
static bool
section_check(struct reading *reading, const char *line)
{
	const char *end = strchr(line, ']');
	const char *tail;
	size_t n;

	if (end == NULL)
		return true; /* inih says so */
	tail = end + 1 + strspn(end + 1, " ");
	if (*tail != '\0')
		return complain(reading, "Only a comment (;) can follow a [section].");
	n = (size_t)(end - line - 1);
	return section_known(reading, arena_string(reading->arena,
	    (struct span){ line + 1, n }));
}

/* The next line without its end; comments, which may be anything, are empty. */
static struct span
cut_line(struct reading *reading)
{
	struct span line = text_cut(&reading->rest, '\n');
	size_t blank = 0;

	reading->line++;
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	while (blank < line.n && (line.p[blank] == ' ' || line.p[blank] == '\t'))
		blank++;
	if (blank < line.n && (line.p[blank] == '#' || line.p[blank] == ';'))
		line.n = 0;
	return line;
}

/* Copies the line with spaces for tabs; false when it is not plain text. */
static bool
line_copy(struct reading *reading, struct span line, char *out, size_t size)
{
	char *comment;

	if (line.n + 2 >= size) /* a line break and a NUL follow */
		return complain(reading, "The line is longer than %zu bytes.",
		    size - 3);
	for (size_t i = 0; i < line.n; i++)
		out[i] = line.p[i] == '\t' ? ' ' : line.p[i];
	if (!text_printable((struct span){ out, line.n }))
		return complain(reading,
		    "The line has a control character or is not UTF-8.");
	out[line.n] = '\0';
	/* How inih was built decides where it cuts these. */
	comment = strstr(out, " ;");
	if (comment != NULL)
		*comment = '\0';
	return true;
}

/* Gives inih one line, as fgets() would; NULL at the end and after an error. */
static char *
next_line(char *out, int size, void *user)
{
	struct reading *reading = user;
	size_t blank;

	if (reading->rest.n == 0 || reading->wrong != 0 ||
	    !line_copy(reading, cut_line(reading), out, (size_t)size))
		return NULL;
	/*
	 * To inih an indented line goes on with the one before; to us only
	 * where it can be nothing else.
	 */
	blank = strspn(out, " ");
	reading->indented = blank > 0;
	if (out[blank] == '[' || strchr(out, '=') != NULL) {
		memmove(out, out + blank, strlen(out + blank) + 1);
		reading->indented = false;
	}
	if (out[0] == '[' && !section_check(reading, out))
		return NULL;
	return strcat(out, "\n");
}

static bool
file_parse(struct reading *reading)
{
	int wrong;

	if (span_starts(reading->rest, "\xef\xbb\xbf")) {
		reading->rest.p += 3;
		reading->rest.n -= 3;
	}
	wrong = ini_parse_stream(next_line, reading, on_setting, reading);
	/* inih goes on after a line that it cannot read: the first one counts. */
	if (wrong > 0 &&
	    (reading->wrong == 0 || (unsigned)wrong < reading->wrong)) {
		error_clear(reading->error);
		reading->line = (unsigned)wrong;
		return complain(reading, "This is neither \"name = value\" nor "
		    "[section] nor a comment.");
	}
	return reading->wrong == 0;
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
		.path = arena_printf(arena, "%s/%s", home, FILE_NAME),
		.seen = arena_alloc(arena,
		    settings_table_count * sizeof *reading.seen),
	};
	mode_t mode;

	*settings_r = (struct settings){ .base_url = SPAN("") };
	for (size_t i = 0; i < settings_table_count; i++)
		if (setting_set(&settings_table[i], arena,
		    span_of(settings_table[i].initial), settings_r) != NULL)
			abort(); /* a default outside its own bounds */
	if (file_read(arena, reading.path, FILE_BYTES, &reading.rest, &mode)) {
		reading.open = (mode & 037) != 0 && directory_open(home);
		return file_parse(&reading);
	}
	if (errno == ENOENT)
		return true;
	why = strerror(errno);
	settings_whose(home, whose);
	return error_set(error, FAULT_STORE_UNAVAILABLE, "Cannot read %s: %s%s%s.", reading.path,
	    why, whose[0] != '\0' ? "; " : "", whose);
}

const char *
settings_whose(const char *home, char out[SETTINGS_WHOSE_SIZE])
{
	char theirs[64], ours[64];
	const struct passwd *user;
	struct stat st;

	out[0] = '\0';
	if (stat(home, &st) != 0 || st.st_uid == geteuid())
		return out;
	user = getpwuid(st.st_uid);
	snprintf(theirs, sizeof theirs, "%s", user != NULL ? user->pw_name : "without a name");
	user = getpwuid(geteuid());
	snprintf(ours, sizeof ours, "%s", user != NULL ? user->pw_name : "this user");
	snprintf(out, SETTINGS_WHOSE_SIZE, "%s belongs to another user, %s; if it shall be that "
	    "of %s: chown -R %s %s", home, theirs, ours, ours, home);
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
