// SPDX-License-Identifier: ISC
// Runs the stories of stories/ in Chromium, several at once; tests/browser.sh starts it, and
// README.md beside it tells how to write one.
//
//	chromium.mjs BUILD FOLDER CHROMIUM MODULES [--all] [--shots] [--pictures] [STORY...]
//
// FOLDER is for what goes with the test. Speaks TAP.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { DESK, Eyes, PHONE, watch } from "./look.mjs";
import { Person } from "./person.mjs";
import { PATIENCE, Site, TOP } from "./site.mjs";

const [BUILD, FOLDER, CHROMIUM, MODULES, ...rest] = process.argv.slice(2);
const options = rest.filter((one) => one.startsWith("--"));
const wanted = rest.filter((one) => !one.startsWith("--"));
const require = createRequire(MODULES + "/");
const { chromium } = require("playwright-core");
const SHOTS = MODULES + "/shots";
const eyes = new Eyes(require.resolve("axe-core/axe.min.js"), SHOTS, options.includes("--shots"));
/** What the pictures of documents show, in words: so that one that shows what is no more is told. */
const SHOWN = new URL("pictures.json", import.meta.url);
const shown = JSON.parse(readFileSync(SHOWN, "utf8"));
const IMAGES = TOP + "examples/guides/images/";
let count = 0, bad = 0;

/** The ways in which a story can be lived through. */
const WAYS = {
	"with script": { script: true, size: DESK, scheme: "light" },
	"without script": { script: false, size: PHONE, scheme: "dark" },
	"by keyboard": { script: true, keys: true, size: DESK, scheme: "dark" },
};

/** What a story has: it says what is so, opens sites, and lets people sign in there. */
class Story {
	constructor(browser, name, how) {
		Object.assign(this, { browser, name, how });
		this.pictures = options.includes("--pictures");
		this.wrongs = [];
		this.unseen = new Set();
		this.sites = [];
		this.contexts = [];
		this.eyes = eyes;
	}
	ok(good, name, ...why) {
		count++;
		bad += !good;
		console.log(`${good ? "ok" : "not ok"} ${count} - ${this.name}: ${name.replace(/\s+/g, " ")}`);
		if (!good)
			for (const one of why)
				console.log("# " + (typeof one === "string" ? one : JSON.stringify(one)).split("\n")
					.slice(0, 40).join("\n# "));
		return good;
	}
	async site(options) {
		const site = await Site.start(BUILD, FOLDER, options);

		this.sites.push(site);
		return site;
	}
	/** A browser of their own; user: signed in by a link that the command line has made. */
	async person(site, user, how = this.how) {
		const context = await this.browser.newContext({ viewport: how.size, colorScheme: how.scheme,
			javaScriptEnabled: how.script,
			permissions: how.script ? ["clipboard-read", "clipboard-write"] : [] });

		this.contexts.push(context);
		watch(context, site.base, this.wrongs);
		context.setDefaultTimeout(PATIENCE);
		const person = new Person(await context.newPage(), site, how, this.unseen);

		if (user) {
			await person.page.goto((await site.earshot("console", "link", user)).trim());
			await person.open(person.button("Sign in"));
		}
		return person;
	}
	/** Looks at the page as it stands. */
	async looks(person, name) {
		const found = await eyes.look(person.page, name.replace(/\W+/g, "-"), person.how.script);

		this.ok(found.length === 0, `${name}: to be read by all, at both widths, by day and by night`, ...found);
	}
	/** The picture of a document: compared in words, or, with --pictures, made anew. */
	async picture(person, name) {
		const { page } = person;
		// Of the whole page: how much of it is in the picture depends on the fonts of the machine.
		const read = async () => (await page.evaluate(() => {
			const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT), found = [];

			for (let node = walker.nextNode(); node !== null; node = walker.nextNode())
				if (node.parentElement.checkVisibility() && !node.parentElement.closest("time"))
					found.push(node.data);
			return found.join(" ").replace(/\s+/g, " ").trim();
		})).replace(/127\.0\.0\.1:\d+/g, "127.0.0.1:8080").replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "…")
			.replace(/\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:[\d.]+)?( UTC|Z)?/g, "…");
		let words = await read();

		// What a script of the page asks for comes a little later.
		for (let waited = 0; waited < 50 && words !== shown[name]; waited++) {
			await page.waitForTimeout(100);
			words = await read();
		}
		if (!this.pictures) {
			this.ok(words === shown[name] && existsSync(`${IMAGES}${name}.webp`),
				`${name}.webp shows the page as it is (else: tests/browser.sh --pictures)`, words, shown[name] ?? "nothing");
			return;
		}
		const session = await page.context().newCDPSession(page);
		const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: 70 });
		const bytes = Buffer.from(data, "base64");

		shown[name] = words;
		writeFileSync(`${IMAGES}${name}.webp`, bytes);
		writeFileSync(SHOWN, JSON.stringify(shown, Object.keys(shown).sort(), "\t") + "\n");
		this.ok(bytes.length <= 60000, `${name}.webp has ${bytes.length} bytes`);
	}
	async tell(tale) {
		try {
			await tale(this);
		} catch (error) {
			this.ok(false, "comes to its end", error.stack);
			for (const [i, context] of this.contexts.entries())
				for (const page of context.pages()) {
					console.log(`# ${page.url()} ${await page.content().then((text) => text.slice(0, 300)
						.replace(/\s+/g, " "), (error) => error.message.split("\n")[0])}`);
					await eyes.snap(page, `${this.name.replace(/\W+/g, "-")}-failed-${i}`)
						.catch((error) => console.log(`# no screenshot: ${error.message}`));
				}
		}
		for (const context of this.contexts)
			await context.close();
		for (const site of this.sites)
			await site.stop();
		this.ok(this.wrongs.length === 0, "no error in the console, no violation of the policy, no dialog, no 5xx",
			...this.wrongs);
		this.ok(this.unseen.size === 0, "wherever the focus is, it is seen", ...this.unseen);
	}
}

const browser = await chromium.launch({ executablePath: CHROMIUM });
const here = new URL("stories/", import.meta.url);
const stories = [];

mkdirSync(SHOTS, { recursive: true });
for (const file of readdirSync(here).filter((one) => one.endsWith(".mjs")).sort()) {
	const name = file.replace(".mjs", "");

	const mine = wanted.length > 0 ? wanted : options.includes("--pictures") ? ["guide", "pictures"] : [name];

	if (!mine.includes(name))
		continue;
	const { default: tale, ways, walks = false, long = walks } = await import(new URL(file, here));

	// Those that look at every page take minutes: they are asked for.
	if (walks && wanted.length === 0 && !options.includes("--all"))
		continue;
	for (const way of ways ?? ["with script"])
		stories.push({ name: ways ? `${name} ${way}` : name, way, tale, long });
}
stories.sort((a, b) => b.long - a.long);
// As many at a time as there are cores, and one that waits.
await Promise.all(Array.from({ length: options.includes("--pictures") ? 1 : availableParallelism() + 1 }, async () => {
	for (let next = stories.shift(); next !== undefined; next = stories.shift())
		await new Story(browser, next.name, WAYS[next.way]).tell(next.tale);
}));
await browser.close();
console.log(`1..${count}`);
process.exit(bad || count === 0 ? 1 : 0);
