// SPDX-License-Identifier: ISC
// The guides of the console, done as they say: their sentences are carried out, what other systems
// send is sent, and their pictures are shown.
import { readFileSync } from "node:fs";
import { TOP, until } from "../site.mjs";

export const long = true;
export const ways = ["with script", "without script"];

const ADMIN = { kind: "user", email: "jim@acme.example", firstName: "Jim", lastName: "Ito", roles: ["admin"] };
/** Each begins in a community of its own: of the demo, or of these documents alone. */
const GUIDES = [
	["first-listener-in-the-console", { demo: true }],
	["five-use-cases-in-the-console", { demo: false, documents: [ADMIN] }],
];

const BOLD = String.raw`\*\*[^*]+\*\*`, CODE = "`[^`]+`", NTHS = ["first", "second", "third", "fourth"];
const WHERE = `(?:the (?:${NTHS.join("|")}) )?${BOLD}`;
const TYPED = `${CODE}(?:,? (?:and )?${CODE})*(?:, [^*\`]*?)? into ${WHERE}`, CHOSEN = `${BOLD} for ${WHERE}`;
const several = (one) => `${one}(?:,?(?: and)? ${one})*`;
/** What sentences ask for, in the order of the page */
const STEPS = {
	type: `[Tt]ype ${several(TYPED)}`,
	file: `[Cc]hoose the file ${CODE} for ${BOLD}`,
	choose: `[Cc]hoose ${several(CHOSEN)}`,
	pick: `[Cc]hoose ${BOLD}`,
	tick: `[Tt]ick ${BOLD}`,
	go: `[Cc]lick ${BOLD} at the side`,
	click: `[Cc]lick ${BOLD}`,
	unfold: `[Oo]pen ${BOLD}`,
	mail: "Open the link in the mail",
	first: "Open the first delivery",
	fill: String.raw`(?:^\|.*\n)+`,
	see: BOLD,
	picture: String.raw`!\[[^\]]+\]\(images/[\w-]+\.webp\)`,
	payload: String.raw`\]\(\.\./payloads/[\w.-]+\)`,
	saved: "```csv\\n[\\s\\S]*?```",
	send: "```json\\n[\\s\\S]*?```",
	run: "```console\\n[\\s\\S]*?```",
};
const ALL = new RegExp(Object.entries(STEPS).map(([name, one]) => `(?<${name}>${one})`).join("|"), "gm");

/** [what is asked for, its words]; lines of a paragraph are one. */
function steps_of(text) {
	const joined = text.split(/(^```\w+\n[\s\S]*?^```$)/m).map((part) => part.startsWith("```") ? part
		: part.replace(/([^\n])\n +/g, "$1 ").replace(/([^\n])\n(?=[\w*`])/g, "$1 ")).join("");

	return Array.from(joined.matchAll(ALL), (found) =>
		[Object.keys(STEPS).find((name) => found.groups[name] !== undefined), found[0]]);
}
const bolds = (words) => Array.from(words.matchAll(/\*\*([^*]+)\*\*/g), (one) => one[1]);
const codes = (words) => Array.from(words.matchAll(/`([^`]+)`/g), (one) => one[1]);
/** "the second **Label**": which of those that are called so */
const nth = (words) => Math.max(0, NTHS.findIndex((one) => words.includes(`the ${one} **`)));
const fenced = (words) => words.replace(/^```\w+\n|\n?```$/g, "");
/** … stands for anything. */
const like = (text) => new RegExp(text.split("…").map((part) => part.replace(/[.*+?^$()|[\]\\{}]/g, "\\$&")).join("[\\s\\S]*"));

/** Somebody with a guide in one hand */
class Reader {
	constructor(t, site, person) {
		Object.assign(this, { t, site, person, page: person.page });
	}
	/** What is labelled so, "needed" or not; of a group of fields the first */
	async field(label, n) {
		return this.page.locator("#" + await until(`a field ${label}`, () => this.page.evaluate(([label, n]) => {
			const called = (what) => Array.from(document.querySelectorAll("main " + what)).filter((one) =>
				one.checkVisibility() && one.textContent.replace(/\s+/g, " ").trim().replace(/ needed$/, "") === label)[n];

			return called("label[for]")?.htmlFor ??
				called("legend")?.parentElement.querySelector("select, input:not([type=hidden])")?.id;
		}, [label, n])));
	}
	async put(label, n, text) {
		const field = await this.field(label, n);
		const among = this.page.locator("main fieldset", { has: this.page.locator("legend", { hasText: label }) })
			.getByRole("radio", { name: text, exact: true });

		if (await among.count() === 1)
			return this.person.check(among);
		if (await field.evaluate((one) => one.tagName) !== "SELECT")
			return this.person.fill(field, text);
		// "Phone beta" is Phone beta (phone), too.
		const said = await field.evaluate((one, text) => Array.from(one.options, (option) => option.label)
			.find((label) => label === text || label.startsWith(text + " (")) ?? text, text);

		await this.person.choose(field, { label: said });
		const ask = await field.getAttribute("data-ask");

		if (ask && !this.t.how.script)
			await this.person.open(this.page.locator(`button.noscript[name=ask][value="${ask}"]:visible`).first());
	}
	async see(words) {
		const [what] = bolds(words);
		let text = "";

		await until(`seen: ${what}`, async () => {
			text = await this.person.text().catch(() => "");
			return text.includes(what);
		}).catch(() => {});
		this.t.ok(text.includes(what), `it is seen: ${what}`, text);
		await this.page.evaluate((what) => Array.from(document.querySelectorAll("main :is(h2, h3, dd, td, p, li)"))
			.find((one) => one.textContent.includes(what))?.scrollIntoView(), what);
	}
	/** The command of the page, and the secret in it, are remembered: both are shown once. */
	async open(what) {
		await this.person.open(what);
		const curl = this.page.locator("#curl");

		if (await curl.count() > 0) {
			this.curl = await curl.innerText();
			this.site.key = /API_KEY='([^']+)'/.exec(this.curl)?.[1] ?? this.site.key;
		}
	}
	/** What the sender of the last listener sends, as its page says */
	async sends(body) {
		const command = this.curl.replace(/BODY='(?:[^']|'\\'')*'/, () => `BODY='${body.replaceAll("'", "'\\''")}'`);
		const said = await this.site.shell(command + " -s");

		this.t.ok(/"outcome":"applied"/.test(said), `it is sent, and applied: ${body.slice(0, 60)}`, command, said);
	}
	async type(words) {
		for (const [one] of words.matchAll(new RegExp(TYPED, "g"))) {
			const [label] = bolds(one);

			this.typed = codes(one).join("\n");
			await this.put(label, nth(one), this.typed);
		}
	}
	async choose(words) {
		for (const [one] of words.matchAll(new RegExp(CHOSEN, "g")))
			await this.put(bolds(one)[1], nth(one), bolds(one)[0]);
	}
	/** A table: its head has the labels, each row what is entered. */
	async fill(words) {
		const [head, , ...rows] = words.trim().split("\n").map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));

		for (const [n, row] of rows.entries())
			for (const [i, label] of head.entries())
				await this.put(bolds(label)[0], n, row[i].replaceAll("`", ""));
	}
	async file(words) {
		await this.page.setInputFiles("#" + await (await this.field(bolds(words)[0], 0)).getAttribute("id"),
			{ name: codes(words)[0], mimeType: "text/csv", buffer: Buffer.from(this.csv) });
	}
	saved(words) {
		this.csv = fenced(words);
	}
	pick(words) {
		return this.person.check(this.page.getByRole("radio", { name: bolds(words)[0], exact: true }));
	}
	tick(words) {
		return this.person.check(this.page.getByRole("checkbox", { name: bolds(words)[0], exact: true }));
	}
	go(words) {
		return this.person.go(bolds(words)[0]);
	}
	async click(words) {
		const [what] = bolds(words), { script } = this.t.how;
		const named = ["link", "button"].map((role) => this.page.getByRole(role, { name: what, exact: true }));
		const control = this.page.locator("main").locator(named[0].or(named[1])).and(this.page.locator(":not([tabindex='-1'])")).first();

		// What asks first is asked by whoever needs it; without script there is nothing to copy by.
		if (/…$/.test(what) || (!script && /^Copy/.test(what)))
			return;
		const stays = await control.evaluate((one, script) => one.matches(".copy") ||
			(script && one.matches("form.live [name=ask]")), script);

		await (stays ? this.person.click(control) : this.open(control));
	}
	unfold(words) {
		return this.person.unfold(this.page.locator("main summary:visible", { hasText: bolds(words)[0] }).first());
	}
	async mail() {
		await this.page.goto((await this.site.mail(this.typed, /^Sign in/)).text.match(/http\S+/)[0]);
	}
	first() {
		return this.person.open(this.page.locator("#live tbody a").first());
	}
	payload(words) {
		return this.sends(this.site.payload(words.match(/payloads\/([\w.-]+)/)[1]));
	}
	async send(words) {
		for (const body of fenced(words).split("\n"))
			await this.sends(body);
	}
	async run(words) {
		const [shown, answer] = fenced(words).replace(/^\$ /, "").split(/\n([\s\S]*)/);
		const command = await this.page.locator("#curl").innerText(), said = await this.site.shell(command + " -s");
		const usual = command.replaceAll(this.site.listen, "http://127.0.0.1:8080/listen");

		this.t.ok(like(shown).test(usual), "the command is the one of the page", shown, usual);
		this.t.ok(like(answer).test(said), "and says what the guide shows", answer, said);
	}
	async picture(words) {
		if (this.t.how.script)
			await this.t.picture(this.person, words.match(/images\/([\w-]+)\.webp/)[1]);
	}
}

export default async function (t) {
	for (const [guide, community] of GUIDES) {
		const site = await t.site({ ...community, mail: true, port: t.pictures ? 8080 : 0 });
		const person = await t.person(site), reader = new Reader(t, site, person);
		const steps = steps_of(readFileSync(`${TOP}examples/guides/${guide}.md`, "utf8"));

		if (t.how.script)
			await person.page.setViewportSize({ width: 1080, height: 760 });
		await person.page.goto(site.base + "/");
		for (const [name, words] of steps) {
			try {
				await reader[name](words);
			} catch (error) {
				throw new Error(`${guide}: ${words}\n${error.stack}`);
			}
		}
		t.ok(steps.length > 20, `${guide} has been carried out`, steps.length);
		await person.page.close(); // it may be asking still what became of something
		await site.stop();
	}
}
