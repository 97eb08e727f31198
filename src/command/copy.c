/* SPDX-License-Identifier: ISC */
/* backup {"directory"}: a copy of the store, by slices, while it is used. */
#include "command/command_private.h"

#define SLICE_BYTES ((size_t)128 << 10)

struct backup {
	struct store_copy *copy;
	int percent; /* told last */
};

static void
end(void *arg)
{
	store_copy_end(&((struct backup *)arg)->copy);
}

/* The copy ends with the job, however that ends. */
static struct backup *
begin(struct job *job)
{
	struct backup *backup = job->state = arena_alloc(job->arena, sizeof *backup);
	struct span directory;

	backup->percent = -1;
	if (!command_text(job, "directory", &directory))
		return backup;
	backup->copy = store_copy_begin(job->store, arena_string(job->arena, directory),
	    &job->error);
	arena_defer(job->arena, end, backup);
	return backup;
}

static enum job_state
backup_step(struct job *job)
{
	struct backup *backup = job->state != NULL ? job->state : begin(job);
	int more = 1, percent;

	if (job->error.fault != FAULT_NONE)
		return JOB_DONE;
	command_begin(job);
	while (more > 0 && !command_late(job))
		more = store_copy_step(backup->copy, SLICE_BYTES, &job->error);
	if (more < 0)
		return JOB_DONE;
	percent = (int)(store_copy_progress(backup->copy) * 100);
	if (percent != backup->percent)
		command_progress(job, store_copy_progress(backup->copy), NULL);
	backup->percent = percent;
	return more > 0 ? JOB_MORE : JOB_DONE;
}

const struct command command_backup = { .name = "backup", .step = backup_step };
