// SPDX-License-Identifier: ISC
// Somebody finds out why a delivery did nothing, mends the filter, sees what the last hundred
// would come to by it, and replays the one.
import { ListenerForm } from "../listener-form.mjs";

export const ways = ["with script", "without script", "by keyboard"];

export default async function (t) {
	const site = await t.site(), form = new ListenerForm(await t.person(site, "pm@acme.example"));
	const { person, page } = form, PAST = 119;
	const body = (i) => ({ email: "ann@mail.example", [i % 3 ? "function" : "feature"]: `export ${i}` });

	// Many at once, as an app does; those that are older than the last hundred before all others
	const OLDER = PAST - 99;

	for (const [from, until] of [[0, OLDER], [OLDER, PAST]])
		await Promise.all(Array.from({ length: 8 }, async (_, first) => {
			for (let i = from + first; i < until; i += 8)
				await site.post("macro.fcgi/award", body(i));
		}));
	const answer = await site.post("macro.fcgi/award", body(1));

	t.ok(answer.outcome === "filtered", "a delivery is filtered", answer);
	await person.go("Deliveries");
	await person.choose(page.getByLabel("Outcome"), "filtered");
	await person.open(page.locator("main").getByRole("button", { name: "Show", exact: true }));
	await person.open(page.locator(`a[href$="/deliveries/${answer.delivery}"]`).first());
	let text = await person.text();

	t.ok(/has\(payload\.feature\)/.test(text), "its page says by which part of the filter", text);
	await t.looks(person, "a delivery that was filtered");
	await person.open(person.link("The listener"));
	if (await form.at("filter-expression").count())
		await form.fill("filter-expression", "has(payload.feature) || has(payload.function)");
	else
		await form.fill("filter-0-name", "function");
	await form.press("past");
	text = await person.text("#tried");
	t.ok(/^100 deliveries: 67 would come to something else/.test(text) && /filtered applied 67/.test(text) &&
		/There are older ones/.test(text),
		"before it is saved, the page says what the last hundred would come to", text);
	await t.looks(person, "the last hundred by a changed filter");
	await form.submit();
	await person.go("Deliveries");
	await person.open(page.locator(`a[href$="/deliveries/${answer.delivery}"]`).first());
	await person.open(person.link("What would its last ones become now?"));
	text = await person.text();
	t.ok(/100 deliveries: 67 would come to something else/.test(text) && /was filtered, would be applied/.test(text),
		"saved, the page of the past says the same", text);
	await t.looks(person, "the past");
	await person.leave(() => page.goBack());
	await person.open(person.link("Replay…"));
	text = await person.text();
	t.ok(/applied/.test(text), "what a replay would do is told", text);
	await person.open(person.button("Replay it now"));
	text = await person.text();
	t.ok(/^.{0,200}applied/.test(text) && /add-rank/.test(text), "replayed, it is applied", text);
}
