// SPDX-License-Identifier: ISC
// A macro is run by hand: on one, on some that were chosen, on all that a filter matches. On whom,
// and what it would do, is told first; then how far it is, whom it was refused for, and its log.
export const ways = ["with script", "without script"];

export default async function (t) {
	const site = await t.site(), person = await t.person(site, "pm@acme.example"), { page } = person;
	const score = async (email) => Number((await site.earshot("user", "list", "--csv", "--columns", "score", "--filter",
		`user.email == '${email}'`)).trim().split("\n")[1]);
	const status = async (id) => (await site.records("feedback")).find((one) => one.id === id).status;
	/** The macro, looked at first: what the page says of it */
	const ask = async (macro) => {
		await person.choose(person.at("macro"), { label: macro });
		await person.open(person.button("See what it would do"));
		return person.text();
	};
	/** It is run, to its end. With script its page follows by itself. */
	const run = async (name) => {
		await person.open(person.button(name));
		while (!t.how.script && await person.link("Look again").count() > 0)
			await person.open(person.link("Look again"));
		await page.locator("#live .state.done").waitFor();
		return person.text("#live .tiles");
	};

	await site.apply({ kind: "macro", key: "point", name: "A point", automation: "user",
		actions: [{ action: "add-points", points: 1, reason: "By hand" }] },
	{ kind: "macro", key: "close", name: "Close it", project: "phone", automation: "feedback",
		actions: [{ action: "set-status", status: "Closed" }] });

	// On one
	const before = await score("ann@mail.example");

	await page.goto(site.base + "/people/ann%40mail.example");
	await person.open(person.button("Run macro…"));
	let text = await ask("A point");

	t.ok(/1 user chosen/.test(text) && /would be done add-points: score/.test(text) && await score("ann@mail.example") === before,
		"on one: what it would do is told, and nothing is done", text);
	text = await run("Run it on 1 user");
	t.ok(/applied 1/.test(text) && /refused 0/.test(text) && await score("ann@mail.example") === before + 1, "then it is done", text);
	await page.goto(site.base + "/people/ann%40mail.example");
	text = await person.text();
	t.ok(/Macros that were run on it alone, by hand .*point done/.test(text), "which the page of the user tells", text);

	// On some: one of them is of another project.
	await person.go("Tickets");
	for (const id of ["1042", "1060"])
		await person.check(page.getByLabel(`Choose ${id}`, { exact: true }));
	await person.open(person.button("Run macro on those chosen…"));
	text = await ask("Close it (phone)");
	t.ok(/2 tickets chosen/.test(text) && /1042 would be done/.test(text) && /1060 would be refused the feedback is not of project phone (?!set-status)/.test(text) &&
		await status("1042") === "Open", "on some: it is told for whom it would be refused", text);
	await t.looks(person, "what a macro would do");
	text = await run("Run it on 2 tickets");
	t.ok(/applied 1/.test(text) && /refused 1/.test(text) && await status("1042") === "Closed" && await status("1060") === "Fixed",
		"the others are done", text);
	text = await person.text();
	t.ok(/1060 .*not of project phone/.test(text), "and the reason is told", text);
	await t.looks(person, "a run with a refusal");

	// On all
	await page.goto(`${site.base}/people?filter=${encodeURIComponent("user.score >= 50")}`);
	const all = (await site.earshot("user", "list", "--csv", "--columns", "email", "--filter", "user.score >= 50"))
		.trim().split("\n").length - 1;

	await person.open(person.button("Run macro on all that match…"));
	text = await ask("A point");
	t.ok(text.includes(`${all} users match now`), "on all: how many they are is told", all, text);
	text = await run(`Run it on ${all} users`);
	t.ok(text.includes(`applied ${all}`), "each of them gets it", text);
	await person.open(person.link("All runs of the macro"));
	text = await person.text("tbody");
	t.ok(await page.locator("tbody tr").count() === 2 && /pm@acme\.example user\.score >= 50 done/.test(text) &&
		/pm@acme\.example ann@mail\.example done/.test(text), "the log has who ran it on whom", text);
	await t.looks(person, "the log of a macro");
}
