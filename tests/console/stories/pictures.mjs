// SPDX-License-Identifier: ISC
// The four pictures of README.md.
import { ListenerForm } from "../listener-form.mjs";

export default async function (t) {
	const site = await t.site({ port: t.pictures ? 8080 : 0 });
	const person = await t.person(site, "jim@acme.example"), { page } = person, form = new ListenerForm(person);

	await page.setViewportSize({ width: 1080, height: 760 });
	for (const [i, who] of ["ann", "hana.sato", "xin.li", "noor.bakker", "uma.rao"].entries()) {
		await site.post("data.fcgi/usage", { email: who + "@mail.example", launches: 7 * i + 3, paying: i > 2 });
		await site.post("macro.fcgi/award", { email: who + "@mail.example", [i % 2 ? "feature" : "screen"]: "zoom" });
		await site.post("comment.fcgi/milestone", { user_email: who + "@mail.example",
			author_name: "jim@acme.example", comment_text: "Reached level " + i });
	}
	await page.goto(site.base + "/automation/user");
	await t.picture(person, "console-automation");

	await page.goto(site.base + "/listeners/new?automation=user");
	await form.fill("name", "Points for exports");
	await form.press("filter-add");
	await form.choose("filter-0-field", "user.score", "filter");
	await form.choose("filter-0-is", "at-least", "filter");
	await form.fill("filter-0-value", "10");
	await form.press("count");
	await page.locator("#part-key").evaluate((part) => part.scrollIntoView());
	await t.picture(person, "console-create");

	const filtered = await site.post("macro.fcgi/award", { email: "ann@mail.example", screen: "export" });

	await page.goto(`${site.base}/deliveries/${filtered.delivery}`);
	await page.locator("dl.facts").first().evaluate((facts) => facts.scrollIntoView());
	await t.picture(person, "console-delivery");

	await site.apply({ kind: "listener", key: "tracker", type: "data", automation: "feedback", project: "phone",
		apiKey: "demo", capture: true, name: "Bug tracker" });
	await site.post("data.fcgi/projects/phone/tracker", site.payload("jira-issue-resolved.json"));
	await page.goto(site.base + "/learn/phone%2Ftracker");
	await page.locator("#learn").evaluate((part) => part.scrollIntoView());
	await t.picture(person, "console-learn");
}
