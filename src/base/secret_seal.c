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

_Static_assert(crypto_secretbox_KEYBYTES == sizeof ((struct seal *)0)->key,
    "the key of a seal is the key of a secretbox");

static bool
failed(struct error *error, const char *home, const char *what)
{
	return error_set(error, FAULT_STORE_UNAVAILABLE, "Cannot %s %s/%s: %s.",
	    what, home, KEY_FILE, strerror(errno));
}

/* Makes the whole key under another name, so that nobody reads half of it. */
static bool
key_make(int dir, const char *home, struct error *error)
{
	unsigned char key[crypto_secretbox_KEYBYTES];
	char name[64];
	int fd;
	bool good;

	snprintf(name, sizeof name, KEY_FILE ".%08x", randombytes_random());
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return failed(error, home, "make");
	crypto_secretbox_keygen(key);
	good = write(fd, key, sizeof key) == (ssize_t)sizeof key &&
	    fsync(fd) == 0;
	sodium_memzero(key, sizeof key);
	/* Where another process was faster, its key is the key. */
	good = good &&
	    (linkat(dir, name, dir, KEY_FILE, 0) == 0 || errno == EEXIST);
	if (!good)
		failed(error, home, "make");
	close(fd);
	unlinkat(dir, name, 0);
	return good && (fsync(dir) == 0 || failed(error, home, "keep"));
}

static bool
key_read(int fd, const char *home, struct seal *seal_r, struct error *error)
{
	unsigned char bytes[sizeof seal_r->key + 1];
	struct stat info;
	ssize_t n;

	if (fstat(fd, &info) != 0)
		return failed(error, home, "read");
	if (!S_ISREG(info.st_mode) || (info.st_mode & 077) != 0)
		return error_set(error, FAULT_STORE_UNAVAILABLE,
		    "%s/%s must be a file that only its owner can read "
		    "(chmod 600).", home, KEY_FILE);
	n = read(fd, bytes, sizeof bytes);
	if (n < 0)
		return failed(error, home, "read");
	if (n == sizeof seal_r->key)
		memcpy(seal_r->key, bytes, sizeof seal_r->key);
	sodium_memzero(bytes, sizeof bytes);
	return n == sizeof seal_r->key ||
	    error_set(error, FAULT_STORE_UNAVAILABLE,
	    "%s/%s must hold %zu bytes; restore it from a backup.", home,
	    KEY_FILE, sizeof seal_r->key);
}

static int
key_open(int dir)
{
	return openat(dir, KEY_FILE,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

static bool
get_key(const char *home, bool makes, struct seal *seal_r, struct error *error)
{
	int dir = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd;
	bool good = true, absent;

	seal_r->present = false;
	if (dir < 0)
		return failed(error, home, "reach");
	fd = key_open(dir);
	absent = fd < 0 && errno == ENOENT;
	if (absent && makes) {
		good = key_make(dir, home, error);
		fd = good ? key_open(dir) : -1;
	}
	if (fd >= 0) {
		good = seal_r->present = key_read(fd, home, seal_r, error);
		close(fd);
	} else if (good && (makes || !absent)) {
		good = failed(error, home, "read");
	}
	close(dir);
	return good;
}

bool
seal_open(const char *home, struct seal *seal_r, struct error *error)
{
	return get_key(home, false, seal_r, error);
}

bool
seal_make(const char *home, struct seal *seal_r, struct error *error)
{
	return get_key(home, true, seal_r, error);
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
