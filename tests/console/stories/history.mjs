// SPDX-License-Identifier: ISC
// Somebody has changed a team; a manager finds out who, what it was before, and undoes it, unless
// that would take back what somebody else has done since.
export const ways = ["with script", "without script", "by keyboard"];

export default async function (t) {
	const site = await t.site(), person = await t.person(site, "jim@acme.example"), { page } = person;
	const name = async () => (await site.records("team")).find((one) => one.key === "crew")?.name;

	await site.apply({ kind: "team", key: "crew", name: "The first crew" });
	await site.apply({ kind: "team", key: "crew", name: "Renamed" });
	await person.go("Teams");
	await person.open(person.link("crew"));
	await person.open(person.link("History"));
	let text = await person.text();

	t.ok(/Team crew/.test(text) && /created/.test(text) && /changed/.test(text), "its history", text);
	await t.looks(person, "a history");
	await person.open(page.locator("tbody a").first());
	text = await person.text();
	t.ok(/The first crew/.test(text) && /Renamed/.test(text) && /by a command/.test(text),
		"what it was, what it is, and by what", text);
	await person.open(person.link("Undo…"));
	text = await person.text();
	t.ok(/Nothing is done yet/.test(text) && await name() === "Renamed", "he is asked first", text);
	await t.looks(person, "undo?");
	await person.open(person.button("Undo it now"));
	text = await person.text();
	t.ok(/It is undone/.test(text) && await name() === "The first crew", "it is as it was", text);
	await person.open(person.link("an earlier change"));
	text = await person.text();
	t.ok(/cannot be undone: name was changed since/.test(text), "the first change cannot be undone once more", text);
	await t.looks(person, "a change that cannot be undone");
	await person.open(person.link("That change"));
	t.ok(/jim@acme\.example in the console/.test(await person.text()),
		"what is in the way is led to", await person.text());
	await person.go("Changes");
	await person.choose(page.getByLabel("What", { exact: true }), "team");
	await person.open(page.locator("main").getByRole("button", { name: "Show", exact: true }));
	text = await person.text("tbody");
	t.ok(/undid another/.test(text) && !/Macro/.test(text), "the list of changes of teams tells of it", text);

	// Two changes by others: of the same member, while he is asked, and of another one
	await site.earshot("team", "set", "crew", "name=Third");
	await site.earshot("team", "set", "crew", "description=Those who stay");
	await page.goto(site.base + "/audit?kind=team&name=crew");
	await person.open(page.locator("tbody tr", { hasText: "Name" }).locator("td[data-label=When] a").first());
	await person.open(person.link("Undo…"));
	await site.earshot("team", "set", "crew", "name=Fourth");
	await person.open(person.button("Undo it now"));
	text = await person.text();
	t.ok(/name was changed since/.test(text) && await name() === "Fourth",
		"what was changed while he was asked is not taken back, and he is told", text);
	await page.goto(site.base + "/audit?kind=team&name=crew");
	await person.open(page.locator("tbody tr", { hasText: "Description" }).locator("td[data-label=When] a").first());
	await person.open(person.link("Undo…"));
	await person.open(person.button("Undo it now"));
	text = await person.text();
	const crew = (await site.records("team")).find((one) => one.key === "crew");

	t.ok(/It is undone/.test(text) && crew.name === "Fourth" && !("description" in crew),
		"of another member the later change stays", text, crew);
}
