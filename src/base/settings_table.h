/* SPDX-License-Identifier: ISC */
/* The table behind settings.h; only the settings_ files look at it. */
#ifndef EARSHOT_SETTINGS_TABLE_H
#define EARSHOT_SETTINGS_TABLE_H

#include "base/settings.h"

enum setting_kind {
	SETTING_TEXT,     /* struct span, as it stands */
	SETTING_SECRET,   /* likewise; only in a file that is closed to others */
	SETTING_FILE,     /* struct span, the first line of the named file */
	SETTING_PATH,     /* struct span, the file's own name, made absolute */
	SETTING_URL,      /* struct span, http or https */
	SETTING_RELAY,    /* struct span, smtp, smtps or sendmail */
	SETTING_ADDRESS,  /* struct span, an e-mail address */
	SETTING_CHOICE,   /* struct span, a word out of choices */
	SETTING_LEVEL,    /* int, the place of the word in choices */
	SETTING_GROUP,    /* int64_t, the number of a group; -1 none */
	SETTING_BOOLEAN,  /* bool */
	SETTING_COUNT,    /* int64_t */
	SETTING_SIZE,     /* int64_t, bytes; K, M, G are powers of 1024 */
	SETTING_DURATION, /* int64_t, microseconds */
	SETTING_NETWORKS, /* struct text_network *, and a size_t at offset_count */
	SETTING_SITES     /* struct settings_site *, likewise */
};

struct setting {
	const char *section;
	const char *name;
	enum setting_kind kind;
	size_t offset;       /* in struct settings */
	size_t offset_count; /* of lists only */
	const char *initial;
	const char *low, *high; /* COUNT, SIZE, DURATION: the bounds, as text */
	const char *choices;    /* words with ", " between */
	const char *help;       /* what it is, a sentence */
};

extern const struct setting settings_table[]; /* sections stand together */
extern const size_t settings_table_count;

/*
 * Reads the value; a list grows. NULL, or a sentence that says what would be
 * right (lives as long as the arena). SETTING_FILE takes the content.
 */
const char *setting_set(const struct setting *setting, struct arena *arena,
    struct span value, struct settings *settings);

#endif
