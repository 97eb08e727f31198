// SPDX-License-Identifier: ISC
// A data group gets a field more; what another type would lose is told before it is done. What its
// values come to is counted, divided, followed to who is behind a bar, kept, and seen at home.
export const ways = ["with script", "without script", "by keyboard"];

async function group(t, site, person) {
	const { page } = person, save = page.locator("main button.main");
	const stored = async () => (await site.records("value")).filter((one) => one.group === "usage");
	const fields = async () => (await site.records("group")).find((one) => one.key === "usage").fields
		.map((one) => `${one.parameter} ${one.type}`).join(", ");
	const plans = (await stored()).filter((one) => "/account/plan" in one.values).length;

	await person.go("Data groups");
	await person.open(person.link("Product usage"));
	await person.ask("field-add");
	if (t.how.script)
		t.ok(await person.at("fields-4-label").evaluate((now) => now === document.activeElement),
			"the field that was added has the focus");
	await person.fill(person.at("fields-4-label"), "Crashes");
	await person.ask("field-up 4");
	await person.open(save);
	t.ok(/parameter/.test(await person.text("#problems")), "a field without a parameter is refused", await person.text());
	await t.looks(person, "a refused data group");
	await person.fill(person.at("fields-3-parameter"), "crashes");
	await person.choose(person.at("fields-3-type"), "integer");
	await person.open(save);
	t.ok(await fields() === "launches integer, paying boolean, last_seen datetime, crashes integer, /account/plan string",
		"the field is there, at its place", await fields());

	await person.choose(person.at("fields-4-type"), "integer");
	await person.choose(person.at("fields-1-type"), "string");
	await person.open(save);
	let text = await person.text();

	t.ok(text.includes(`are lost ${plans}`) && /Lost, such as .*of [\w.]+@mail\.example/.test(text) &&
		/Yes\/no becomes text|boolean becomes string/i.test(text) && /\b(plus|edu)\b/.test(text) && !/integer/.test(await fields().then((all) => all.split(", ")[4])),
		"what would be lost is told, with samples, and nothing is changed", text, await fields());
	await t.looks(person, "what another type would lose");
	await person.open(person.button("Back to the form"));
	t.ok(await person.at("fields-4-type").inputValue() === "integer", "back in the form stands what was typed");
	await person.choose(person.at("fields-4-type"), "string");
	await person.open(save);
	text = await person.text();
	t.ok(!/are lost [1-9]/.test(text), "of the other nothing is lost", text);
	await person.open(person.button("Change it"));
	t.ok((await fields()).includes("paying string") && (await stored()).some((one) => one.values.paying === "true") &&
		(await stored()).filter((one) => "/account/plan" in one.values).length === plans, "it is done, and nothing else", await fields());
	await person.open(person.link("Report of its values"));
}

async function report(t, site, person) {
	const { page } = person, choose = page.locator("#choose > summary");
	/** With script it appears by itself. */
	const counted = async () => {
		while (!t.how.script && await page.locator("#report .figure").count() === 0)
			await person.leave(() => page.reload());
		await page.locator("#report .figure").first().waitFor();
	};
	/** That of the plans, by its heading */
	const figure = page.locator(".figure", { has: page.getByRole("heading", { name: "Plan", exact: true }) });

	await counted();
	await person.unfold(choose);
	for (const other of ["Launches", "Paying", "Last seen", "Crashes"])
		await person.check(page.getByRole("checkbox", { name: other, exact: true }), false);
	await person.choose(person.at("by"), { label: "Paying" });
	await person.open(page.locator("#choose button.main"));
	await counted();
	t.ok(/divided by Paying/.test(await person.text(".scope")), "it is divided by another field", await person.text(".scope"));
	await t.looks(person, "a divided report");
	const cell = figure.locator("tbody tr", { has: page.getByRole("rowheader", { name: "plus", exact: true }) }).locator("td a");
	const bars = await figure.locator("svg a").evaluateAll((all) => all.map((one) => one.getAttribute("href")));
	const links = await cell.evaluateAll((all) => all.map((one) => one.getAttribute("href")));
	const count = Number(await cell.first().innerText());

	// The last number is that of all; by keyboard numbers alone are come to.
	t.ok(links.length > 2 && links.slice(0, -1).every((one) => bars.includes(one)), "bars lead where their numbers do", links, bars);
	await person.open(t.how.keys ? cell.first() : figure.locator(`svg a[href="${links[0]}"]`));
	t.ok(await page.locator("main tbody tr").count() === count && count > 1, "the list behind a bar has so many", count,
		await person.text());
	t.ok(/a filter is set/.test(await person.text("#choose > summary")), "by its filter", await person.text());
	await person.leave(() => page.goBack());
	await counted();
	const file = await person.keep(person.link("CSV"));

	t.ok(/^data-usage-.*\.csv$/.test(file.name) && file.text.split("\r\n").some((line) => /,Plan,.*,plus,/.test(line)),
		"the figures are to be had as CSV", file);
	await person.unfold(choose);
	await person.fill(person.at("save-name"), "Plans & <payers>");
	await person.check(person.at("home"));
	await person.open(person.button("Save as a new report"));
	await counted();
	t.ok(await page.locator("h1").innerText() === "Plans & <payers>", "the report is kept", await person.text());
	await person.go("Reports");
	t.ok(/Plans & <payers> Product usage paying yes/.test(await person.text("tbody")), "in the words of the group",
		await person.text("tbody"));
	await t.looks(person, "reports");
	await person.go("Home");
	if (!t.how.script && await page.getByText("It is being counted.").count() > 0)
		await person.leave(() => page.reload());
	await page.locator("#home-reports svg").first().waitFor();
	t.ok(/Plans & <payers>/.test(await person.text("#home-reports")), "and on the home page", await person.text());
	await t.looks(person, "home with a report");
}

export default async function (t) {
	const site = await t.site(), person = await t.person(site, "pm@acme.example");

	await group(t, site, person);
	await report(t, site, person);
}
