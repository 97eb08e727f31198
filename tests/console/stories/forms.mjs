// SPDX-License-Identifier: ISC
// A manager puts a macro together of cards and tries it on somebody before saving it, with an
// e-mail that means harm; writes a template, and lets the calendar run it. An admin makes an API
// key, whose secret is shown once, changes the secret, and revokes the key.
import { createServer } from "node:http";
import { once } from "node:events";

export const ways = ["with script", "without script"];

/** Somewhere else: it notices whoever comes. What a policy keeps back never comes. */
async function elsewhere() {
	const came = [], server = createServer((request, answer) => {
		came.push(request.url);
		answer.writeHead(200, { "Access-Control-Allow-Origin": "*" }).end();
	});

	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	return { came, url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

const evil = (url) => `<p id="p" style="color: rgb(255, 0, 0)">Hello {{user.firstName}}</p>
<script>document.getElementById("p").textContent = "ran"; alert(1)</script>
<img src="${url}/x.png" onerror="document.getElementById('p').textContent = 'ran'">
<link rel="stylesheet" href="${url}/x.css"><style>@import "${url}/y.css"; body { background: url(${url}/z) }</style>
<iframe src="${url}/"></iframe><meta http-equiv="refresh" content="1;url=${url}/"><object data="${url}/o"></object>
<form action="${url}/"><button id="b">B</button></form><svg onload="alert(2)"></svg>`;

async function macro(t, site, away) {
	const person = await t.person(site, "pm@acme.example"), { page } = person;
	const choose = (id, option) => person.choose(person.at(id), option, "draw");

	await person.go("Macros");
	await person.open(person.link("New: Macro"));
	await person.fill(person.at("name"), "Made by cards");
	await choose("automation", "user");
	t.ok(!t.how.script || await person.at("key").inputValue() === "made-by-cards", "the key grows with the name");
	await choose("actions-0-action", "add-note");
	await person.fill(person.at("actions-0-text"), "Well done, ");
	await person.choose(person.at("actions-0-text-tag"), "{{user.firstName}}");
	await person.ask("tag /actions/0/text");
	t.ok(await person.at("actions-0-text").inputValue() === "Well done, {{user.firstName}}", "a tag is put in",
		await person.at("actions-0-text").inputValue());
	await person.ask("add /actions");
	await choose("actions-1-action", "email");
	await person.fill(person.at("actions-1-to"), "target");
	await person.choose(person.at("actions-1-template"), "evil");
	await person.ask("up /actions/1");
	t.ok(await person.at("actions-0-action").inputValue() === "email" &&
		await person.at("actions-1-text").inputValue() === "Well done, {{user.firstName}}", "cards change places");
	await person.fill(person.at("trial-who"), "ann@mail");
	await person.ask("find");
	await person.check(page.getByRole("radio", { name: /ann@mail\.example/ }));
	const wrongs = t.wrongs.length;

	await person.ask("try");
	const frame = page.frameLocator("iframe[name='mail-0']");

	if (!t.how.script)
		await person.click(page.getByRole("button", { name: /^Show it/ }));
	await frame.locator("#p").waitFor();
	await frame.locator("#b").click();
	t.ok(await frame.locator("#p").textContent() === "Hello Ann", "the e-mail is shown, and runs nothing");
	const would = await person.text("#tried");

	t.ok(/email queued add-note noted/.test(would), "what each action would do is told", would);
	t.ok(page.url().endsWith("/documents/macro/new"), "no form of it goes anywhere", page.url());
	// What the policy has kept back is told by the browser; a dialog would be no such thing.
	const told = t.wrongs.splice(wrongs);

	t.ok(told.every((one) => !/a dialog/.test(one) && (one.includes(away.url) ||
		/sandbox/.test(one))),
		"and all that it wants is refused", ...told);
	t.ok(away.came.length === 0, "nobody elsewhere is asked for anything", ...away.came);
	t.ok((await site.records("macro")).every((one) => one.key !== "made-by-cards"), "nothing was saved by that");
	await person.open(page.getByRole("button", { name: "Save", exact: true }).last());
	const made = (await site.records("macro")).find((one) => one.key === "made-by-cards");

	t.ok(made?.actions.map((one) => one.action).join() === "email,add-note", "now it is", made);
}

async function calendar(t, site) {
	const person = await t.person(site, "pm@acme.example"), { page } = person, SAVE = page.locator("main button.main");

	await person.go("Templates");
	await person.open(person.link("New: Template"));
	await person.fill(person.at("key"), "welcome");
	await person.choose(person.at("automation"), "user", "draw");
	await person.fill(person.at("subject"), "Welcome, ");
	await person.choose(person.at("subject-tag"), "{{user.firstName}}");
	await person.ask("tag /subject");
	await person.fill(person.at("text"), "Hello {{user.firstName}}");
	await person.fill(person.at("html"), "<p>Hello <b>{{user.firstNam}}</b></p>");
	await person.open(SAVE);
	t.ok(/firstNam/.test(await person.text("#problems")), "a tag that is none is refused", await person.text());
	await person.fill(person.at("html"), "<p>Hello <b>{{user.firstName}}</b></p>");
	await person.fill(person.at("trial-who"), "ann@mail");
	await person.ask("find");
	await person.check(page.getByRole("radio", { name: /ann@mail\.example/ }));
	await person.ask("try");
	t.ok(/Subject Welcome, Ann .*As text Hello Ann/.test(await person.text("#tried")), "a template is tried on somebody",
		await person.text("#tried"));
	await t.looks(person, "a template that is tried");
	await person.open(SAVE);

	await site.apply({ kind: "macro", key: "greet", name: "Greet", automation: "user",
		actions: [{ action: "email", to: "target", template: "welcome" }] });
	await person.go("Schedules");
	await person.open(person.link("New: Schedule"));
	await person.fill(person.at("key"), "mondays");
	await person.choose(person.at("macro"), "greet");
	await person.choose(person.at("every"), "weekly");
	await person.fill(person.at("start"), "soon");
	await person.open(SAVE);
	t.ok(/Start/.test(await person.text("#problems")), "a start that is no time is refused", await person.text());
	await t.looks(person, "a refused schedule");
	await person.fill(person.at("start"), "2099-01-05T08:00:00Z");
	await person.open(SAVE);
	await person.open(person.link("mondays"));
	const days = await page.locator("ol.next li").allInnerTexts();

	t.ok(days.length === 5 && days.every((one) => /^Monday, 2099-\d\d-\d\d 08:00/.test(one)),
		"a schedule tells when it runs next", days);
	await t.looks(person, "a schedule");
	await person.go("Templates");
	await person.open(person.link("welcome"));
	await person.open(person.link("Remove…"));
	t.ok(/cannot be removed yet.*Macro greet/.test(await person.text()), "what is used says by what, and stays",
		await person.text());
}

async function apikey(t, site) {
	const person = await t.person(site, "jim@acme.example"), { page } = person;

	await person.go("API keys");
	await person.open(person.link("New: API key"));
	await person.fill(person.at("name"), "once");
	await person.open(page.getByRole("button", { name: "Save", exact: true }).last());
	const secret = await page.locator("#secret").textContent();

	t.ok(/^ear_[A-Za-z0-9]+$/.test(secret) && page.url().endsWith("/apikeys/secret/once"),
		"a secret is shown, and not in the address", page.url());
	await t.looks(person, "the secret of a key");
	await person.open(person.link("I have it"));
	for (const way of ["goBack", "goForward", "goBack", "reload"]) {
		await person.leave(() => page[way]());
		t.ok(!(await page.content()).includes(secret), `it is not there again by ${way}`);
	}

	const send = (secret) => site.post("data.fcgi/by-once", { email: "ann@mail.example", launches: 1 },
		{ Authorization: `Bearer ${secret}` });

	await site.apply({ kind: "listener", key: "by-once", type: "data", automation: "user", group: "usage", apiKey: "once",
		target: { match: "email", parameter: "email" } });
	await person.go("API keys");
	await person.open(person.link("once"));
	await person.open(person.link("New secret…"));
	t.ok(/by-once/.test(await person.text()), "who wants it is told before it is changed", await person.text());
	await t.looks(person, "another secret?");
	await person.open(person.button("Make a new secret"));
	const other = await page.locator("#secret").textContent();

	t.ok((await send(secret)).outcome === "applied" && (await send(other)).outcome === "applied" && other !== secret,
		"the old secret goes on for a day");
	await person.open(person.link("I have it"));
	await t.looks(person, "an API key");
	await person.open(person.link("Revoke…"));
	await person.open(person.button("Revoke once"));
	t.ok(/revoked/.test(await person.text()), "the key is revoked", await person.text());
	t.ok((await send(other)).status === 401, "and lets nobody in", await send(other));
}

export default async function (t) {
	const site = await t.site(), away = await elsewhere();

	await site.apply({ kind: "template", key: "evil", automation: "user", subject: "S", text: "T", html: evil(away.url) });
	await macro(t, site, away);
	await calendar(t, site);
	await apikey(t, site);
	const person = await t.person(site), wrongs = t.wrongs.length;

	// Without the policies it would have been asked.
	await person.page.goto(away.url);
	away.came.length = 0;
	await person.page.setContent(evil(away.url));
	t.ok(away.came.includes("/x.png"), "elsewhere notices who comes", ...away.came);
	await person.page.close();
	t.wrongs.splice(wrongs);
	away.close();
}
