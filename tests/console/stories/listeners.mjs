// SPDX-License-Identifier: ISC
// A manager makes a listener of each type, for users and for feedback, and posts with the command
// that the page shows; the ticket, the comment and the values are seen.
import { ListenerForm } from "../listener-form.mjs";

export const ways = ["with script", "without script", "by keyboard"];
export const long = true;

export default async function (t) {
	const site = await t.site(), person = await t.person(site, "pm@acme.example"), { page } = person;
	const form = new ListenerForm(person);
	/** The page of the user or ticket that a delivery was about, led to from its page */
	const record = async () => {
		await person.open(page.locator('dd a[href*="/people/"], dd a[href*="/tickets/"]').first());
		return person.text();
	};
	/** Runs the command of the page as it stands; what the console says of the delivery */
	const run = async (name) => {
		const command = await page.locator("#curl").innerText();
		const said = await site.shell(command);
		const answer = said.startsWith("{") ? JSON.parse(said) : {};

		t.ok(answer.outcome === "applied", `${name}: the command of the page works as it stands`, command, said);
		await person.go("Deliveries");
		await person.open(page.locator(`a[href$="/deliveries/${answer.delivery}"]`).first());
		await page.locator("h2", { hasText: "What was changed" }).waitFor();
		return { answer, sent: JSON.parse(/'(\{.*?\})';/s.exec(command)[1]), text: await person.text() };
	};

	t.ok(await page.locator("html.script").count() === (t.how.script ? 1 : 0), "a manager is signed in by a link");
	for (const automation of ["user", "feedback"]) {
		const project = automation === "feedback" ? "phone" : "", users = automation === "user";
		let name = `Macro for ${automation}s`;

		// Macro Execution
		await form.begin(automation, name, project);
		if (t.how.script && users)
			t.ok(await form.at("key").inputValue() === "macro-for-users", "the key is proposed from the name",
				await form.at("key").inputValue());
		await form.press("filter-add");
		if (users) {
			await form.choose("filter-0-field", "payload", "filter");
			await form.fill("filter-0-name", "feature");
			await form.choose("filter-0-is", "is", "filter");
			await form.fill("filter-0-value", "export");
			await form.press("count");
			const text = await person.text("#matching");

			t.ok(/\d+ users match now; the rest of the filter looks at what is sent/.test(text),
				"who matches now is told", text);
		} else {
			await form.choose("filter-0-field", "feedback.status", "filter");
			await form.choose("filter-0-is", "is-not", "filter");
			await form.choose("filter-0-value", "Closed");
		}
		await form.type("Macro Execution");
		await person.check(form.at("macro-from-new"));
		await form.fill("macro-name", `Of ${name}`);
		if (users) {
			await form.choose("macro-0-action", "add-points", "macro");
			await person.fill(page.locator('[name="macro:/actions/0/points"]'), "5");
			await person.fill(page.locator('[name="macro:/actions/0/reason"]'), "Used {{payload.feature}}");
			await form.fill("target-parameter", "email");
			await form.apiKey();
		} else {
			await form.choose("macro-0-action", "set-status", "macro");
			await person.fill(page.locator('[name="macro:/actions/0/status"]'), "Closed");
			await form.fill("target-parameter", "/issue/key");
			await form.choose("target-match", "fields.jira");
			await form.choose("sender-preset", "jira", "sender");
			await person.check(form.at("key-from-none"));
		}
		await form.submit();
		if (t.how.script) {
			await person.click(page.locator("#url + button"));
			t.ok(await page.evaluate(() => navigator.clipboard.readText()) ===
				await page.locator("#url").innerText(), `${name}: the URL can be copied`);
		}
		let { answer, sent, text } = await run(name);

		t.ok(users ? /add-points/.test(text) : /set-status/.test(text), `${name}: the delivery says what was changed`, text);
		text = await record();
		t.ok(users ? /Used export/.test(text) : /Status Closed/.test(text), `${name}: the page of the ${automation} shows it`, text);

		// Add Comment
		name = `Comments on ${automation}s`;
		await form.begin(automation, name, project);
		await form.type("Add Comment");
		await form.fill("author", "author_name");
		await form.fill("comment", "/comment/text");
		await form.fill("target-parameter", "about");
		await form.apiKey();
		await form.submit();
		({ answer, sent, text } = await run(name));
		t.ok(/comment/.test(text), `${name}: the delivery says so`, text);
		text = await record();
		t.ok(text.includes(sent.comment.text), `${name}: it is seen at the ${automation}`, text);
		const comments = (await site.records("comment")).filter((one) => one.delivery === answer.delivery);

		t.ok(comments.length === 1, `${name}: the comment is there`, comments);

		// External Data
		name = `Data of ${automation}s`;
		await form.begin(automation, name, project);
		await form.type("External Data");
		await person.check(form.at("group-from-new"));
		await form.fill("group-name", name);
		const fields = [["Launches", "launches", "integer"], ["Plan", "/account/plan", "string"],
			["Paying", "paying", "boolean"], ["Last seen", "last_seen", "datetime"]];

		await form.press("group-add");
		for (const [i, [label, parameter, type]] of fields.entries()) {
			await form.fill(`group-${i}-label`, label);
			await form.fill(`group-${i}-parameter`, parameter);
			await form.choose(`group-${i}-type`, type);
		}
		await form.fill("target-parameter", "about");
		await form.apiKey();
		await form.submit();
		({ answer, sent, text } = await run(name));
		t.ok(/last_seen/.test(text), `${name}: the delivery says so`, text);
		text = await record();
		t.ok(text.includes(`Data of ${automation}s`) && /Paying Yes/.test(text) && /Last seen/.test(text),
			`${name}: the values are seen at the ${automation}`, text);
		const values = (await site.records("value")).filter((one) => one.group.endsWith(`data-of-${automation}s`));

		t.ok(values.length === 1 && values[0].values.paying === true, `${name}: the values are there`, values);
	}
}
