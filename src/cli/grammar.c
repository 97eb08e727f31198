/* SPDX-License-Identifier: ISC */
#include "cli/cli_grammar_private.h"

#include "base/text.h"
#include "record/doc_check.h"

#include <ctype.h>
#include <string.h>

#define NAMES_MAX 128 /* words possible at one place, options of one row */

struct parsing {
	const struct cli_grammar *grammar;
	struct arena *arena;
	struct cli_given *given;
	struct buf *wrong;
	bool *live;        /* by command: what came so far fits */
	bool ended;        /* by "--" */
};

static struct span
take_word(const char **p)
{
	size_t n = strcspn(*p, " ]");
	struct span word = { *p, n };

	*p += n;
	if (n > 3 && memcmp(word.p + n - 3, "...", 3) == 0) {
		word.n -= 3;
		*p -= 3;
	}
	return word;
}

bool
cli_item_next(const char **p, struct item *item_r)
{
	const char *begin;

	*item_r = (struct item){ .kind = ITEM_WORD };
	while (**p == ' ' || **p == '\t')
		(*p)++;
	if (**p == '\0')
		return false;
	begin = *p;
	item_r->optional = **p == '[';
	*p += item_r->optional;
	if (strncmp(*p, "--", 2) == 0) {
		*p += 2;
		item_r->kind = isupper((unsigned char)**p) ? ITEM_SHOWN : ITEM_OPTION;
		item_r->text = take_word(p);
		if (**p == ' ' && isupper((unsigned char)(*p)[1])) {
			(*p)++;
			item_r->value = take_word(p);
		}
	} else {
		item_r->text = take_word(p);
		if (isupper((unsigned char)item_r->text.p[0]))
			item_r->kind = ITEM_OPERAND;
	}
	*p += item_r->optional && **p == ']';
	item_r->many = strncmp(*p, "...", 3) == 0;
	*p += item_r->many ? 3 : 0;
	item_r->whole = (struct span){ begin, (size_t)(*p - begin) };
	return true;
}

bool
cli_choice_next(struct span *rest, struct span *choice_r)
{
	if (rest->p == NULL)
		return false;
	*choice_r = text_cut(rest, '|');
	return true;
}

bool
cli_choice_has(struct span word, const char *given)
{
	struct span choice;

	while (cli_choice_next(&word, &choice))
		if (span_is(choice, given))
			return true;
	return false;
}

bool
cli_word_at(const char *grammar, size_t k, struct span *word_r)
{
	struct item item;

	while (cli_item_next(&grammar, &item))
		if (item.kind == ITEM_WORD && k-- == 0) {
			*word_r = item.text;
			return true;
		}
	return false;
}

/* 1 by its name, 2 by the beginning of it, 3 by that of several, 0 not in the row. */
static int
option_in(const char *grammar, struct span name, struct item *item_r)
{
	int found = 0;
	struct item item;

	while (grammar != NULL && cli_item_next(&grammar, &item)) {
		if (item.kind != ITEM_OPTION || name.n > item.text.n ||
		    memcmp(item.text.p, name.p, name.n) != 0)
			continue;
		*item_r = item;
		if (item.text.n == name.n)
			return 1;
		found = found == 0 ? 2 : 3;
	}
	return found;
}

static void
show(struct buf *out, const char *text)
{
	text_visible(out, span_of(text));
}

/* Every option possible now, or every word at the next place. */
static size_t
possible(const struct parsing *parsing, bool options, const char **names)
{
	const struct cli_command *commands = parsing->grammar->commands;
	size_t n = 0;

	for (size_t i = 0; commands[i].grammar != NULL; i++) {
		const char *row = commands[i].grammar;
		size_t k = 0;
		struct item item;

		if (!parsing->live[i])
			continue;
		while (cli_item_next(&row, &item)) {
			struct span rest = item.text, choice;

			if (options ? item.kind != ITEM_OPTION
			    : item.kind != ITEM_WORD || k++ != parsing->given->word_count)
				continue;
			while (n < NAMES_MAX && cli_choice_next(&rest, &choice)) {
				size_t known = 0;

				while (known < n && !span_is(choice, names[known]))
					known++;
				if (known == n)
					names[n++] = arena_string(parsing->arena, choice);
			}
		}
	}
	names[n] = NULL;
	return n;
}

static void
suggest(const struct parsing *parsing, bool options, const char *given)
{
	const char *names[NAMES_MAX + 3], *nearest;
	const char *before = options ? "--" : "";
	size_t n = possible(parsing, options, names);

	if (options) {
		names[n++] = "home";
		names[n++] = "json";
		names[n] = NULL;
	}
	nearest = given != NULL ? doc_nearest(span_of(given), names) : NULL;
	if (nearest != NULL)
		buf_printf(parsing->wrong, "; did you mean %s%s?", before, nearest);
	buf_puts(parsing->wrong, "\npossible here:");
	for (size_t i = 0; i < n; i++)
		buf_printf(parsing->wrong, " %s%s", before, names[i]);
	buf_putc(parsing->wrong, '\n');
}

static void
put_words(struct buf *out, const struct cli_given *given)
{
	for (size_t i = 0; i < given->word_count; i++)
		buf_printf(out, " %s", given->words[i]);
}

static bool
wrong_word(struct parsing *parsing, const char *word)
{
	struct buf *out = parsing->wrong;

	buf_puts(out, parsing->grammar->program);
	put_words(out, parsing->given);
	buf_puts(out, ": \"");
	show(out, word);
	buf_puts(out, "\" is not known here");
	suggest(parsing, false, word);
	return false;
}

static bool
wrong_option(struct parsing *parsing, const char *option, const char *what)
{
	struct buf *out = parsing->wrong;

	buf_puts(out, parsing->grammar->program);
	put_words(out, parsing->given);
	buf_puts(out, ": ");
	show(out, option);
	buf_printf(out, " %s", what);
	return false;
}

static void
add(struct arena *arena, const char ***list, size_t *n, const char *text)
{
	const char **longer = arena_alloc(arena, (*n + 1) * sizeof *longer);

	if (*n > 0)
		memcpy(longer, *list, *n * sizeof *longer);
	longer[(*n)++] = text;
	*list = longer;
}

static bool
take_positional(struct parsing *parsing, const char *text)
{
	const struct cli_command *commands = parsing->grammar->commands;
	struct cli_given *given = parsing->given;
	bool word = false, operand = false;
	struct span choices;

	if (given->operand_count > 0) {
		add(parsing->arena, &given->operands, &given->operand_count, text);
		return true;
	}
	for (size_t i = 0; commands[i].grammar != NULL; i++) {
		if (!parsing->live[i])
			continue;
		if (!cli_word_at(commands[i].grammar, given->word_count, &choices))
			operand = true;
		else if (cli_choice_has(choices, text))
			word = true;
	}
	if (!word && !operand)
		return wrong_word(parsing, text);
	for (size_t i = 0; commands[i].grammar != NULL; i++) {
		bool has = cli_word_at(commands[i].grammar, given->word_count, &choices);

		if (word ? !has || !cli_choice_has(choices, text) : has)
			parsing->live[i] = false;
	}
	if (word)
		add(parsing->arena, &given->words, &given->word_count, text);
	else
		add(parsing->arena, &given->operands, &given->operand_count, text);
	return true;
}

/* By its full name in any row that still fits, or by a beginning that is clear. */
static bool
find_option(struct parsing *parsing, struct span name, const char *arg, struct item *item_r)
{
	const struct cli_command *commands = parsing->grammar->commands;
	struct item found = { .kind = ITEM_WORD }, item = { .kind = ITEM_WORD };
	int how = option_in(parsing->grammar->global, name, &found);
	bool several = how == 3;

	for (size_t i = 0; how != 1 && commands[i].grammar != NULL; i++) {
		int here = parsing->live[i] ? option_in(commands[i].grammar, name, &item) : 0;

		if (here == 0)
			continue;
		several = several || here == 3 || (how == 2 && !span_eq(found.text, item.text));
		found = item;
		how = here;
	}
	*item_r = found;
	if (how == 1 || (how == 2 && !several))
		return true;
	wrong_option(parsing, arg, how != 0 ? "could be several options"
	                                    : "is not an option here");
	suggest(parsing, true, how != 0 ? NULL : arena_string(parsing->arena, name));
	return false;
}

static void
add_value(struct parsing *parsing, const char *name, const char *value)
{
	struct cli_given *given = parsing->given;
	struct cli_value *longer = arena_alloc(parsing->arena,
	    (given->value_count + 1) * sizeof *longer);

	if (given->value_count > 0)
		memcpy(longer, given->values, given->value_count * sizeof *longer);
	longer[given->value_count++] = (struct cli_value){ name, value };
	given->values = longer;
}

/* Takes one or two arguments; how many, 0 when wrong. */
static int
take_option(struct parsing *parsing, char *const argv[], int left)
{
	const char *arg = argv[0], *equals = strchr(arg, '=');
	struct span name = { arg + 2, equals != NULL ? (size_t)(equals - arg) - 2
	                                             : strlen(arg + 2) };
	struct item item;
	const char *full;

	if (!find_option(parsing, name, arg, &item))
		return 0;
	full = arena_string(parsing->arena, item.text);
	if (item.value.n == 0) {
		if (equals != NULL) {
			wrong_option(parsing, arg, "takes no value\n");
			return 0;
		}
		add_value(parsing, full, "");
		return 1;
	}
	if (equals == NULL && left < 2) {
		wrong_option(parsing, arg, "needs a value: ");
		buf_span(parsing->wrong, item.value);
		buf_putc(parsing->wrong, '\n');
		return 0;
	}
	add_value(parsing, full, equals != NULL ? equals + 1 : argv[1]);
	return equals != NULL ? 1 : 2;
}

static bool
take_all(struct parsing *parsing, int argc, char *const argv[])
{
	int taken;

	for (int i = 1; i < argc; i += taken) {
		const char *arg = argv[i];

		taken = 1;
		if (parsing->ended || arg[0] != '-' || arg[1] == '\0') {
			if (!take_positional(parsing, arg))
				return false;
		} else if (strcmp(arg, "--") == 0) {
			parsing->ended = true;
		} else if (strcmp(arg, "-h") == 0) {
			add_value(parsing, "help", "");
		} else if (arg[1] == '-') {
			taken = take_option(parsing, argv + i, argc - i);
			if (taken == 0)
				return false;
		} else {
			wrong_option(parsing, arg, "is not an option here");
			suggest(parsing, true, NULL);
			return false;
		}
	}
	return true;
}

/* The one row whose words are all there. */
static bool
settle(struct parsing *parsing)
{
	const struct cli_command *commands = parsing->grammar->commands;
	struct cli_given *given = parsing->given;
	struct span word;

	for (size_t i = 0; commands[i].grammar != NULL; i++)
		if (parsing->live[i] &&
		    !cli_word_at(commands[i].grammar, given->word_count, &word))
			given->command = &commands[i];
	return given->command != NULL;
}

static bool
incomplete(struct parsing *parsing)
{
	buf_puts(parsing->wrong, parsing->grammar->program);
	put_words(parsing->wrong, parsing->given);
	buf_puts(parsing->wrong, parsing->given->word_count == 0
	    ? ": a command is missing" : ": a word is missing");
	suggest(parsing, false, NULL);
	return false;
}

/* Operands that are needed or too many, options of another row or missing. */
static bool
is_whole(struct parsing *parsing)
{
	struct cli_given *given = parsing->given;
	const char *row = given->command->grammar;
	struct buf *wrong = parsing->wrong;
	size_t least = 0, most = 0;
	struct item item;

	for (size_t i = 0; i < given->value_count; i++)
		if (option_in(row, span_of(given->values[i].name), &item) != 1 &&
		    option_in(parsing->grammar->global, span_of(given->values[i].name),
		        &item) != 1) {
			wrong_option(parsing, given->values[i].name, "is not an option here");
			suggest(parsing, true, NULL);
			return false;
		}
	while (wrong->n == 0 && cli_item_next(&row, &item)) {
		if (item.kind == ITEM_OPERAND) {
			least += !item.optional;
			most = item.many ? SIZE_MAX : most + 1;
		}
		if ((item.kind == ITEM_OPERAND && given->operand_count < least) ||
		    (item.kind == ITEM_OPTION && !item.optional && cli_value(given,
		        arena_string(parsing->arena, item.text)) == NULL)) {
			buf_printf(wrong, "%s", parsing->grammar->program);
			put_words(wrong, given);
			buf_printf(wrong, ": %.*s is missing\n", (int)item.whole.n, item.whole.p);
		}
	}
	if (wrong->n == 0 && given->operand_count > most) {
		buf_printf(wrong, "%s", parsing->grammar->program);
		put_words(wrong, given);
		buf_puts(wrong, ": \"");
		show(wrong, given->operands[most]);
		buf_puts(wrong, "\" is too much\n");
	}
	if (wrong->n > 0)
		cli_usage(wrong, parsing->grammar->program, given->command, given);
	return wrong->n == 0;
}

bool
cli_parse(const struct cli_grammar *grammar, struct arena *arena, int argc,
    char *const argv[], struct cli_given *given_r, struct buf *wrong)
{
	struct parsing parsing = { .grammar = grammar, .arena = arena, .given = given_r,
		.wrong = wrong };
	size_t n = 0;

	*given_r = (struct cli_given){ .command = NULL };
	while (grammar->commands[n].grammar != NULL)
		n++;
	parsing.live = arena_alloc(arena, (n + 1) * sizeof *parsing.live);
	for (size_t i = 0; i < n; i++)
		parsing.live[i] = true;
	if (!take_all(&parsing, argc, argv))
		return false;
	if (cli_value(given_r, "help") != NULL || cli_value(given_r, "version") != NULL) {
		settle(&parsing);
		return true;
	}
	if (!settle(&parsing))
		return incomplete(&parsing);
	return is_whole(&parsing);
}

const char *
cli_value(const struct cli_given *given, const char *option)
{
	for (size_t i = given->value_count; i > 0; i--)
		if (strcmp(given->values[i - 1].name, option) == 0)
			return given->values[i - 1].value;
	return NULL;
}

bool
cli_operand_is(const struct cli_given *given, size_t place, const char *name)
{
	const char *row = given->command->grammar;
	struct item item;
	size_t at = 0;

	while (cli_item_next(&row, &item)) {
		if (item.kind != ITEM_OPERAND)
			continue;
		if (at++ == place || item.many)
			return span_is(item.text, name);
	}
	return false;
}
