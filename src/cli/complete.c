/* SPDX-License-Identifier: ISC */
/* What may stand next on a command line that is being typed. */
#include "cli/cli_grammar_private.h"

#include <ctype.h>
#include <string.h>

/* A row, read up to the word that is being typed. */
struct typed {
	size_t words;     /* of the command */
	size_t operands;
	bool value;       /* of an option comes next */
	bool ended;       /* by "--" */
};

static bool
find_option(const char *row, struct span name, struct item *item_r)
{
	while (cli_item_next(&row, item_r))
		if (item_r->kind == ITEM_OPTION && span_eq(item_r->text, name))
			return true;
	return false;
}

static bool
take(const struct cli_grammar *grammar, const char *row, struct typed *typed,
    const char *word)
{
	struct item item;
	struct span choices;

	if (typed->value) {
		typed->value = strcmp(word, "=") == 0; /* bash takes it for a word */
		return true;
	}
	if (!typed->ended && strcmp(word, "--") == 0) {
		typed->ended = true;
		return true;
	}
	if (!typed->ended && strncmp(word, "--", 2) == 0) {
		const char *equals = strchr(word, '=');
		struct span name = { word + 2,
			equals != NULL ? (size_t)(equals - word) - 2 : strlen(word + 2) };

		if (!find_option(row, name, &item) && !find_option(grammar->global, name, &item))
			return false;
		typed->value = item.value.n > 0 && equals == NULL;
		return true;
	}
	if (typed->operands > 0 || !cli_word_at(row, typed->words, &choices)) {
		typed->operands++;
		return true;
	}
	typed->words++;
	return cli_choice_has(choices, word);
}

/* Once each: rows have words and options in common. */
static void
propose(struct buf *out, const char *before, struct span word, const char *last)
{
	struct buf line = { 0 };

	buf_printf(&line, "\n%s%.*s\n", before, (int)word.n, word.p);
	if (line.n - 2 >= strlen(last) && memcmp(line.p + 1, last, strlen(last)) == 0 &&
	    (out->n < line.n || memmem(out->p, out->n, line.p, line.n) == NULL))
		buf_put(out, line.p + 1, line.n - 1);
	buf_free(&line);
}

static void
propose_options(struct buf *out, const char *row, const char *last)
{
	struct item item;

	while (cli_item_next(&row, &item))
		if (item.kind == ITEM_OPTION)
			propose(out, "--", item.text, last);
}

/* Words of the command, or those that an operand may be ("ID|all"). */
static void
propose_words(struct buf *out, const char *row, const struct typed *typed, const char *last)
{
	struct span choices = { NULL, 0 }, choice;
	size_t operands = typed->operands;
	struct item item;

	if (operands > 0 || !cli_word_at(row, typed->words, &choices))
		while (choices.p == NULL && cli_item_next(&row, &item))
			if (item.kind == ITEM_OPERAND && (item.many || operands-- == 0))
				choices = item.text;
	while (cli_choice_next(&choices, &choice))
		if (islower((unsigned char)choice.p[0]))
			propose(out, "", choice, last);
}

void
cli_complete_words(const struct cli_grammar *grammar, const char *const words[], size_t count,
    struct buf *out)
{
	const char *last = count > 0 ? words[count - 1] : "";

	buf_putc(out, '\n'); /* every line has one before it */
	for (const struct cli_command *command = grammar->commands; command->grammar != NULL;
	    command++) {
		struct typed typed = { 0 };
		bool fits = true;

		for (size_t i = 0; fits && i + 1 < count; i++)
			fits = take(grammar, command->grammar, &typed, words[i]);
		if (!fits || typed.value)
			continue;
		if (last[0] == '-' && !typed.ended) {
			propose_options(out, command->grammar, last);
			propose_options(out, grammar->global, last);
		} else {
			propose_words(out, command->grammar, &typed, last);
		}
	}
}
