/* SPDX-License-Identifier: ISC */
/* What works without it works better with it; nothing needs it. */
"use strict";

document.documentElement.classList.add("script");

/* A form that came back: to what is wrong. */
const problems = document.getElementById("problems");
if (problems)
	problems.focus();

/* Copies what stands beside the button. */
for (const button of document.querySelectorAll("button.copy")) {
	if (!navigator.clipboard)
		break;
	button.hidden = false;
	button.addEventListener("click", async () => {
		const label = button.textContent;

		await navigator.clipboard.writeText(button.dataset.copy);
		button.textContent = "Copied";
		setTimeout(() => { button.textContent = label; }, 2000);
	});
}

/* A menu closes by Escape, and by a click elsewhere. */
for (const menu of document.querySelectorAll("details.who")) {
	document.addEventListener("click", (event) => {
		if (!menu.contains(event.target))
			menu.open = false;
	});
	menu.addEventListener("keydown", (event) => {
		if (event.key !== "Escape")
			return;
		menu.open = false;
		menu.querySelector("summary").focus();
	});
}

/*
 * Forms that can be asked: a button called "ask" posts the form, and the page that comes back
 * has it as it was asked for. Here only the part that the button names is taken from it.
 */
for (const form of document.querySelectorAll("form.live")) {
	let asked = 0;

	const ask = async (what, part) => {
		const data = new URLSearchParams(new FormData(form));
		const mine = ++asked, at = document.activeElement && document.activeElement.id;
		const old = document.getElementById(part);

		data.set("ask", what);
		old.setAttribute("aria-busy", "true");
		try {
			const answer = await fetch(form.action, { method: "POST", body: data });
			const page = new DOMParser().parseFromString(await answer.text(), "text/html");
			const part_new = page.getElementById(part);

			if (!part_new) {
				form.requestSubmit();
				return;
			}
			if (mine !== asked)
				return;
			old.replaceWith(part_new);
		} catch {
			old.removeAttribute("aria-busy");
			return;
		}
		focus(what, part, at);
	};
	/* To where one was, or to the row that was added. */
	const focus = (what, part, at) => {
		const now = document.getElementById(part);
		const rows = now.querySelectorAll("fieldset.row");
		const to = what.endsWith("-add") && rows.length > 0
			? rows[rows.length - 1].querySelector("select, input") : document.getElementById(at) ||
			(what.includes("-drop") ? now.querySelector("button[value$='-add']") : null);

		if (to && at !== undefined && to !== document.activeElement)
			to.focus();
	};
	let timer = 0;
	const count = () => {
		clearTimeout(timer);
		timer = setTimeout(() => ask("count", "matching"), 400);
	};

	form.addEventListener("click", (event) => {
		const button = event.target.closest("button[name='ask']");

		if (!button)
			return;
		event.preventDefault();
		ask(button.value, button.dataset.part);
	});
	form.addEventListener("change", async (event) => {
		const what = event.target.dataset.ask;

		if (what)
			await ask(what, "part-" + what);
		if (event.target.closest("#part-filter"))
			count();
	});
	form.addEventListener("input", (event) => {
		if ("count" in event.target.dataset)
			count();
	});

	/* The key is proposed from the name until somebody has typed one; the URL grows with it. */
	const name = form.elements["/name"], key = form.elements["/key"];
	const show = () => {
		const url = document.getElementById("f-key-url");
		const type = form.querySelector("input[name='/type']:checked");

		if (!url || !url.querySelector(".url-key"))
			return;
		url.querySelector(".url-key").textContent = form.elements["/key"].value || "…";
		url.querySelector(".url-type").textContent = type ? type.value : "…";
	};
	let own = key && key.value !== "";

	form.addEventListener("input", (event) => {
		if (event.target.name === "/key")
			own = event.target.value !== "";
		if (event.target === name && key && !own)
			form.elements["/key"].value = name.value.toLowerCase().replace(/[^a-z0-9]+/g, "-")
				.replace(/^-+/, "").slice(0, 64).replace(/-+$/, "");
		show();
	});
	form.addEventListener("change", (event) => {
		show();
		if (key && (event.target === name || event.target.name === "/key") &&
			form.elements["/key"].value !== "")
			ask("key", "part-key");
	});
}
