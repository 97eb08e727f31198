/* SPDX-License-Identifier: ISC */
/* backup {"directory"}: a copy of the store, by slices, while it is used. */
#include "command/command_private.h"

#define SLICE_BYTES ((size_t)128 << 10)

/* The copy ends with the job, however that ends. */
static void
end(void *arg)
{
	store_copy_end(arg);
}

static double
share(const void *of)
{
	return store_copy_progress(of);
}

static void
run(struct job *job)
{
	struct store_copy **copy = arena_alloc(job->arena, sizeof *copy);
	struct span directory;
	int more;

	if (!command_text(job, "directory", &directory))
		return;
	*copy = store_copy_begin(job->store, arena_string(job->arena, directory), &job->error);
	arena_defer(job->arena, end, copy);
	if (*copy == NULL)
		return;
	job->progress = (struct job_progress){ share, *copy, NULL, -1, NULL };
	do
		more = store_copy_step(*copy, SLICE_BYTES, &job->error);
	while (more > 0 && job_breathe(job));
	if (more == 0)
		command_progress(job, 1, NULL);
}

const struct command command_backup = {
	.name = "backup", .words = "copy the store",
	.right = RIGHT_ADMINISTER, .scope = SCOPE_COMMUNITY, .answer = ANSWER_NONE,
	.beside = BESIDE_MASTER,
	.run = run,
};
