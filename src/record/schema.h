/* SPDX-License-Identifier: ISC */
/*
 * What may stand in documents: a table of members for each kind, and for each
 * part of one that is an object. A row tells all there is to know of a member;
 * what checks documents, resolves references, keeps the index, reads CSV, counts,
 * lists, completes names in filters and tags and draws forms walks these tables
 * and knows no member by itself.
 *
 * Tables are constant and end with a row without a name. "kind" may always stand
 * in a document; null counts as absent.
 */
#ifndef EARSHOT_SCHEMA_H
#define EARSHOT_SCHEMA_H

#include "record/record.h"

#include <stddef.h>

struct complaints;
struct jsonout;

enum member_type {
	MEMBER_ANY,      /* its kind tells more, and checks what is said of its parts */
	MEMBER_STRING,   /* likewise */
	MEMBER_LINE,     /* one line without control characters */
	MEMBER_TEXT,     /* any text without NUL */
	MEMBER_CHOICE,   /* one of `choices` */
	MEMBER_KEY,      /* [a-z0-9][a-z0-9._-]{0,63} */
	MEMBER_NAME,     /* a key, or project/key */
	MEMBER_ID,       /* of a record: [A-Za-z0-9][A-Za-z0-9._-]{0,63} */
	MEMBER_EMAIL,
	MEMBER_TIME,     /* RFC 3339 with its zone */
	MEMBER_DURATION, /* as text_duration() reads it, more than 0 */
	MEMBER_UUID,     /* of a delivery or comment */
	MEMBER_PARAMETER, /* of a body: a name, or a JSON Pointer (RFC 6901); with `parts`
	                   * an object of these may stand for it */
	MEMBER_NETWORK,  /* an address, or one with a prefix length */
	MEMBER_INTEGER,
	MEMBER_BOOLEAN,
	MEMBER_OBJECT,   /* of `parts`; without them of anything, and its kind tells more */
	MEMBER_FIELDS,   /* of free names to strings, numbers and booleans */
};

enum member_flag {
	MEMBER_NEEDED = 1 << 0,
	MEMBER_FILLED = 1 << 1,  /* text is not empty */
	MEMBER_LIST = 1 << 2,    /* a list of what the type says */
	MEMBER_DERIVED = 1 << 3, /* made by the system; read over in documents of people */
	MEMBER_KEPT = 1 << 4,    /* stays when a new document says nothing of it */
	MEMBER_INDEXED = 1 << 5, /* stands in the index (record.h) under its path */
	MEMBER_FOLDED = 1 << 6,  /* compared without case there */
	MEMBER_CSV = 1 << 7,     /* a cell of a CSV file that is imported */
	MEMBER_STAMP = 1 << 8,   /* a time that the system sets when anything else changes */
	MEMBER_SECRET = 1 << 9,  /* never shown again; a new one can be made up */
	MEMBER_LONG = 1 << 10,   /* text of several lines, in a form, where the type says less */
	MEMBER_TYPED = 1 << 11,  /* MEMBER_ANY that is mostly a text or a number: a form takes it on
	                          * a line */
	MEMBER_SEALED = 1 << 12, /* a secret, which its kind stores as {"sealed": …}; with TYPED it
	                          * may be plain text as well, and {"secret": text} is sealed */
	MEMBER_PAIRS = 1 << 13,  /* an object of free names to texts, of which some may be sealed */
	MEMBER_SEVERAL = 1 << 14, /* one text or a list of them; {"team": name} may stand for one */
	MEMBER_NULL = 1 << 15,   /* null says something: that it is cleared */
	MEMBER_TAGS = 1 << 16,   /* text in which tags may stand (lang/tag.h) */
	MEMBER_WORDS = 1 << 17,  /* text whose words stand in the index, for searches */
};

struct variants;

struct member {
	const char *name;
	enum member_type type;
	unsigned flags;
	const char *label;          /* for people: head of a form, of a report; NULL: the name */
	size_t max;                 /* bytes of a line, characters of text; 0: as its type says */
	int64_t low, high;          /* of an integer; both 0: any */
	const char *const *choices; /* NULL-terminated */
	const struct word *words;   /* other words for what it may be; NULL: none */
	const char *item;           /* what an item of the list must be, for a sentence */
	const struct member *parts;
	const struct variants *variants; /* beside the parts */
	const char *refers;         /* the kind that it names */
	const char *names;          /* likewise, where its kind sees to that: in its own project,
	                             * and then in the community */
	const char *(*offers)(size_t i); /* what it may be, where its kind checks; NULL behind the
	                             * last */
	const char *usual;          /* proposed, when one is made */
	const char *hint;           /* for who fills it in: what is meant, and by which example */
	const char *from;           /* of a derived member: what it comes from */
	const char *path;           /* in the index, where that is not the member's own */
	unsigned column;            /* place among those that lists show unasked; 0: none */
	unsigned report;            /* likewise of reports */
	unsigned asked;             /* likewise of what is asked when one is made; needed ones
	                             * without a place come last */
};

/* What more stands in an object by what one of its members says: in a listener by its type,
 * in an action of a macro by its name. */
struct variants {
	const char *by;
	/* The i-th table, and the word that it belongs to; NULL behind the last. */
	const struct member *(*table)(size_t i, const char **word_r);
};

/* Several tables as one: a NULL-terminated list of them. */
#define SCHEMA(...) ((const struct member *const[]){ __VA_ARGS__, NULL })

/* Of the records, which the index and the rooms around it know, and of the setting. */
extern const struct member schema_user[], schema_feedback[], schema_project[],
    schema_setting[];
/* NULL: of projects, which have none in the index. */
const struct member *schema_of_record(enum record record);

/* NULL: there is none of that name. */
const struct member *schema_member(const struct member *members, struct span name);
/* In an object of these tables, and of the variant that it says it is; as long as it says
 * nothing, of any. variants and object may be NULL. */
const struct member *schema_find(const struct member *const tables[],
    const struct variants *variants, struct json_object *object, struct span name);
/* The table of the variant that the object says it is; NULL: of none. */
const struct member *schema_variant(const struct variants *variants,
    struct json_object *object);
/* The i-th word that the member may be; NULL behind the last, or where it may be any. */
const char *schema_offer(const struct member *member, size_t i);
/* The label, or the name. */
const char *schema_label(const struct member *member);

/* The document's shape: members, types, bounds; `pointer` is where it stands. */
void schema_check(const struct member *const tables[], struct json_object *doc,
    struct complaints *complaints, const char *pointer);
/* Where one of a few words may stand, what people call it becomes what it is stored as, at
 * any depth: "External Data" is data, "Date and Time" datetime. What is neither stays. */
void schema_words(struct arena *arena, const struct member *const tables[],
    struct json_object *doc);
/* Do the things it names exist? */
void schema_refer(struct txn *txn, const struct member *const tables[],
    struct json_object *doc, struct complaints *complaints, const char *pointer);
/* A new object of what people may write of it, in the order of the table, without null. They
 * are shared with doc: replace them, do not change them. */
struct json_object *schema_pick(struct arena *arena, const struct member *members,
    struct json_object *doc);
/* What is kept and not said anew is taken from the old document (may be NULL). */
void schema_keep(const struct member *members, struct json_object *doc,
    struct json_object *old);

/* Among the tables of a check: other members may stand there, too. */
extern const struct member schema_anything[];

/* The name spelled most like this one, among those of the tables; NULL: none comes near. */
const char *schema_nearest(const struct member *const tables[], struct span name);
/* The member that lists show in this place (from 1), and the one that reports count there;
 * NULL behind the last. */
const struct member *schema_column(const struct member *const tables[], unsigned place);
const struct member *schema_reported(const struct member *members, unsigned place);

/* As JSON Schema (draft 2020-12): "type", "properties", "required" …, as members of the
 * object that is open. */
void schema_json(struct jsonout *out, const struct member *const tables[]);

#endif
