/* SPDX-License-Identifier: ISC */
/* What became of one try to send a parcel, whatever its kind. */
#ifndef EARSHOT_VERDICT_H
#define EARSHOT_VERDICT_H

#include "base/arena.h"

#include <stdint.h>

enum verdict_result {
	VERDICT_SENT,
	VERDICT_LATER,  /* worth another try */
	VERDICT_DEAD,   /* will never do: a person has to look */
	VERDICT_BACK,   /* was not tried */
};

struct verdict {
	enum verdict_result result;
	bool host_ill;          /* others for the same host would fare alike */
	int status;             /* HTTP or SMTP, 0: no answer */
	int64_t retry_after;    /* microseconds, 0: nothing was said */
	struct span answer;     /* its beginning, for people; secrets masked */
	struct span returned;   /* the whole answer, for `returns` */
	char error[300];        /* a sentence, "" none */
};

void verdict_set(struct verdict *verdict, enum verdict_result result,
    const char *format, ...) __attribute__((format(printf, 3, 4)));
const char *verdict_name(enum verdict_result result); /* "sent", "later" … */

#endif
