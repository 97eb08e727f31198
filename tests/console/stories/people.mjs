// SPDX-License-Identifier: ISC
// A manager finds whom she wants, by conditions, page by page, in a view that she saves, as CSV,
// and by the one box; changes somebody in place, comments, and sees what touched them.
export const ways = ["with script", "without script", "by keyboard"];

const ANN = "ann@mail.example";

async function list(t, site, person) {
	const { page } = person, choose = page.locator("#choose > summary"), show = page.locator("#choose button.main");
	const shown = () => page.locator("main tbody td[data-label='E-mail'] a").allInnerTexts();
	const listed = async (...how) => (await site.earshot("user", "list", "--csv", "--columns", "email", ...how))
		.trim().split(/\r?\n/).slice(1);

	await person.go("People");
	const all = await shown();

	await person.open(person.link("More"));
	all.push(...await shown());
	t.ok(all.join() === (await listed()).join() && all.length > 50, "page by page everybody is listed once", all);
	await person.unfold(choose);
	await person.ask("filter-add");
	await person.choose(person.at("filter-0-field"), "user.score", "filter");
	await person.choose(person.at("filter-0-is"), "at-least", "filter");
	await person.fill(person.at("filter-0-value"), "many");
	await person.open(show);
	t.ok(/Condition 1|must be a number/.test(await person.text("#problems")), "a value that is none is told",
		await person.text());
	await t.looks(person, "a refused condition");
	await person.fill(person.at("filter-0-value"), "50");
	await person.ask("count");
	const busy = await listed("--filter", "user.score >= 50", "--sort", "-score"), few = busy.slice(0, 50);

	t.ok((await person.text("#matching")).startsWith(`${busy.length} users match now.`), "how many they are is told first",
		await person.text("#matching"));
	await person.check(page.getByLabel("Product usage: Launches", { exact: true }));
	await person.choose(person.at("sort"), "-score");
	await person.open(show);
	t.ok((await shown()).join() === few.join(), "those are shown, in this order", await shown(), few);
	t.ok(await page.locator("tbody [data-label='Product usage: Launches']").count() === few.length,
		"with the column more");

	await person.unfold(choose);
	await person.fill(person.at("view-name"), "Busy ones");
	await person.open(person.button("Save as a new view"));
	t.ok((await shown()).join() === few.join() &&
		await page.locator(".views [aria-current]").innerText() === "Busy ones", "saved as a view, it is one of the lists",
		await person.text());
	await t.looks(person, "a saved view");
	const file = await person.keep(person.link("All of them as CSV"));

	t.ok(/^people-.*\.csv$/.test(file.name) && file.text.startsWith("email,") &&
		file.text.trim().split(/\r?\n/).slice(1).map((line) => line.split(",")[0]).join() === busy.join(),
		"all of it is to be had as CSV", file);
	await person.unfold(choose);
	await person.choose(person.at("sort"), "email");
	await person.open(show);
	t.ok(/changed here and not saved/.test(await person.text(".scope")), "another order is not that of the view",
		await person.text(".scope"));
	// The heads of columns sort, too, where they are to be seen.
	if (t.how.script) {
		await person.open(page.locator("thead").getByRole("link", { name: "Score", exact: true }));
		t.ok(await page.locator("th[aria-sort=ascending]").innerText() === "Score ▲", "nor that of a head");
	}
	await person.open(page.locator(".views").getByRole("link", { name: "Busy ones" }));
	t.ok((await shown()).join() === few.join(), "which is as it was saved", await shown());
	await person.open(page.locator(".views").getByRole("link", { name: "All", exact: true }));
	await person.fill(page.locator("#project"), "watch");
	await person.open(page.locator(".switch button"));
	t.ok(/Project watch: its participants/.test(await person.text(".scope")) &&
		(await shown()).join() === (await listed("--project", "watch")).join(), "of a project its participants", await shown());
}

async function search(t, person, delivery) {
	const { page } = person;

	for (const [name, text, path] of [["an address", ANN, "/people/ann%40mail.example"],
		["how names begin", "lee an", "/people/ann%40mail.example"], ["the number of a ticket", "#1043", "/tickets/1043"],
		["words of a title", "drains battery", "/tickets/1043"], ["a key of Jira", "PHN-8", "/tickets/1043"],
		["the id of a delivery", delivery, `/deliveries/${delivery}`]]) {
		await person.find(text);
		const links = await page.locator("ul.found a").evaluateAll((all) => all.map((one) => one.getAttribute("href")));

		t.ok(links.length === 1 && links[0].endsWith("/console" + path), `the box finds ${name}: ${text}`, links);
	}
	await t.looks(person, "something found");
	await person.find("nothing of the kind");
	const text = await person.text();

	t.ok(/Nothing that you may see is like “nothing of the kind”/.test(text) && /People are found by their address/.test(text) &&
		/tickets by their number/.test(text) && /deliveries by their id/.test(text), "nothing found: it is told what was looked at", text);
	await t.looks(person, "nothing found");
	await person.find("ann l");
	await person.open(page.locator("ul.found a").first());
}

async function record(t, site, person, delivery) {
	const { page } = person, ann = async () => (await site.records("user")).find((one) => one.email === ANN);

	await person.open(person.link("Change…"));
	await person.fill(person.at("lastName"), "Lindqvist");
	await t.looks(person, "changing somebody");
	await person.open(page.locator("main button.main"));
	let text = await person.text();

	t.ok(/Ann Lindqvist/.test(text) && /is changed/.test(text) && (await ann()).lastName === "Lindqvist",
		"a member is changed in place", text);
	await person.open(person.button("Comment"));
	t.ok(/A comment must be/.test(await person.text("#problems")) &&
		await page.locator("#problems a").getAttribute("href") === "#f-text", "a comment without a word is refused, at its field",
	await person.text());
	await t.looks(person, "a refused comment");
	await person.fill(person.at("text"), "Thank you & <b>well done</b>");
	await person.open(person.button("Comment"));
	t.ok(/pm@acme\.example .*Thank you & <b>well done<\/b>/.test(await person.text("ol.comments li:first-child")),
		"one with words is there", await person.text());
	await t.looks(person, "somebody");
	const touched = page.locator("#deliveries ~ .scroll tbody a").first();

	t.ok((await touched.getAttribute("href")).endsWith(`/deliveries/${delivery}`), "what touched her is listed",
		await touched.getAttribute("href"));
	await person.open(touched);
	text = await person.text();
	t.ok(/usage/.test(text) && /Launches|launches/.test(text), "and leads to what came", text);
	await person.leave(() => page.goBack());
	await person.open(person.link("History"));
	text = await person.text("tbody tr:first-child");
	t.ok(/pm@acme\.example in the console/.test(text) && /changed/.test(text) && /Last name/.test(text),
		"her history has the change, and who made it", text);
}

export default async function (t) {
	const site = await t.site(), person = await t.person(site, "pm@acme.example");
	const { delivery } = await site.post("data.fcgi/usage", { email: ANN, launches: 7 });

	await list(t, site, person);
	await search(t, person, delivery);
	await record(t, site, person, delivery);
}
