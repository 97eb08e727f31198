// SPDX-License-Identifier: ISC
// A data listener is learnt from what Jira has sent, and nobody types a pointer.
import { ListenerForm } from "../listener-form.mjs";

export const ways = ["with script", "without script", "by keyboard"];

export default async function (t) {
	const site = await t.site(), form = new ListenerForm(await t.person(site, "jim@acme.example"));
	const { person, page } = form;

	await form.begin("feedback", "Learnt from Jira", "phone");
	await form.type("External Data");
	await person.unfold(page.locator("details.more > summary"));
	await form.choose("capture", "true");
	await form.apiKey();
	await form.submit();
	const to = await page.locator("#url").innerText();

	await person.open(person.link("All listeners"));
	await person.open(person.link(/Learn from a delivery to phone\/learnt-from-jira/));
	await page.getByText("Waiting for a delivery.").waitFor();
	const sent = await site.post(to, site.payload("jira-issue-updated.json"));

	t.ok(sent.outcome === "captured", "what Jira sends of an issue is kept", sent);
	if (!t.how.script)
		await person.open(person.link("Look again"));
	// With script it appears by itself.
	const use = (words) => page.getByLabel(`What ${words} is`, { exact: true });

	await use("/issue/key").waitFor();
	await person.choose(use("/issue/key"), { label: "Target" });
	await person.choose(form.at("match"), "fields.jira");
	await person.choose(use("/issue/fields/status/name"), "string");
	await person.choose(use("/issue/fields/watches/watchCount"), "integer");
	await person.open(person.button("Try it"));
	let text = await person.text("#tried");

	t.ok(/applied/.test(text), "tried, it would be applied", text);
	await t.looks(person, "learning");
	await person.check(page.getByLabel("Then apply what was kept"));
	await person.open(person.button("Switch on"));
	await person.click(person.button(/^Replay 1 now/));
	await page.locator("#portions p[role=status]", { hasText: "1 of 1 replayed" }).waitFor();
	text = await person.text("#portions");
	t.ok(/applied/.test(text), "switched on, what was kept is applied", text);
	const values = (await site.records("value")).filter((one) => JSON.stringify(one.values).includes("watchCount"));

	t.ok(values.length === 1 && values[0].feedback === "1042" && Object.values(values[0].values).includes(5),
		"the values are there, and nobody typed a pointer", values);
}
