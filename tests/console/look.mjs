// SPDX-License-Identifier: ISC
// What is seen of a page, whoever opens it: by axe-core, sideways, by day and by night.
import { readFileSync } from "node:fs";
import { PATIENCE } from "./site.mjs";

export const PHONE = { width: 360, height: 740 }, DESK = { width: 1440, height: 900 };

/** Notes in wrongs what no page of a site should ever say or do. */
export function watch(context, base, wrongs) {
	const refused = new Set();

	context.on("console", (message) => {
		const at = message.location().url;

		// Chromium tells of each 4xx; those that a test has asked for are no news.
		if (["error", "warning"].includes(message.type()) &&
			!(refused.has(at) && /status of 4(03|22)/.test(message.text())))
			wrongs.push(`${at}: ${message.text()}`);
	});
	context.on("weberror", (error) => wrongs.push(`${error.page()?.url()}: ${error.error()}`));
	context.on("dialog", (dialog) => {
		wrongs.push(`${dialog.page()?.url()}: a dialog: ${dialog.message()}`);
		dialog.dismiss();
	});
	context.on("request", (request) => {
		if (!request.url().startsWith(base) && !request.url().startsWith("data:"))
			wrongs.push(`${request.frame().url()}: asks for ${request.url()}`);
	});
	// What fails to be loaded as a page leaves it white, without a word. When networks of the
	// machine come or go, as other tests make them do, Chromium gives up what is on its way,
	// and the person asks once more.
	context.on("requestfailed", (request) => {
		const why = request.failure()?.errorText;

		if (!request.isNavigationRequest() || why === "net::ERR_ABORTED")
			return;
		if (why === "net::ERR_NETWORK_CHANGED" && request.method() === "GET")
			request.frame().goto(request.url()).catch(() => {});
		else
			wrongs.push(`${request.url()}: ${why}`);
	});
	context.on("response", (answer) => {
		if (answer.status() >= 500)
			wrongs.push(`${answer.url()}: ${answer.status()}`);
		if (answer.status() === 422 || (answer.status() === 403 && answer.request().method() === "POST"))
			refused.add(answer.url());
	});
}

export class Eyes {
	/** Screenshots go to the folder: of all that is looked at, or of what is wrong alone. */
	constructor(axe, folder, all) {
		this.axe = readFileSync(axe, "utf8");
		this.folder = folder;
		this.all = all;
		this.judged = new Set();
	}
	/**
	 * What axe-core judges of a page, and nothing else: elements, what they are said to be and how
	 * they look; siblings that are alike stand for one. What was judged once needs no second look.
	 */
	shape(page) {
		return page.evaluate(() => {
			const shape = (element) => {
				const said = Array.from(element.attributes).filter((one) =>
					/^(class|role|type|aria-.*|tabindex|lang|alt|title|hidden|open|disabled|scope|for|autocomplete|content|name)$/
						.test(one.name)).map((one) => /^(for|name|content|title|aria-(label|describedby|labelledby|controls|valuetext))$/
						.test(one.name) ? `${one.name}${one.value === "" ? "" : "=…"}` : `${one.name}=${one.value}`);
				const inside = [];

				for (const child of element.children) {
					const one = shape(child);

					if (one !== inside.at(-1))
						inside.push(one);
				}
				if (inside.length === 0 && element.textContent.trim() !== "")
					inside.push("…");
				return `${element.tagName}[${said.join(" ")}](${inside.join("")})`;
			};
			const body = shape(document.body), ids = Array.from(document.querySelectorAll("[id]"), (one) => one.id);

			return [document.querySelector(".noscript") ? document.documentElement.className : "",
				document.title === "", new Set(ids).size === ids.length, body].join(" ");
		});
	}
	/** What axe-core finds on the page, a line for each element. */
	async rules(page, rules) {
		// By the debugger: the policy of the page lets no program in.
		const session = await page.context().newCDPSession(page);

		await session.send("Runtime.evaluate",
			{ expression: `typeof axe === "object" || (() => {${this.axe}})()` });
		await session.detach();
		let late;
		const never = new Promise((_, fail) => {
			late = setTimeout(() => fail(new Error("axe-core never came to its end: " + page.url())), PATIENCE);
		});
		const found = page.evaluate(async (rules) => {
			// Of long lists the first rows: the others are like them.
			const found = await axe.run({ include: ["html"], exclude: ["tbody tr:nth-child(n+8)"] }, {
				// Frames have an e-mail, which is not ours to judge.
				resultTypes: ["violations"], preload: false, elementRef: false, iframes: false,
				...(rules ? { runOnly: { type: "rule", values: rules } } : {}),
			});

			return found.violations.flatMap((v) => v.nodes.map((node) =>
				`${v.id}: ${node.target.join(" ")}: ${node.failureSummary.replace(/\s+/g, " ")}`));
		}, rules);

		return Promise.race([found, never]).finally(() => clearTimeout(late));
	}
	/** How far the page can be moved sideways, and what is to blame. */
	sideways(page) {
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
	snap(page, name) {
		return page.screenshot({ path: `${this.folder}/${name}.png`, fullPage: true });
	}
	/** The page once more as it stands, where axe-core may run, and the script of the page does not. */
	async twin(page) {
		const context = await page.context().browser().newContext({ viewport: page.viewportSize(),
			storageState: await page.context().storageState() });
		const html = await page.content();

		await context.route("**/*", (route, request) => request.url() === page.url() && request.isNavigationRequest()
			? route.fulfill({ body: html, contentType: "text/html; charset=utf-8" })
			: request.resourceType() === "script" ? route.fulfill({ body: "" }) : route.continue());
		const twin = await context.newPage();

		await twin.goto(page.url());
		return twin;
	}
	/** At both widths, by day and by night, whatever judge(how, night) finds. */
	async sizes(page, nights, judge) {
		const was = page.viewportSize(), found = [];

		for (const [size, width] of [[DESK, "desk"], [PHONE, "phone"]]) {
			await page.setViewportSize(size);
			for (const night of nights) {
				const how = width + (night ? ", dark" : "");

				await page.emulateMedia({ colorScheme: night ? "dark" : "light" });
				found.push(...(await judge(how, night)).map((one) => `${how}: ${one}`));
			}
		}
		await page.emulateMedia({ colorScheme: null });
		await page.setViewportSize(was);
		return found;
	}
	/** A page as it stands, on a desk and a phone, by day and by night: what is wrong with it. */
	async look(page, name, script) {
		const shape = await this.shape(page);
		const sideways = async () => (await this.sideways(page)).map((one) => "sideways: " + one);
		const seen = async (on, how, wrong) => {
			if (this.all || wrong.length > 0)
				await this.snap(on, `${name}-${how.replace(", ", "-")}`);
			return wrong;
		};

		if (this.judged.has(shape) && !this.all)
			return this.sizes(page, [false], async (how) => seen(page, how, await sideways()));
		this.judged.add(shape);
		const on = script ? page : await this.twin(page);
		const found = await this.sizes(on, [false, true], async (how, night) => seen(on, how, night
			? await this.rules(on, ["color-contrast"]) : [...await this.rules(on), ...await sideways()]));

		if (on === page)
			return found;
		await on.context().close();
		return [...found, ...await this.sizes(page, [false], sideways)];
	}
}
