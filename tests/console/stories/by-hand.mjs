// SPDX-License-Identifier: ISC
// A manager puts right what another system has stored, and what somebody has written. An admin sees
// whether mail leaves, how much there is, and lets somebody in who gets none.
export const ways = ["with script", "without script", "by keyboard"];

const ANN = "ann@mail.example";

async function values(t, site, person) {
	const { page } = person, save = page.locator("main button.main");
	const stored = async () => (await site.records("value")).find((one) => one.group === "usage" && one.user === ANN).values;

	await site.post("data.fcgi/usage", { email: ANN, launches: 7, paying: false });
	await page.goto(`${site.base}/people/${encodeURIComponent(ANN)}`);
	await person.open(person.link("Change… what Product usage has"));
	await person.fill(person.at("value-0"), "many");
	await person.open(save);
	t.ok(/Launches: An integer is expected/.test(await person.text("#problems")), "what is no number is refused, at its field",
		await person.text());
	await t.looks(person, "refused values");
	// It comes while the form is open.
	await site.post("data.fcgi/usage", { email: ANN, launches: 8 });
	await person.fill(person.at("value-0"), "41");
	await person.choose(person.at("value-1"), { label: "Yes" });
	await person.open(save);
	t.ok(/It was set to "8" meanwhile/.test(await person.text("#problems")) && (await stored()).launches === 8,
		"what a delivery has set meanwhile is told", await person.text());
	await t.looks(person, "contested values");
	await person.open(save);
	let text = await person.text();

	t.ok(/The values of Product usage are saved/.test(text) && (await stored()).launches === 41 && (await stored()).paying === true,
		"sent again, it takes its place", text, await stored());
	await person.open(person.link("Set values of another data group"));
	t.ok(/Of which data group\?/.test(await person.text()), "other groups are to choose from", await person.text());
	await person.open(page.locator("main li a").first());
	await person.open(person.link("History"));
	text = await person.text("tbody tr:first-child");
	t.ok(/jim@acme\.example in the console/.test(text) && /changed/.test(text), "their history has who it was", text);
}

async function comment(t, site, person) {
	const { page } = person;

	await page.goto(`${site.base}/tickets/1042`);
	await person.fill(person.at("text"), "It rigns.");
	await person.open(person.button("Comment"));
	await person.open(page.locator("ol.comments li:first-child").getByRole("link", { name: /^Change…/ }));
	await person.fill(person.at("text"), "It rings.");
	await person.open(page.locator("main button.main"));
	const text = await person.text("ol.comments li:first-child");

	t.ok(/It rings\./.test(text) && /jim@acme\.example .*changed .* by jim@acme\.example/.test(text), "the comment has other words, and says so", text);
}

async function mail(t, site, person) {
	const { page } = person;
	const comes = async (to) => {
		await person.fill(person.at("mail-to"), to);
		await person.open(person.button("Send a trial e-mail"));
		while (await page.locator("#live .state.waiting").count() > 0) {
			await site.earshot("tick").catch(() => {});
			await person.leave(() => page.reload());
		}
		return person.text();
	};

	await person.go("Settings");
	let text = await comes("ann@mail.example");

	t.ok(/The mail server has taken it/.test(text) && /250 2\.0\.0 kept/.test(text), "a trial e-mail is taken", text);
	t.ok(/This is a trial, asked for by jim@acme\.example/.test((await site.mail("ann@mail.example", /A trial of/)).text), "and comes");
	await t.looks(person, "a trial e-mail that was taken");
	await person.open(person.link("Send another"));
	text = await comes("reject@mail.example");
	t.ok(/not sent .*550 5\.1\.1 nobody here/.test(text), "what the mail server says when it refuses is told", text);
	await t.looks(person, "a trial e-mail that was refused");
	await person.go("Figures");
	text = await person.text();
	t.ok(/What runs/.test(text) && /Free on the disk/.test(text) && /The last 24 hours/.test(text), "the figures are there", text);
}

async function sign_in(t, site, person) {
	const { page } = person, pm = await t.person(site, "pm@acme.example");

	await page.goto(`${site.base}/people/pm%40acme.example`);
	await person.open(person.link("Sessions and sign-in"));
	await person.open(page.locator("main tbody button", { hasText: "End" }));
	t.ok(/Nowhere\./.test(await person.text()), "a session of somebody else is ended", await person.text());
	await person.leave(() => pm.page.goto(`${site.base}/tickets`)).catch(() => {});
	t.ok(/sign-in/.test(pm.page.url()), "who has to sign in again", pm.page.url());
	await person.open(person.button("Make a link that signs in as pm@acme.example"));
	const link = await page.locator("#link").innerText();

	t.ok(/signed in as pm@acme\.example: give it to nobody else/.test(await person.text()), "it is told as whom a link signs in", await person.text());
	await t.looks(person, "a link that signs in");
	await pm.page.goto(link);
	await pm.open(pm.button("Sign in"));
	t.ok(/pm@acme\.example|Pat|manager/.test(await pm.text("header")), "and it does", await pm.text("header"));
	await person.leave(() => page.reload());
	t.ok(!(await page.content()).includes(link), "it is shown once");
	await t.looks(person, "a link that was shown");
	await person.go("Changes");
	const text = await person.text("tbody");

	t.ok(/link made User Account pm@acme\.example/.test(text) && /sessions ended User Account pm@acme\.example/.test(text), "both stand among the changes", text);
}

export default async function (t) {
	const site = await t.site({ mail: true }), person = await t.person(site, "jim@acme.example");

	await values(t, site, person);
	await comment(t, site, person);
	await mail(t, site, person);
	await sign_in(t, site, person);
}
