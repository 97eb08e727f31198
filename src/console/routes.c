/* SPDX-License-Identifier: ISC */
/* Every page. The first row that matches a path counts. */
#include "console/automation.h"
#include "console/documents.h"
#include "console/route.h"
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
	  .again = "/sign-in", .after = sign_in_mail_after },
	{ "GET", "/sign-in/link", ROUTE_OPEN, .title = "Sign in",
	  .help = "Where the link leads to: it is used by the button, so that no program that looks "
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
	  .calls = ROUTE_CALLS(TRY("stat", {"command":"stat"}),
	      TRY("deliveries", {"command":"deliveries","limit":10})) },

	/* One's own */
	{ "GET", "/you", ROUTE_SIGNED, "you", "You",
	  .help = "Where you are signed in, and your password.", .template = "you",
	  .calls = ROUTE_CALLS(CALL("sessions", {"command":"console-sessions"})) },
	{ "POST", "/you/sessions/end", ROUTE_SIGNED, .title = "You",
	  .help = "Ends one of your sessions, or all others.",
	  .calls = ROUTE_CALLS(CALL("end", {"command":"console-sessions-end"{{#form.id}},
	          "id":"{{form.id}}"{{/form.id}}})),
	  .then = "/you", .said = "Ended: {{calls.end.row.ended}}" },
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
	      TRY("schedules", {"command":"list","kind":"schedule","limit":500})) },
	{ "POST", "/listeners/switch/{name*}", ROUTE_MANAGER, .title = "External Listener",
	  .help = "Opens or closes a listener.",
	  .calls = ROUTE_CALLS(CALL("set", {"command":"set","kind":"listener",
	          "name":"{{path.name}}","members":{"enabled":{{#form.on}}true{{/form.on}}
	          {{^form.on}}false{{/form.on}}}})),
	  .then = "{{form.back}}", .said = "{{path.name}} is switched {{#form.on}}on{{/form.on}}"
	      "{{^form.on}}off: who posts to it is answered that it does not exist{{/form.on}}." },

	/* Any document */
	{ "GET", "/documents/{kind}", ROUTE_SIGNED, .title = "{{page.kind}}",
	  .help = "All of this kind.", .template = "documents", .before = documents_kind,
	  .after = documents_listed,
	  .calls = ROUTE_CALLS(CALL("documents", {"command":"list","kind":"{{path.kind}}",
	          "limit":100{{#query.after}},"after":"{{query.after}}"{{/query.after}}})) },
	{ "GET", "/documents/{kind}/new", ROUTE_MANAGER, .title = "New: {{page.kind}}",
	  .help = "What has no mark may be left empty.", .template = "document-form",
	  .before = documents_form, .after = documents_form_new },
	{ "POST", "/documents/{kind}/new", ROUTE_MANAGER, .title = "New: {{page.kind}}",
	  .help = "Creates it; refuses one that there is already.", .before = documents_create,
	  .calls = ROUTE_CALLS(CALL("apply", {"command":"apply","new":true,
	          "documents":[{"doc":{{{doc}}}}]})),
	  .again = "/documents/{{path.kind}}/new", .then = "/documents/{{path.kind}}",
	  .said = "{{calls.apply.row.name}} is made." },
	{ "GET", "/documents/{kind}/edit/{name*}", ROUTE_SIGNED,
	  .title = "{{page.kind}}: {{path.name}}",
	  .help = "As it stands; change what is to be different.", .template = "document-form",
	  .before = documents_form, .after = documents_form_edit,
	  .calls = ROUTE_CALLS(CALL("document", {"command":"show","kind":"{{path.kind}}",
	          "name":"{{path.name}}"})) },
	{ "POST", "/documents/{kind}/edit/{name*}", ROUTE_MANAGER,
	  .title = "{{page.kind}}: {{path.name}}",
	  .help = "Changes it, unless somebody else has meanwhile.", .before = documents_change,
	  .calls = ROUTE_CALLS(CALL("set", {"command":"set","kind":"{{path.kind}}",
	          "name":"{{path.name}}","version":"{{form.version}}","members":{{{doc}}}})),
	  .again = "/documents/{{path.kind}}/edit/{{path.name | path}}",
	  .then = "/documents/{{path.kind}}", .said = "{{path.name}} is changed." },
	{ "GET", "/documents/{kind}/remove/{name*}", ROUTE_MANAGER,
	  .title = "Remove {{path.name}}?", .help = "Nothing is removed yet.",
	  .template = "document-remove", .before = documents_kind, .after = documents_asked,
	  .calls = ROUTE_CALLS(CALL("document", {"command":"show","kind":"{{path.kind}}",
	          "name":"{{path.name}}"})) },
	{ "POST", "/documents/{kind}/remove/{name*}", ROUTE_MANAGER,
	  .title = "Remove {{path.name}}?", .help = "Removes it.", .before = documents_kind,
	  .calls = ROUTE_CALLS(CALL("remove", {"command":"remove","kind":"{{path.kind}}",
	          "name":"{{path.name}}"})),
	  .again = "/documents/{{path.kind}}/remove/{{path.name | path}}",
	  .then = "/documents/{{path.kind}}", .said = "{{path.name}} is removed." },
	{ .method = NULL },
};
