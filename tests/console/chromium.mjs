// SPDX-License-Identifier: ISC
// What a manager does in the console, in Chromium; tests/browser.sh starts it.
//
//	chromium.mjs EARSHOT HOME BASE CHROMIUM MODULES OUT API-KEY [PICTURES]
//
// OUT gets the screenshots. Speaks TAP. With PICTURES, a folder, it makes those of README.md there
// instead.
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { promisify } from "node:util";

const [EARSHOT, HOME, BASE, CHROMIUM, MODULES, OUT, API_KEY, PICTURES] = process.argv.slice(2);
const require = createRequire(MODULES + "/");
const { chromium } = require("playwright-core");
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const LISTEN = BASE.replace(/console$/, "");
const TOP = new URL("../..", import.meta.url).pathname;
const PHONE = { width: 360, height: 740 }, DESK = { width: 1440, height: 900 };
/** How long is waited for what shall happen: no test judges how long something took. */
const PATIENCE = 180000;
let count = 0, bad = 0;

function ok(good, name, ...why) {
	count++;
	bad += !good;
	console.log(`${good ? "ok" : "not ok"} ${count} - ${name.replace(/\s+/g, " ")}`);
	if (!good)
		for (const one of why)
			console.log("# " + (typeof one === "string" ? one : JSON.stringify(one)).split("\n")
				.slice(0, 30).join("\n# "));
	return good;
}

function earshot(...args) {
	return execFileSync(EARSHOT, ["--home", HOME, ...args], { encoding: "utf8" });
}

function records(kind) {
	return earshot("export", kind).split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

// ---- what is seen of every page, whoever opens it

/** What a page should never say or do; each is told once, with the page where it was. */
const wrongs = [];
const refused = new Set();

function watch(context) {
	context.on("console", (message) => {
		const at = message.location().url;

		// Chromium tells of each 4xx; those that a test has asked for are no news.
		if (["error", "warning"].includes(message.type()) &&
			!(refused.has(at) && /status of 422/.test(message.text())))
			wrongs.push(`${at}: ${message.text()}`);
	});
	context.on("weberror", (error) => wrongs.push(`${error.page()?.url()}: ${error.error()}`));
	context.on("dialog", (dialog) => {
		wrongs.push(`${dialog.page()?.url()}: a dialog: ${dialog.message()}`);
		dialog.dismiss();
	});
	context.on("request", (request) => {
		if (!request.url().startsWith(BASE) && !request.url().startsWith("data:"))
			wrongs.push(`${request.frame().url()}: asks for ${request.url()}`);
	});
	context.on("response", (answer) => {
		if (answer.status() >= 500)
			wrongs.push(`${answer.url()}: ${answer.status()}`);
		if (answer.status() === 422)
			refused.add(answer.url());
	});
	return context;
}

/** What axe-core finds on the page, a line for each element. */
async function axe(page, rules) {
	// By the debugger: the policy of the page lets no program in.
	const session = await page.context().newCDPSession(page);

	await session.send("Runtime.evaluate", { expression: `typeof axe === "object" || (() => {${AXE}})()` });
	await session.detach();
	return page.evaluate(async (rules) => {
		// Of long lists the first rows: the others are like them.
		const found = await axe.run({ include: ["html"], exclude: ["tbody tr:nth-child(n+12)"] }, {
			resultTypes: ["violations"], preload: false, elementRef: false,
			...(rules ? { runOnly: { type: "rule", values: rules } } : {}),
		});

		return found.violations.flatMap((v) => v.nodes.map((node) =>
			`${v.id}: ${node.target.join(" ")}: ${node.failureSummary.replace(/\s+/g, " ")}`));
	}, rules);
}

/** How far the page can be moved sideways, and what is to blame. */
function sideways(page) {
	return page.evaluate(() => {
		const root = document.documentElement, wide = [];

		if (root.scrollWidth <= root.clientWidth)
			return [];
		for (const element of document.body.querySelectorAll("*"))
			if (element.getBoundingClientRect().right > root.clientWidth + 1)
				wide.push(`${element.tagName}.${element.className} ${element.id}`);
		return [`${root.scrollWidth} pixels of ${root.clientWidth}`, ...wide.slice(0, 5)];
	});
}

/** A page as it stands, on a desk and a phone, by day and by night: what is wrong with it. */
async function look(page, shot) {
	const found = [];
	const snap = (how) => shot && page.screenshot({ path: `${OUT}/${shot}-${how}.png`, fullPage: true });

	for (const [size, how] of [[DESK, "desk"], [PHONE, "phone"]]) {
		await page.setViewportSize(size);
		await page.emulateMedia({ colorScheme: "light" });
		found.push(...(await axe(page)).map((one) => `${how}: ${one}`));
		found.push(...(await sideways(page)).map((one) => `${how}, sideways: ${one}`));
		await snap(how);
		await page.emulateMedia({ colorScheme: "dark" });
		found.push(...(await axe(page, ["color-contrast"])).map((one) => `${how}, dark: ${one}`));
		if (how === "phone")
			await snap(`${how}-dark`);
	}
	await page.emulateMedia({ colorScheme: "light" });
	await page.setViewportSize(DESK);
	return found;
}

// ---- a person

async function someone(browser, user, options = {}) {
	const context = watch(await browser.newContext({ viewport: DESK, colorScheme: "light", ...options }));

	context.setDefaultTimeout(PATIENCE);
	const page = await context.newPage();

	if (user) {
		await page.goto(earshot("console", "link", user).trim());
		await page.getByRole("button", { name: "Sign in" }).click();
		await page.waitForURL(BASE + "/");
	}
	return page;
}

/** The form of a listener as a manager fills it in: with script, or by the buttons without. */
class Form {
	constructor(page, js) {
		this.page = page;
		this.js = js;
	}
	at(id) {
		return this.page.locator("#f-" + id);
	}
	/** Does it, and waits for the part of the form that comes back. */
	async asked(what, act) {
		const back = this.page.waitForResponse((answer) => answer.request().method() === "POST" &&
			(answer.request().postData() ?? "").includes("ask=" + what));

		await act();
		await back;
		// Until it stands on the page
		await this.page.waitForFunction(() => !document.querySelector("[aria-busy]"));
	}
	press(what) {
		const button = this.page.locator(`button[name="ask"][value="${what}"]:visible`);

		return this.js ? this.asked(encodeURIComponent(what).replace("%20", "+"), () => button.click())
			: Promise.all([this.page.waitForEvent("load"), button.click()]);
	}
	/** Chooses, which changes what is asked for in this part. */
	async choose(id, value, part) {
		if (this.js) {
			await this.asked(part, () => this.at(id).selectOption(value));
		} else {
			await this.at(id).selectOption(value);
			await this.press(part);
		}
	}
	async begin(automation, name, project) {
		const { page } = this;

		await page.getByRole("link", { name: automation === "user" ? "User automation" : "Feedback automation" })
			.click();
		await page.getByRole("link", { name: "Create an external listener" }).click();
		await this.at("name").fill(name);
		await this.at("description").fill(`Made in the console, ${this.js ? "with" : "without"} script`);
		if (project)
			await this.at("project").selectOption(project);
	}
	type(words) {
		return this.page.getByRole("radio", { name: words, exact: true }).check();
	}
	/** A key that there is: a manager has its secret, and makes none. */
	async apiKey() {
		await this.at("apiKey").selectOption("demo");
	}
	/** Submits; what the page says then */
	async submit(name) {
		const { page } = this;

		await page.locator("button.main", { hasText: "Submit" }).click();
		await page.waitForURL(/\/listeners\/(ready|new)/);
		await page.locator("#url, #problems").first().waitFor();
		return ok(await page.locator("#url").count() === 1, `${name} is made`,
			await page.locator("main").innerText());
	}
}

/** The command that the page shows, as it stands */
async function run(page, name) {
	const command = await page.locator("#curl").innerText();
	const { stdout, stderr } = await promisify(execFile)("sh", ["-c", command + " -s"],
		{ env: { ...process.env, API_KEY }, timeout: PATIENCE });
	let answer = {};

	try {
		answer = JSON.parse(stdout);
	} catch { /* told below */ }
	ok(answer.outcome === "applied", `${name}: the curl of the page works as it stands`, command, stdout, stderr);
	return answer;
}

/** What the console says of a delivery, found by clicking from the list */
async function delivery(page, answer) {
	await page.getByRole("link", { name: "Deliveries", exact: true }).click();
	await page.locator(`a[href$="/deliveries/${answer.delivery}"]`).click();
	await page.locator("h2", { hasText: "What was changed" }).waitFor();
	return (await page.locator("main").innerText()).replace(/\s+/g, " ");
}

async function story(browser, js) {
	const how = js ? "with script" : "without script";
	const page = await someone(browser, "pm@acme.example", { javaScriptEnabled: js,
		permissions: js ? ["clipboard-read", "clipboard-write"] : [] });
	const form = new Form(page, js);

	ok(await page.locator("html.script").count() === (js ? 1 : 0), `a manager is signed in by a link, ${how}`);
	for (const automation of ["user", "feedback"]) {
		const project = automation === "feedback" ? "phone" : "";
		let name = `Macro for ${automation}s ${how}`, answer, text;

		// Macro Execution
		await form.begin(automation, name, project);
		await form.press("filter-add");
		if (automation === "user") {
			await form.choose("filter-0-field", "payload", "filter");
			await form.at("filter-0-name").fill("feature");
			await form.at("filter-0-is").selectOption("is");
			await form.at("filter-0-value").fill("export");
			await form.press("count");
			text = await page.locator("#matching").innerText();
			ok(/\d+ users match now; the rest of the filter looks at what is sent/.test(text),
				`who matches now is told, ${how}`, text);
		} else {
			await form.choose("filter-0-field", "feedback.status", "filter");
			await form.choose("filter-0-is", "is-not", "filter");
			await form.at("filter-0-value").selectOption("Closed");
		}
		await form.type("Macro Execution");
		await page.locator("#f-macro-from-new").check();
		await form.at("macro-name").fill(`Of ${name}`);
		if (automation === "user") {
			await form.choose("macro-0-action", "add-points", "macro");
			await page.locator('[name="macro:/actions/0/points"]').fill("5");
			await page.locator('[name="macro:/actions/0/reason"]').fill("Used {{payload.feature}}");
			await form.at("target-parameter").fill("email");
			await form.apiKey();
		} else {
			await form.choose("macro-0-action", "set-status", "macro");
			await page.locator('[name="macro:/actions/0/status"]').fill("Closed");
			await form.at("target-parameter").fill("/issue/key");
			await form.at("target-match").selectOption("fields.jira");
			await form.choose("sender-preset", "jira", "sender");
			await page.locator("#f-key-from-none").check();
		}
		if (js && automation === "user")
			ok(await form.at("key").inputValue() === "macro-for-users-with-script", "the key is proposed from the name",
				await form.at("key").inputValue());
		if (await form.submit(name)) {
			if (js) {
				await page.locator("#url + button").click();
				ok(await page.evaluate(() => navigator.clipboard.readText()) ===
					await page.locator("#url").innerText(), `${name}: the URL can be copied`);
			}
			answer = await run(page, name);
			text = await delivery(page, answer);
			if (automation === "user") {
				ok(/add-points/.test(text), `${name}: the page of the delivery says what was changed`, text);
			} else {
				await page.locator('dd a[href*="/tickets/"]').first().click();
				ok(/Status\s+Closed/.test(await page.locator("dl.facts").innerText()),
					`${name}: the ticket is seen closed`);
			}
		}

		// Add Comment
		name = `Comments on ${automation}s ${how}`;
		await form.begin(automation, name, project);
		await form.type("Add Comment");
		await form.at("author").fill("author_name");
		await form.at("comment").fill("/comment/text");
		await form.at("target-parameter").fill("about");
		await form.apiKey();
		if (await form.submit(name)) {
			answer = await run(page, name);
			text = await delivery(page, answer);
			ok(/comment/.test(text), `${name}: the page of the delivery says so`, text);
			ok(records("comment").filter((one) => one.delivery === answer.delivery).length === 1,
				`${name}: the comment is there`);
		}

		// External Data
		name = `Data of ${automation}s ${how}`;
		await form.begin(automation, name, project);
		await form.type("External Data");
		await page.locator("#f-group-from-new").check();
		await form.at("group-name").fill(name);
		const fields = [["Launches", "launches", "integer"], ["Plan", "/account/plan", "string"],
			["Paying", "paying", "boolean"], ["Last seen", "last_seen", "datetime"]];

		await form.press("group-add");
		for (const [i, [label, parameter, type]] of fields.entries()) {
			await form.at(`group-${i}-label`).fill(label);
			await form.at(`group-${i}-parameter`).fill(parameter);
			await form.at(`group-${i}-type`).selectOption(type);
		}
		await form.at("target-parameter").fill("about");
		await form.apiKey();
		if (await form.submit(name)) {
			answer = await run(page, name);
			text = await delivery(page, answer);
			ok(/last_seen/.test(text), `${name}: the page of the delivery says so`, text);
			const key = name.toLowerCase().replace(/ /g, "-");
			const values = records("value").filter((one) => one.group.endsWith(key));

			ok(values.length === 1 && values[0].values.paying === true, `${name}: the values are there`, values);
		}
	}
	await page.context().close();
}

// ---- why nothing was done, and what is learnt

function post(url, body, ...headers) {
	const args = ["-s", "-H", `Authorization: Bearer ${API_KEY}`, "-H", "Content-Type: application/json"];

	return JSON.parse(execFileSync("curl", [...args, ...headers.flatMap((one) => ["-H", one]), "-d", body, url], { encoding: "utf8" }));
}

async function why(browser) {
	const page = await someone(browser, "pm@acme.example");
	const form = new Form(page, true);
	const answer = post(LISTEN + "macro.fcgi/award", '{"email":"ann@mail.example","function":"export"}');

	ok(answer.outcome === "filtered", "a delivery is filtered", answer);
	await page.getByRole("link", { name: "Deliveries", exact: true }).click();
	await page.getByLabel("Outcome").selectOption("filtered");
	await page.getByRole("button", { name: "Show", exact: true }).last().click();
	await page.locator(`a[href$="/deliveries/${answer.delivery}"]`).click();
	let text = (await page.locator("main").innerText()).replace(/\s+/g, " ");

	ok(/has\(payload\.feature\)/.test(text), "its page says by which part of the filter", text);
	await page.getByRole("link", { name: "The listener" }).click();
	await page.locator("#f-filter").waitFor();
	if (await form.at("filter-expression").count())
		await form.at("filter-expression").fill("has(payload.function)");
	else
		await form.at("filter-0-name").fill("function");
	await page.locator("button.main", { hasText: "Submit" }).click();
	await page.locator("#url").waitFor();
	await page.getByRole("link", { name: "Deliveries", exact: true }).click();
	await page.locator(`a[href$="/deliveries/${answer.delivery}"]`).click();
	await page.getByRole("link", { name: "What would its last ones become now?" }).click();
	text = (await page.locator("main").innerText()).replace(/\s+/g, " ");
	ok(/1 would come to something else/.test(text) && /was filtered, would be applied/.test(text),
		"what its last ones would come to by another filter is told", text);
	await page.goBack();
	await page.getByRole("link", { name: "Replay…" }).click();
	text = (await page.locator("main").innerText()).replace(/\s+/g, " ");
	ok(/applied/.test(text), "with another filter it would be applied", text);
	await page.getByRole("button", { name: "Replay it now" }).click();
	await page.locator("h2", { hasText: "What was changed" }).waitFor();
	text = (await page.locator("main").innerText()).replace(/\s+/g, " ");
	ok(/^.{0,200}applied/.test(text) && /add-rank/.test(text), "replayed, it is", text);
	await page.context().close();
}

async function learn(browser) {
	const page = await someone(browser, "jim@acme.example");
	const form = new Form(page, true), name = "Learnt from Jira";

	await form.begin("feedback", name, "phone");
	await form.type("External Data");
	await page.locator("details.more > summary").click();
	await form.at("capture").selectOption("true");
	await form.apiKey();
	if (!await form.submit(name))
		return;
	const to = await page.locator("#url").innerText();

	await page.getByRole("link", { name: "All listeners" }).click();
	await page.getByRole("link", { name: /Learn from a delivery to phone\/learnt-from-jira/ }).click();
	await page.getByText("Waiting for a delivery.").waitFor();
	post(to, readFileSync(TOP + "examples/payloads/jira-issue-resolved.json", "utf8"));
	// It appears by itself.
	const use = (words) => page.getByLabel(`What ${words} is`, { exact: true });

	await use("/issue/key").selectOption({ label: "Target" });
	ok(true, "what came appears by itself");
	await form.at("match").selectOption("fields.jira");
	await use("/issue/fields/status/name").selectOption("string");
	await use("/issue/fields/watches/watchCount").selectOption("integer");
	await page.getByRole("button", { name: "Try it" }).click();
	await page.locator("#tried").waitFor();
	let text = (await page.locator("#tried").innerText()).replace(/\s+/g, " ");

	ok(/applied/.test(text), "tried, it would be applied", text);
	await page.getByLabel("Then apply what was kept").check();
	await page.getByRole("button", { name: "Switch on" }).click();
	await page.getByRole("button", { name: /^Replay 1 now/ }).click();
	await page.locator("#portions p[role=status]").waitFor();
	text = await page.locator("#portions").evaluate((all) => all.innerText.replace(/\s+/g, " "));
	ok(/1 of 1 replayed/.test(text) && /applied/.test(text), "switched on, what was captured is applied", text);
	const values = records("value").filter((one) => JSON.stringify(one.values).includes("watchCount"));

	ok(values.length === 1 && values[0].feedback === "1042" && Object.values(values[0].values).includes(5),
		"the values of the captured delivery are kept, and nobody typed a pointer", values);
	await page.context().close();
}

// ---- by keyboard alone

/** Tab until what is wanted has the focus; wherever it stops, one sees that it does. */
async function tab(page, wanted, key = "Tab") {
	for (let i = 0; i < 150; i++) {
		await page.keyboard.press(key);
		const at = await page.evaluate(() => {
			const now = document.activeElement, style = getComputedStyle(now), box = now.getBoundingClientRect();

			return { id: now.id || `${now.tagName} ${now.textContent.trim().slice(0, 40)}`,
				body: now === document.body,
				seen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 &&
					box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.left >= 0 };
		});

		if (!at.body && !at.seen)
			unseen.add(at.id);
		if (await wanted.evaluateAll((all) => all.includes(document.activeElement)))
			return;
	}
	throw new Error("never reached by Tab: " + wanted);
}
const unseen = new Set();

async function keyboard(browser) {
	const page = await someone(browser, null), keys = page.keyboard;
	const focused = () => page.evaluate(() => document.activeElement.id);
	const enter = () => Promise.all([page.waitForEvent("load"), keys.press("Enter")]);
	const at = (id) => page.locator("#f-" + id);

	await page.goto(earshot("console", "link", "jim@acme.example").trim());
	// It has the focus as soon as the page is drawn, which may be after it is loaded.
	await page.locator("main button:focus").waitFor();
	await enter();
	ok(true, "by keyboard: signed in");
	await keys.press("Tab");
	await keys.press("Enter");
	ok(await focused() === "main", "the first Tab skips to the content", await focused());
	await page.reload();
	await tab(page, page.getByRole("link", { name: "User automation" }));
	await enter();
	await tab(page, page.getByRole("link", { name: "Create an external listener" }));
	await enter();
	// Refused at first
	await tab(page, page.locator("button.main"));
	await enter();
	ok(await focused() === "problems", "a refused form: the focus is at what is wrong", await focused());
	ok((await page.title()).startsWith("Error: "), "and the title says it");
	wanting.push(...await look(page, "refused").then((found) => found.map((one) => "a refused form: " + one)));
	await page.locator("#problems").focus();
	await keys.press("Tab");
	await keys.press("Enter");
	const first = await page.locator("#problems a").first().getAttribute("href");

	ok("#" + await focused() === first, "its first link leads to the field", first, await focused());
	await page.goto(BASE + "/listeners/new?automation=user");
	await tab(page, at("name"));
	await keys.type("By keyboard");
	await tab(page, page.locator("input[name='/type']"));
	await keys.press("Space");
	await keys.press("ArrowDown");
	ok(await page.locator("#f-type-comment").isChecked(), "a type is chosen by an arrow");
	await tab(page, at("author"));
	await keys.type("author_name");
	await tab(page, at("comment"));
	await keys.type("text");
	await tab(page, at("target-parameter"));
	await keys.type("email");
	await tab(page, page.locator("input[name='key/from']"));
	await keys.press("ArrowDown");
	ok(await page.locator("#f-key-from-new").isChecked(), "and a new API key");
	await tab(page, at("key-name"));
	await keys.type("keyboard");
	await enter();
	if (ok(await page.locator("#url").count() === 1, "the listener is made", await page.locator("main").innerText())) {
		ok(/^ear_/.test(await page.locator("#secret").innerText()), "its secret is shown");
		await run(page, "by keyboard");
		wanting.push(...(await look(page, "made")).map((one) => "how to post: " + one));
	}
	// The menu of whoever is signed in
	await tab(page, page.locator("details.who summary"));
	await keys.press("Space");
	ok(await page.locator("details.who").evaluate((menu) => menu.open), "the menu opens");
	await keys.press("Escape");
	ok(!await page.locator("details.who").evaluate((menu) => menu.open), "and closes by Escape");
	ok(unseen.size === 0, "wherever the focus is, it is seen", ...unseen);
	await page.context().close();
}

/** Answers come late, and people go on: what they type meanwhile is not lost. */
async function impatient(browser) {
	const page = await someone(browser, "pm@acme.example"), form = new Form(page, true);
	let asked, let_go;
	const waits = new Promise((done) => { asked = done; }), gate = new Promise((done) => { let_go = done; });

	await page.goto(BASE + "/listeners/new?automation=user");
	await form.press("filter-add");
	ok(await form.at("filter-0-field").evaluate((now) => now === document.activeElement), "what was added has the focus");
	await form.choose("filter-0-field", "user.firstName", "filter");
	await page.route("**/listeners/new", async (route) => {
		asked();
		await gate;
		await route.continue();
	});
	const back = page.waitForResponse((answer) => (answer.request().postData() ?? "").includes("ask=filter"));

	await form.at("filter-0-is").selectOption("contains");
	await waits;
	await form.at("filter-0-value").pressSequentially("An");
	await form.at("filter-0-value").press("ArrowLeft");
	let_go();
	await back;
	await page.waitForFunction(() => !document.querySelector("#part-filter[aria-busy]"));
	await page.keyboard.type("n");
	ok(await form.at("filter-0-value").inputValue() === "Ann" && await form.at("filter-0-is").inputValue() === "contains",
		"what is typed while an answer is on its way stays, and where it is typed",
		await form.at("filter-0-value").evaluate((now) => `${now.value} ${document.activeElement.id} ${now.selectionStart}`));
	await page.context().close();
}

// ---- hostile names

const HOSTILE = [
	"<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' autofocus onfocus='alert(1)",
	"</textarea></title></select><svg onload=alert(1)>", "{{{me}}}", "javascript:alert(1)", "\u202egnp.exe",
	"w".repeat(2000),
];

async function hostile(browser) {
	const evil = (i) => HOSTILE[i % HOSTILE.length];
	const page = await someone(browser, "jim@acme.example");

	await page.goto(BASE + "/automation/user");
	for (const [i] of HOSTILE.entries()) {
		const text = evil(i).slice(0, 200);
		const row = page.locator("table.list").first().getByText(text, { exact: true });

		ok(await row.count() === 1, `stands in the list as it was typed: ${text.slice(0, 60)}`);
	}
	for (const [i] of HOSTILE.entries()) {
		await page.goto(`${BASE}/listeners/edit/evil-${i}`);
		const shown = await page.locator("#f-description").inputValue();

		ok(shown === evil(i), `and in the form: ${evil(i).slice(0, 60)}`, shown.slice(0, 200));
	}
	await page.context().close();
}

function plant() {
	const documents = HOSTILE.map((text, i) => ({ kind: "listener", key: `evil-${i}`, type: "data", automation: "user",
		group: "usage", apiKey: "demo", name: text.slice(0, 200), description: text,
		target: { match: "email", parameter: "email" } }));

	documents.push({ kind: "user", email: "evil@mail.example", firstName: HOSTILE[0], lastName: HOSTILE[1] },
		{ kind: "macro", key: "evil", automation: "user", name: HOSTILE[3], description: HOSTILE[7],
			actions: [{ action: "add-note", text: HOSTILE[2] }] },
		{ kind: "feedback", project: "phone", id: "666", title: HOSTILE[7].slice(0, 500), description: HOSTILE[3] });
	execFileSync(EARSHOT, ["--home", HOME, "apply", "-"], { input: documents.map((one) => JSON.stringify(one)).join("\n") });
	for (const text of HOSTILE)
		post(LISTEN + "data.fcgi/usage", JSON.stringify({ email: text, launches: text, [text]: text }), "X-Event: x");
}

// ---- every page

/** What pages lack: by whom it was seen, and where */
const wanting = [];

/** The pages that links lead to, a few of each kind. */
async function crawl(browser) {
	const base = new URL(BASE).pathname;
	const seen = new Map(), pages = ["/"];
	// By the words of the path that are not names
	const kind = (path) => path.replace(/\/(edit|remove|duplicate|ready|learn|drop|replay|html|undo)\/.*/, "/$1/…")
		.replace(/\/(deliveries|outbox|audit)\/[0-9a-f-]{36}/, "/$1/…")
		.replace(/^\/(people|tickets)\/.+/, "/$1/…")
		.replace(/=[^&]*/g, "");
	const visit = async (page, path) => {
		const answer = await page.goto(BASE + path);

		if (!ok(answer.status() === 200, `${path} is there`, answer.status()))
			return;
		for (const link of await page.$$eval("a[href]", (all) => all.map((a) => a.href))) {
			const url = new URL(link), to = url.pathname.slice(base.length) + url.search;

			if (url.origin !== new URL(BASE).origin || !url.pathname.startsWith(base + "/") || seen.has(to))
				continue;
			const of = kind(to), before = [...seen.values()].filter((one) => one === of).length;

			seen.set(to, of);
			if (before < EACH)
				pages.push(to);
		}
		const found = await look(page, SHOTS[kind(path)]);

		ok(found.length === 0, `${path}: to be read by all, at both widths, by day and by night`, ...found);
	};
	const work = async () => {
		const page = await someone(browser, "jim@acme.example");

		for (let path = pages.shift(); path !== undefined; path = pages.shift())
			await visit(page, path);
		await page.context().close();
	};

	await visit(await someone(browser, "jim@acme.example"), pages.shift());
	await Promise.all([work(), work()]);
}
const EACH = 1;
/** The pages of which there are screenshots */
const SHOTS = {
	"/": "home", "/automation/user": "automation", "/listeners/new?automation": "create", "/deliveries": "deliveries",
	"/deliveries/…": "delivery", "/learn/…": "learn", "/outbox": "outbox", "/audit": "changes", "/audit/…": "change",
	"/audit/undo/…": "undo", "/documents/user": "people",
	"/documents/macro": "macros", "/you": "you", "/documents/setting/edit/…": "settings",
};

// ---- the pictures of README.md

async function pictures(browser) {
	const page = await someone(browser, "jim@acme.example", { viewport: { width: 1080, height: 760 } });
	const session = await page.context().newCDPSession(page);
	const picture = async (name) => {
		const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: 70 });
		const bytes = Buffer.from(data, "base64");

		writeFileSync(`${PICTURES}/${name}.webp`, bytes);
		ok(bytes.length <= 60000, `${name}.webp has ${bytes.length} bytes`);
	};
	const jira = readFileSync(TOP + "examples/payloads/jira-issue-resolved.json", "utf8");

	for (const [i, who] of ["ann", "hana.sato", "xin.li", "noor.bakker", "uma.rao"].entries()) {
		post(LISTEN + "data.fcgi/usage", JSON.stringify({ email: who + "@mail.example", launches: 7 * i + 3, paying: i > 2 }));
		post(LISTEN + "macro.fcgi/award", JSON.stringify({ email: who + "@mail.example", [i % 2 ? "feature" : "screen"]: "zoom" }));
		post(LISTEN + "comment.fcgi/milestone", JSON.stringify({ user_email: who + "@mail.example",
			author_name: "jim@acme.example", comment_text: "Reached level " + i }));
	}
	await page.goto(BASE + "/automation/user");
	await picture("console-automation");

	const form = new Form(page, true);

	await page.goto(BASE + "/listeners/new?automation=user");
	await form.at("name").fill("Points for exports");
	await form.press("filter-add");
	await form.choose("filter-0-field", "user.score", "filter");
	await form.choose("filter-0-is", "at-least", "filter");
	await form.at("filter-0-value").fill("10");
	await form.press("count");
	await page.locator("#part-key").evaluate((part) => part.scrollIntoView());
	await picture("console-create");

	const filtered = post(LISTEN + "macro.fcgi/award", '{"email":"ann@mail.example","screen":"export"}');

	await page.goto(`${BASE}/deliveries/${filtered.delivery}`);
	await page.locator("dl.facts").first().evaluate((facts) => facts.scrollIntoView());
	await picture("console-delivery");

	execFileSync(EARSHOT, ["--home", HOME, "apply", "-"], { input: JSON.stringify({ kind: "listener", key: "tracker",
		type: "data", automation: "feedback", project: "phone", apiKey: "demo", capture: true, name: "Bug tracker" }) });
	post(LISTEN + "data.fcgi/projects/phone/tracker", jira);
	await page.goto(BASE + "/learn/phone%2Ftracker");
	await page.locator("#learn").evaluate((part) => part.scrollIntoView());
	await picture("console-learn");
	await page.context().close();
}

/** That what looks at pages is not blind: a page that is wrong in each way. */
async function eyes(browser) {
	const page = await someone(browser, "jim@acme.example");

	await page.evaluate(() => {
		const wide = document.createElement("div"), image = document.createElement("img");

		wide.className = "wide";
		wide.append("w".repeat(50));
		image.src = "http://127.0.0.1:1/x.png";
		document.querySelector("main").append(wide, image);
		document.styleSheets[0].insertRule(".wide { width: 3000px; color: #bbb; background: #ccc }");
	});
	const found = (await look(page)).join("\n");

	for (const one of ["desk: image-alt", "phone: color-contrast", "phone, dark: color-contrast", "desk, sideways: DIV.wide"])
		ok(found.includes(one), `what is wrong is seen: ${one}`, found);
	ok(wrongs.some((one) => /Content Security Policy/.test(one)), "and a violation of the policy", ...wrongs);
	wrongs.length = 0;
	await page.setViewportSize(PHONE);
	ok(!await page.locator("#side").isVisible(), "on a phone the pages are behind a button");
	await page.getByRole("button", { name: "Menu" }).click();
	await page.locator("#side").getByRole("link", { name: "Deliveries" }).click();
	ok(page.url() === BASE + "/deliveries", "which leads to them", page.url());
	await page.context().close();
}

async function all(browser) {
	await eyes(browser);
	plant();
	// Two at a time, as there are cores; every page at last, when there is something on it.
	await Promise.all([
		story(browser, true).then(() => why(browser)).then(() => hostile(browser)),
		story(browser, false).then(() => learn(browser)).then(() => keyboard(browser))
			.then(() => impatient(browser)),
	]);
	await crawl(browser);
}

// ---- main

mkdirSync(OUT, { recursive: true });
const browser = await chromium.launch({ executablePath: CHROMIUM });

try {
	await (PICTURES ? pictures(browser) : all(browser));
} catch (error) {
	ok(false, "the test comes to its end", error.stack);
} finally {
	await browser.close();
}
ok(wanting.length === 0, "what was looked at in passing can be read by all", ...wanting);
ok(wrongs.length === 0, "no error in the console, no violation of the policy, no dialog", ...wrongs);
console.log(`1..${count}`);
process.exit(bad ? 1 : 0);
