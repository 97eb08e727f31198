/* SPDX-License-Identifier: ISC */
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#define KEY_FILE "secret.key"

_Static_assert(crypto_secretbox_KEYBYTES == SECRET_KEY_SIZE,
    "the key of a seal is the key of a secretbox");

/* A file of the home that holds a key. */
struct key_file {
	const char *home, *name;
	struct error *error;
};

static bool
failed(const struct key_file *file, const char *what)
{
	return error_set(file->error, FAULT_STORE_UNAVAILABLE, "Cannot %s %s/%s: %s.",
	    what, file->home, file->name, strerror(errno));
}

/* Makes the whole key under another name, so that nobody reads half of it. */
static bool
key_make(int dir, const struct key_file *file)
{
	unsigned char key[SECRET_KEY_SIZE];
	char name[64];
	int fd;
	bool good;

	snprintf(name, sizeof name, "%s.%08x", file->name, randombytes_random());
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return failed(file, "make");
	randombytes_buf(key, sizeof key);
	good = write(fd, key, sizeof key) == (ssize_t)sizeof key &&
	    fsync(fd) == 0;
	sodium_memzero(key, sizeof key);
	/* Where another process was faster, its key is the key. */
	good = good &&
	    (linkat(dir, name, dir, file->name, 0) == 0 || errno == EEXIST);
	if (!good)
		failed(file, "make");
	close(fd);
	unlinkat(dir, name, 0);
	return good && (fsync(dir) == 0 || failed(file, "keep"));
}

static bool
key_read(int fd, const struct key_file *file, unsigned char key_r[SECRET_KEY_SIZE])
{
	unsigned char bytes[SECRET_KEY_SIZE + 1];
	struct stat info;
	ssize_t n;

	if (fstat(fd, &info) != 0)
		return failed(file, "read");
	if (!S_ISREG(info.st_mode) || (info.st_mode & 077) != 0)
		return error_set(file->error, FAULT_STORE_UNAVAILABLE,
		    "%s/%s must be a file that only its owner can read "
		    "(chmod 600).", file->home, file->name);
	n = read(fd, bytes, sizeof bytes);
	if (n < 0)
		return failed(file, "read");
	if (n == SECRET_KEY_SIZE)
		memcpy(key_r, bytes, SECRET_KEY_SIZE);
	sodium_memzero(bytes, sizeof bytes);
	return n == SECRET_KEY_SIZE ||
	    error_set(file->error, FAULT_STORE_UNAVAILABLE,
	    "%s/%s must hold %d bytes; restore it from a backup.", file->home,
	    file->name, SECRET_KEY_SIZE);
}

static int
key_open(int dir, const struct key_file *file)
{
	return openat(dir, file->name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

bool
secret_key_file(const char *home, const char *name, bool makes,
    unsigned char key_r[SECRET_KEY_SIZE], bool *present_r, struct error *error)
{
	const struct key_file file = { home, name, error };
	int dir = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd;
	bool good = true, absent;

	*present_r = false;
	if (dir < 0)
		return failed(&file, "reach");
	fd = key_open(dir, &file);
	absent = fd < 0 && errno == ENOENT;
	if (absent && makes) {
		good = key_make(dir, &file);
		fd = good ? key_open(dir, &file) : -1;
	}
	if (fd >= 0) {
		good = *present_r = key_read(fd, &file, key_r);
		close(fd);
	} else if (good && (makes || !absent)) {
		good = failed(&file, "read");
	}
	close(dir);
	return good;
}

bool
seal_open(const char *home, struct seal *seal_r, struct error *error)
{
	return secret_key_file(home, KEY_FILE, false, seal_r->key, &seal_r->present, error);
}

bool
seal_make(const char *home, struct seal *seal_r, struct error *error)
{
	return secret_key_file(home, KEY_FILE, true, seal_r->key, &seal_r->present, error);
}

struct span
seal_text(const struct seal *seal, struct arena *arena, struct span secret)
{
	size_t n = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES +
	    secret.n;
	unsigned char *bytes = arena_alloc(arena, n);

	randombytes_buf(bytes, crypto_secretbox_NONCEBYTES);
	crypto_secretbox_easy(bytes + crypto_secretbox_NONCEBYTES,
	    (const unsigned char *)secret.p, secret.n, bytes, seal->key);
	return secret_base64(arena, (struct span){ (const char *)bytes, n });
}

bool
unseal_text(const struct seal *seal, struct arena *arena, struct span sealed,
    struct span *secret_r)
{
	const size_t around =
	    crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
	const unsigned char *bytes;
	unsigned char *secret;
	struct span box;

	if (!secret_base64_read(arena, sealed, &box) || box.n < around)
		return false;
	bytes = (const unsigned char *)box.p;
	secret = arena_alloc(arena, box.n - around + 1);
	if (crypto_secretbox_open_easy(secret,
	    bytes + crypto_secretbox_NONCEBYTES,
	    box.n - crypto_secretbox_NONCEBYTES, bytes, seal->key) != 0)
		return false;
	*secret_r = (struct span){ (const char *)secret, box.n - around };
	return true;
}
