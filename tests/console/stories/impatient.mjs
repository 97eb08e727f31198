// SPDX-License-Identifier: ISC
// Answers come late, and people go on: what they type meanwhile is not lost.
import { ListenerForm } from "../listener-form.mjs";

export default async function (t) {
	const site = await t.site(), form = new ListenerForm(await t.person(site, "pm@acme.example"));
	const { page } = form;
	let asked, let_go;
	const waits = new Promise((done) => { asked = done; }), gate = new Promise((done) => { let_go = done; });

	await page.goto(site.base + "/listeners/new?automation=user");
	await form.press("filter-add");
	t.ok(await form.at("filter-0-field").evaluate((now) => now === document.activeElement), "what was added has the focus");
	await form.choose("filter-0-field", "user.firstName", "filter");
	await page.route("**/listeners/new", async (route) => {
		asked();
		await gate;
		await route.continue();
	});
	await form.at("filter-0-is").selectOption("contains");
	await waits;
	await form.at("filter-0-value").pressSequentially("An");
	await form.at("filter-0-value").press("ArrowLeft");
	let_go();
	await form.person.settled();
	await page.keyboard.type("n");
	t.ok(await form.at("filter-0-value").inputValue() === "Ann" && await form.at("filter-0-is").inputValue() === "contains",
		"what is typed while an answer is on its way stays, and so does the place",
		await form.at("filter-0-value").evaluate((now) => `${now.value} ${document.activeElement.id} ${now.selectionStart}`));

	// With the button the name is left, and the key below it looked up, which makes the form longer.
	await page.unroute("**/listeners/new");
	await page.goto(site.base + "/listeners/new?automation=user");
	await form.at("name").focus();
	await page.keyboard.type("Pressed");
	const answered = page.waitForResponse("**/listeners/new");

	await page.locator('button[value="filter-add"]:visible').hover();
	await page.mouse.down();
	await (await answered).finished();
	for (let frame = 0; frame < 5; frame++)
		await page.evaluate(() => new Promise((done) => requestAnimationFrame(done)));
	await page.mouse.up();
	await form.person.settled();
	t.ok(await form.at("filter-0-field").count() === 1, "what is pressed while an answer comes is pressed");
	await page.getByText("This key is free.").waitFor();

	// A second finger comes while the first is down, and both are let go.
	const both = page.waitForResponse("**/listeners/new");

	await page.evaluate(() => {
		document.querySelector('button[value="filter-add"]').click();
		document.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
	});
	await (await both).finished();
	for (let frame = 0; frame < 5; frame++)
		await page.evaluate(() => new Promise((done) => requestAnimationFrame(done)));
	await page.evaluate(() => {
		for (const name of ["down", "up", "up"])
			document.dispatchEvent(new PointerEvent("pointer" + name, { bubbles: true }));
	});
	await form.at("filter-1-field").waitFor();
	t.ok(true, "two fingers hold nothing back");

	// A list that keeps itself up to date does so when nothing of it is pressed.
	const mark = page.locator("#live > i");
	const looked = async () => {
		const answer = page.waitForResponse("**/deliveries");

		await page.clock.runFor(5000);
		await (await answer).finished();
		await page.evaluate(() => fetch(location.href).then((same) => same.text()));
	};

	await page.clock.install();
	await page.goto(site.base + "/deliveries");
	await page.evaluate(() => {
		document.getElementById("live").append(document.createElement("i"));
		document.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
	});
	await looked();
	t.ok(await mark.count() === 1, "what is pressed stays");
	await page.evaluate(() => document.dispatchEvent(new PointerEvent("pointerup", { bubbles: true })));
	await page.clock.runFor(100);
	await looked();
	await mark.waitFor({ state: "detached" });
	t.ok(true, "and goes when it is let go");
	await page.goto(site.base + "/listeners/new?automation=user");
	await form.at("name").fill("Pressed");
	await form.at("name").press("Tab");
	await page.getByText("This key is free.").waitFor();

	// The session ends meanwhile: what a button asks is not taken for a form that is sent.
	await page.context().clearCookies();
	await page.locator('button[value="filter-add"]').click();
	await page.getByText("You are not signed in any more").waitFor();
	t.ok(await page.locator("input[name='ask']").inputValue() === "filter-add" &&
		await page.locator("input[name='/name']").inputValue() === "Pressed", "what was typed is kept, and what was asked for");
	await t.looks(form.person, "a form whose session has ended");
}
