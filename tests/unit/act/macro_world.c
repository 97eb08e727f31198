/* SPDX-License-Identifier: ISC */
#include "act/macro_world.h"
#include "record/record_scratch.h"

void
world_open(struct world *world)
{
	struct error error = { 0 };

	*world = (struct world){ .home = "/tmp/earshot-test-XXXXXX" };
	world->arena = arena_new();
	world->call = arena_new();
	if (!secret_start() || mkdtemp(world->home) == NULL ||
	    !settings_read(world->arena, world->home, &world->settings, &error)) {
		printf("Bail out! %s\n", error.detail);
		exit(1);
	}
	world->settings.free_bytes = 0;
	world->store = store_open(&(struct store_options){ .home = world->home,
	    .settings = &world->settings, .brief = true, .create = true }, &error);
	if (world->store == NULL) {
		printf("Bail out! %s\n", error.detail);
		exit(1);
	}
}

void
world_close(struct world *world)
{
	store_close(&world->store);
	scratch_remove(world->home);
	arena_free(&world->call);
	arena_free(&world->arena);
}

const char *
world_run(struct world *world, enum store_mode mode, void (*body)(struct txn *, void *),
    void *arg)
{
	struct error error = { 0 };

	arena_reset(world->call);
	if (store_run(world->store, mode, world->call, body, arg, &error))
		return "";
	return arena_printf(world->arena, "%s: %s", fault_info(error.fault)->code,
	    error.detail);
}

void
world_complain(struct complaints *complaints, const char *pointer, const char *sentence)
{
	struct buf *out = complaints->arg;

	buf_printf(out, "%s%s: %s", complaints->count++ == 0 ? "" : "\n", pointer, sentence);
}

static const struct kind *
world_kind(struct span name)
{
	static const struct kind *const all[] = { &kind_setting, &kind_project, &kind_team,
		&kind_rank, &kind_user, &kind_feedback, &kind_template, &kind_group, &kind_macro };

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		if (span_is(name, all[i]->name))
			return all[i];
	return NULL;
}

static void
world_put_body(struct txn *txn, void *arg)
{
	struct world_put *put = arg;
	struct complaints complaints = { .add = world_complain, .arg = &put->out };
	struct error error = { 0 };
	struct json_object *doc = json_read(txn_arena(txn), span_of(put->text),
	    &json_limits_document, &error);
	const struct kind *kind = world_kind(json_string(doc, "kind"));

	if (kind == NULL) {
		buf_printf(&put->out, "no kind: %s", error.detail);
		return;
	}
	kind_check(txn, kind, doc, &complaints);
	if (complaints.count == 0)
		kind_put(txn, kind, doc, &complaints);
	if (complaints.count == 0)
		kind_refer(txn, kind, doc, &complaints);
	if (complaints.count > 0)
		txn_fail(txn, FAULT_BAD_DOCUMENT, "not put");
}

const char *
world_put(struct world *world, const char *text)
{
	struct world_put put = { .text = text };
	const char *result;

	world_run(world, STORE_WRITE, world_put_body, &put);
	result = arena_string(world->arena, buf_bytes(&put.out));
	buf_free(&put.out);
	return result;
}

void
world_need(struct world *world, const char *text)
{
	const char *complaints = world_put(world, text);

	if (complaints[0] != '\0') {
		printf("Bail out! %s\n# of %s\n", complaints, text);
		exit(1);
	}
}

bool
world_alike(const char *got, const char *expected)
{
	while (*expected != '\0') {
		size_t n = strcspn(expected, "\n");

		if (strncmp(got, expected, n) != 0)
			return false;
		got += strcspn(got, "\n");
		got += *got == '\n';
		expected += n + (expected[n] == '\n');
	}
	return *got == '\0';
}

struct world_get {
	enum record record;
	struct span id, path;
	struct buf out;
};

static void
world_get_body(struct txn *txn, void *arg)
{
	struct world_get *get = arg;
	struct json_object *doc = record_load(txn, get->record, get->id), *value;

	if (get->record == RECORD_USER)
		doc = people_whole(txn, doc);
	value = doc;
	if (doc == NULL)
		buf_puts(&get->out, "gone");
	else if (!pointer_dotted(doc, get->path, &value))
		buf_puts(&get->out, "absent");
	else
		buf_span(&get->out, json_write(txn_arena(txn), value));
}

const char *
world_get(struct world *world, enum record record, const char *id, const char *path)
{
	struct world_get get = { .record = record, .id = span_of(id), .path = span_of(path) };
	const char *result;

	world_run(world, STORE_READ, world_get_body, &get);
	result = arena_string(world->arena, buf_bytes(&get.out));
	buf_free(&get.out);
	return result;
}

struct world_rows {
	enum table table;
	bool remove;
	struct buf out;
};

static void
world_rows_body(struct txn *txn, void *arg)
{
	struct world_rows *rows = arg;
	struct walk *walk = walk_open(txn, rows->table, SPAN(""), SPAN(""), false);
	struct span key, value;

	while (walk_next(walk, &key, &value)) {
		buf_span(&rows->out, value);
		buf_putc(&rows->out, '\n');
		if (rows->remove)
			table_del(txn, rows->table, arena_copy(txn_arena(txn), key));
	}
	walk_close(&walk);
}

const char *
world_rows(struct world *world, enum table table, bool remove)
{
	struct world_rows rows = { .table = table, .remove = remove };
	const char *result;

	world_run(world, STORE_WRITE, world_rows_body, &rows);
	result = arena_string(world->arena, buf_bytes(&rows.out));
	buf_free(&rows.out);
	return result;
}

/* What was sealed when the macro was stored; as it is when it was not. */
static struct span
world_unsealed(struct world *world, struct json_object *value)
{
	struct span box = json_string(value, "sealed"), secret;

	return unseal_text(store_seal(world->store), world->arena, box, &secret) ? secret : box;
}

/* The same for the members of an object. */
static void
world_unseal(struct world *world, struct json_object *object)
{
	if (json_get(json_get(object, "password"), "sealed") != NULL)
		json_set_text(object, "password",
		    world_unsealed(world, json_get(object, "password")));
}

const char *
world_parcels(struct world *world)
{
	static const char *const shown[] = { "kind", "to", "subject", "text", "html", "method",
		"headers", "body", "auth", "sign", "returns", "timeout", "ordered", "essential" };
	char *rows = arena_string(world->arena,
	    span_of(world_rows(world, TABLE_OUTBOX, true))), *row, *rest = NULL;
	struct buf out = { 0 };
	const char *result;

	world_rows(world, TABLE_DUE, true);
	for (row = strtok_r(rows, "\n", &rest); row != NULL; row = strtok_r(NULL, "\n", &rest)) {
		struct json_object *parcel = json_load(world->arena, span_of(row));

		if (!span_is(json_string(parcel, "state"), "waiting"))
			continue;
		for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
			struct json_object *value = json_get(parcel, shown[i]);
			struct span text = json_span(value);

			if (value == NULL)
				continue;
			world_unseal(world, value);
			if (json_string(value, "sealed").n > 8)
				text = world_unsealed(world, value);
			else if (text.p == NULL)
				text = json_number_text(value);
			buf_printf(&out, "%s%.*s", i == 0 ? "" : "|", (int)text.n, text.p);
		}
		buf_putc(&out, '\n');
	}
	result = arena_string(world->arena, buf_bytes(&out));
	buf_free(&out);
	return result;
}

void
world_trace(const struct delivery *delivery, struct buf *out)
{
	static const char *const verdicts[] = { "ok", "skipped", "failed" };

	for (const struct step *step = delivery->steps; step != NULL; step = step->next)
		buf_printf(out, "%s %s: %.*s\n", step->name, verdicts[step->verdict],
		    (int)step->sentence.n, step->sentence.p);
	for (const struct effect *effect = delivery->effects; effect != NULL;
	    effect = effect->next)
		buf_printf(out, "+ %s: %.*s\n", effect->action, (int)effect->result.n,
		    effect->result.p);
}

const char *
world_quoted(struct world *world, const char *text)
{
	char *copy = arena_string(world->arena, span_of(text)), *p = copy;

	while ((p = strchr(p, '`')) != NULL)
		*p = '"';
	return copy;
}

void
world_people(struct world *world)
{
	static const char *const docs[] = {
		"{`kind`:`setting`,`community`:`Acme Beta`}",
		"{`kind`:`project`,`key`:`phone`,`name`:`Phone beta`}",
		"{`kind`:`project`,`key`:`tablet`,`name`:`Tablet beta`}",
		"{`kind`:`team`,`key`:`vip`,`project`:`phone`,`name`:`VIP`}",
		"{`kind`:`team`,`key`:`all`,`name`:`All`}",
		"{`kind`:`rank`,`key`:`active`,`name`:`Active`,`points`:10}",
		"{`kind`:`user`,`id`:`1`,`email`:`jim@acme.example`,`firstName`:`Jim`,"
		    "`roles`:[`admin`],`teams`:[`all`]}",
		"{`kind`:`user`,`id`:`2`,`email`:`ann@mail.example`,`firstName`:`Ann`,"
		    "`teams`:[`phone/vip`,`all`],`fields`:{`plan`:`free`}}",
		"{`kind`:`user`,`id`:`3`,`email`:`bob@mail.example`,`optOut`:true,"
		    "`teams`:[`phone/vip`,`all`]}",
		"{`kind`:`feedback`,`id`:`10`,`project`:`phone`,`type`:`issue`,"
		    "`title`:`Crash <1>`,`status`:`Open`,`submitter`:`ann@mail.example`,"
		    "`exposure`:`public`}",
		"{`kind`:`feedback`,`id`:`11`,`project`:`phone`,`type`:`issue`,"
		    "`title`:`Old`,`status`:`Open`}",
		"{`kind`:`group`,`key`:`usage`,`name`:`Usage`,`automation`:`user`,"
		    "`fields`:[{`label`:`Launches`,`parameter`:`launches`,`type`:`integer`},"
		    "{`label`:`Paying`,`parameter`:`paying`,`type`:`boolean`},"
		    "{`label`:`Last seen`,`parameter`:`last_seen`,`type`:`datetime`},"
		    "{`label`:`Plan`,`parameter`:`/account/plan`,`type`:`string`}]}",
		"{`kind`:`group`,`key`:`sync`,`name`:`Sync`,`automation`:`feedback`,"
		    "`fields`:[{`label`:`Id`,`parameter`:`remote_id`,`type`:`string`}]}",
		"{`kind`:`group`,`key`:`totals`,`project`:`phone`,`name`:`Totals`,"
		    "`automation`:`project`,`fields`:[{`label`:`Users`,"
		    "`parameter`:`users`,`type`:`integer`}]}",
		"{`kind`:`template`,`key`:`thanks`,`automation`:`user`,"
		    "`subject`:`Thank you, {{user.firstName}}`,`text`:`Score {{user.score}}`,"
		    "`html`:`<b>{{payload.note}}</b>`}",
		"{`kind`:`template`,`key`:`closed`,`automation`:`feedback`,"
		    "`project`:`phone`,`subject`:`{{feedback.title}}`,"
		    "`text`:`is {{feedback.status}}`}",
	};

	for (size_t i = 0; i < sizeof docs / sizeof docs[0]; i++)
		world_need(world, world_quoted(world, docs[i]));
}
