/* SPDX-License-Identifier: ISC */
#include "base/secret.h"
#include "tap.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define NOW INT64_C(1700000000123456)

static struct arena *arena;

static struct span
bytes_of(const char *hex)
{
	struct span bytes = { NULL, 0 };

	secret_hex_read(arena, span_of(hex), &bytes);
	return bytes;
}

static const char *
hex_of(const void *bytes, size_t n)
{
	return secret_hex(arena, (struct span){ bytes, n }).p;
}

static void
hashes(void)
{
	static const char *const sha256[][2] = { /* FIPS 180-4 examples */
		{ "", "e3b0c44298fc1c149afbf4c8996fb924"
		  "27ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223"
		  "b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039"
		  "a33ce45964ff2167f6ecedd419db06c1" },
	};
	unsigned char out[SECRET_SHA256_SIZE];

	for (size_t i = 0; i < COUNT(sha256); i++) {
		secret_sha256(span_of(sha256[i][0]), out);
		is_text(hex_of(out, sizeof out), sha256[i][1], "SHA-256");
	}
}

static void
macs(void)
{
	static const char long_key[] = /* 131 bytes */
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaa";
	static const struct {
		enum secret_hash hash;
		const char *key; /* hex */
		const char *data;
		const char *mac;
	} cases[] = {
		/* RFC 2202 */
		{ SECRET_SHA1, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
		  "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00" },
		{ SECRET_SHA1, "4a656665", "what do ya want for nothing?",
		  "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79" },
		/* RFC 4231 */
		{ SECRET_SHA256, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
		  "Hi There", "b0344c61d8db38535ca8afceaf0bf12b"
		  "881dc200c9833da726e9376c2e32cff7" },
		{ SECRET_SHA256, "4a656665", "what do ya want for nothing?",
		  "5bdcc146bf60754e6a042426089575c7"
		  "5a003f089d2739839dec58b964ec3843" },
		{ SECRET_SHA256, long_key,
		  "Test Using Larger Than Block-Size Key - Hash Key First",
		  "60e431591ee0b67f0d8a26aacbf5b77f"
		  "8e0bc6213728c5140546040f0ee37f54" },
		{ SECRET_SHA512, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
		  "Hi There", "87aa7cdea5ef619d4ff0b4241a1d6cb0"
		  "2379f4e2ce4ec2787ad0b30545e17cde"
		  "daa833b7d6b8a702038b274eaea3f4e4"
		  "be9d914eeb61f1702e696c203a126854" },
		{ SECRET_SHA512, long_key,
		  "Test Using Larger Than Block-Size Key - Hash Key First",
		  "80b24263c7c1a3ebb71493c1dd7be8b4"
		  "9b46d1f41b4aeec1121b013783f8f352"
		  "6b56d037e05f2598bd0fd2215d6a1e52"
		  "95e64f73f63f0aec8b915a985d786598" },
		/* without a key, as others compute it too */
		{ SECRET_SHA256, "", "", "b613679a0814d9ec772f95d778c35fc5"
		  "ff1697c493715653c6c712144292c5ad" },
	};
	unsigned char out[SECRET_MAC_MAX];

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct span data = span_of(cases[i].data);
		size_t half = data.n / 2;
		const struct span parts[] = { { data.p, half }, { NULL, 0 },
			{ data.p + half, data.n - half } };
		size_t n = secret_hmac(cases[i].hash, bytes_of(cases[i].key), parts,
		    COUNT(parts), out);

		is_text(hex_of(out, n), cases[i].mac, "HMAC");
	}
}

static void
standard_webhook(void)
{
	const struct span parts[] = { SPAN("msg_p5jXN8AQM9LWM0D4loKWxJek"),
		SPAN("."), SPAN("1614265330"), SPAN("."),
		SPAN("{\"test\": 2432232314}") };
	unsigned char out[SECRET_MAC_MAX];
	struct span key = { NULL, 0 };
	size_t n;

	ok(secret_base64_read(arena, SPAN("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
	    &key) && key.n == 24, "the key of the Standard Webhooks example");
	n = secret_hmac(SECRET_SHA256, key, parts, COUNT(parts), out);
	is_text(secret_base64(arena, (struct span){ (const char *)out, n }).p,
	    "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
	    "its signature");
}

static void
ed25519(void)
{
	static const struct { /* RFC 8032 7.1 */
		const char *key, *message, *signature;
	} cases[] = {
		{ "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
		  "", "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
		  "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b" },
		{ "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
		  "72", "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
		  "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct span key = bytes_of(cases[i].key);
		struct span message = bytes_of(cases[i].message);
		struct span signature = bytes_of(cases[i].signature);

		ok(secret_ed25519(signature, message, key), "Ed25519");
		ok(!secret_ed25519(signature, SPAN("other"), key),
		    "not for another message");
		ok(!secret_ed25519(signature, message,
		    bytes_of(cases[1 - i].key)), "not with another key");
		signature.n--;
		ok(!secret_ed25519(signature, message, key), "not cut");
	}
}

static void
encodings(void)
{
	static const char *const base64[][2] = { /* RFC 4648 10 */
		{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" }, { "\xfb\xff\xfe", "+//+" },
	};
	static const char *const bad_base64[] = { "Z", "Zg", "Zg=", "Zg===",
		"Zh==", "Zm9=", "Zm9v ", " Zm9v", "Zm9v\n", "Zm\n9v", "-__-",
		"Zm9v====", "====", "Zg==Zg==", "Zm9v=", "Z===", "Zm%v" };
	static const char *const bad_hex[] = { "0", "0g", "g0", "00 ", " 00",
		"0x00", "00:11", "00\n", "000" };
	struct span out;

	for (size_t i = 0; i < COUNT(base64); i++) {
		is_text(secret_base64(arena, span_of(base64[i][0])).p, base64[i][1],
		    "base64");
		ok(secret_base64_read(arena, span_of(base64[i][1]), &out) &&
		    span_is(out, base64[i][0]), "and back");
	}
	for (size_t i = 0; i < COUNT(bad_base64); i++)
		ok(!secret_base64_read(arena, span_of(bad_base64[i]), &out),
		    "no base64: %zu", i);
	ok(secret_hex_read(arena, SPAN("00fFAb"), &out) && out.n == 3 &&
	    memcmp(out.p, "\0\xff\xab", 3) == 0, "hex in either case");
	ok(secret_hex_read(arena, SPAN(""), &out) && out.n == 0, "no hex");
	for (size_t i = 0; i < COUNT(bad_hex); i++)
		ok(!secret_hex_read(arena, span_of(bad_hex[i]), &out),
		    "no hex: %zu", i);
	is_text(hex_of("\0\x7f\xff", 3), "007fff", "hex is lower case");
	ok(secret_equal(SPAN("same"), SPAN("same")), "the same");
	ok(!secret_equal(SPAN("same"), SPAN("samf")), "not the same");
	ok(!secret_equal(SPAN("same"), SPAN("sam")), "a part");
	ok(secret_equal(span_of(NULL), SPAN("")), "nothing twice");
}

static void
tokens(void)
{
	static const char known[] =
	    "earshot_0123456789ABCDEFGHIJKLMNOPQRSTUV3swqag";
	static const struct {
		const char *prefix;
		bool good;
	} prefixes[] = {
		{ "a", true }, { "earshot", true }, { "k9", true },
		{ "abcdefghijklmnop", true }, { "abcdefghijklmnopq", false },
		{ "", false }, { "9k", false }, { "K", false }, { "a_b", false },
		{ "a-b", false }, { "\xc3\xbc", false },
	};
	char token[SECRET_TOKEN_SIZE], other[SECRET_TOKEN_SIZE];
	int caught = 0, changed = 0;
	struct span span;

	for (size_t i = 0; i < COUNT(prefixes); i++)
		ok(secret_token_prefix_valid(span_of(prefixes[i].prefix)) ==
		    prefixes[i].good, "prefix \"%s\"", prefixes[i].prefix);
	ok(secret_token_valid(span_of(known)), "a known token");
	secret_token_new(SPAN("abcdefghijklmnop"), token);
	secret_token_new(SPAN("abcdefghijklmnop"), other);
	span = span_of(token);
	ok(span.n == 16 + 1 + 32 + 6 && span_starts(span, "abcdefghijklmnop_"),
	    "the form of a token");
	ok(secret_token_valid(span), "a new token is valid");
	ok(strcmp(token, other) != 0, "and no second one like it");
	for (size_t i = 0; i < span.n; i++) {
		char kept = token[i];

		for (const char *c = "aZ0_ -\n"; *c != '\0'; c++) {
			token[i] = *c;
			changed += *c != kept;
			caught += *c != kept && !secret_token_valid(span);
		}
		/* cppcheck-suppress redundantAssignment ; it is read as span */
		token[i] = '\0';
		changed++;
		caught += !secret_token_valid(span);
		/* cppcheck-suppress redundantAssignment ; likewise */
		token[i] = kept;
	}
	ok(caught == changed, "every change of one character is found");
	for (span.n = 0; span.n < strlen(token) &&
	    !secret_token_valid(span);)
		span.n++;
	ok(span.n == strlen(token), "no shorter part is valid");
	ok(!secret_token_valid(span_of(NULL)), "nor is nothing");
}

static void
ids(void)
{
	static const char *const bad[] = { "",
		"018bcfe568c070008000000000000000",
		"018bcfe5-68c0-7000-8000-00000000000",
		"018bcfe5-68c0-7000-8000-0000000000000",
		"018bcfe5-68c0-4000-8000-000000000000", /* version */
		"018bcfe5-68c0-7000-c000-000000000000", /* variant */
		"018bcfe5-68c0-7000-8000-00000000000g",
		"018bcfe5-68c0-7000-80000-00000000000",
		"018bcfe5_68c0-7000-8000-000000000000",
		"{18bcfe5-68c0-7000-8000-00000000000}" };
	char text[ID_TEXT_SIZE];
	struct id id = id_new(NOW), back;

	is_text(id_text(id_of_time(NOW - 123456), text),
	    "018bcfe5-6800-7000-8000-000000000000", "the lowest id of a time");
	is_text(id_text(id_of_time(NOW - 123456 + 999999), text),
	    "018bcfe5-6be7-7ffb-8000-000000000000", "with its microseconds");
	ok(id_time(id) == NOW / 1000 * 1000, "an id knows its time");
	ok(memcmp(id.b, id_of_time(NOW).b, 16) >= 0 &&
	    memcmp(id.b, id_of_time(NOW + 1).b, 16) < 0,
	    "and lies in the range of its microsecond");
	ok(id.b[6] >> 4 == 7 && id.b[8] >> 6 == 2, "version and variant");
	id_text(id, text);
	ok(strlen(text) == 36 && id_read(span_of(text), &back) &&
	    span_eq(id_span(&id), id_span(&back)), "text and back: %s", text);
	ok(id_read(SPAN("018BCFE5-68C0-7000-bFFF-000000000000"), &back) &&
	    back.b[8] == 0xbf, "upper case is read");
	for (size_t i = 0; i < COUNT(bad); i++)
		ok(!id_read(span_of(bad[i]), &back), "no id: %s", bad[i]);
	is_text(id_text(id_of_time(-5), text),
	    "00000000-0000-7000-8000-000000000000", "no time before 1970");
	is_text(id_text(id_of_time(INT64_MAX), text),
	    "ffffffff-ffff-7ffb-8000-000000000000", "nor after 48 bits");
}

#define IDS 20000

static void *
make_ids(void *arg)
{
	struct id *made = arg;

	for (size_t i = 0; i < IDS; i++)
		made[i] = id_new(NOW);
	return NULL;
}

static int
id_order(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct id));
}

static int
tick_order(const void *a, const void *b)
{
	return memcmp(a, b, 8);
}

/* Ids of one frozen clock: rising in each thread, no tick given twice. */
static void
rising(void)
{
	struct id *made = arena_alloc(arena, 2 * IDS * sizeof *made);
	struct id last;
	pthread_t thread;
	int wrong = 0;

	if (pthread_create(&thread, NULL, make_ids, made) != 0)
		ok(false, "a thread");
	make_ids(made + IDS);
	pthread_join(thread, NULL);
	for (size_t i = 1; i < 2 * IDS; i++)
		wrong += i != IDS && id_order(&made[i - 1], &made[i]) >= 0;
	ok(wrong == 0, "ids rise in two threads");
	qsort(made, 2 * IDS, sizeof *made, tick_order);
	for (size_t i = 1; i < 2 * IDS; i++)
		wrong += tick_order(&made[i - 1], &made[i]) == 0;
	ok(wrong == 0, "no tick was given twice");
	last = id_new(NOW - 1000000);
	ok(id_order(&made[2 * IDS - 1], &last) < 0,
	    "ids rise while the clock goes back");
	last = id_new(NOW + INT64_C(1000000000));
	ok(id_time(last) == (NOW + INT64_C(1000000000)) / 1000 * 1000,
	    "and follow it when it goes on");
}

static void
forking(void)
{
	struct id ours, theirs = { { 0 } };
	int ends[2], status = 1;
	pid_t child;

	(void)id_new(NOW); /* fills the pool */
	if (pipe(ends) != 0 || (child = fork()) < 0) {
		ok(false, "fork");
		return;
	}
	if (child == 0) {
		theirs = id_new(NOW);
		_exit(write(ends[1], &theirs, sizeof theirs) != sizeof theirs);
	}
	ours = id_new(NOW);
	ok(read(ends[0], &theirs, sizeof theirs) == sizeof theirs &&
	    waitpid(child, &status, 0) == child && status == 0,
	    "a child made an id");
	ok(memcmp(ours.b + 8, theirs.b + 8, 8) != 0,
	    "with random bits of its own");
	close(ends[0]);
	close(ends[1]);
}

static void
sealed(const struct seal *seal)
{
	const struct span secrets[] = { SPAN(""), SPAN("whsec_x"),
		SPAN("a\0b\xff") };
	struct seal other = *seal;
	struct span open;

	other.key[31] ^= 1;
	for (size_t i = 0; i < COUNT(secrets); i++) {
		struct span box = seal_text(seal, arena, secrets[i]);
		char *changed = arena_string(arena, box);

		ok(unseal_text(seal, arena, box, &open) &&
		    span_eq(open, secrets[i]), "sealed and open again");
		ok(!span_eq(box, seal_text(seal, arena, secrets[i])),
		    "never sealed the same way");
		ok(!unseal_text(&other, arena, box, &open), "not by another key");
		changed[box.n / 2] = changed[box.n / 2] == 'A' ? 'B' : 'A';
		ok(!unseal_text(seal, arena, (struct span){ changed, box.n },
		    &open), "not when it was changed");
		box.n -= 4;
		ok(!unseal_text(seal, arena, box, &open), "not when it was cut");
	}
	ok(!unseal_text(seal, arena, SPAN(""), &open), "nothing is not sealed");
	ok(!unseal_text(seal, arena, SPAN("plain text"), &open), "nor is text");
}

static void
key_file(void)
{
	char home[] = "/tmp/earshot-secret-XXXXXX";
	struct error error = { 0 };
	struct seal first = { 0 }, second = { 0 };
	const char *path, *other;
	struct stat info;
	FILE *file;

	if (mkdtemp(home) == NULL) {
		ok(false, "a place for the key");
		return;
	}
	path = arena_printf(arena, "%s/secret.key", home);
	other = arena_printf(arena, "%s/other.key", home);
	ok(seal_open(home, &first, &error) && !first.present && stat(path, &info) != 0,
	    "one that is lost is not replaced");
	ok(seal_make(home, &first, &error) && first.present, "a key is made when it is asked for");
	ok(stat(path, &info) == 0 && (info.st_mode & 07777) == 0600 &&
	    info.st_size == 32, "of 32 bytes, closed to others");
	ok(seal_make(home, &second, &error) &&
	    memcmp(&first, &second, sizeof first) == 0, "and found again");
	sealed(&first);
	if (rename(path, other) != 0 || symlink("other.key", path) != 0)
		ok(false, "symlink");
	ok(!seal_open(home, &second, &error), "a link: %s", error.detail);
	if (rename(other, path) != 0)
		ok(false, "rename");
	error_clear(&error);
	chmod(path, 0640);
	ok(!seal_open(home, &second, &error) &&
	    error.fault == FAULT_STORE_UNAVAILABLE, "open to a group: %s",
	    error.detail);
	chmod(path, 0600);
	if (truncate(path, 31) != 0)
		ok(false, "truncate");
	error_clear(&error);
	ok(!seal_open(home, &second, &error), "too short: %s", error.detail);
	file = fopen(path, "a");
	if (file == NULL || fputs("xx", file) < 0 || fclose(file) != 0)
		ok(false, "append");
	error_clear(&error);
	ok(!seal_open(home, &second, &error), "too long: %s", error.detail);
	unlink(path);
	ok(rmdir(home) == 0, "nothing else was left behind");
	error_clear(&error);
	ok(!seal_open(home, &second, &error) &&
	    error.fault == FAULT_STORE_UNAVAILABLE, "no home: %s", error.detail);
}

int
main(void)
{
	arena = arena_new();
	ok(secret_start(), "start");
	ids();
	rising();
	forking();
	hashes();
	macs();
	standard_webhook();
	ed25519();
	encodings();
	tokens();
	key_file();
	arena_free(&arena);
	return tap_done();
}
