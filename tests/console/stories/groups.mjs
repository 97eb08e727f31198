// SPDX-License-Identifier: ISC
// A data group that many have values of gets other fields by and by: how far it is is told, one
// leaves and comes back, and stops it. Values are loaded from a file, after a look at what it does.
export const ways = ["with script", "without script"];

const RECORDS = 1100;

async function change(t) {
	const site = await t.site(), documents = [];

	documents.push({ kind: "group", key: "slow", name: "Slow", automation: "user",
		fields: [{ label: "Launches", parameter: "launches", type: "string" }] });
	for (let i = 0; i < RECORDS; i++)
		documents.push({ kind: "user", email: `s${i}@mail.example` },
			{ kind: "value", group: "slow", user: `s${i}@mail.example`, values: { launches: String(i) } });
	await site.apply(...documents);
	// What takes longer waits as long as the disk has no room: so no clock decides how far it is.
	const make_room = await site.daemon("[limits]\nfree_bytes = 1048576G\n");
	const person = await t.person(site, "jim@acme.example"), { page } = person;
	const converting = page.getByText("stored values are being converted"), type = person.at("fields-0-type");
	const begins = async () => {
		await person.choose(type, "integer");
		await person.open(page.locator("main button.main"));
		t.ok(/are converted by and by/.test(await person.text()), "it is told that it takes a while", await person.text());
		await person.open(person.button(/^Change it/));
		const text = await person.text();

		t.ok(await converting.count() === 1 && /The change of slow is begun/.test(text) && /0 %: 0 of about 1,\d+ records/.test(text) &&
			await page.locator("main button.main").count() === 0, "it is begun, and how far it is stands there", text);
	};

	await person.go("Data groups");
	await person.open(person.link("Slow"));
	await begins();
	await t.looks(person, "a data group that is changing");
	await person.go("Home");
	let text = await person.text();
	t.ok(/Going on The values of the data group slow are converted/.test(text), "who leaves finds it on the first page", text);
	await person.open(person.link("slow"));
	t.ok(await converting.count() === 1, "and comes back to it", await person.text());
	await person.open(person.button("Stop it"));
	text = await person.text();
	t.ok(/slow is as it was/.test(text) && /given up .*stopped by jim@acme\.example/.test(text) && await type.inputValue() === "string",
		"stopped, the group is as it was", text);
	await t.looks(person, "a data group whose change was stopped");

	await begins();
	// It goes on when there is room again, whoever looks.
	await make_room();
	while (!t.how.script && await converting.count() > 0)
		await person.leave(() => page.reload());
	await converting.waitFor({ state: "detached" });
	t.ok(await type.inputValue() === "integer" && (await site.records("value")).filter((one) => one.group === "slow" &&
		typeof one.values.launches === "number").length === RECORDS, "then it goes on by itself, to its end", await person.text());
}

async function load(t) {
	const site = await t.site(), person = await t.person(site, "pm@acme.example"), { page } = person;
	const launches = async () => Object.fromEntries((await site.records("value")).filter((one) => one.group === "usage")
		.map((one) => [one.user, one.values.launches]));
	/** With script the page follows by itself. */
	const comes = async (state) => {
		while (!t.how.script && await person.link("Look again").count() > 0)
			await person.open(person.link("Look again"));
		await page.locator(`#live .state.${state}`).waitFor();
		return person.text();
	};

	await person.go("Data groups");
	await person.open(person.link("Product usage"));
	await page.setInputFiles("#f-file", { name: "usage.csv", mimeType: "text/csv",
		buffer: Buffer.from("user,Launches\r\nann@mail.example,4711\r\nnobody@mail.example,1\r\nchidi.okafor@mail.example,lots\r\n") });
	await person.open(person.button("Look at what it would do"));
	let text = await comes("checked");

	t.ok(/Values of the data group usage/.test(text) && /would be refused 2/.test(text) && (await launches())["ann@mail.example"] !== 4711,
		"what a file would do to the values of a group is told, and nothing is done", text);
	t.ok(/there is no user "nobody@mail\.example"/.test(text) && /an integer is expected, got "lots"/.test(text), "with the rows that are refused, and why", text);
	await t.looks(person, "what a file of values would do");
	await person.open(person.button(/^Import it/));
	text = await comes("done");
	t.ok(/refused 2/.test(text) && (await launches())["ann@mail.example"] === 4711, "then it is done", text, await launches());
	await t.looks(person, "values that were loaded");
}

export default async function (t) {
	await change(t);
	await load(t);
}
