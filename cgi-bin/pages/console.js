/* SPDX-License-Identifier: ISC */
/* What works without it works better with it; nothing needs it. */
"use strict";

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
