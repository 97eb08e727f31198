// SPDX-License-Identifier: ISC
// Goes along every link that somebody sees, and looks at each page once. Whatever the console's
// table of routes has, and no link leads there, is told; so new pages are walked by themselves.
import { readFileSync, readdirSync } from "node:fs";
import { TOP } from "./site.mjs";

/** The paths of all pages, as the tables of src/console/ have them */
const ROUTES = readdirSync(TOP + "src/console").filter((one) => one.endsWith(".c")).flatMap((file) =>
	Array.from(readFileSync(`${TOP}src/console/${file}`, "utf8").matchAll(/\{\s*"GET",\s*"([^"]+)"/g), (one) => one[1]));
/** Of names and ids one is like the other; every other variable makes another page. */
const matcher = (route) => new RegExp("^" + route.replace(/[.+?^$()|[\]\\]/g, "\\$&")
	.replace(/\{(name|id)\*?\}/g, ".+").replace(/\{(\w+)\*?\}/g, "([^/]+)") + "$");
const TABLE = ROUTES.map((route) => ({ route, matches: matcher(route) }));
/** Of one route, so that a table of a thousand kinds does not make this endless */
const MOST = 40;

/** What leads to more of the same */
const SAME = new Set(["project", "after", "sort"]);

/** What kind of page this is: its route, and what it is asked for */
export function kind_of(url, base) {
	const path = decodeURIComponent(url.pathname.slice(base.length));
	const row = TABLE.find((one) => one.matches.test(path));

	if (!row)
		return null;
	const at = row.matches.exec(path).slice(1), asked = [...new Set(url.searchParams.keys())]
		.filter((one) => !SAME.has(one)).sort();

	return { route: row.route, name: [row.route.replace(/\{(name|id)\*?\}/g, "…")
		.replace(/\{\w+\*?\}/g, () => at.shift()), ...asked].join(" ") };
}

/**
 * As this user; more: pages that no link shows; not: routes that are not for this user; empty: links
 * to most are not there yet.
 */
export async function walk(t, site, user, { more = [], not = [], empty = false } = {}) {
	const origin = new URL(site.base).origin, base = new URL(site.base).pathname;
	const seen = new Set(), routes = new Map(), pages = [];
	const meet = (link) => {
		const url = new URL(link);

		if (url.origin !== origin || !url.pathname.startsWith(base + "/"))
			return;
		const kind = kind_of(url, base), before = routes.get(kind?.route) ?? 0;

		if (kind === null || seen.has(kind.name) || before >= MOST)
			return;
		seen.add(kind.name);
		routes.set(kind.route, before + 1);
		pages.push({ url: url.href, name: kind.name });
	};
	const visit = async (person, { url, name }) => {
		const { page } = person;
		// What is there to be kept is no page.
		const answer = await page.goto(url).catch(() => page.request.get(url));

		if (!t.ok(answer.status() === 200, `${name} is there`, url, answer.status()) ||
			!/^text\/html/.test(answer.headers()["content-type"]))
			return;
		// Where links, frames and forms lead
		const links = await page.evaluate(() => [
			...Array.from(document.querySelectorAll("a[href]"), (one) => one.href),
			...Array.from(document.querySelectorAll("iframe[src]"), (one) => one.src),
			...Array.from(document.querySelectorAll("form:not([method=post])"), (form) =>
				Object.assign(new URL(form.action), { search: new URLSearchParams(new FormData(form)) }).href)]);

		links.filter((one) => /^http/.test(one)).forEach(meet);
		// The HTML of an e-mail, in its sandbox, is not ours to judge.
		if (!/\bsandbox\b/.test(answer.headers()["content-security-policy"]))
			await t.looks(person, `${name} as ${user.split("@")[0]} ${t.how.script ? "" : "without script"}`.trim());
	};
	const work = async () => {
		const person = await t.person(site, user);

		for (let next = pages.shift(); next !== undefined; next = pages.shift())
			await visit(person, next);
	};

	[site.base + "/", ...more.map((path) => site.base + path)].forEach(meet);
	await visit(await t.person(site, user), pages.shift());
	await Promise.all([work(), work()]);
	const left = empty ? [] : ROUTES.filter((route) => !routes.has(route) && !not.includes(route));

	t.ok(left.length === 0, "links lead to every page that there is", ...left);
	t.ok(ROUTES.length > 20, "and the table of them is read", ROUTES.length);
}
