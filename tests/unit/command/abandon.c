/* SPDX-License-Identifier: ISC */
/*
 * Jobs that are given up at each of their breaths, as when their caller has left or the owner
 * of the store leaves: they unwind, and hold no transaction, walk or memory afterwards. The
 * last of these only the sanitizers and valgrind see.
 */
#include "act/delivery.h"
#include "base/coroutine.h"
#include "command/job.h"
#include "community/outbox.h"
#include "listen/journal.h"
#include "listen/listener.h"
#include "store/store_private.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define USERS 12
#define DELIVERIES 8
#define PARCELS 6

static struct scratch store;

static const char world[] = "{'command':'apply','documents':["
    "{'doc':{'kind':'setting','community':'C'}},"
    "{'doc':{'kind':'project','key':'phone','name':'Phone'}},"
    "{'doc':{'kind':'group','key':'usage','name':'U','automation':'user','fields':["
    "{'label':'N','parameter':'n','type':'integer'}]}},"
    "{'doc':{'kind':'macro','key':'praise','automation':'user','actions':["
    "{'action':'add-points','points':1}]}},"
    "{'doc':{'kind':'schedule','key':'daily','macro':'praise','filter':'true','every':'hourly',"
    "'start':'2026-01-01T00:00:00Z'}},"
    "{'doc':{'kind':'listener','key':'in','type':'macro','automation':'user','macro':"
    "'praise','target':{'match':'email','parameter':'e'},'apiKey':'app'}}";

static void
add_traffic(struct txn *txn, void *arg)
{
	struct listener listener = { .full_name = SPAN("in"), .type = &listener_macro };
	struct request request = { .path = SPAN("/in"), .address = SPAN("192.0.2.1"),
		.body = SPAN("{\"e\":\"u1@mail.example\",\"n\":{\"m\":[1,2]}}"),
		.content_type = SPAN("application/json") };

	(void)arg;
	for (int i = 0; i < DELIVERIES; i++) {
		struct delivery delivery = { .now = text_now(), .arena = txn_arena(txn),
			.request = &request, .listener = &listener, .id = id_new(text_now()) };
		struct journal_entry entry = { .status = 422, .answer = SPAN("{}"),
			.outcome = FAULT_UNKNOWN_TARGET, .body = request.body };

		delivery_step(&delivery, "target", STEP_FAILED, "not found");
		journal_add(txn, &delivery, &entry);
	}
	for (int i = 0; i < PARCELS; i++)
		outbox_add(txn, doc_of(txn, "{'kind':'email','to':'u1@mail.example','subject':'s',"
		    "'text':'t','macro':'praise'}"), text_now(), text_now());
}

static void
fill(void)
{
	struct run job = { .store = NULL };
	struct buf out = { 0 };

	buf_puts(&out, world);
	for (int i = 0; i < USERS; i++)
		buf_printf(&out, ",{'doc':{'kind':'user','email':'u%d@mail.example','firstName':'%c'}},"
		    "{'doc':{'kind':'value','group':'usage','user':'u%d@mail.example',"
		    "'values':{'n':%d}}},{'doc':{'kind':'feedback','project':'phone','id':'%d',"
		    "'title':'T','submitter':'u1@mail.example'}}", i, 'z' - i, i, i % 5, i);
	buf_puts(&out, "]}");
	buf_putc(&out, '\0');
	(void)run(&job, &store, "{'command':'apikey-create','name':'app','sha256':'00112233445566"
	    "778899aabbccddeeff00112233445566778899aabbccddeeff'}");
	if (!ok(strstr(run(&job, &store, out.p), "! ") == NULL, "a world"))
		printf("# %.2000s\n", job.out.p);
	scratch_run(&store, STORE_WRITE, add_traffic, NULL);
	run_close(&job);
	buf_free(&out);
}

static bool
holds_nothing(void)
{
	DB_ENV *env = store.store->env;
	DB_TXN_STAT *stat = NULL;
	bool good = store.store->running == NULL && env->txn_stat(env, &stat, 0) == 0 &&
	    stat->st_nactive == 0;

	free(stat);
	return good;
}

static void
abandon(const char *args)
{
	struct run job = { .store = NULL };
	int places = 0, held = 0, unbroken = 0;
	bool ended = false;

	/* Of long ones not at each place. */
	for (int at = 1; !ended; at += 1 + at / 16) {
		if (!run_open(&job, &store, args))
			break;
		for (int i = 0; i < at && !ended; i++)
			ended = !run_step(&job);
		held += !holds_nothing(); /* while it breathes, either */
		if (ended)
			break;
		places++;
		while (!coroutine_resume(&job.stack))
			error_set(&job.job.error, FAULT_BUSY, "nobody waits");
		unbroken += job.job.error.fault == FAULT_NONE;
		held += !holds_nothing();
	}
	ok(places > 0 && held == 0, "%s: given up at %d places, holds something at %d of them",
	    args, places, held);
	/* One that was at its last breath may end as it would have. */
	ok(unbroken <= 1, "and it ends there");
	run_close(&job);
}

int
main(void)
{
	static const char *const calls[] = {
		"{'command':'export'}",
		"{'command':'list','kind':'user','filter':'user.score == 0'}",
		"{'command':'select','kind':'user','sort':'firstName','filter':'data.usage.n > 1'}",
		"{'command':'select','kind':'user','sort':'-/fields/x'}",
		"{'command':'deliveries','contains':'u1'}",
		"{'command':'stat'}",
		"{'command':'report','of':'usage','by':'n','filter':'user.score == 0'}",
		"{'command':'report','of':'delivery'}",
		"{'command':'check'}",
		"{'command':'suggest','listener':'in'}",
		"{'command':'outbox'}",
		"{'command':'macro-log','macro':'praise'}",
		"{'command':'macro-run-all','macro':'praise','filter':'true','preview':true}",
		"{'command':'macro-run-all','macro':'praise','filter':'true'}",
		"{'command':'macro-run-all','macro':'praise','ids':['1','2','3','none']}",
		"{'command':'schedule-run'}",
		"{'command':'replay','listener':'in','dryRun':true}",
		"{'command':'group-clear','name':'usage','count':true}",
		"{'command':'groups'}",
		"{'command':'group-uses','name':'usage'}",
		"{'command':'group-values','name':'usage'}",
		("{'command':'group-preview','name':'usage','members':{'fields':[{'label':'N',"
		    "'parameter':'n','type':'string'}]}}"),
		"{'command':'user-tickets','name':'u1@mail.example'}",
		"{'command':'record-parcels','name':'u1@mail.example'}",
		"{'command':'record-runs','kind':'user','name':'u1@mail.example'}",
		"{'command':'search','kind':'user','text':'u1'}",
		"{'command':'audit'}",
		"{'command':'pulse'}",
		"{'command':'imports'}",
		"{'command':'filter-count','automation':'user','filter':'user.score == 0'}",
		"{'command':'listener-past','listener':'in'}",
		"{'command':'outbox-retry','all':true}",
		("{'command':'apply','documents':[{'doc':{'kind':'team','key':'a','name':'A'}},"
		    "{'doc':{'kind':'team','key':'b','name':'B'}}]}"),
		"{'command':'post-take','worker':'w','lease':'60s'}",
		"{'command':'group-clear','name':'usage'}",
		"{'command':'replay','listener':'in'}",
		"{'command':'tidy'}",
	};
	struct run job = { .store = NULL };

	if (!scratch_open(&store))
		return 99;
	fill();
	for (size_t i = 0; i < COUNT(calls); i++)
		abandon(calls[i]);
	is_like(run(&job, &store, "{'command':'check'}"), "*'problems':0}\n",
	    "and the store is as it should be");
	run_close(&job);
	scratch_close(&store);
	return tap_done();
}
