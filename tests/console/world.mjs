// SPDX-License-Identifier: ISC
// A community with something on every page, and names that mean harm in every field.
export const HOSTILE = [
	"<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' autofocus onfocus='alert(1)",
	"</textarea></title></select><svg onload=alert(1)>", "{{{me}}}", "javascript:alert(1)", "\u202egnp.exe",
	"w".repeat(2000),
];
/** Who manages one project, and nothing else */
export const LEAD = "lead@acme.example";

export async function plant(site) {
	const listener = { kind: "listener", type: "data", automation: "user", group: "usage", apiKey: "demo",
		target: { match: "email", parameter: "email" } };

	await site.apply(
		...HOSTILE.map((text, i) => ({ ...listener, key: `evil-${i}`, name: text.slice(0, 200), description: text })),
		{ kind: "user", email: "evil@mail.example", firstName: HOSTILE[0], lastName: HOSTILE[1] },
		{ kind: "user", email: LEAD, firstName: "Lea", lastName: "Dahl" },
		{ kind: "project", key: "phone", managers: ["pm@acme.example", LEAD] },
		{ kind: "macro", key: "evil", automation: "user", name: HOSTILE[3], description: HOSTILE[7],
			actions: [{ action: "add-note", text: HOSTILE[2] }] },
		{ kind: "macro", key: "tell", automation: "feedback", project: "phone", name: "Tell the tracker",
			actions: [{ action: "webhook", url: "https://tracker.acme.example/hook" },
				{ action: "email", to: "submitter", template: "told" }] },
		{ kind: "template", key: "told", automation: "feedback", project: "phone", subject: "Told: {{feedback.title}}",
			text: "It is told.", html: "<p>It is <b>told</b>.</p>" },
		{ kind: "schedule", key: "weekly", project: "phone", macro: "tell", every: "weekly",
			start: "2099-01-05T08:00:00Z", name: "Every week" },
		{ kind: "filter", key: "paying", automation: "user", filter: "data.usage.paying", name: "Who pays" },
		{ kind: "view", key: "open", automation: "feedback", project: "phone", columns: ["id", "title", "status"],
			filter: "feedback.status == 'Open'" },
		{ kind: "feedback", project: "phone", id: "666", submitter: "ann@mail.example", title: HOSTILE[7].slice(0, 500), description: HOSTILE[3] },
		{ ...listener, automation: "feedback", project: "phone", key: "tracker", group: undefined, capture: true,
			name: "Bug tracker", target: undefined },
		{ kind: "listener", key: "tell", type: "macro", automation: "feedback", project: "phone", apiKey: "demo",
			macro: "tell", target: { match: "id", parameter: "ticket" }, name: "Tell the tracker" });
	await site.earshot("apikey", "create", "app", "--expires", "3d");
	for (const text of HOSTILE)
		await site.post("data.fcgi/usage", { email: text, launches: text, [text]: text }, { "X-Event": "x" });
	for (const ticket of ["1042", "666", "none"])
		await site.post("macro.fcgi/projects/phone/tell", { ticket, text: HOSTILE[1] });
	await site.post("macro.fcgi/award", { email: "ann@mail.example", feature: HOSTILE[0] });
	await site.post("macro.fcgi/award", { email: "ann@mail.example" });
	await site.post("comment.fcgi/milestone", { user_email: "ann@mail.example", author_name: "jim@acme.example",
		comment_text: HOSTILE[3] });
	await site.post("data.fcgi/projects/phone/tracker", site.payload("jira-issue-updated.json"));
	await site.post("data.fcgi/usage", {}, { Authorization: "Bearer wrong" });
	await site.earshot("macro", "run", "award", "--target", "ann@mail.example");
	await site.earshot("macro", "run", "phone/tell", "--target", "1042");
	// Last, so that the newest change is one that can be taken back
	await site.earshot("team", "set", "phone/vip", "name=Inner circle");
}

/** What forms alone lead to */
export const BEHIND = ["/sign-in", "/sign-in/link?token=x", "/deliveries/replaying", "/macros/log/phone%2Ftell",
	"/macros/run?automation=feedback&macro=phone%2Ftell&filter=true"];

/** Somebody sends a file to be imported, with a row that is right and one that is not. */
export async function upload(person) {
	const { page, site } = person;

	await page.goto(site.base + "/imports");
	await page.setInputFiles("#f-file", { name: "people.csv", mimeType: "text/csv",
		buffer: Buffer.from(`email,firstName\nnew@mail.example,${HOSTILE[0]}\nnobody,Nobody\n`) });
	await person.open(person.button("Look at what it would do"));
}

/** The page that asks whether a change is to be taken back: one of many that are like it, most without. */
export async function undoing(person) {
	const { page, site } = person;

	await page.goto(site.base + "/audit");
	await person.open(page.locator("main tbody tr", { hasText: "phone/vip" }).locator("a[href*='/audit/']").first());
	return (await page.locator("a[href*='/audit/undo/']").first().getAttribute("href")).replace(/^.*\/console/, "");
}
