/* SPDX-License-Identifier: ISC */
/* Both ends of a sealed stream, by bytes: what they say to each other, and everything that
 * somebody between them could do. */
#include "base/channel.h"
#include "tap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static unsigned char key[SECRET_KEY_SIZE] = "a key that both of them have";

struct ends {
	struct channel *dialer, *listener;
	struct buf from_dialer, from_listener; /* on the wire */
	struct buf heard_dialer, heard_listener; /* plain, by each */
};

static void
begin(struct ends *ends, const unsigned char *other_key)
{
	*ends = (struct ends){ 0 };
	ends->dialer = channel_new(key, CHANNEL_DIALS, &ends->from_dialer);
	ends->listener = channel_new(other_key, CHANNEL_LISTENS, &ends->from_listener);
}

static void
end(struct ends *ends)
{
	channel_free(&ends->dialer);
	channel_free(&ends->listener);
	buf_free(&ends->from_dialer);
	buf_free(&ends->from_listener);
	buf_free(&ends->heard_dialer);
	buf_free(&ends->heard_listener);
}

/* What the wire carries arrives, a few bytes at a time. */
static const char *
carry(struct buf *wire, size_t piece, struct channel *to, struct buf *back, struct buf *plain)
{
	const char *why = NULL;

	for (size_t at = 0; at < wire->n && why == NULL; at += piece)
		why = channel_take(to, (struct span){ wire->p + at,
		    wire->n - at < piece ? wire->n - at : piece }, back, plain);
	wire->n = 0;
	return why;
}

static const char *
carry_all(struct ends *ends, size_t piece)
{
	const char *why = NULL;

	while (why == NULL && (ends->from_dialer.n > 0 || ends->from_listener.n > 0)) {
		why = carry(&ends->from_dialer, piece, ends->listener, &ends->from_listener,
		    &ends->heard_listener);
		if (why == NULL)
			why = carry(&ends->from_listener, piece, ends->dialer, &ends->from_dialer,
			    &ends->heard_dialer);
	}
	return why;
}

static void
test_talk(size_t piece)
{
	struct span word = SPAN("to the other one"), back = SPAN("and back");
	struct ends ends;
	char *much = malloc(300000);

	begin(&ends, key);
	ok(ends.from_listener.n == 0, "who listens says nothing to a stranger");
	ok(carry_all(&ends, piece) == NULL && channel_proven(ends.dialer) &&
	    channel_proven(ends.listener) && ends.heard_dialer.n == 0 && ends.heard_listener.n == 0,
	    "both have shown the key, pieces of %zu", piece);
	channel_put(ends.dialer, word, &ends.from_dialer);
	channel_put(ends.listener, back, &ends.from_listener);
	ok(memmem(ends.from_dialer.p, ends.from_dialer.n, word.p, word.n) == NULL,
	    "it cannot be read on its way");
	ok(carry_all(&ends, piece) == NULL && span_eq(buf_bytes(&ends.heard_listener), word) &&
	    span_eq(buf_bytes(&ends.heard_dialer), back), "both heard it");
	for (size_t i = 0; i < 300000; i++)
		much[i] = (char)(i * 7 >> 3);
	ends.heard_listener.n = 0;
	channel_put(ends.dialer, (struct span){ much, 300000 }, &ends.from_dialer);
	ok(carry_all(&ends, piece * 97) == NULL && ends.heard_listener.n == 300000 &&
	    memcmp(ends.heard_listener.p, much, 300000) == 0, "more than a record");
	free(much);
	end(&ends);
}

static void
test_strangers(void)
{
	unsigned char other[SECRET_KEY_SIZE] = "another key";
	struct ends ends;

	begin(&ends, other);
	ok(carry(&ends.from_dialer, 1000, ends.listener, &ends.from_listener,
	    &ends.heard_listener) != NULL && ends.from_listener.n == 0 &&
	    !channel_proven(ends.listener), "who has another key is refused without a word");
	end(&ends);
	begin(&ends, key);
	buf_puts(&ends.heard_dialer, "GET / HTTP/1.1\r\nHost: 192.0.2.1:7410\r\nAccept: */*\r\n"
	    "User-Agent: a scanner that knocks at every door it finds\r\n\r\n");
	ok(channel_take(ends.listener, buf_bytes(&ends.heard_dialer), &ends.from_listener,
	    &ends.heard_listener) != NULL && ends.from_listener.n == 0,
	    "who speaks another protocol is refused without a word");
	end(&ends);
}

/* One bit of each byte of each step of the beginning, and of a record. */
static void
test_flips(void)
{
	size_t flips = 0, taken = 0;

	for (int step = 0; step < 4; step++) {
		for (size_t at = 0;; at++) {
			struct ends ends;
			struct buf *wire;
			const char *why;

			begin(&ends, key);
			for (int i = 0; i < step; i++)
				if (i % 2 == 0)
					carry(&ends.from_dialer, 1000, ends.listener,
					    &ends.from_listener, &ends.heard_listener);
				else
					carry(&ends.from_listener, 1000, ends.dialer,
					    &ends.from_dialer, &ends.heard_dialer);
			wire = step % 2 == 0 ? &ends.from_dialer : &ends.from_listener;
			if (step == 3)
				channel_put(ends.listener, SPAN("said"), wire);
			if (at >= wire->n) {
				end(&ends);
				break;
			}
			wire->p[at] = (char)(wire->p[at] ^ 1 << at % 8);
			flips++;
			why = carry_all(&ends, 1000);
			/* A length that grew waits for more: nothing of it is believed. */
			taken += why == NULL && (step < 2 || ends.heard_dialer.n > 0 ||
			    (channel_proven(ends.listener) && step == 2));
			end(&ends);
		}
	}
	ok(flips > 250 && taken == 0, "none of %zu changes on the way was taken for what was said",
	    flips);
}

/* Everything that a dialer ever said, once more to a new listener. */
static void
test_replay(void)
{
	struct ends ends, again;
	struct buf said = { 0 }, answered = { 0 };

	begin(&ends, key);
	buf_span(&said, buf_bytes(&ends.from_dialer));
	carry(&ends.from_dialer, 1000, ends.listener, &ends.from_listener, &ends.heard_listener);
	buf_span(&answered, buf_bytes(&ends.from_listener));
	carry(&ends.from_listener, 1000, ends.dialer, &ends.from_dialer, &ends.heard_dialer);
	channel_put(ends.dialer, SPAN("do it"), &ends.from_dialer);
	buf_span(&said, buf_bytes(&ends.from_dialer));
	begin(&again, key);
	ok(carry(&said, 1000, again.listener, &again.from_listener, &again.heard_listener) != NULL &&
	    !channel_proven(again.listener) && again.heard_listener.n == 0,
	    "a conversation that is played again is refused");
	end(&again);
	begin(&again, key);
	ok(carry(&answered, 1000, again.dialer, &again.from_dialer,
	    &again.heard_dialer) != NULL && !channel_proven(again.dialer),
	    "so are old answers");
	end(&again);
	end(&ends);
	buf_free(&said);
	buf_free(&answered);
}

static void
test_record_again(void)
{
	struct ends ends;
	struct buf record = { 0 };

	begin(&ends, key);
	carry_all(&ends, 1000);
	channel_put(ends.dialer, SPAN("one"), &record);
	buf_span(&ends.from_dialer, buf_bytes(&record));
	buf_span(&ends.from_dialer, buf_bytes(&record));
	ok(carry_all(&ends, 1000) != NULL && span_is(buf_bytes(&ends.heard_listener), "one"),
	    "a record that comes twice ends it");
	end(&ends);
	begin(&ends, key);
	carry_all(&ends, 1000);
	record.n = 0;
	channel_put(ends.dialer, SPAN("one"), &record);
	channel_put(ends.dialer, SPAN("two"), &ends.from_dialer);
	ok(carry_all(&ends, 1000) != NULL && ends.heard_listener.n == 0,
	    "one that is left out ends it");
	end(&ends);
	buf_free(&record);
}

static void
test_reflection(void)
{
	struct buf wire = { 0 }, back = { 0 }, plain = { 0 };
	struct channel *channel = channel_new(key, CHANNEL_DIALS, &wire);

	ok(channel_take(channel, buf_bytes(&wire), &back, &plain) != NULL &&
	    !channel_proven(channel), "its own words are no answer");
	channel_free(&channel);
	wire.n = 0;
	channel = channel_new(key, CHANNEL_DIALS, &wire);
	struct channel *listener = channel_new(key, CHANNEL_LISTENS, &back);

	channel_take(listener, buf_bytes(&wire), &back, &plain);
	wire.n = 0;
	ok(channel_take(listener, buf_bytes(&back), &wire, &plain) != NULL,
	    "nor what the listener said");
	channel_free(&channel);
	channel_free(&listener);
	buf_free(&wire);
	buf_free(&back);
	buf_free(&plain);
}

static void
test_key_file(void)
{
	char home[] = "/tmp/earshot-channel-XXXXXX", path[64];
	unsigned char one[SECRET_KEY_SIZE], two[SECRET_KEY_SIZE];
	struct error error = { 0 };
	struct stat st;
	bool present;

	if (mkdtemp(home) == NULL)
		abort();
	snprintf(path, sizeof path, "%s/group.key", home);
	ok(secret_key_file(home, "group.key", false, one, &present, &error) && !present,
	    "a key that is absent is no error");
	ok(secret_key_file(home, "group.key", true, one, &present, &error) && present &&
	    stat(path, &st) == 0 && (st.st_mode & 0777) == 0600 && st.st_size == SECRET_KEY_SIZE,
	    "a new one is closed to others");
	ok(secret_key_file(home, "group.key", true, two, &present, &error) &&
	    memcmp(one, two, sizeof one) == 0, "and is not replaced");
	chmod(path, 0640);
	ok(!secret_key_file(home, "group.key", false, two, &present, &error) && !present &&
	    strstr(error.detail, "chmod 600") != NULL, "one that is open to others is refused");
	unlink(path);
	rmdir(home);
}

int
main(void)
{
	if (!secret_start())
		return 1;
	test_talk(1);
	test_talk(1000000);
	test_strangers();
	test_flips();
	test_replay();
	test_record_again();
	test_reflection();
	test_key_file();
	return tap_done();
}
