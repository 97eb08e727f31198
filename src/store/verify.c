/* SPDX-License-Identifier: ISC */
/* Whether the pages of the data files fit together. Reading rows tells by checksums that
 * each page is as it was written; a page from another time passes that. */
#include "store/copy.h"

#include "base/log.h"

#include <errno.h>
#include <limits.h>

#define CACHE_BYTES (8U << 20) /* of its own: what is verified is the file */

static void
on_message(const DB_ENV *env, const char *prefix, const char *message)
{
	(void)env;
	log_line(LOG_LEVEL_ERROR, "%s: %s", prefix, message);
}

static void
on_progress(DB *db, int operation, int percent)
{
	struct store *store = db->app_private;

	(void)operation;
	(void)percent;
	if (store->alive != NULL)
		store->alive(store->alive_arg);
}

static int
verify(struct store *store, enum file file)
{
	char path[PATH_MAX];
	DB *db;
	int rc = db_create(&db, NULL, 0);

	if (rc != 0)
		return rc;
	store_file_path(store->home, file, path, sizeof path);
	db->app_private = store;
	db->set_errcall(db, on_message);
	db->set_errpfx(db, store_file_name(file));
	if ((rc = db->set_cachesize(db, 0, CACHE_BYTES, 1)) == 0 &&
	    (rc = db->set_feedback(db, on_progress)) == 0)
		return db->verify(db, path, NULL, NULL, 0); /* which ends the handle */
	db->close(db, 0);
	return rc;
}

const char *
store_verify(struct store *store, size_t file, bool *good_r, struct error *error)
{
	const char *name = file < FILE__MAX ? store_file_name((enum file)file) : NULL;
	int rc;

	*good_r = true;
	/* What the cache is ahead of the file goes there first; this thread is the only
	 * one that changes pages. */
	if (name == NULL || !store_checkpoint(store, true, error))
		return NULL;
	pthread_mutex_lock(&store->pages);
	rc = verify(store, (enum file)file);
	pthread_mutex_unlock(&store->pages);
	*good_r = rc != DB_VERIFY_BAD;
	if (rc != 0 && rc != DB_VERIFY_BAD && rc != ENOENT)
		error_set(error, FAULT_STORE_UNAVAILABLE, "%s cannot be verified: %s", name,
		    db_strerror(rc));
	return name;
}
