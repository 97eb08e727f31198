// SPDX-License-Identifier: ISC
// A spreadsheet is imported: what is wrong with it is mended on the page, what it would do is told
// row by row, then it is done; the rows that were refused are to be had as a file.
export const ways = ["with script", "without script"];

export default async function (t) {
	const site = await t.site(), person = await t.person(site, "pm@acme.example"), { page } = person;
	const users = async () => new Map((await site.records("user")).map((one) => [one.email, one]));
	/** With script the page follows by itself. */
	const comes = async (state) => {
		while (!t.how.script && await person.link("Look again").count() > 0)
			await person.open(person.link("Look again"));
		await page.locator(`#live .state.${state}`).waitFor();
		return person.text();
	};

	await person.go("Import");
	// As an older spreadsheet writes it
	await page.setInputFiles("#f-file", { name: "testers.csv", mimeType: "text/csv", buffer: Buffer.from(
		"Mail;firstName;lastName;shoe\r\nnew@mail.example;J\u00fcrgen;One;42\r\nann@mail.example;Annette;Lee;\r\n" +
		"chidi.okafor@mail.example;Chidi;Okafor;\r\nnobody;Bad;One;7\r\njim@acme.example;Jan;Ito;\r\n", "latin1") });
	await person.open(person.button("Look at what it would do"));
	let text = await comes("checked");

	t.ok(/It cannot be imported so\. .*unknown column "Mail"; did you mean "email"\?/.test(text), "a column that is not known is told", text);
	await t.looks(person, "a file with an unknown column");
	await person.choose(person.at("column-0"), "email");
	await person.choose(person.at("column-3"), "fields.shoe");
	await person.open(page.locator("main form[action$='/check'] button"));
	text = await comes("checked");
	t.ok(/would be refused 3/.test(text) && /not UTF-8 .*name its encoding/.test(text), "and so is another encoding", text);
	await person.unfold(page.locator("main summary", { hasText: "Columns and encoding" }));
	await person.choose(person.at("encoding"), "windows-1252");
	await person.open(page.locator("main form[action$='/check'] button"));
	text = await comes("checked");
	t.ok(/would be new 1/.test(text) && /would change 1/.test(text) && /the same already 1/.test(text) &&
		/would be refused 2/.test(text), "then what it would do is told", text);
	text = await person.text("table.list >> nth=0");
	t.ok(/5 .*"email" must be an e-mail address/.test(text) && /6 .*needs the right to administer accounts with roles/.test(text),
		"with the lines that are refused, and why", text);
	text = await person.text("main");
	t.ok(/firstName: Ann → Annette/.test(text) && /J\u00fcrgen/.test(text) && !(await users()).has("new@mail.example"),
		"and each change, and nothing is done yet", text);
	await t.looks(person, "what a file would do");
	await person.open(person.button("Import it: 1 new, 1 changed"));
	text = await comes("done");
	const now = await users();

	t.ok(/new 1/.test(text) && /changed 1/.test(text) && /refused 2/.test(text), "it is done", text);
	t.ok(now.get("new@mail.example")?.firstName === "J\u00fcrgen" && String(now.get("new@mail.example").fields.shoe) === "42" &&
		now.get("ann@mail.example").firstName === "Annette", "as it was told", now.get("new@mail.example"), now.get("ann@mail.example"));
	await t.looks(person, "a file that was imported");
	const refused = await person.keep(person.link("Refused rows as CSV, with the reason"));

	t.ok(refused.name === "refused.csv" && /^line,reason,Mail,firstName,lastName,shoe\r\n5,".*e-mail address.*",nobody,Bad,One,7\r\n6,.*,jim@acme\.example,Jan,Ito,\r\n$/
		.test(refused.text), "the refused rows are a file, with their reasons", refused);
	await person.open(person.link("All imports"));
	text = await person.text("tbody");
	t.ok(/testers\.csv pm@acme\.example done 1 1 2/.test(text), "the list of imports has it", text);
	await t.looks(person, "imports");
}
