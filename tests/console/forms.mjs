// SPDX-License-Identifier: ISC
// Forms of the console in Chromium; tests/browser-forms.sh starts it.
//
//	forms.mjs EARSHOT HOME BASE CHROMIUM MODULES OUT
//
// OUT gets the screenshots. Speaks TAP.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";

const [EARSHOT, HOME, BASE, CHROMIUM, MODULES, OUT] = process.argv.slice(2);
const require = createRequire(MODULES + "/");
const { chromium } = require("playwright-core");
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
let count = 0, bad = 0;

function ok(good, name, ...why) {
	count++;
	bad += !good;
	console.log(`${good ? "ok" : "not ok"} ${count} - ${name.replace(/\s+/g, " ")}`);
	if (!good)
		for (const one of why)
			console.log("# " + JSON.stringify(one).slice(0, 600));
}

function earshot(input, ...args) {
	return execFileSync(EARSHOT, ["--home", HOME, ...args], { encoding: "utf8", input });
}

/** What no page may do: ask for something elsewhere, open a dialog, fail. */
const wrongs = [];
/** Somewhere else: it notices whoever comes. What a policy keeps back never comes. */
const elsewhere = createServer((request, answer) => {
	wrongs.push(`asks for ${request.url}`);
	answer.writeHead(200, { "Access-Control-Allow-Origin": "*" }).end();
});

await new Promise((done) => elsewhere.listen(0, "127.0.0.1", done));
const EVIL_URL = `http://127.0.0.1:${elsewhere.address().port}`;

async function someone(browser, options) {
	const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });

	context.setDefaultTimeout(15000);
	context.on("dialog", (dialog) => {
		wrongs.push(`a dialog: ${dialog.message()}`);
		dialog.dismiss();
	});
	context.on("weberror", (error) => wrongs.push(`${error.error()}`));
	const page = await context.newPage();

	await page.goto(earshot("", "console", "link", "jim@acme.example").trim());
	await page.getByRole("button", { name: "Sign in" }).click();
	await page.waitForURL(BASE + "/");
	return page;
}

/** axe-core, and whether the page can be moved sideways, at two widths, by day and by night. */
async function look(page, name) {
	const found = [];
	const session = await page.context().newCDPSession(page);

	// By the debugger: the policy of the page lets no program in.
	await session.send("Runtime.evaluate", { expression: `typeof axe === "object" || (() => {${AXE}})()` });
	await session.detach();
	for (const [width, colorScheme] of [[1440, "light"], [360, "light"], [360, "dark"]]) {
		await page.setViewportSize({ width, height: 800 });
		await page.emulateMedia({ colorScheme });
		found.push(...await page.evaluate(async () => {
			const result = await axe.run({ include: ["html"], exclude: ["iframe",
				"tbody tr:nth-child(n+12)"] }, { resultTypes: ["violations"], preload: false,
				elementRef: false });
			const root = document.documentElement;
			const wide = root.scrollWidth <= root.clientWidth ? []
				: Array.from(document.body.querySelectorAll("*")).filter((element) =>
					element.getBoundingClientRect().right > root.clientWidth + 1).slice(0, 4)
					.map((element) => `sideways: ${element.tagName}.${element.className}#${element.id}`);

			return [...wide, ...result.violations.flatMap((v) => v.nodes.map((node) =>
				`${v.id}: ${node.target.join(" ")}: ${node.failureSummary.replace(/\s+/g, " ")}`))];
		}).then((list) => list.map((one) => `${width} ${colorScheme}: ${one}`)));
		await page.screenshot({ path: `${OUT}/${name}-${width}-${colorScheme}.png`, fullPage: true });
	}
	await page.setViewportSize({ width: 1440, height: 900 });
	await page.emulateMedia({ colorScheme: "light" });
	ok(found.length === 0, `${name}: at two widths, by day and by night`, ...found.slice(0, 6));
}

const EVIL = ("<p style=\"color: rgb(255, 0, 0)\" id=\"p\">Hello {{user.firstName}}</p><script>document" +
	".getElementById('p').textContent = 'ran'; parent.postMessage('x', '*'); alert(1)</script><img src=\"" +
	"https://evil.example/x.png\" onerror=\"document.getElementById('p').textContent = 'ran'\"><link " +
	"rel=\"stylesheet\" href=\"https://evil.example/x.css\"><style>@import 'https://evil.example/y.css';" +
	" body { background: url(https://evil.example/z.png) }</style><iframe src=\"https://evil.example/\">" +
	"</iframe><meta http-equiv=\"refresh\" content=\"1;url=https://evil.example/\"><form action=\"" +
	"https://evil.example/\"><button id=\"b\">B</button></form><a id=\"a\" href=\"https://evil.example/\" " +
	"target=\"_top\">A</a><svg onload=\"alert(2)\"></svg><object data=\"https://evil.example/o\"></object>").replaceAll("https://evil.example", EVIL_URL);

async function macros(page) {
	const at = (id) => page.locator("#f-" + id);
	const settled = () => page.waitForFunction(() => !document.querySelector("[aria-busy]"));
	const asked = async (act) => {
		const back = page.waitForResponse((answer) => answer.request().method() === "POST");

		await act();
		await back;
		await settled();
	};

	await page.goto(BASE + "/documents/macro/new");
	await at("name").fill("Made by cards");
	ok(await at("key").inputValue() === "made-by-cards", "the key grows with the name");
	await asked(() => at("automation").selectOption("user"));
	await asked(() => at("actions-0-action").selectOption("add-note"));
	await at("actions-0-text").fill("Hello , well done");
	await at("actions-0-text").evaluate((field) => field.setSelectionRange(6, 6));
	await at("actions-0-text-tag").selectOption("{{user.firstName}}");
	await page.locator("button[data-insert='f-actions-0-text']").click();
	ok(await at("actions-0-text").inputValue() === "Hello {{user.firstName}}, well done",
		"a tag goes where the caret is", await at("actions-0-text").inputValue());
	await asked(() => page.getByRole("button", { name: "Add another" }).click());
	ok(await page.evaluate(() => document.activeElement.id) === "f-actions-1-action",
		"the focus is in the new card", await page.evaluate(() => document.activeElement.outerHTML));
	await asked(() => at("actions-1-action").selectOption("email"));
	await at("actions-1-to").fill("target");
	await at("actions-1-template").selectOption("evil");
	await asked(() => page.locator("button[value='up /actions/1']").click());
	ok(await at("actions-0-action").inputValue() === "email" &&
		await at("actions-1-text").inputValue() === "Hello {{user.firstName}}, well done",
		"cards change places");
	await at("trial-who").fill("ann@mail.example");
	await page.getByRole("button", { name: "What would be done?" }).click();
	const frame = page.frameLocator("iframe[name='mail-0']");

	await frame.locator("#p").waitFor();
	await page.waitForTimeout(1500);
	ok(await frame.locator("#p").textContent() === "Hello Ann", "the e-mail is shown by itself, and runs " +
		"nothing", await frame.locator("#p").textContent());
	ok(await frame.locator("#p").evaluate((p) => getComputedStyle(p).color).catch(() => "no script") ===
		"rgb(255, 0, 0)", "as it looks");
	await frame.locator("#b").click();
	await page.waitForTimeout(300);
	ok(page.url() === BASE + "/documents/macro/new", "no form of it goes anywhere", page.url());
	ok(wrongs.length === 0, "nothing is loaded, sent or opened by it", ...wrongs);
	await look(page, "macro");
	await page.getByRole("button", { name: "Save" }).last().click();
	await page.waitForURL(BASE + "/documents/macro");
	const made = earshot("", "macro", "show", "made-by-cards", "--json");

	ok(JSON.parse(made).actions.map((a) => a.action).join() === "email,add-note", "it is saved", made);
}

async function secrets(page) {
	await page.goto(BASE + "/documents/apikey/new");
	await page.locator("#f-name").fill("once");
	await page.getByRole("button", { name: "Save" }).last().click();
	await page.waitForURL(BASE + "/apikeys/secret/once");
	const secret = await page.locator("#secret").textContent();

	ok(/^ear_[A-Za-z0-9]+$/.test(secret), "a secret is shown", secret);
	await look(page, "apikey-secret");
	await page.getByRole("link", { name: "I have it" }).click();
	await page.waitForURL(/edit\/once/);
	for (const way of ["goBack", "goForward", "goBack", "reload"]) {
		await page[way]();
		ok(!(await page.content()).includes(secret), `not again by ${way}`);
	}
}

async function main() {
	mkdirSync(OUT, { recursive: true });
	earshot([{ kind: "template", key: "evil", automation: "user", subject: "S", text: "T", html: EVIL },
		{ kind: "schedule", key: "weekly", macro: "award", every: "weekly",
			start: "2126-01-01T10:00:00Z" }].map((one) => JSON.stringify(one)).join("\n"), "apply", "-");
	const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
	const page = await someone(browser);

	await macros(page);
	await secrets(page);
	for (const [name, path] of [["template", "/documents/template/edit/thanks"],
		["schedule", "/documents/schedule/edit/weekly"], ["apikeys", "/documents/apikey"],
		["apikey", "/documents/apikey/edit/demo"], ["apikey-new", "/documents/apikey/new"],
		["apikey-rotate", "/apikeys/rotate/demo"], ["apikey-revoke", "/apikeys/revoke/demo"],
		["setting", "/documents/setting/edit/setting"], ["remove", "/documents/template/remove/thanks"],
		["project", "/documents/project/edit/phone"], ["rank", "/documents/rank/edit/milestone"]]) {
		await page.goto(BASE + path);
		await look(page, name);
	}
	ok(wrongs.length === 0, "no page fails, or asks for anything elsewhere", ...wrongs);
	// Without the policies it would have been asked.
	const other = await (await browser.newContext()).newPage();

	other.on("dialog", (dialog) => dialog.dismiss());
	await other.goto(EVIL_URL);
	await other.setContent(EVIL);
	await other.waitForTimeout(500);
	ok(wrongs.some((one) => one.includes("x.png")), "elsewhere notices who comes", ...wrongs);
	await browser.close();
	elsewhere.close();
	console.log(`1..${count}`);
	process.exitCode = bad ? 1 : 0;
}

await main();
