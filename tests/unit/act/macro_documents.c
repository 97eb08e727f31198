/* SPDX-License-Identifier: ISC */
/* Macros as documents, and what is complained about them. */
#include "act/macro_world.h"

static struct world world;

static const struct {
	const char *doc;
	const char *complaints; /* how each line begins */
} documents[] = {
	{ USER "{\"action\":\"add-rank\",\"rank\":\"active\"}]}", "" },
	{ USER "]}", "/actions: must have 1 to 50 items" },
	{ USER "{\"action\":\"add-ranks\",\"rank\":\"active\"}]}",
	    "/actions/0/action: there is no action 'add-ranks'; did you mean 'add-rank'?" },
	{ USER "{\"rank\":\"active\"}]}", "/actions/0: must be an object with the member" },
	{ USER "7]}", "/actions/0: must be an object with the member" },
	{ USER "{\"action\":\"set-status\",\"status\":\"Closed\"}]}",
	    "/actions/0/action: set-status cannot stand in user automation" },
	{ TICKET "{\"action\":\"delete-user\"}]}",
	    "/actions/0/action: delete-user cannot stand in feedback automation" },
	{ TICKET "{\"action\":\"add-rank\",\"rank\":\"active\"}]}",
	    "/actions/0/to: add-rank in feedback automation needs" },
	{ USER "{\"action\":\"add-rank\",\"rank\":\"active\",\"to\":\"submitter\"}]}",
	    "/actions/0/to: can only be \"target\"" },
	{ USER "{\"action\":\"add-points\",\"points\":5,\"reason\":\"x\"}]}", "" },
	{ USER "{\"action\":\"add-points\",\"points\":\"{{payload.points}}\"}]}", "" },
	{ TICKET "{\"action\":\"add-points\",\"points\":-5,\"to\":\"submitter\"}]}", "" },
	{ TICKET "{\"action\":\"add-points\",\"points\":5}]}",
	    "/actions/0/to: add-points in feedback automation needs" },
	{ USER "{\"action\":\"add-points\"}]}", "/actions/0/points: \"points\" is missing" },
	{ USER "{\"action\":\"add-points\",\"points\":1000001}]}",
	    "/actions/0/points: must be an integer from -1000000 to 1000000, or a text with tags" },
	{ USER "{\"action\":\"add-points\",\"points\":1.5}]}",
	    "/actions/0/points: must be an integer from -1000000 to 1000000, or a text with tags" },
	{ USER "{\"action\":\"add-points\",\"points\":\"{{usr.x}}\"}]}", "/actions/0/points: " },
	{ USER "{\"action\":\"add-rank\",\"rank\":\"none\"}]}",
	    "/actions/0/rank: there is no rank 'none'" },
	{ USER "{\"action\":\"add-rank\",\"rank\":\"active\",\"reason\":\"{{usr.x}}\"}]}",
	    "/actions/0/reason: at byte 2: nothing is called 'usr'" },
	{ USER "{\"action\":\"add-note\",\"text\":\"{{#user}}{{usr}}{{/user}}"
	    "{{user.firstNam}}\"}]}", "/actions/0/text: at byte 27: nothing is called "
	    "'user.firstNam'; did you mean 'user.firstName'?" },
	{ USER "{\"action\":\"add-note\",\"text\":\"{{user.email.x}}\"}]}",
	    "/actions/0/text: at byte 2: 'user.email' is a single value" },
	{ USER "{\"action\":\"add-note\",\"text\":\"{{delivery.evnt}}\"}]}",
	    "/actions/0/text: at byte 2: nothing is called 'delivery.evnt'; did you mean "
	    "'delivery.event'?" },
	{ USER "{\"action\":\"add-note\",\"text\":\"{{feedback.title}}\"}]}",
	    "/actions/0/text: at byte 2: there is no feedback in user automation" },
	{ USER "{\"action\":\"add-note\",\"text\":\"{{data.usge.launches}}\"}]}",
	    "/actions/0/text: at byte 2: nothing is called 'data.usge'; did you mean "
	    "'data.usage'?" },
	{ USER "{\"action\":\"add-note\",\"text\":\"{{data.usage.launch}}\"}]}",
	    "/actions/0/text: at byte 2: nothing is called 'data.usage.launch'; did you mean "
	    "'data.usage.launches'?" },
	{ USER "{\"action\":\"add-note\",\"text\":\"{{data.usage.Launches}}"
	    "{{data.usage.plan}}{{#data.usage}}{{any}}{{/data.usage}}{{payload.any.thing}}"
	    "{{user.fields.any}}{{user.scores.phone}}{{user.ranks.0.reason}}{{user.id}}"
	    "{{project.name}}{{community.community}}{{now | date}}\"}]}", "" },
	{ TICKET "{\"action\":\"set-field\",\"field\":\"x\","
	    "\"value\":\"{{data.usage.launches}}\"}]}",
	    "/actions/0/value: at byte 2: nothing is called 'data.usage'" },
	{ TICKET "{\"action\":\"set-field\",\"field\":\"x\","
	    "\"value\":\"{{data.sync.remote_id}}{{feedback.popularity}}{{user.email}}\"}]}", "" },
	{ USER "{\"action\":\"add-note\",\"text\":\"a {{#user}} b\"}]}",
	    "/actions/0/text: at byte " },
	{ USER "{\"action\":\"add-note\",\"text\":\"a\",\"when\":\"user.score >\"}]}",
	    "/actions/0/when: the filter ends where a value should follow\nuser.score >\n"
	    "            ^\n" },
	{ USER "{\"action\":\"add-note\",\"txt\":\"a\"}]}",
	    "/actions/0/text: \"text\" is missing\n/actions/0/txt: \"txt\" is not known here" },
	{ USER "{\"action\":\"add-teams\",\"teams\":[\"vip\"]}]}",
	    "/actions/0/teams: there is no team 'vip'" },
	{ USER "{\"action\":\"add-teams\",\"teams\":[\"phone/vip\"]}]}", "" },
	{ USER "{\"action\":\"add-teams\",\"teams\":[]}]}",
	    "/actions/0/teams: at least one team is needed" },
	{ USER "{\"action\":\"leave-project\"}]}",
	    "/actions/0: leave-project needs a macro with a project" },
	{ USER "{\"action\":\"set-field\",\"field\":\"plan\"}]}",
	    "/actions/0/value: is missing; null clears the field" },
	{ USER "{\"action\":\"set-field\",\"field\":\"plan\",\"value\":[1]}]}",
	    "/actions/0/value: must be text, a number" },
	{ TICKET "{\"action\":\"set-exposure\",\"exposure\":\"secret\"}]}",
	    "/actions/0/exposure: must be \"private\"" },
	{ TICKET "{\"action\":\"set-status\",\"status\":\"{{payload.x}}\"}]}",
	    "/actions/0/status: tags cannot stand here" },
	{ USER "{\"action\":\"add-comment\",\"author\":\"jim\",\"text\":\"x\"}]}",
	    "/actions/0/author: \"author\" must be an e-mail address" },
	{ USER "{\"action\":\"email\",\"to\":\"submitter\",\"template\":\"thanks\"}]}",
	    "/actions/0/to: a user has no submitter" },
	{ TICKET "{\"action\":\"email\",\"to\":\"target\",\"template\":\"closed\"}]}",
	    "/actions/0/to: a ticket has no address" },
	{ TICKET "{\"action\":\"email\",\"to\":\"submitter\",\"template\":\"thanks\"}]}",
	    "/actions/0/template: 'thanks' is for user automation" },
	{ USER "{\"action\":\"email\",\"to\":\"target\",\"template\":\"closed\"}]}",
	    "/actions/0/template: there is no template 'closed'" },
	{ USER "{\"action\":\"email\",\"to\":[\"target\",\"x\"],\"template\":\"thanks\"}]}",
	    "/actions/0/to: must be \"target\", an e-mail address" },
	{ USER "{\"action\":\"email\",\"to\":{\"team\":\"none\"},\"template\":\"thanks\"}]}",
	    "/actions/0/to: there is no team 'none'" },
	{ USER "{\"action\":\"email\",\"to\":\"target\",\"subject\":\"x\"}]}",
	    "/actions/0: an e-mail needs a template, or a subject and a text" },
	{ USER "{\"action\":\"email\",\"to\":\"target\",\"template\":\"thanks\",\"text\":\"x\"}]}",
	    "/actions/0/template: an e-mail has either a template or" },
	{ USER "{\"action\":\"webhook\",\"url\":\"ftp://x/\"}]}",
	    "/actions/0/url: must begin with https:// or http://" },
	{ USER "{\"action\":\"webhook\",\"url\":{\"secret\":\"https://a.example/x\"}}]}", "" },
	{ USER "{\"action\":\"webhook\",\"url\":{\"secret\":\"ftp://a.example/x\"}}]}",
	    "/actions/0/url: must begin with https:// or http://" },
	{ USER "{\"action\":\"webhook\",\"url\":{\"secret\":\"https://a.example/{{user.id}}\"}}]}",
	    "/actions/0/url/secret: cannot hold tags" },
	{ USER "{\"action\":\"webhook\",\"url\":{\"secret\":\"https://a.example/a b\"}}]}",
	    "/actions/0/url/secret: has a character that has to be percent-encoded" },
	{ USER "{\"action\":\"webhook\",\"url\":{}}]}",
	    "/actions/0/url: must be a text, or {\"secret\": text}" },
	{ USER "{\"action\":\"webhook\",\"url\":7}]}",
	    "/actions/0/url: must be a text, or {\"secret\": text}\n"
	    "/actions/0/url: must begin with" },
	{ USER "{\"action\":\"webhook\",\"url\":\"https://{{payload.host}}/\"}]}",
	    "/actions/0/url: must name its host without tags" },
	{ USER "{\"action\":\"webhook\",\"url\":\"https://a.example.{{payload.host}}/\"}]}",
	    "/actions/0/url: must name its host without tags" },
	{ USER "{\"action\":\"webhook\",\"url\":\"https://b\xc3\xbc" "cher.example:8443/a\"}]}", "" },
	{ USER "{\"action\":\"webhook\",\"url\":\"https://\xcc\x88x.example/\"}]}",
	    "/actions/0/url: \"\xcc\x88x.example\" cannot be the name of a host" },
	{ USER "{\"action\":\"webhook\",\"url\":\"https://me:pw@a.example/\"}]}",
	    "/actions/0/url: must name its host without tags" },
	{ USER "{\"action\":\"webhook\",\"url\":\"https://a.example/\",\"method\":\"get\"}]}",
	    "/actions/0/method: must be POST" },
	{ USER "{\"action\":\"webhook\",\"url\":\"https://a.example/\",\"method\":\"GET\","
	    "\"body\":\"x\"}]}", "/actions/0/body: a GET has no body" },
	{ USER "{\"action\":\"webhook\",\"url\":\"https://a.example/\","
	    "\"headers\":{\"Host\":\"b\"}}]}",
	    "/actions/0/headers: Host is set when the request is sent" },
	{ USER "{\"action\":\"webhook\",\"url\":\"https://a.example/\","
	    "\"headers\":{\"X\\r\\nY\":\"b\"}}]}", "/actions/0/headers: the name of a header is" },
	{ USER "{\"action\":\"webhook\",\"url\":\"https://a.example/\","
	    "\"headers\":{\"content-type\":\"{{payload.x}}\"}}]}",
	    "/actions/0/headers/Content-Type: cannot hold tags" },
	{ USER "{\"action\":\"webhook\",\"url\":\"https://a.example/\",\"timeout\":\"1h\"}]}",
	    "/actions/0/timeout: must be 1 to 120 seconds" },
	{ USER "{\"action\":\"webhook\",\"url\":\"https://a.example/\",\"timeout\":\"15s\"}]}",
	    "" },
	{ USER "{\"action\":\"webhook\",\"url\":\"https://a.example/\",\"secret\":\"abc\"}]}",
	    "/actions/0/secret: must be \"whsec_\" and 24 to 64 bytes" },
	{ USER "{\"action\":\"webhook\",\"url\":\"https://a.example/\","
	    "\"secret\":{\"sealed\":\"abc\"}}]}", "" },
	{ USER "{\"action\":\"webhook\",\"url\":\"https://a.example/\","
	    "\"auth\":{\"user\":\"u\"}}]}", "/actions/0/auth/password: \"password\" is missing" },
	{ USER "{\"action\":\"webhook\",\"url\":\"https://a.example/\","
	    "\"returns\":{\"group\":\"usage\",\"fields\":{\"launches\":\"/a~2\"}}}]}",
	    "/actions/0/returns/fields: launches: " },
	{ USER "{\"action\":\"webhook\",\"url\":\"https://a.example/\","
	    "\"returns\":{\"group\":\"sync\",\"fields\":{\"remote_id\":\"/id\"}}}]}",
	    "/actions/0/returns/group: 'sync' is for feedback automation" },
	{ TICKET "{\"action\":\"webhook\",\"url\":\"https://a.example/\","
	    "\"returns\":{\"group\":\"sync\",\"fields\":{\"id\":\"/id\"}}}]}",
	    "/actions/0/returns/fields: the group 'sync' has no parameter 'id'" },
	{ USER "{\"action\":\"run-macro\",\"macro\":\"m\"}]}",
	    "/actions/0/macro: 'm' would run itself" },
	{ USER "{\"action\":\"run-macro\",\"macro\":\"none\"}]}",
	    "/actions/0/macro: there is no macro 'none'" },
	{ "{\"kind\":\"macro\",\"key\":\"m\",\"automation\":\"users\",\"actions\":[{}]}",
	    "/automation: " },
	{ "{\"kind\":\"macro\",\"key\":\"m\",\"project\":\"none\",\"automation\":\"user\","
	    "\"actions\":[{\"action\":\"leave-project\"}]}", "/project: there is no project" },
};

static void
test_documents(void)
{
	for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++) {
		const char *got = world_put(&world, documents[i].doc);

		if (!ok(world_alike(got, documents[i].complaints), "document %zu: %.*s", i,
		    (int)strcspn(documents[i].complaints, "\n"),
		    documents[i].complaints[0] != '\0' ? documents[i].complaints : "is good"))
			printf("# got: %s\n", got);
	}
}

int
main(void)
{
	world_open(&world);
	world_people(&world);
	test_documents();
	world_close(&world);
	return tap_done();
}
