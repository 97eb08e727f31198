/* SPDX-License-Identifier: ISC */
/* What the grammar says of itself. */
#include "cli/cli_grammar_private.h"

#include "base/text.h"
#include "command/command.h"

#include <string.h>

#define HELP_COLUMN 36
#define OPTION_COLUMN 26
#define HELP_WIDTH 90

void
cli_usage(struct buf *out, const char *program, const struct cli_command *command,
    const struct cli_given *given)
{
	const char *row = command->grammar;
	size_t k = 0, column, indent = strlen("usage: ") + strlen(program);
	struct item item;

	buf_printf(out, "usage: %s", program);
	column = indent;
	while (*row != '\t' && cli_item_next(&row, &item)) {
		struct span text = item.whole;

		if (item.kind == ITEM_WORD && k < given->word_count)
			text = span_of(given->words[k++]);
		if (column + 1 + text.n > 79) {
			buf_printf(out, "\n%*s", (int)indent, "");
			column = indent;
		}
		buf_putc(out, ' ');
		buf_span(out, text);
		column += 1 + text.n;
	}
	buf_putc(out, '\n');
}

static bool
begins_with_words(const char *grammar, const struct cli_given *given)
{
	struct span choices;

	for (size_t k = 0; k < given->word_count; k++)
		if (!cli_word_at(grammar, k, &choices) || !cli_choice_has(choices, given->words[k]))
			return false;
	return true;
}

static const char *
sentence_of(const struct cli_command *command)
{
	return command->help != NULL ? command->help : command->call->words;
}

/* Words and operands of a row in the first column, the sentence in the second. */
static void
put_row(struct buf *out, const struct cli_command *command, const struct cli_given *given)
{
	const char *row = command->grammar;
	size_t k = 0, begin = out->n, width;
	struct item item;

	buf_puts(out, " ");
	while (cli_item_next(&row, &item)) {
		if (item.kind == ITEM_SHOWN || (item.kind == ITEM_OPTION && item.optional))
			continue;
		buf_putc(out, ' ');
		if (item.kind == ITEM_WORD && k < given->word_count)
			buf_puts(out, given->words[k++]);
		else
			buf_span(out, item.whole);
	}
	width = out->n - begin;
	if (width + 1 > HELP_COLUMN)
		buf_printf(out, "\n%*s", HELP_COLUMN, "");
	else
		buf_printf(out, "%*s", (int)(HELP_COLUMN - width), "");
	buf_printf(out, "%s\n", sentence_of(command));
}

/* From this column on, on as many lines as it takes. */
static void
put_wrapped(struct buf *out, size_t column, const char *text)
{
	while (*text != '\0') {
		size_t n = strlen(text), room = HELP_WIDTH > column ? HELP_WIDTH - column : 1;

		if (text_width((struct span){ text, n }) > room) {
			n = text_fit((struct span){ text, n }, (unsigned)room).n;
			while (n > 0 && text[n] != ' ')
				n--;
			if (n == 0)
				n = strcspn(text, " ");
		}
		buf_put(out, text, n);
		text += n;
		while (*text == ' ')
			text++;
		if (*text != '\0')
			buf_printf(out, "\n%*s", OPTION_COLUMN, "");
		column = OPTION_COLUMN;
	}
}

static void
put_options(struct buf *out, const struct cli_grammar *grammar, const char *row)
{
	struct item item;

	while (cli_item_next(&row, &item)) {
		const struct cli_option *option = grammar->options;
		size_t begin = out->n, width;

		if (item.kind != ITEM_OPTION)
			continue;
		buf_printf(out, "  --%.*s", (int)item.text.n, item.text.p);
		if (item.value.n > 0)
			buf_printf(out, " %.*s", (int)item.value.n, item.value.p);
		while (option->name != NULL && !span_is(item.text, option->name))
			option++;
		width = out->n - begin;
		if (option->name != NULL && width < OPTION_COLUMN)
			buf_printf(out, "%*s", (int)(OPTION_COLUMN - width), "");
		else if (option->name != NULL)
			buf_printf(out, "\n%*s", OPTION_COLUMN, "");
		if (option->name != NULL)
			put_wrapped(out, OPTION_COLUMN, option->help);
		buf_putc(out, '\n');
	}
}

void
cli_help(const struct cli_grammar *grammar, const struct cli_given *given, struct buf *out)
{
	if (given->command != NULL) {
		cli_usage(out, grammar->program, given->command, given);
		buf_printf(out, "\n%s\n\n", sentence_of(given->command));
		put_options(out, grammar, given->command->grammar);
	} else {
		buf_printf(out, "usage: %s %s COMMAND\n\n", grammar->program, grammar->global);
		for (size_t i = 0; grammar->commands[i].grammar != NULL; i++)
			if (begins_with_words(grammar->commands[i].grammar, given))
				put_row(out, &grammar->commands[i], given);
		buf_puts(out, "\nA command with --help shows its options. These may stand "
		    "with any command:\n\n");
	}
	put_options(out, grammar, grammar->global);
}
