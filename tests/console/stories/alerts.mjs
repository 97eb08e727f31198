// SPDX-License-Identifier: ISC
// A manager hears by mail that a listener fails, follows the link, mends it, replays what failed,
// and hears that it is well again.
import { ListenerForm } from "../listener-form.mjs";

export const ways = ["with script", "without script"];

export default async function (t) {
	const site = await t.site({ mail: true, settings: "[alerts]\nafter = 0\ninterval = 1s\n" });
	const form = new ListenerForm(await t.person(site)), { person, page } = form;
	const MANAGER = "pm@acme.example";
	const send = (level) => site.post("comment.fcgi/milestone",
		{ user: { email: "ann@mail.example" }, author_name: "jim@acme.example", comment_text: `Level ${level}` });

	for (const level of [1, 2, 3]) {
		const answer = await send(level);

		t.ok(answer.code === "missing-parameter", `the app sends another shape: ${level}`, answer);
	}
	const mail = await site.mail(MANAGER, /1 thing needs a hand/);
	const link = mail.text.match(/http\S+/)?.[0];

	t.ok(/listener milestone: 3 of its last 3 deliveries failed/.test(mail.text) && link?.startsWith(site.base),
		"the manager gets a mail with the listener and a link", mail);
	await page.goto(link);
	await person.fill(page.getByLabel("E-mail address"), MANAGER);
	await t.looks(person, "signing in");
	await person.open(person.button("Mail me a link"));
	await t.looks(person, "look into your mail");
	const sign_in = await site.mail(MANAGER, /^Sign in to Acme Beta/);

	await page.goto(sign_in.text.match(/http\S+/)[0]);
	await t.looks(person, "the link in the mail");
	await person.open(person.button("Sign in"));
	t.ok(page.url() === link, "who signs in on the way comes to the page of the mail", page.url(), link);
	await person.open(page.locator("main a[href*='/deliveries/01']").first());
	let text = await person.text();

	t.ok(/neither by the path nor by the parameter user_email/.test(text), "which leads to what is wrong", text);
	await person.go("Home");
	text = await person.text(".needs");
	t.ok(/milestone/.test(text), "Home says so, too", text);
	await person.open(page.locator(".needs a").first());
	await person.open(page.locator("main a[href*='/deliveries/01']").first());
	await person.open(person.link("The listener"));
	await form.fill("target-parameter", "/user/email");
	await form.press("past");
	text = await person.text("#tried");
	t.ok(/^3 deliveries: 3 would come to something else/.test(text), "what the three would come to by the mended listener", text);
	await form.submit();
	await person.go("Deliveries");
	await person.choose(page.getByLabel("Outcome"), "failed");
	await person.open(page.locator("main").getByRole("button", { name: "Show", exact: true }));
	await person.open(person.link(/^Replay/));
	await t.looks(person, "replay of many?");
	await person.click(person.button(/^Replay 3 now/));
	await page.locator("#portions p[role=status]", { hasText: "3 of 3 replayed" }).waitFor();
	const comments = (await site.records("comment")).filter((one) => /^Level \d$/.test(one.text));

	t.ok(comments.length === 3, "they are replayed", comments);
	const over = await site.mail(MANAGER, /1 is well again/);

	t.ok(/This is well again:\s+\* listener milestone/.test(over.text), "and a mail says that it is well again", over);
	await person.go("Home");
	text = await person.text();
	t.ok(/Nothing: no listener fails/.test(text) && /Well again, since yesterday/.test(text), "as Home does", text);
	await t.looks(person, "home, well again");
}
