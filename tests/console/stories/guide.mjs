// SPDX-License-Identifier: ISC
// The guide for a manager's first listener, done as it says: its sentences are carried out, its
// commands run, and its pictures shown.
import { readFileSync } from "node:fs";
import { TOP } from "../site.mjs";

export const long = true;

const GUIDE = "examples/guides/first-listener-in-the-console.md", MANAGER = "pm@acme.example";
const BOLD = String.raw`\*\*([^*]+)\*\*`;
/** What sentences ask for, in the order of the page */
const STEPS = [
	["type", new RegExp(String.raw`[Tt]ype \`([^\`]+)\`[^*]*? into ${BOLD}(?:, and \`([^\`]+)\` into ${BOLD})?`)],
	["choose", new RegExp(`[Cc]hoose ${BOLD} for ${BOLD}`)],
	["pick", new RegExp(`[Cc]hoose ${BOLD}`)],
	["click", new RegExp(`[Cc]lick ${BOLD}`)],
	["mail", /Open the link in the mail/],
	["first", /Open the first delivery/],
	["see", new RegExp(BOLD)],
	["run", /```console\n\$ ([^\n]+)\n([\s\S]*?)\n```/],
	["picture", /!\[[^\]]+\]\(images\/([\w-]+)\.webp\)/],
];

function steps_of(text) {
	const all = new RegExp(STEPS.map(([name, one]) => `(?<${name}>${one.source})`).join("|"), "g");

	return Array.from(text.matchAll(all), (found) => {
		const [name, one] = STEPS.find(([name]) => found.groups[name] !== undefined);

		return [name, ...one.exec(found[0]).slice(1)];
	});
}
/** … stands for anything. */
const like = (text) => new RegExp(text.split("…").map((part) => part.replace(/[.*+?^$()|[\]\\{}]/g, "\\$&")).join("[\\s\\S]*"));

export default async function (t) {
	const site = await t.site({ mail: true, port: t.pictures ? 8080 : 0 }), person = await t.person(site), { page } = person;
	const text = readFileSync(TOP + GUIDE, "utf8").replace(/([^\n])\n +/g, "$1 ")
		.replace(/([^\n])\n(?!```)(?=[\w*`])/g, "$1 ");
	const steps = steps_of(text);
	/** What is labelled so, "needed" or not */
	const field = async (label) => {
		const id = await page.waitForFunction((label) => Array.from(document.querySelectorAll("main label[for]"))
			.find((one) => one.checkVisibility() && one.textContent.replace(/\s+/g, " ").trim().replace(/ needed$/, "") === label)
			?.htmlFor, label);

		return page.locator("#" + await id.jsonValue());
	};
	const usual = (said) => said.replaceAll(site.listen, "http://127.0.0.1:8080/listen");

	await page.setViewportSize({ width: 1080, height: 760 });
	await page.goto(site.base + "/");
	for (const [name, what, where, what2, where2] of steps) {
		if (name === "type") {
			await person.fill(await field(where), what);
			if (what2)
				await person.fill(await field(where2), what2);
		} else if (name === "choose") {
			await person.choose(await field(where), { label: what });
		} else if (name === "pick") {
			await person.check(page.getByRole("radio", { name: what, exact: true }));
		} else if (name === "click") {
			const link = page.getByRole("link", { name: what, exact: true });

			if (await link.count())
				await person.open(link.first());
			else if (await page.locator("form.live").count() && what !== "Submit" || /^Copy/.test(what))
				await person.click(person.button(what));
			else if (!/…$/.test(what))
				await person.open(page.locator("main").getByRole("button", { name: what, exact: true })
					.and(page.locator(":not([tabindex='-1'])")));
		} else if (name === "mail") {
			await page.goto((await site.mail(MANAGER, /^Sign in/)).text.match(/http\S+/)[0]);
		} else if (name === "first") {
			await person.open(page.locator("#live tbody a").first());
		} else if (name === "see") {
			t.ok((await person.text()).includes(what), `it is seen: ${what}`, await person.text());
		} else if (name === "run") {
			const command = await page.locator("#curl").innerText(), said = await site.shell(command + " -s");

			t.ok(like(what).test(usual(command)), "the command is the one of the page", what, usual(command));
			t.ok(like(where).test(said), "and says what the guide shows", where, said);
		} else {
			await t.picture(person, what);
		}
	}
	t.ok(steps.length > 20, "the guide has been carried out", steps.length);
}
