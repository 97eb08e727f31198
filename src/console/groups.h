/* SPDX-License-Identifier: ISC */
/*
 * The pages Data groups and one group: its fields as rows of a table, who names them, and what
 * a change does to the values that are stored, told before it is done (command group-preview).
 *
 * Names of fields in the form are those of form.h; "/fields/N/was" is the parameter that a row
 * had, whose values it keeps. Buttons called "ask" change the form alone: field-add, field-drop
 * N, field-up N, field-down N, key, back.
 */
#ifndef EARSHOT_CONSOLE_GROUPS_H
#define EARSHOT_CONSOLE_GROUPS_H

#include <stdbool.h>

struct page;

/* Of the table of routes (route.h). */
void groups_listed(struct page *page);
bool groups_before(struct page *page);   /* before a form: projects to choose from */
void groups_form_new(struct page *page); /* after */
void groups_form(struct page *page);
bool groups_create(struct page *page);   /* before POST: doc */
bool groups_change(struct page *page);
void groups_changed(struct page *page); /* after */

#endif
