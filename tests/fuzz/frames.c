/* SPDX-License-Identifier: ISC */
/*
 * Input: what one program says to the owner of a store, which is there with its engine: the
 * calls of two of its clients, one among the other, in pieces, with turns of the owner between
 * them. A byte each, by its lowest bits:
 *
 *   0, 1   a call of the first client, of the second: the other bits say which
 *   2      so many bytes of what has been said are sent
 *   3      the owner has so many turns
 *
 * Each call is answered as it is alone, to the byte. Calls that need a job (look-ups by a
 * field, views, commands) live longer than the frame that brought them.
 */
#include "act/macro.h"
#include "base/text.h"
#include "community/apikey.h"
#include "community/people.h"
#include "community/people_apply.h"
#include "community/select.h"
#include "listen/listener.h"
#include "serve/called.h"
#include "serve/frame.h"
#include "serve/reactor.h"
#include "serve/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#define PEOPLE 8
#define HOWS 8 /* of asking for one of them */
#define CALLS_MAX 48

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What one may ask, and what he hears when nobody else asks. */
struct question {
	struct id id;
	struct buf alone;
};

static struct scratch store;
static struct reactor *reactor;
static struct serve *serve;
static struct engine *engine;
static int peer;                 /* the program's end */
static struct buf heard;         /* by it, up to the next frame */
static struct question questions[PEOPLE * HOWS];

/* Of one input: the slot of a call is its place here. */
static struct {
	size_t question;
	struct buf answer;
	bool over;
} asked[CALLS_MAX];
static size_t asked_count;

static void
be(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "frames: %s\n", what);
	abort();
}

/* ---- a store, with a key, a view and a record for everybody */

static void
add_person(struct txn *txn, int n)
{
	static const char *const documents[] = {
		"{'id':'u%d','email':'u%d@mail.example','firstName':'First %d','lastName':'Last %d',"
		"'fields':{'number':%d}}",
		"{'key':'v%d','automation':'user','sort':'id','filter':'user.fields.number >= %d',"
		"'columns':['id','email','lastName']}",
		"{'key':'l%d','type':'macro','automation':'user','apiKey':'k%d','macro':'point',"
		"'target':{'match':'id'}}",
	};
	static const struct kind *const kinds[] = { &kind_user, &kind_view, &kind_listener };
	struct json_object *options = doc_of(txn, arena_printf(txn_arena(txn), "{'name':'k%d',"
	    "'hint':'a','scope':{'verbs':['lookup','package','describe']}}", n));
	struct span secret = span_of(arena_printf(txn_arena(txn), "the secret of %d", n));
	unsigned char hash[SECRET_SHA256_SIZE];
	struct sink sink;

	sink_open(&sink);
	secret_sha256(secret, hash);
	json_set_text(options, "sha256", secret_hex(txn_arena(txn),
	    (struct span){ (char *)hash, sizeof hash }));
	be(apikey_add_secret(txn, options, true, text_now(), &sink.complaints) != NULL, sink.text);
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		struct buf text = { 0 };

		for (const char *p = documents[i]; *p != '\0'; p++)
			if (p[0] == '%' && p[1] == 'd')
				buf_int(&text, n), p++;
			else
				buf_putc(&text, *p);
		buf_putc(&text, '\0');
		be(strcmp(apply(txn, kinds[i], text.p), "c") == 0, text.p);
		buf_free(&text);
	}
}

static void
add_everybody(struct txn *txn, void *arg)
{
	(void)arg;
	be(strcmp(apply(txn, &kind_rank, "{'key':'point','name':'Point','points':1}"), "c") == 0 &&
	    strcmp(apply(txn, &kind_macro, "{'key':'point','automation':'user','actions':[{"
	    "'action':'add-rank','rank':'point'}]}"), "c") == 0, "a macro");
	for (int n = 0; n < PEOPLE; n++)
		add_person(txn, n);
}

static void
open_all(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct error error = { 0 };
	int listening = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	be(scratch_open(&store) && scratch_run(&store, STORE_WRITE, add_everybody, NULL) &&
	    store_close(&store.store), "a store");
	/* However slow a fuzzer's build is. */
	store.settings.call_timeout = INT64_C(3600) * 1000000;
	snprintf(address.sun_path, sizeof address.sun_path, "%s/fuzzed", store.home);
	be(listening >= 0 && bind(listening, (struct sockaddr *)&address, sizeof address) == 0 &&
	    listen(listening, 1) == 0, "a socket");
	reactor = reactor_new();
	serve = serve_new(reactor, listening, &store.settings);
	engine = called_engine(&store);
	serve_engine(serve, engine, &error);
	peer = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	be(connect(peer, (struct sockaddr *)&address, sizeof address) == 0 &&
	    fcntl(peer, F_SETFL, O_NONBLOCK) == 0, "a connection");
	for (size_t i = 0; i < PEOPLE * HOWS; i++)
		questions[i].id = id_new(text_now());
}

static void
close_all(void)
{
	for (size_t i = 0; i < PEOPLE * HOWS; i++)
		buf_free(&questions[i].alone);
	buf_free(&heard);
	close(peer);
	reactor_turn(reactor, 0);
	serve_free(&serve);
	engine_close(&engine);
	reactor_free(&reactor);
	scratch_remove(store.home);
}

/* ---- the program */

static void
put_question(struct buf *out, size_t question, uint32_t slot)
{
	int who = (int)(question % PEOPLE), how = (int)(question / PEOPLE);
	char secret[40], path[60], args[100];
	struct header key = { SPAN("x-api-key"), { secret, 0 } };
	struct call_view call = { .verb = VERB_READ, .id = questions[question].id };
	struct request *request = &call.request;

	*request = (struct request){ .type = SPAN("lookup"), .method = SPAN("GET"),
		.query = SPAN(""), .url = SPAN(""), .content_type = SPAN(""),
		.address = SPAN("192.0.2.1"), .body = SPAN(""), .headers = &key, .header_count = 1 };
	snprintf(secret, sizeof secret, "the secret of %d", how == 3 ? PEOPLE + who : who);
	snprintf(path, sizeof path, "/user/u%d", who);
	switch (how) {
	case 0: /* as brief as a delivery */
		break;
	case 1: /* a job */
		snprintf(path, sizeof path, "/user/u%d@mail.example", who);
		request->query = SPAN("by=email&columns=id,lastName");
		break;
	case 2: /* of somebody else's record */
		snprintf(path, sizeof path, "/user/u%d@mail.example", (who + 1) % PEOPLE);
		request->query = SPAN("by=email&format=csv&columns=firstName,email");
		break;
	case 3: /* nobody's key */
		request->query = SPAN("by=id");
		break;
	case 4:
		call.verb = VERB_DESCRIBE;
		request->type = SPAN("macro");
		snprintf(path, sizeof path, "/l%d", who);
		break;
	case 5:
		request->type = SPAN("package");
		snprintf(path, sizeof path, "/v%d", who);
		break;
	case 6:
		snprintf(args, sizeof args, "{\"command\":\"show\",\"kind\":\"user\",\"name\":"
		    "\"u%d@mail.example\"}", who);
		break;
	default:
		snprintf(args, sizeof args, "{\"command\":\"list\",\"kind\":\"user\",\"limit\":%d}",
		    who + 1);
		break;
	}
	if (how >= 6)
		call = (struct call_view){ .verb = VERB_COMMAND, .id = call.id,
			.args = span_of(args), .actor = SPAN("") };
	key.value = span_of(secret);
	request->path = span_of(path);
	frame_call(out, &call, slot);
}

static void
take_frame(const struct frame *frame)
{
	char kind[2] = { (char)frame->kind, (char)frame->part };

	be(frame->slot < asked_count && !asked[frame->slot].over, "an answer to nobody's call");
	be(memcmp(&frame->id, &questions[asked[frame->slot].question].id, sizeof frame->id) == 0,
	    "an answer with another call's id");
	/* Rows may come in one piece or in two. */
	if (frame->kind != FRAME_PART || frame->part != PART_ROWS)
		buf_span(&asked[frame->slot].answer, (struct span){ kind, sizeof kind });
	buf_span(&asked[frame->slot].answer, frame->payload);
	asked[frame->slot].over = frame->kind == FRAME_REPLY;
}

static void
hear(void)
{
	struct frame frame;
	ssize_t n;

	while ((n = recv(peer, buf_room(&heard, 65536), 65536, 0)) > 0)
		heard.n += (size_t)n;
	be(n < 0 && errno == EAGAIN, "the owner has hung up");
	while (frame_read(buf_bytes(&heard), FRAME_ANSWER_MAX, &frame) == FRAME_WHOLE) {
		take_frame(&frame);
		buf_shift(&heard, frame.size);
	}
}

static void
turn(void)
{
	reactor_turn(reactor, 0);
	engine_turn(engine);
	serve_turn(serve);
	engine_work(engine, false);
	hear();
}

static void
say(struct buf *said, size_t n)
{
	ssize_t sent = 0;

	if (n > said->n)
		n = said->n;
	if (n > 0)
		sent = send(peer, said->p, n, MSG_NOSIGNAL);
	if (sent > 0)
		buf_shift(said, (size_t)sent);
}

static void
ask(struct buf *said, size_t question)
{
	asked[asked_count].question = question;
	asked[asked_count].over = false;
	put_question(said, question, (uint32_t)asked_count);
	asked_count++;
}

static bool
all_over(void)
{
	for (size_t i = 0; i < asked_count; i++)
		if (!asked[i].over)
			return false;
	return true;
}

static void
end(struct buf *said)
{
	while (said->n > 0 || !all_over()) {
		say(said, said->n);
		turn();
	}
	buf_free(said);
}

static void
forget_all(void)
{
	for (size_t i = 0; i < asked_count; i++)
		buf_free(&asked[i].answer);
	asked_count = 0;
}

/* What it is answered when nobody else is there. */
static void
ask_alone(size_t question)
{
	struct buf said = { 0 };

	if (questions[question].alone.n > 0)
		return;
	ask(&said, question);
	end(&said);
	buf_span(&questions[question].alone, buf_bytes(&asked[0].answer));
	forget_all();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf said = { 0 };

	if (reactor == NULL) {
		open_all();
		atexit(close_all);
	}
	for (size_t i = 0; i < PEOPLE * HOWS; i++)
		ask_alone(i);
	for (size_t i = 0; i < size && asked_count < CALLS_MAX; i++) {
		size_t n = data[i] >> 2;

		switch (data[i] & 3) {
		case 0:
			ask(&said, n);
			break;
		case 1: /* the other one asks the same for the next */
			ask(&said, n / PEOPLE * PEOPLE + (n + 1) % PEOPLE);
			break;
		case 2:
			say(&said, n + 1);
			break;
		default:
			for (size_t k = 0; k <= n % 4; k++)
				turn();
			break;
		}
	}
	end(&said);
	for (size_t i = 0; i < asked_count; i++)
		be(span_eq(buf_bytes(&asked[i].answer),
		    buf_bytes(&questions[asked[i].question].alone)), "an answer is another one");
	forget_all();
	return 0;
}
