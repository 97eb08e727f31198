/* SPDX-License-Identifier: ISC */
/*
 * The command `earshot`: makes calls (caller.h) and shows what comes back. One
 * table in cli.c names every command; what they share is here.
 */
#ifndef EARSHOT_CLI_H
#define EARSHOT_CLI_H

#include "base/fault.h"
#include "base/settings.h"
#include "cli/grammar.h"
#include "cli/table.h"
#include "command/command.h"

struct caller;
struct cli_assigning;
struct cli_opened;
struct json_object;
struct owner;
struct progress;

/* Exit codes beside those of the faults (fault.h). */
#define CLI_DONE 0
#define CLI_FAILED 1
#define CLI_USAGE 2

struct cli {
	const struct cli_given *given;
	const char *home;
	const char *login;          /* of whoever gives the command; NULL: not known */
	struct settings settings;
	struct arena *arena;        /* of the whole run */
	struct caller *caller;      /* NULL before the first call */
	struct cli_screen screen;   /* of standard output */
	bool json;
	struct progress *progress;  /* a bar that is on the terminal, or NULL */
	bool about_site;            /* calls are about this machine's part in a group */
	bool became;                /* root has become the user whom the store belongs to */
	struct cli_opened *opened;  /* files that the arguments name (open.c) */
	size_t opened_count;
};

int cli_main(int argc, char **argv);

/* "earshot: …" on standard error; the lines of a longer text one below the other. */
void cli_say(struct cli *cli, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Likewise without a name before it: "users.csv:12: …". */
void cli_note(struct cli *cli, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Says the error; its exit code. */
int cli_fail(struct cli *cli, const struct error *error);

/* Options. NULL when absent; whether it stands; all of a repeated one as a list. */
const char *cli_option(const struct cli *cli, const char *name);
bool cli_flag(const struct cli *cli, const char *name);
struct json_object *cli_option_list(const struct cli *cli, const char *name);
/* The items of "a,b,c"; none of NULL. */
struct json_object *cli_items(const struct cli *cli, const char *text);
/* A whole number from 1 on; absent: *number_r stays. False was said. */
bool cli_number(struct cli *cli, const char *name, int64_t *number_r);
/* A time, a date, or a duration before (-1) or behind (1) now, as RFC 3339 into
 * the member of args; nothing when absent. False was said. */
bool cli_time(struct cli *cli, const char *name, int direction, struct json_object *args,
    const char *member);

/* Holds the lock that keeps others out of the store, waiting for those about to end; makes: the
 * home may be new. NULL was said; the caller frees it. */
struct owner *cli_own(struct cli *cli, bool makes);

/* For the log of changes: who gives the command, and how; the member "from" of arguments. */
struct json_object *cli_from(const struct cli *cli, const char *via);
/* New arguments of a call, owned by the arena of the run. */
struct json_object *cli_args(struct cli *cli, const struct command *command);
void cli_set(struct json_object *args, const char *member, const char *text);

/* Where the lines of an answer go. */
struct cli_sink {
	/* object lives until the next line; NULL when raw. */
	void (*line)(void *arg, struct json_object *object, struct span text);
	/* The call is made again: forget its lines. NULL: they cannot be taken
	 * back, the call fails then. */
	void (*again)(void *arg);
	/* {"line"?, "pointer", "error"}; NULL: said as they are */
	void (*complaint)(void *arg, struct json_object *object);
	/* The limit ended it, and there is more; NULL: there is no limit. */
	void (*more)(void *arg);
	/* Of all lines, which came before it; lives until this returns. */
	void (*summary)(void *arg, struct json_object *object);
	/* What the lines to come have; NULL, with place: not asked for "places". */
	void (*columns)(void *arg, struct json_object *columns);
	/* What came before stands. The arguments to go on with behind this position, if the call
	 * is made again; they live until they are replaced. */
	struct span (*place)(void *arg, struct span position);
	void *arg;
	bool raw;            /* lines are only passed on */
	bool quiet;          /* a bad document is told by its complaints alone */
	const char *doing;   /* title of the progress bar, NULL none */
};
/* The exit code; what went wrong has been said. */
int cli_call(struct cli *cli, struct json_object *args, const struct cli_sink *sink);
int cli_call_text(struct cli *cli, struct span args, const struct cli_sink *sink);
/* A call with one line of answer, which lives as long as the run. doing: as of a sink. */
int cli_ask(struct cli *cli, struct json_object *args, struct json_object **answer_r);
int cli_ask_long(struct cli *cli, struct json_object *args, const char *doing,
    struct json_object **answer_r);
/* Likewise, and shows the answer, if there is one. */
int cli_ask_show(struct cli *cli, struct json_object *args);
/* A call whose lines are printed as they come. */
int cli_pass_on(struct cli *cli, struct json_object *args);

/* Whether CSV is asked for, one way or another. */
bool cli_csv(const struct cli *cli);
/* Columns, format and limit from the options. */
int cli_list(struct cli *cli, struct json_object *args, const char *columns,
    int64_t usual_limit /* 0: none */);
/* Likewise of the call "select", whose rows the server makes; these columns where neither
 * the options nor a view has some. */
int cli_select(struct cli *cli, struct json_object *args, const char *usual);
/* One document, as details or JSON. */
void cli_show(struct cli *cli, struct json_object *document);
/* A call of "set" or "remove" with what came of it; members may be NULL. */
int cli_change(struct cli *cli, const struct command *command, const char *kind, const char *name,
    struct json_object *members);
/* The object as it is, to be changed here; name NULL: of the one setting. */
int cli_object_now(struct cli *cli, const char *kind, const char *name,
    struct json_object **now_r);
bool cli_is_nameless(const struct cli *cli);
/* The operands from this one on, which are assignments. False was said. */
bool cli_assign_operands(struct cli *cli, struct cli_assigning *assigning, size_t from);
/* {"kind","name","result"} for a person or a program. */
void cli_result(struct cli *cli, struct json_object *result);
/* Prints the text, which may be empty. */
void cli_print(const struct buf *text);
/* Prints the line with a line break, and frees it. */
void cli_line(struct buf *line);
/* Steps of a trace, a line each. */
void cli_steps(struct cli *cli, struct json_object *steps);
/* The answer of a dry run: its steps and what would become of it; the exit code. */
int cli_tried(struct cli *cli, struct json_object *answer);

/* Applies the file and tells what changed; its exit code. */
struct cli_applying {
	bool dry;
	bool replace;        /* also users, tickets and projects */
	bool named;          /* the summary names the file */
};
int cli_apply_file(struct cli *cli, const char *path, const struct cli_applying *how);
/* Appends the file's documents as a call takes them: [{"line","doc"},…]. False was said. */
bool cli_gather_documents(struct cli *cli, const char *path, struct buf *list);
/* "users.csv:12: /email: …", of a line {"line", "pointer", "error"}. */
void cli_complain(struct cli *cli, const char *file, struct json_object *complaint);
/* Opens the files that the arguments name, while that is allowed. */
void cli_open_early(struct cli *cli);
/* For reading and for writing; "-" is standard input and output. NULL was said. */
FILE *cli_open(struct cli *cli, const char *path);
FILE *cli_create(struct cli *cli, const char *path);
/* As messages name it. */
const char *cli_file_name(const char *path);
/* The whole file. False was said. */
bool cli_read_file(struct cli *cli, const char *path, struct buf *bytes);

/* Makes an API key without bounds and prints its secret. */
int cli_apikey_plain(struct cli *cli, const char *name);

/* What the rows of the table run. */
int cli_init(struct cli *cli);
int cli_apply(struct cli *cli);
int cli_export(struct cli *cli);
int cli_import(struct cli *cli);
int cli_object_list(struct cli *cli);
int cli_record_list(struct cli *cli);
int cli_object_show(struct cli *cli);
int cli_object_create(struct cli *cli);
int cli_object_set(struct cli *cli);
int cli_object_edit(struct cli *cli);
int cli_object_example(struct cli *cli);
int cli_object_remove(struct cli *cli);
int cli_group_remove(struct cli *cli);
int cli_user_remove(struct cli *cli);
int cli_macro_run(struct cli *cli);
int cli_macro_log(struct cli *cli);
int cli_template_preview(struct cli *cli);
int cli_search(struct cli *cli);
int cli_report(struct cli *cli);
int cli_mail_test(struct cli *cli);
int cli_tick(struct cli *cli);
int cli_listener_describe(struct cli *cli);
int cli_filter_fields(struct cli *cli);
int cli_filter_count(struct cli *cli);
int cli_listener_test(struct cli *cli);
int cli_listener_suggest(struct cli *cli);
int cli_listener_url(struct cli *cli);
int cli_object_enable(struct cli *cli);
int cli_apikey_create(struct cli *cli);
int cli_apikey_rotate(struct cli *cli);
int cli_apikey_revoke(struct cli *cli);
int cli_delivery_list(struct cli *cli);
int cli_delivery_show(struct cli *cli);
int cli_delivery_explain(struct cli *cli);
int cli_delivery_replay(struct cli *cli);
int cli_outbox_list(struct cli *cli);
int cli_outbox_act(struct cli *cli);
int cli_console_link(struct cli *cli);
int cli_console_sessions(struct cli *cli);
int cli_console_end(struct cli *cli);
int cli_stat(struct cli *cli);
int cli_attention(struct cli *cli);
int cli_audit_list(struct cli *cli);
int cli_audit_show(struct cli *cli);
int cli_audit_undo(struct cli *cli);
int cli_check(struct cli *cli);
int cli_backup(struct cli *cli);
int cli_restore(struct cli *cli);
int cli_site_key(struct cli *cli);
int cli_site_found(struct cli *cli);
int cli_site_join(struct cli *cli);
int cli_site_yield(struct cli *cli);
int cli_site_stat(struct cli *cli);
/* Before root becomes the user whom the store belongs to: a new home is made for the user
 * whom the backup belongs to. False was said. */
bool cli_restore_home(struct cli *cli);

#endif
