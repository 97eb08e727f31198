/* SPDX-License-Identifier: ISC */
/* Whether the pages of the data files fit together. Reading rows tells by checksums that
 * each page is as it was written; a page from another time passes that. */
#include "store/store_private.h"

#include "base/log.h"
#include "base/settings.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

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

struct place {
	const char *home, *name;
	char path[4096];         /* of the file, where it was looked for last or found */
};

/* DB_CONFIG may keep data files elsewhere. */
static void
look_in(void *arg, const char *directory)
{
	struct place *place = arg;

	if (access(place->path, F_OK) == 0)
		return;
	if (directory[0] == '/')
		snprintf(place->path, sizeof place->path, "%s/%s", directory, place->name);
	else
		snprintf(place->path, sizeof place->path, "%s/%s/%s", place->home, directory,
		    place->name);
}

static int
verify(struct store *store, const char *name)
{
	struct place place = { .home = store->home, .name = name };
	DB *db;
	int rc = db_create(&db, NULL, 0);

	if (rc != 0)
		return rc;
	look_in(&place, ".");
	settings_parts(store->home, look_in, &place);
	db->app_private = store;
	db->set_errcall(db, on_message);
	db->set_errpfx(db, name);
	if ((rc = db->set_cachesize(db, 0, CACHE_BYTES, 1)) == 0 &&
	    (rc = db->set_feedback(db, on_progress)) == 0)
		return db->verify(db, place.path, NULL, NULL, 0); /* which ends the handle */
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
	rc = verify(store, name);
	pthread_mutex_unlock(&store->pages);
	*good_r = rc != DB_VERIFY_BAD;
	if (rc != 0 && rc != DB_VERIFY_BAD && rc != ENOENT)
		error_set(error, FAULT_STORE_UNAVAILABLE, "%s cannot be verified: %s", name,
		    db_strerror(rc));
	return name;
}
