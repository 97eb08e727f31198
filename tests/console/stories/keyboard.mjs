// SPDX-License-Identifier: ISC
// Where the focus is, and where it goes: what a keyboard and a screen reader need.
import { ListenerForm } from "../listener-form.mjs";

export const ways = ["by keyboard"];

export default async function (t) {
	const site = await t.site(), form = new ListenerForm(await t.person(site));
	const { person, page } = form, keys = page.keyboard;
	const focused = () => page.evaluate(() => document.activeElement.id);

	await page.goto((await site.earshot("console", "link", "jim@acme.example")).trim());
	// It has the focus as soon as the page is drawn, which may be after it is loaded.
	await page.locator("main button:focus").waitFor();
	await person.leave(() => keys.press("Enter"));
	t.ok(page.url() === site.base + "/", "signed in by Enter alone", page.url());
	await keys.press("Tab");
	await keys.press("Enter");
	t.ok(await focused() === "main", "the first Tab skips to the content", await focused());
	await page.reload();
	await person.go("User automation");
	await person.open(person.link("Create an external listener"));
	await person.open(page.locator("button.main"));
	t.ok(await focused() === "problems", "a refused form: the focus is at what is wrong", await focused());
	t.ok((await page.title()).startsWith("Error: "), "and the title says it", await page.title());
	await t.looks(person, "a refused form");
	await page.locator("#problems").focus();
	await keys.press("Tab");
	await keys.press("Enter");
	const first = await page.locator("#problems a").first().getAttribute("href");

	t.ok("#" + await focused() === first, "its first link leads to the field", first, await focused());
	await page.goto(site.base + "/listeners/new?automation=user");
	await form.fill("name", "By keyboard");
	await form.type("Add Comment");
	await form.fill("author", "author_name");
	await form.fill("comment", "text");
	await form.fill("target-parameter", "email");
	await person.check(form.at("key-from-new"));
	await form.fill("key-name", "keyboard");
	await person.leave(() => keys.press("Enter"));
	t.ok(/^ear_/.test(await page.locator("#secret").innerText()), "Enter in a field submits, and a new secret is shown");
	const said = await site.shell(await page.locator("#curl").innerText());

	t.ok(/"outcome":"applied"/.test(said), "the command with it works", said);
	await t.looks(person, "how to post");
	// The menu of whoever is signed in
	await person.tab(page.locator("details.who summary"));
	await keys.press("Space");
	t.ok(await page.locator("details.who").evaluate((menu) => menu.open), "the menu opens");
	await keys.press("Escape");
	t.ok(!await page.locator("details.who").evaluate((menu) => menu.open), "and closes by Escape");
}
