// SPDX-License-Identifier: ISC
// A manager puts a macro together of cards and tries it on somebody before saving it, with an
// e-mail that means harm; an admin makes an API key, whose secret is shown once.
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
	/** Any of those that ask the same */
	const asked = (what) => person[t.how.script ? "click" : "open"](page
		.locator(`button[name="ask"][value="${what}"]`).first());
	const choose = async (id, option) => {
		await person.choose(person.at(id), option);
		if (!t.how.script)
			await asked("draw");
	};

	await person.go("Macros");
	await person.open(person.link("New: Macro"));
	await person.fill(person.at("name"), "Made by cards");
	await choose("automation", "user");
	t.ok(!t.how.script || await person.at("key").inputValue() === "made-by-cards", "the key grows with the name");
	await choose("actions-0-action", "add-note");
	await person.fill(person.at("actions-0-text"), "Well done, ");
	await person.choose(person.at("actions-0-text-tag"), "{{user.firstName}}");
	await asked("tag /actions/0/text");
	t.ok(await person.at("actions-0-text").inputValue() === "Well done, {{user.firstName}}", "a tag is put in",
		await person.at("actions-0-text").inputValue());
	await asked("add /actions");
	await choose("actions-1-action", "email");
	await person.fill(person.at("actions-1-to"), "target");
	await person.choose(person.at("actions-1-template"), "evil");
	await asked("up /actions/1");
	t.ok(await person.at("actions-0-action").inputValue() === "email" &&
		await person.at("actions-1-text").inputValue() === "Well done, {{user.firstName}}", "cards change places");
	await person.fill(person.at("trial-who"), "ann@mail");
	await asked("find");
	await person.check(page.getByRole("radio", { name: /ann@mail\.example/ }));
	const wrongs = t.wrongs.length;

	await asked("try");
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
}

export default async function (t) {
	const site = await t.site(), away = await elsewhere();

	await site.apply({ kind: "template", key: "evil", automation: "user", subject: "S", text: "T", html: evil(away.url) });
	await macro(t, site, away);
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
