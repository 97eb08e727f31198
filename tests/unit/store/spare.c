/* SPDX-License-Identifier: ISC */
/* Log files that are made before they are needed: used when their turn comes, and passed
 * over by a recovery that finds one unused. */
#include "record/record_scratch.h"

#include "base/text.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define FILE_BYTES (256 << 10)
#define ROW_BYTES 4000
#define ROWS 200 /* more than a few log files */

static struct scratch scratch;
static char log_directory[80];

/* Of the file of that number, or of the highest that there is: number 0. */
static bool
file_of(unsigned *number, struct stat *st)
{
	char path[120];

	for (unsigned n = *number > 0 ? *number : 100; n > 0; n--) {
		snprintf(path, sizeof path, "%s/log.%010u", log_directory, n);
		if (stat(path, st) == 0) {
			*number = n;
			return true;
		}
		if (*number > 0)
			return false;
	}
	return false;
}

static bool
is_zeros(unsigned number)
{
	static char bytes[FILE_BYTES];
	char path[120];
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "%s/log.%010u", log_directory, number);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd >= 0 ? read(fd, bytes, sizeof bytes) : -1;
	if (fd >= 0)
		close(fd);
	for (ssize_t i = 0; i < n; i++)
		if (bytes[i] != 0)
			return false;
	return n == FILE_BYTES;
}

static bool
has_unfinished(void)
{
	char path[120];

	snprintf(path, sizeof path, "%s/spare.log", log_directory);
	return access(path, F_OK) == 0;
}

static void
write_row(struct txn *txn, void *arg)
{
	static char value[ROW_BYTES];
	int number = *(int *)arg;

	memset(value, number, sizeof value);
	table_put(txn, TABLE_META, span_of(arena_printf(txn_arena(txn), "row%08d", number)),
	    (struct span){ value, sizeof value });
}

static int next_row;

static bool
write_rows(int count, bool spares)
{
	struct error error = { 0 };
	bool good = true;

	for (int i = 0; i < count; i++, next_row++) {
		good = good && scratch_run(&scratch, STORE_WRITE, write_row, &next_row) &&
		    store_flush(scratch.store, &error);
		if (spares)
			store_spare_log(scratch.store);
	}
	return good;
}

static void
count_rows(struct txn *txn, void *arg)
{
	struct span value;
	int wrong = 0;

	for (int i = 0; i < next_row; i++)
		if (!table_get(txn, TABLE_META, span_of(arena_printf(txn_arena(txn),
		        "row%08d", i)), &value) || value.n != ROW_BYTES ||
		    value.p[0] != (char)i || value.p[ROW_BYTES - 1] != (char)i)
			wrong++;
	*(int *)arg = wrong;
}

static void
reopen(bool recover)
{
	struct store_options options = { .home = scratch.home, .settings = &scratch.settings,
		.recover = recover };

	scratch.store = store_open(&options, &scratch.error);
	if (scratch.store == NULL)
		printf("Bail out! %s\n", scratch.error.detail);
}

static void
stands_ready(void)
{
	unsigned before = 0, spare = 0, next = 0;
	struct stat st, made;

	file_of(&before, &st);
	ok(store_spare_log(scratch.store), "it can be made");
	ok(file_of(&spare, &made) && spare == before + 1 && made.st_size == FILE_BYTES &&
	    made.st_blocks * 512 >= FILE_BYTES && is_zeros(spare), "the next file, with all its blocks");
	ok(store_spare_log(scratch.store) && file_of(&next, &st) && next == spare,
	    "one is enough");
	while (is_zeros(spare) && next_row < ROWS)
		write_rows(1, false);
	ok(!is_zeros(spare) && file_of(&spare, &st) && st.st_ino == made.st_ino,
	    "it is written into when its turn comes");
	ok(store_spare_log(scratch.store) && is_zeros(spare + 1), "and then there is another");
	ok(write_rows(ROWS, true) && !has_unfinished(), "that goes on");
}

/* What an owner has acknowledged that died with a file in the making. */
static void
is_recovered(const char *name)
{
	int wrong = -1, status = -1;
	char path[120];
	unsigned last = 0;
	struct stat st;
	pid_t pid;

	store_close(&scratch.store);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		bool good;

		reopen(false);
		good = write_rows(ROWS / 4, true);
		snprintf(path, sizeof path, "%s/spare.log", log_directory);
		good = good && close(open(path, O_WRONLY | O_CREAT, 0600)) == 0;
		_exit(good ? 9 : 1);
	}
	waitpid(pid, &status, 0);
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 9, "%s: an owner dies", name);
	next_row += ROWS / 4;
	ok(file_of(&last, &st) && is_zeros(last), "with a file of zeros behind its last");
	reopen(true);
	scratch_run(&scratch, STORE_READ, count_rows, &wrong);
	ok(wrong == 0, "all that was acknowledged is there: %d of %d not", wrong, next_row);
	ok(!has_unfinished(), "what was in the making is not");
	ok(write_rows(ROWS / 4, false) && !is_zeros(last), "and it is written on, also into that file");
	scratch_run(&scratch, STORE_READ, count_rows, &wrong);
	ok(wrong == 0, "all is there: %d not", wrong);
}

static void
waits(void)
{
	char path[120];
	unsigned last = 0, now = 0;
	struct stat st;

	while (file_of(&last, &st) && is_zeros(last)) { /* until it is needed */
		write_rows(1, false);
		last = 0;
	}
	snprintf(path, sizeof path, "%s/spare.log", log_directory);
	mkdir(path, 0700);
	ok(!store_spare_log(scratch.store), "where it cannot be made that is told");
	rmdir(path);
	scratch.settings.free_bytes = INT64_MAX;
	usleep(600000); /* it is looked up twice a second */
	store_has_room(scratch.store);
	ok(!store_spare_log(scratch.store) && !has_unfinished() && file_of(&now, &st) &&
	    now == last, "and a disk that is almost full gets none");
	scratch.settings.free_bytes = 0;
	usleep(600000);
	store_has_room(scratch.store);
	ok(write_rows(ROWS / 4, true), "then it goes on");
}

static void
moves_with_the_log(void)
{
	char path[120], command[300];
	FILE *file;

	store_close(&scratch.store);
	snprintf(path, sizeof path, "%s/DB_CONFIG", scratch.home);
	file = fopen(path, "w");
	fputs("set_lg_dir log\n", file);
	fclose(file);
	snprintf(command, sizeof command, "cd %s && mkdir log && mv log.0* log", scratch.home);
	ok(system(command) == 0, "a directory of its own");
	snprintf(log_directory, sizeof log_directory, "%s/log", scratch.home);
	reopen(false);
	ok(store_spare_log(scratch.store) && write_rows(ROWS / 4, true), "for the log");
	is_recovered("there");
}

int
main(void)
{
	if (!scratch_open(&scratch))
		return 99;
	snprintf(log_directory, sizeof log_directory, "%s", scratch.home);
	scratch.settings.log_file_bytes = FILE_BYTES;
	scratch.settings.free_bytes = 0;
	stands_ready();
	is_recovered("at once");
	waits();
	moves_with_the_log();
	scratch_close(&scratch);
	return tap_done();
}
