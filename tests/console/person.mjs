// SPDX-License-Identifier: ISC
// Somebody in front of a page, with a mouse or by keyboard alone. What is done is the same.
import { readFileSync } from "node:fs";

export class Person {
	/** how: {script, keys}; unseen gets what had the focus and did not show it. */
	constructor(page, site, how, unseen) {
		Object.assign(this, { page, site, how, unseen });
	}
	at(id) {
		return this.page.locator("#f-" + id);
	}
	/** What stands there, in one line */
	async text(selector = "main") {
		return (await this.page.locator(selector).innerText()).replace(/\s+/g, " ");
	}
	/** What has the focus: whether it is what is wanted, and whether one sees it. */
	focus(wanted) {
		return wanted.evaluateAll((all) => {
			const now = document.activeElement, style = getComputedStyle(now);
			const box = now.getBoundingClientRect();

			return { here: all.includes(now), body: now === document.body,
				id: now.id || `${now.tagName} ${now.textContent.trim().slice(0, 40)}`,
				looks: `${style.outlineWidth} ${style.outlineStyle}, ${now.matches(":focus-visible")}, ` +
					`from ${box.left},${box.top} to ${box.right},${box.bottom} in ${innerWidth}x${innerHeight}`,
				seen: now.id === "main" || style.outlineStyle !== "none" &&
					parseFloat(style.outlineWidth) >= 2 && box.width > 0 && box.bottom > 0 &&
					box.top < innerHeight && box.left >= 0 };
		});
	}
	/** Tab until what is wanted has the focus; wherever it stops, one sees that it does. */
	async tab(wanted) {
		await wanted.first().waitFor();
		for (let i = 0; i < 400; i++) {
			let at = await this.focus(wanted);

			// What comes into view by a script or a scroll comes a little later, on a machine
			// that has other work too.
			for (let waited = 0; i > 0 && !at.body && !at.seen && waited < 200; waited++) {
				await this.page.waitForTimeout(50);
				at = await this.focus(wanted);
			}
			if (i > 0 && !at.body && !at.seen)
				this.unseen.add(`${at.id}: ${at.looks}`);
			if (at.here)
				return;
			await this.page.keyboard.press("Tab");
		}
		throw new Error("never reached by Tab: " + wanted);
	}
	/** Until the parts of a form that were asked for stand there. */
	async settled() {
		if (this.how.script)
			await this.page.waitForFunction(() => !document.querySelector("[aria-busy=true]"));
	}
	async press(key) {
		await this.page.keyboard.press(key);
		await this.settled();
	}
	async click(what) {
		if (!this.how.keys) {
			await what.click();
		} else {
			await this.tab(what);
			await this.page.keyboard.press("Enter");
		}
		await this.settled();
	}
	async fill(what, text) {
		if (this.how.keys) {
			await this.tab(what);
			await this.page.keyboard.press("ControlOrMeta+A");
			await this.page.keyboard.insertText(text);
		} else {
			await what.fill(text);
		}
		await this.settled();
	}
	/** An option by its value, or {label}; ask: what without script draws the parts that depend on it. */
	async choose(what, option, ask) {
		await this.pick(what, option);
		await this.settled();
		if (ask && !this.how.script)
			await this.ask(ask);
	}
	async pick(what, option) {
		if (!this.how.keys)
			return what.selectOption(option);
		await this.tab(what);
		const to = await what.evaluate((select, option) => Array.from(select.options)
			.findIndex((one) => option.label ? one.label === option.label : one.value === option), option);

		for (let i = 0; i < 400; i++) {
			const now = await what.evaluate((select) => select.selectedIndex);

			if (now === to)
				return;
			await this.press(to > now ? "ArrowDown" : "ArrowUp");
		}
		throw new Error(`never chosen: ${JSON.stringify(option)} of ${what}`);
	}
	async check(what, on = true) {
		if (!this.how.keys) {
			await what.setChecked(on);
		} else if (await what.getAttribute("type") === "radio") {
			await this.tab(this.page.locator(`input[name="${await what.getAttribute("name")}"]`));
			if (!await what.isChecked())
				await this.page.keyboard.press("Space");
			for (let i = 0; i < 50 && !await what.isChecked(); i++)
				await this.page.keyboard.press("ArrowDown");
		} else if (await what.isChecked() !== on) {
			await this.tab(what);
			await this.page.keyboard.press("Space");
		}
		await this.settled();
	}
	/** Does what leads to another page, and waits for that. */
	async leave(act) {
		await this.page.evaluate(() => document.documentElement.setAttribute("data-left", ""));
		await act();
		await this.page.locator("html:not([data-left])").waitFor({ state: "attached" });
		await this.page.waitForLoadState("load");
	}
	open(what) {
		return this.leave(() => this.click(what));
	}
	/** A button that changes the form alone: with script a part of it, without script by a page. */
	ask(what) {
		const button = this.page.locator(`button[name="ask"][value="${what}"]:visible`).first();

		return this.how.script ? this.click(button) : this.open(button);
	}
	/** What a link leads to that is to be kept: {name, text} */
	async keep(what) {
		const [file] = await Promise.all([this.page.waitForEvent("download"), this.click(what)]);

		return { name: file.suggestedFilename(), text: readFileSync(await file.path(), "utf8") };
	}
	link(name) {
		return this.page.getByRole("link", { name, exact: typeof name === "string" });
	}
	button(name) {
		return this.page.getByRole("button", { name, exact: typeof name === "string" });
	}
	/** By the pages at the side, which on a phone are behind a button */
	async go(name) {
		const menu = this.page.locator("button.menu");

		if (await menu.isVisible())
			await this.click(menu);
		await this.open(this.page.locator("#side").getByRole("link", { name, exact: true }));
	}
	/** What stands in the box at the top is searched for. */
	async find(text) {
		await this.fill(this.page.locator("#q"), text);
		await this.leave(() => this.page.keyboard.press("Enter"));
	}
	/** Opens what is folded, unless it is open. */
	async unfold(summary) {
		if (!await summary.evaluate((one) => one.parentElement.open))
			await this.click(summary);
	}
}
