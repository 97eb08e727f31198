/* SPDX-License-Identifier: ISC */
/* Every page. The first row that matches a path counts. */
#include "console/automation.h"
#include "console/deliveries.h"
#include "console/documents.h"
#include "console/imports.h"
#include "console/learn.h"
#include "console/listener.h"
#include "console/outbox.h"
#include "console/past.h"
#include "console/route.h"
#include "console/runs.h"
#include "console/sign_in.h"

const struct route routes[] = {
	/* Signing in */
	{ "GET", "/sign-in", ROUTE_OPEN, .title = "Sign in",
	  .help = "A link by mail, or a password if you have set one.",
	  .template = "sign-in", .before = sign_in_before },
	{ "POST", "/sign-in/mail", ROUTE_OPEN, .title = "Sign in",
	  .help = "Mails a link that signs in once.",
	  .calls = ROUTE_CALLS(CALL("mail", {"command":"console-mail","user":"{{form.user}}",
	          "address":"{{site.address}}"})),
	  .before = sign_in_mail, .again = "/sign-in", .after = sign_in_mailed },
	{ "GET", "/sign-in/link", ROUTE_OPEN, .title = "Sign in",
	  .help = "One more step: the link is used by the button, so that no program that looks "
	      "into mail uses it up.",
	  .template = "sign-in-link" },
	{ "POST", "/sign-in/link", ROUTE_OPEN, .title = "Sign in",
	  .help = "Uses the link up.", .before = sign_in_by_link, .again = "/sign-in" },
	{ "POST", "/sign-in/password", ROUTE_OPEN, .title = "Sign in",
	  .help = "By name and password.", .before = sign_in_by_password, .again = "/sign-in" },
	{ "POST", "/sign-out", ROUTE_SIGNED, .title = "Sign out",
	  .help = "Ends this session.",
	  .calls = ROUTE_CALLS(CALL("end", {"command":"console-sessions-end","own":true})),
	  .after = sign_in_out },

	/* Home */
	{ "GET", "/", ROUTE_SIGNED, "home", "Home",
	  .help = "What needs a person, and the last day.", .template = "home",
	  .after = home_after,
	  .calls = ROUTE_CALLS(TRY("attention", {"command":"attention","limit":50{{#query.after}},
	          "after":"{{query.after}}"{{/query.after}}}),
	      TRY("pulse", {"command":"pulse"}),
	      TRY("tasks", {"command":"tasks"}),
	      TRY("deliveries", {"command":"deliveries","limit":10,"look":500})) },

	/* One's own */
	{ "GET", "/you", ROUTE_SIGNED, "you", "You",
	  .help = "Where you are signed in, and your password.", .template = "you",
	  .calls = ROUTE_CALLS(CALL("sessions", {"command":"console-sessions"})) },
	{ "POST", "/you/sessions/end", ROUTE_SIGNED, .title = "You",
	  .help = "Ends one of your sessions, or all others.",
	  .calls = ROUTE_CALLS(CALL("end", {"command":"console-sessions-end"{{#form.id}},
	          "id":"{{form.id}}"{{/form.id}}})),
	  .then = "/you", .said = "Ended: {{calls.end.row.ended}}" },
	{ "POST", "/you/alerts", ROUTE_SIGNED, .title = "You",
	  .help = "Says whether you are written to about what needs a person.",
	  .calls = ROUTE_CALLS(CALL("alerts", {"command":"console-alerts",
	          "on":{{#form.on}}true{{/form.on}}{{^form.on}}false{{/form.on}}})),
	  .then = "/you", .said = "{{#form.on}}You are written to when something needs a person."
	      "{{/form.on}}{{^form.on}}You are not written to about what needs a person any more."
	      "{{/form.on}}" },
	{ "POST", "/you/password", ROUTE_SIGNED, .title = "You",
	  .help = "Sets your password, or takes it away; your other sessions end.",
	  .before = sign_in_set_password,
	  .calls = ROUTE_CALLS(CALL("password", {"command":"console-password"{{#doc.proof}},
	          "salt":"{{doc.salt}}","proof":"{{doc.proof}}"{{/doc.proof}}})),
	  .again = "/you", .then = "/you", .said = "Your password is "
	      "{{#doc.proof}}set{{/doc.proof}}{{^doc.proof}}taken away{{/doc.proof}}." },

	/* Automation */
	{ "GET", "/automation/{record}", ROUTE_SIGNED, .title = "{{page.automation}}",
	  .help = "External Listeners: URLs by which other systems act on users or tickets.",
	  .template = "automation", .before = automation_before, .after = automation_after,
	  .calls = ROUTE_CALLS(CALL("listeners", {"command":"list","kind":"listener",
	          "filter":"{{page.filter}}","limit":500}),
	      TRY("pulse", {"command":"pulse"}),
	      TRY("macros", {"command":"list","kind":"macro","limit":500}),
	      TRY("schedules", {"command":"list","kind":"schedule","limit":500})) },

	/* One listener */
	{ "GET", "/listeners/new", ROUTE_MANAGER, .title = "Create an external listener",
	  .help = "A URL that another system posts to, and what is done then.",
	  .template = "listener-form", .after = listener_form,
	  .calls = ROUTE_CALLS(TRY("document", {{#form.from}}{"command":"show","kind":"listener",
	          "name":"{{form.from}}"}{{/form.from}})) },
	{ "POST", "/listeners/new", ROUTE_MANAGER, .title = "Create an external listener",
	  .help = "Makes the listener, and the API key, macro or data group that it needs.",
	  .before = listener_create, .again = "/listeners/new" },
	{ "GET", "/listeners/duplicate/{name*}", ROUTE_MANAGER,
	  .title = "Duplicate {{path.name}}", .help = "The same under another key; change what is "
	      "to be different.",
	  .template = "listener-form", .after = listener_form,
	  .calls = ROUTE_CALLS(CALL("document", {"command":"show","kind":"listener",
	          "name":"{{path.name}}"})) },
	{ "GET", "/listeners/edit/{name*}", ROUTE_SIGNED,
	  .title = "External Listener {{path.name}}",
	  .help = "As it stands; change what is to be different.", .template = "listener-form",
	  .after = listener_form,
	  .calls = ROUTE_CALLS(CALL("document", {"command":"show","kind":"listener",
	          "name":"{{path.name}}"})) },
	{ "POST", "/listeners/edit/{name*}", ROUTE_MANAGER,
	  .title = "External Listener {{path.name}}",
	  .help = "Changes the listener, unless somebody else has meanwhile.",
	  .before = listener_change, .again = "/listeners/edit/{name*}" },
	{ "GET", "/listeners/past/{name*}", ROUTE_SIGNED,
	  .title = "Try {{path.name}} on the past",
	  .help = "What its last deliveries would come to now, as it is saved. Nothing is done.",
	  .template = "listener-past", .before = past_before, .after = past_after,
	  .calls = ROUTE_CALLS(CALL("document", {"command":"show","kind":"listener",
	          "name":"{{path.name}}"}),
	      { "past", "{{^page.past.wrong}}" PAST_CALL("path.name") "{{/page.past.wrong}}",
	          false }) },
	{ "GET", "/listeners/ready/{name*}", ROUTE_SIGNED,
	  .title = "{{page.listener_name}}: how to post to it",
	  .help = "The URL, a command to try it, and what to enter at the sender.",
	  .template = "listener-ready", .before = listener_ready_before, .after = listener_ready,
	  .calls = ROUTE_CALLS(CALL("document", {"command":"show","kind":"listener",
	          "name":"{{path.name}}"})) },

	/* Deliveries */
	{ "GET", "/deliveries", ROUTE_SIGNED, "deliveries", "Deliveries",
	  .help = "What other systems have posted to External Listeners, newest first, and what "
	      "came of it.",
	  .template = "deliveries", .before = deliveries_before, .after = deliveries_listed,
	  .calls = ROUTE_CALLS({ "deliveries", "{\"command\":\"deliveries\",\"limit\":50,"
	          "\"look\":" DELIVERIES_LOOK "{{#page.refused}},\"refused\":true{{/page.refused}}"
	          "{{#query.after}},\"after\":\"{{query.after}}\"{{/query.after}}"
	          DELIVERIES_CHOICE "}", true },
	      { "failed", "{{#page.failures}}{\"command\":\"deliveries\",\"outcome\":\"failed\","
	          "\"limit\":25,\"look\":" DELIVERIES_LOOK DELIVERIES_CHOICE "}{{/page.failures}}",
	          true },
	      TRY("listeners", {"command":"list","kind":"listener","limit":500})) },
	{ "GET", "/deliveries/replay", ROUTE_MANAGER, "deliveries", "Replay deliveries?",
	  .help = "Nothing is done yet.", .template = "deliveries-many",
	  .before = deliveries_before, .after = deliveries_many_asked,
	  .calls = ROUTE_CALLS({ "count", "{\"command\":\"replay\",\"count\":true"
	          DELIVERIES_CHOICE "}", false }) },
	{ "POST", "/deliveries/replay", ROUTE_MANAGER, "deliveries", "Replay deliveries",
	  .help = "Carries out a part of them, and tells how far it is.",
	  .before = deliveries_many_before, .after = deliveries_many_after,
	  .calls = ROUTE_CALLS({ "replay", "{\"command\":\"replay\",\"brief\":true,\"limit\":200"
	          "{{#form.masked}},\"masked\":true{{/form.masked}}"
	          "{{#form.after}},\"after\":\"{{form.after}}\"{{/form.after}}"
	          DELIVERIES_CHOICE "}", false }) },
	{ "GET", "/deliveries/replaying", ROUTE_MANAGER, "deliveries", "Replaying deliveries",
	  .help = "How far it is.", .template = "deliveries-many", .before = deliveries_many_told },
	{ "GET", "/deliveries/replay/{id}", ROUTE_MANAGER, "deliveries", "Replay this delivery?",
	  .help = "Nothing is done yet: this is what would be done now.",
	  .template = "delivery-replay", .after = deliveries_replay_asked,
	  .calls = ROUTE_CALLS(CALL("entry", {"command":"delivery","id":"{{path.id}}"}),
	      TRY("try", {"command":"replay","id":"{{path.id}}","dryRun":true{{#query.masked}},
	          "masked":true{{/query.masked}}})) },
	{ "POST", "/deliveries/replay/{id}", ROUTE_MANAGER, "deliveries", "Replay this delivery?",
	  .help = "Carries the delivery out again, as a new one.",
	  .calls = ROUTE_CALLS(CALL("replay", {"command":"replay","id":"{{path.id}}"
	          {{#form.masked}},"masked":true{{/form.masked}}})),
	  .again = "/deliveries/replay/{id}",
	  .then = "/deliveries/{{calls.replay.row.delivery | path}}",
	  .said = "Replayed, as a new delivery: {{calls.replay.row.outcome}}." },
	{ "GET", "/deliveries/{id}", ROUTE_SIGNED, "deliveries",
	  "Delivery to {{calls.entry.row.listener}}: {{calls.entry.row.outcome}}",
	  .help = "What came, what was done with it, and why.", .template = "delivery",
	  .after = deliveries_one,
	  .calls = ROUTE_CALLS(CALL("entry", {"command":"delivery","id":"{{path.id}}","body":true}),
	      TRY("parcels", {"command":"outbox","delivery":"{{path.id}}"})) },

	/* Learning from a delivery */
	{ "GET", "/learn/{name*}", ROUTE_SIGNED, .title = "Learn from a delivery: {{path.name}}",
	  .help = "Let the other system send something, and say what in it is what.",
	  .template = "learn", .after = learn_after,
	  .calls = ROUTE_CALLS(CALL("document", {"command":"show","kind":"listener",
	          "name":"{{path.name}}"}),
	      TRY("deliveries", {"command":"deliveries","listener":"{{path.name}}","limit":10})) },
	{ "POST", "/learn/{name*}", ROUTE_MANAGER, .title = "Learn from a delivery: {{path.name}}",
	  .help = "Opens a listener for capture, tries what was said of a delivery, switches it on.",
	  .before = learn_before, .again = "/learn/{name*}" },

	/* Macros by hand */
	{ "GET", "/macros/run", ROUTE_MANAGER, "macro", "Run a macro",
	  .help = "Nothing is done yet: on whom it would be, and what it would do.",
	  .template = "macro-run", .before = runs_before, .after = runs_asked,
	  .calls = ROUTE_CALLS(CALL("macros", {"command":"list","kind":"macro","limit":500,
	          "filter":"macro.automation == '{{page.run.automation}}'"}),
	      TRY("count", {{#page.run.by_filter}}{"command":"filter-count","limit":10,
	          "automation":"{{page.run.automation}}"{{#page.run.scope}},
	          "project":"{{page.run.scope}}"{{/page.run.scope}}{{#page.run.exact}},
	          "whole":true{{/page.run.exact}},
	          "filter":"{{page.run.filter}}"}{{/page.run.by_filter}})) },
	{ "POST", "/macros/run", ROUTE_MANAGER, "macro", "Run a macro",
	  .help = "Begins it; a list that asks is led to what it would do.", .before = runs_begin,
	  .calls = ROUTE_CALLS(CALL("run", {"command":"macro-run-all","background":true,
	          "macro":"{{page.run.macro}}","key":"{{form.key}}"
	          {{#page.run.by_ids}},"ids":{{{page.run.ids}}}{{/page.run.by_ids}}
	          {{^page.run.by_ids}},"filter":"{{page.run.filter}}"{{/page.run.by_ids}}})),
	  .again = "/macros/run",
	  .then = "/macros/runs/{{calls.run.row.run}}/{{calls.run.row.macro | path}}" },
	{ "POST", "/macros/stop", ROUTE_MANAGER, "macro", "Stop a macro",
	  .help = "No other target is begun.",
	  .calls = ROUTE_CALLS(CALL("stop", {"command":"macro-stop","macro":"{{form.macro}}",
	          "run":"{{form.run}}"})),
	  .then = "/macros/runs/{{calls.stop.row.run}}/{{calls.stop.row.macro | path}}" },
	{ "GET", "/macros/runs/{id}/{name*}", ROUTE_SIGNED, "macro",
	  "Run of {{path.name}}: {{calls.log.row.state}}",
	  .help = "How far it is, what was refused, and why.", .template = "macro-going",
	  .after = runs_one,
	  .calls = ROUTE_CALLS(CALL("log", {"command":"macro-log","macro":"{{path.name}}",
	          "run":"{{path.id}}","limit":100{{#query.after}},"after":"{{query.after}}"
	          {{/query.after}}})) },
	{ "GET", "/macros/log/{name*}", ROUTE_SIGNED, "macro", "Runs of {{path.name}}",
	  .help = "Who ran it on whom, and how many it was applied to, newest first.",
	  .template = "macro-log", .after = runs_listed,
	  .calls = ROUTE_CALLS(CALL("log", {"command":"macro-log","macro":"{{path.name}}",
	          "limit":50{{#query.after}},"after":"{{query.after}}"{{/query.after}}})) },

	/* Imports */
	{ "GET", "/imports", ROUTE_SIGNED, "imports", "Import a file",
	  .help = "People or tickets from a spreadsheet, as CSV. Nothing is done before you have seen "
	      "what it would do.",
	  .template = "imports", .before = imports_before, .after = imports_listed,
	  .calls = ROUTE_CALLS(TRY("imports", {"command":"imports","limit":50{{#query.after}},
	          "after":"{{query.after}}"{{/query.after}}})) },
	{ "POST", "/imports", ROUTE_MANAGER, "imports", "Import a file",
	  .help = "Takes the file, and looks at what it would do.", .takes_file = true,
	  .before = imports_upload, .again = "/imports" },
	{ "GET", "/imports/{id}", ROUTE_SIGNED, "imports", "{{page.import.file}}",
	  .help = "{{#page.import.of_users}}People{{/page.import.of_users}}"
	      "{{^page.import.of_users}}Tickets{{/page.import.of_users}}, {{page.import.size}}, sent "
	      "by {{page.import.by}}.",
	  .template = "import", .after = imports_one,
	  .calls = ROUTE_CALLS(CALL("import", {"command":"import","import":"{{path.id}}"}),
	      TRY("refused", {"command":"import-refused","import":"{{path.id}}","limit":50
	          {{#query.after}},"after":"{{query.after}}"{{/query.after}}})) },
	{ "POST", "/imports/{id}/check", ROUTE_MANAGER, "imports", "Import a file",
	  .help = "Looks at what it would do with these columns.", .before = imports_columns,
	  .calls = ROUTE_CALLS(CALL("check", {"command":"import-check","import":"{{path.id}}",
	          "columns":{{{doc}}},"encoding":"{{form.encoding}}","clearEmpty":
	          {{#form.clear}}true{{/form.clear}}{{^form.clear}}false{{/form.clear}}})),
	  .again = "/imports/{id}", .then = "/imports/{{path.id}}" },
	{ "POST", "/imports/{id}/start", ROUTE_MANAGER, "imports", "Import a file",
	  .help = "Does what was looked at.",
	  .calls = ROUTE_CALLS(CALL("start", {"command":"import-start","import":"{{path.id}}"})),
	  .again = "/imports/{id}", .then = "/imports/{{path.id}}" },
	{ "POST", "/imports/{id}/stop", ROUTE_MANAGER, "imports", "Import a file",
	  .help = "No other row is begun.",
	  .calls = ROUTE_CALLS(CALL("stop", {"command":"import-stop","import":"{{path.id}}"})),
	  .again = "/imports/{id}", .then = "/imports/{{path.id}}" },
	{ "POST", "/imports/{id}/drop", ROUTE_MANAGER, "imports", "Import a file",
	  .help = "Forgets the file and its log; what was imported stays.",
	  .calls = ROUTE_CALLS(CALL("drop", {"command":"import-drop","import":"{{path.id}}"})),
	  .again = "/imports/{id}", .then = "/imports", .said = "It is forgotten." },
	{ "GET", "/imports/{id}/refused.csv", ROUTE_SIGNED, "imports", "Refused rows",
	  .help = "The rows that were refused, with the reason in front, as CSV.",
	  .after = imports_refused,
	  .calls = ROUTE_CALLS(CALL("refused", {"command":"import-refused","import":"{{path.id}}",
	          "limit":1000})) },

	/* Outbox */
	{ "GET", "/outbox", ROUTE_SIGNED, "outbox", "Outbox",
	  .help = "E-mails and webhooks that macros have written, on their way to others.",
	  .template = "outbox", .before = outbox_before, .after = outbox_listed,
	  .calls = ROUTE_CALLS({ "parcels", "{\"command\":\"outbox\",\"limit\":50,\"look\":2000"
	          "{{#query.after}},\"after\":\"{{query.after}}\"{{/query.after}}"
	          OUTBOX_CHOICE("query") "}", true }) },
	{ "GET", "/outbox/many/{verb}", ROUTE_MANAGER, "outbox", "{{page.asked}}",
	  .help = "Nothing is done yet.", .template = "outbox-many", .before = outbox_many_before,
	  .after = outbox_many_asked,
	  .calls = ROUTE_CALLS({ "count", "{\"command\":\"outbox-{{path.verb}}\",\"all\":true,"
	          "\"count\":true" OUTBOX_CHOICE("query") "}", false }) },
	{ "POST", "/outbox/many/{verb}", ROUTE_MANAGER, "outbox", "{{page.asked}}",
	  .help = "Tries all of a choice again, or gives them up.", .before = outbox_many_before,
	  .calls = ROUTE_CALLS({ "done", "{\"command\":\"outbox-{{path.verb}}\",\"all\":true"
	          OUTBOX_CHOICE("form") "}", false }),
	  .then = "/outbox", .said = "{{^page.is_drop}}Tried again: {{calls.done.row.retried}}."
	      "{{/page.is_drop}}{{#page.is_drop}}Given up: {{calls.done.row.dropped}}.{{/page.is_drop}}" },
	{ "GET", "/outbox/html/{id}", ROUTE_SIGNED, .title = "E-mail",
	  .help = "The e-mail as it will look, alone and in a sandbox.", .after = outbox_html,
	  .calls = ROUTE_CALLS(CALL("parcel", {"command":"outbox-show","id":"{{path.id}}"})) },
	{ "POST", "/outbox/retry/{id}", ROUTE_MANAGER, "outbox", "Outbox",
	  .help = "Tries an e-mail or webhook at once.",
	  .calls = ROUTE_CALLS(CALL("done", {"command":"outbox-retry","id":"{{path.id}}"})),
	  .again = "/outbox/{id}", .then = "/outbox/{{path.id | path}}",
	  .said = "It is tried again." },
	{ "GET", "/outbox/drop/{id}", ROUTE_MANAGER, "outbox", "Give it up?",
	  .help = "Nothing is done yet.", .template = "outbox-drop", .after = outbox_one,
	  .calls = ROUTE_CALLS(CALL("parcel", {"command":"outbox-show","id":"{{path.id}}"})) },
	{ "POST", "/outbox/drop/{id}", ROUTE_MANAGER, "outbox", "Give it up?",
	  .help = "An e-mail or webhook is not sent any more.",
	  .calls = ROUTE_CALLS(CALL("done", {"command":"outbox-drop","id":"{{path.id}}"})),
	  .again = "/outbox/drop/{id}", .then = "/outbox/{{path.id | path}}",
	  .said = "It is given up." },
	{ "GET", "/outbox/{id}", ROUTE_SIGNED, "outbox",
	  "{{#calls.parcel.row.is_email}}E-mail{{/calls.parcel.row.is_email}}"
	  "{{^calls.parcel.row.is_email}}Webhook{{/calls.parcel.row.is_email}} to "
	  "{{calls.parcel.row.to}}: {{calls.parcel.row.state_said}}",
	  .help = "As it will be sent, and what became of it.", .template = "parcel",
	  .after = outbox_one,
	  .calls = ROUTE_CALLS(CALL("parcel", {"command":"outbox-show","id":"{{path.id}}"})) },

	/* Any document */
	{ "GET", "/documents/{kind}", ROUTE_SIGNED, .title = "{{page.kinds}}",
	  .help = "{{page.purpose}}", .template = "documents", .before = documents_kind,
	  .after = documents_listed,
	  .calls = ROUTE_CALLS(CALL("documents", {"command":"list","kind":"{{path.kind}}",
	          "limit":100,"look":1000{{#page.filter}},
	          "filter":"{{page.filter}}"{{/page.filter}}{{#query.after}},"after":"{{query.after}}"{{/query.after}}})) },
	{ "GET", "/documents/{kind}/new", ROUTE_MANAGER, .title = "New: {{page.kind}}",
	  .help = "What has no mark may be left empty.", .template = "document-form",
	  .before = documents_form, .after = documents_form_new,
	  .calls = ROUTE_CALLS(TRY("from", {{#query.from}}{"command":"show",
	          "kind":"{{path.kind}}","name":"{{query.from}}"}{{/query.from}})) },
	{ "POST", "/documents/{kind}/new", ROUTE_MANAGER, .title = "New: {{page.kind}}",
	  .help = "Creates it; refuses one that there is already.", .before = documents_create,
	  .calls = ROUTE_CALLS(CALL("apply", {"command":"apply","creates":true,
	          "documents":[{"doc":{{{doc}}}}]})),
	  .again = "/documents/{kind}/new", .then = "/documents/{{path.kind}}",
	  .said = "{{calls.apply.row.name}} is made." },
	{ "GET", "/documents/{kind}/edit/{name*}", ROUTE_SIGNED,
	  .title = "{{page.kind}}{{^page.is.setting}}: {{path.name}}{{/page.is.setting}}",
	  .help = "As it stands; change what is to be different.", .template = "document-form",
	  .before = documents_form, .after = documents_form_edit,
	  .calls = ROUTE_CALLS(CALL("document", {"command":"show","kind":"{{path.kind}}",
	          "name":"{{path.name}}"})) },
	{ "POST", "/documents/{kind}/edit/{name*}", ROUTE_MANAGER,
	  .title = "{{page.kind}}{{^page.is.setting}}: {{path.name}}{{/page.is.setting}}",
	  .help = "Changes it, unless somebody else has meanwhile.", .before = documents_change,
	  .calls = ROUTE_CALLS(CALL("set", {"command":"set","kind":"{{path.kind}}",
	          "name":"{{path.name}}","version":"{{form.version}}","members":{{{doc}}}})),
	  .again = "/documents/{kind}/edit/{name*}",
	  .then = "/documents/{{path.kind}}", .said = "{{path.name}} is changed." },
	{ "POST", "/documents/{kind}/switch/{name*}", ROUTE_MANAGER, .title = "{{page.kind}}",
	  .help = "Switches a listener, a macro or a schedule on or off.", .before = documents_kind,
	  .calls = ROUTE_CALLS(CALL("set", {"command":"set","kind":"{{path.kind}}",
	          "name":"{{path.name}}","members":{"enabled":{{#form.on}}true{{/form.on}}
	          {{^form.on}}false{{/form.on}}}})),
	  .then = "{{form.back}}", .said = "{{path.name}} is switched {{#form.on}}on{{/form.on}}"
	      "{{^form.on}}off{{/form.on}}." },
	{ "GET", "/documents/{kind}/remove/{name*}", ROUTE_MANAGER,
	  .title = "Remove {{path.name}}?", .help = "Nothing is removed yet.",
	  .template = "document-remove", .before = documents_kind,
	  .calls = ROUTE_CALLS(CALL("document", {"command":"show","kind":"{{path.kind}}",
	          "name":"{{path.name}}"}),
	      TRY("tickets", {{#page.is.user}}{"command":"user-tickets","name":"{{path.name}}"}
	          {{/page.is.user}}),
	      TRY("records", {{#page.is.group}}{"command":"group-clear","count":true,
	          "name":"{{path.name}}"}{{/page.is.group}}),
	      TRY("pulse", {{#page.is.listener}}{"command":"pulse","listener":"{{path.name}}"}
	          {{/page.is.listener}})) },
	{ "POST", "/documents/{kind}/remove/{name*}", ROUTE_MANAGER,
	  .title = "Remove {{path.name}}?", .help = "Removes it.", .before = documents_kind,
	  .calls = ROUTE_CALLS(CALL("clear", {{#page.is.group}}{"command":"group-clear",
	          "name":"{{path.name}}"}{{/page.is.group}}),
	      CALL("remove", {"command":"remove","kind":"{{path.kind}}","name":"{{path.name}}"})),
	  .again = "/documents/{kind}/remove/{name*}",
	  .then = "/documents/{{path.kind}}", .said = "{{path.name}} is removed." },
	{ .method = NULL },
};
