/* SPDX-License-Identifier: ISC */
/*
 * An example body that does something: about a record that there is, by a person who may
 * write, with what the filter asks for. For people who try a listener; senders who ask for
 * its description see no records, and get one that is made up.
 */
#ifndef EARSHOT_SAMPLE_H
#define EARSHOT_SAMPLE_H

#include "act/delivery.h"

struct sample {
	struct span person; /* e-mail address of whom an author is to be, "" an admin */
	struct span base;   /* URL of the mount point, where none is configured; "" unknown */
};

/* The payload of the delivery becomes the beginning of an example, and its target the
 * record that it is about; without one where none matches. What the path is to name, where
 * no parameter does; "" otherwise. */
struct span sample_take(struct txn *txn, struct delivery *delivery, const struct sample *sample);

#endif
