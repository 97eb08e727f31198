/* SPDX-License-Identifier: ISC */
/* What works without it works better with it; nothing needs it. */
"use strict";

/* A form that came back: to what is wrong. */
const problems = document.getElementById("problems");
if (problems)
	problems.focus();
/* Or to what came of a trial. */
const tried = document.getElementById("tried");
if (tried)
	tried.focus();

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
 * A list that is looked at again by itself: an element with data-live (seconds) and an id. Not
 * while somebody works in it, nor when nobody has touched the page for a quarter of an hour: a
 * page that was forgotten keeps no session alive.
 */
for (const live of document.querySelectorAll("[data-live]")) {
	const label = document.createElement("label"), box = document.createElement("input");
	let touched = Date.now();

	box.type = "checkbox";
	box.checked = true;
	label.className = "live";
	label.append(box, " Keep this list up to date");
	live.before(label);
	for (const name of ["pointermove", "keydown", "scroll"])
		document.addEventListener(name, () => { touched = Date.now(); }, { passive: true });
	const timer = setInterval(async () => {
		if (!box.checked || document.hidden || Date.now() - touched > 900000 ||
			live.contains(document.activeElement) || !getSelection().isCollapsed)
			return;
		const answer = await fetch(location.href).catch(() => null);

		if (!answer || !answer.ok || answer.redirected)
			return;
		const page = new DOMParser().parseFromString(await answer.text(), "text/html");
		const now = page.getElementById(live.id);

		if (now && now.innerHTML !== live.innerHTML)
			live.replaceChildren(...now.childNodes);
		/* What was waited for is there. */
		if (now && !("live" in now.dataset)) {
			clearInterval(timer);
			label.remove();
		}
	}, 1000 * live.dataset.live);
}

/* Long work is done in portions, each a form that leads to the next: once somebody has sent the
 * first, the others follow. */
document.addEventListener("submit", async (event) => {
	let form = event.target.closest("form.portions");

	if (!form)
		return;
	event.preventDefault();
	while (form) {
		const data = new URLSearchParams(new FormData(form));

		for (const button of form.querySelectorAll("button"))
			button.disabled = true;
		const answer = await fetch(form.action, { method: "POST", body: data });
		const page = new DOMParser().parseFromString(await answer.text(), "text/html");
		const now = page.getElementById("portions");

		if (!answer.ok || !now) {
			form.submit();
			return;
		}
		document.getElementById("portions").replaceWith(now);
		history.replaceState(null, "", answer.url);
		document.title = page.title;
		form = now.querySelector("form.portions button") ? now.querySelector("form") : null;
	}
});
