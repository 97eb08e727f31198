/* SPDX-License-Identifier: ISC */
/* What works without it works better with it; nothing needs it. */
"use strict";

document.documentElement.classList.add("script");

/* A form that came back: to what is wrong. */
const problems = document.getElementById("problems");
if (problems)
	problems.focus();
/* Or to what came of a trial. */
const tried = document.getElementById("tried");
if (tried)
	tried.focus();

/* What is shown once is not there any more when somebody comes back to the page. */
addEventListener("pagehide", () => {
	for (const once of document.querySelectorAll("[data-once]"))
		once.remove();
});

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

/* Nothing on the page changes while it is pressed: what moves away before it is let go is not
 * clicked. */
let let_go = null, pressed = Promise.resolve();

document.addEventListener("pointerdown", () => {
	if (let_go === null) /* a second finger */
		pressed = new Promise((done) => { let_go = done; });
}, true);
for (const name of ["pointerup", "pointercancel", "blur"])
	addEventListener(name, (event) => {
		if (let_go === null || (name === "blur" && event.target !== window))
			return;
		setTimeout(let_go); /* the click comes first */
		let_go = null;
	}, true);

/*
 * Forms that can be asked: a button called "ask" posts the form, and the page that comes back
 * has it as it was asked for. Here only the part that the button names is taken from it.
 */
for (const form of document.querySelectorAll("form.live")) {
	/* How often each part was asked for: the last answer counts, and parts do not wait for others. */
	const asked = {};

	const ask = async (what, part) => {
		const data = new URLSearchParams(new FormData(form));
		const mine = asked[part] = (asked[part] || 0) + 1, at = document.activeElement;
		const old = document.getElementById(part), sent = values(old);

		data.set("ask", what);
		old.setAttribute("aria-busy", "true");
		try {
			const answer = await fetch(form.action, { method: "POST", body: data });
			const page = new DOMParser().parseFromString(await answer.text(), "text/html");
			const part_new = page.getElementById(part);

			await pressed;
			/* Another page came, which says why: it is shown as it is without script. */
			if (!part_new) {
				const same = document.createElement("input");

				same.type = "hidden";
				same.name = "ask";
				same.value = what;
				form.append(same);
				form.submit();
				same.remove();
				return;
			}
			/* A part around it may have been replaced meanwhile. */
			const now = document.getElementById(part);

			if (mine !== asked[part] || !now)
				return;
			put(what, now, part_new, sent, at);
			load();
		} catch {
			old.removeAttribute("aria-busy");
		}
	};
	/* An e-mail that is tried is shown in its frame at once. */
	const load = async () => {
		for (const button of form.querySelectorAll("button[formtarget]")) {
			const frame = document.getElementsByName(button.formTarget)[0];
			const loaded = new Promise((done) => frame.addEventListener("load", done, { once: true }));

			form.requestSubmit(button);
			button.parentNode.hidden = true;
			await loaded;
		}
	};

	load();
	const fields = (part) => part.querySelectorAll("input[id], select[id], textarea[id]");
	const value = (field) => ["checkbox", "radio"].includes(field.type) ? field.checked : field.value;
	const values = (part) => new Map(Array.from(fields(part), (field) => [field.id, value(field)]));

	/*
	 * A new part in the place of the old one. What was typed while the answer was on its way
	 * stays, and so does the place where it is being typed.
	 */
	const put = (what, now, part_new, sent, at) => {
		const here = document.activeElement, inside = now.contains(here);
		const caret = inside && "selectionStart" in here ? here.selectionStart : null;
		const typed = Array.from(fields(now)).filter((field) => sent.has(field.id) &&
			value(field) !== sent.get(field.id));

		now.replaceWith(part_new);
		for (const field of typed) {
			const same = document.getElementById(field.id);

			if (!same || same.tagName !== field.tagName)
				continue;
			const offered = same.value;

			if (typeof value(field) === "boolean")
				same.checked = field.checked;
			else
				same.value = field.value;
			if (same.selectedIndex < 0)
				same.value = offered;
		}
		/* Somebody who went on meanwhile is not called back. */
		const to = (here === at && next(what, part_new)) || (inside && (document.getElementById(here.id) ||
			part_new.querySelector(`button[name='ask'][value="${what}"]`) || fields(part_new)[0]));

		if (!to)
			return;
		to.focus();
		if (caret !== null && "selectionStart" in to && to.selectionStart !== null)
			to.setSelectionRange(caret, caret);
	};
	/* Where one goes on after a button: what came of a trial, the row that was added. */
	const next = (what, part) => {
		const rows = part.querySelectorAll("fieldset.row, tr.row"), tried = part.querySelector("#tried");

		if (tried)
			return tried;
		if (/-add$|^add /.test(what) && rows.length > 0)
			return rows[rows.length - 1].querySelector("select, input:not([type='hidden'])");
		return /-drop|^drop /.test(what)
			? part.querySelector("button[value$='-add'], button[value^='add ']") : null;
	};
	let timer = 0;
	const count = () => {
		clearTimeout(timer);
		timer = setTimeout(() => ask("count", "matching"), 400);
	};

	form.addEventListener("click", (event) => {
		const button = event.target.closest("button[name='ask']");

		if (!button || button.formTarget)
			return;
		event.preventDefault();
		if (button.dataset.insert) {
			const field = document.getElementById(button.dataset.insert);

			field.setRangeText(document.getElementById(field.id + "-tag").value,
				field.selectionStart, field.selectionEnd, "end");
			field.focus();
			return;
		}
		ask(button.value, button.dataset.part);
	});
	form.addEventListener("change", async (event) => {
		const what = event.target.dataset.ask;

		if (what)
			await ask(what, event.target.dataset.part || "part-" + what);
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
		if (key && document.getElementById("part-key") && (event.target === name || event.target.name === "/key") &&
			form.elements["/key"].value !== "")
			ask("key", "part-key");
	});
}

/*
 * A list that is looked at again by itself: an element with data-live (seconds) and an id. Not
 * while somebody works in it, nor when nobody has touched the page for a quarter of an hour: a
 * page that was forgotten keeps no session alive. What is typed beside it is not lost for it.
 */
let typed = false;

addEventListener("input", (event) => { typed = typed || event.target.form !== null; });
for (const live of document.querySelectorAll("[data-live]")) {
	const label = document.createElement("label"), box = document.createElement("input");
	let touched = Date.now();

	box.type = "checkbox";
	box.checked = true;
	label.className = "live";
	label.append(box, " " + (live.dataset.liveLabel || "Keep this list up to date"));
	live.before(label);
	for (const name of ["pointermove", "keydown", "scroll"])
		document.addEventListener(name, () => { touched = Date.now(); }, { passive: true });
	const used = () => !box.checked || live.contains(document.activeElement) ||
		!getSelection().isCollapsed;
	const timer = setInterval(async () => {
		if (used() || document.hidden || Date.now() - touched > 900000)
			return;
		const answer = await fetch(location.href).catch(() => null);

		if (!answer || !answer.ok || answer.redirected)
			return;
		const page = new DOMParser().parseFromString(await answer.text(), "text/html");
		const now = page.getElementById(live.id);

		await pressed;
		if (used())
			return;
		if (now && now.innerHTML !== live.innerHTML)
			live.replaceChildren(...now.childNodes);
		/* What was waited for is there. */
		if (now && !("live" in now.dataset)) {
			clearInterval(timer);
			label.remove();
			if ("liveReload" in live.dataset && !typed)
				location.reload();
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
