// SPDX-License-Identifier: ISC
// A community of its own behind a web server of its own, with a mail relay if one is wanted.
import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

export const TOP = new URL("../..", import.meta.url).pathname;
/** How long is waited for what shall happen: no test judges how long something took. */
export const PATIENCE = 1000 * (process.env.PATIENCE ?? 180);
const run = promisify(execFile);

/** Until it comes to something, and this. */
export async function until(what, ask) {
	const end = Date.now() + PATIENCE;

	for (;;) {
		const answer = await ask();

		if (answer)
			return answer;
		if (Date.now() > end)
			throw new Error("never: " + what);
		await new Promise((done) => setTimeout(done, 50));
	}
}

/** One who may sign in, in a community that has a name */
const NEWCOMER = [{ kind: "setting", community: "Acme Beta", integrations: true },
	{ kind: "user", email: "jim@acme.example", firstName: "Jim", lastName: "Ito", roles: ["admin"] }];

export class Site {
	/** With mail: {settings} of the section alerts. Without the demo community nothing is there but these documents. */
	static async start(build, folder, { mail = false, demo = true, settings = "", port = 0, documents = NEWCOMER } = {}) {
		const site = new Site();

		site.bin = build;
		site.home = mkdtempSync(folder + "/home.");
		site.children = [];
		const said = await site.earshot("init", ...(demo ? ["--demo"] : []));

		site.key = (said.match(/ear_\w+/) ?? [""])[0];
		port = String(port || execFileSync("python3", [TOP + "tests/ports.py"], { encoding: "utf8" }).trim());

		site.listen = `http://127.0.0.1:${port}/listen`;
		site.base = site.listen + "/console";
		if (mail)
			settings += await site.relay();
		site.configure(settings);
		if (!demo)
			await site.apply(...documents);
		await site.serve(port);
		return site;
	}
	configure(settings) {
		writeFileSync(this.home + "/earshot.conf", `[web]\nbase_url = ${this.listen}\n` +
			`[console]\naddress = ${this.base}\n${settings}`, { mode: 0o600 });
	}
	/** An earshotd with these settings owns the store until what comes back is called: then one of the programs of the
	 * web server does, with those that it began with. */
	async daemon(settings) {
		this.configure(settings);
		this.child(this.bin + "/src/earshotd", ["--home", this.home], true);
		const child = this.children.at(-1);

		child.stderr.resume();
		await until("earshotd owns the store", async () => /"program":\s*"earshotd"/.test(await this.earshot("stat", "--json")));
		return async () => {
			const ended = once(child, "exit");

			this.configure("");
			child.kill();
			await ended;
		};
	}
	/** A child that ends with this program, and its lines. */
	child(program, args, stderr) {
		const child = spawn("setpriv", ["--pdeathsig", "TERM", "--", program, ...args], {
			stdio: ["ignore", "pipe", stderr ? "pipe" : "inherit"],
			env: { ...process.env, HOME: this.home } });

		this.children.push(child);
		return createInterface({ input: child.stdout });
	}
	async serve(port) {
		const lines = this.child(TOP + "examples/serve", ["lighttpd", "--port", port, "--home", this.home,
			"--bindir", this.bin + "/cgi-bin"], true), said = [];
		const child = this.children.at(-1);

		child.stderr.setEncoding("utf8").on("data", (text) => said.push(text));
		for await (const line of lines) {
			said.push(line + "\n");
			if (/is ready/.test(line))
				return;
		}
		throw new Error("no web server: " + said.join(""));
	}
	async relay() {
		const lines = this.child("/usr/bin/python3", [TOP + "tests/console/mailbox.py", String(process.pid)]);

		this.mails = [];
		const [url] = await Promise.race([once(lines, "line"), once(lines, "close")]);

		if (url === undefined)
			throw new Error("no mail relay");
		lines.on("line", (line) => this.mails.push(JSON.parse(line)));
		return `[mail]\nurl = ${url}\nfrom = beta@acme.example\ntls = off\n`;
	}
	/** The next mail that somebody gets, taken out of the mailbox. */
	mail(to, subject) {
		return until(`a mail to ${to}: ${subject}`, async () => {
			const at = this.mails.findIndex((one) => one.to === to && subject.test(one.subject));

			if (at >= 0)
				return this.mails.splice(at, 1)[0];
			await this.earshot("tick");
			return null;
		});
	}
	async earshot(...args) {
		return (await run(this.bin + "/src/earshot", ["--home", this.home, ...args],
			{ encoding: "utf8", maxBuffer: 1 << 26 })).stdout;
	}
	async apply(...documents) {
		const file = this.home + "/.applied";

		writeFileSync(file, documents.map((one) => JSON.stringify(one)).join("\n") + "\n");
		return this.earshot("apply", file);
	}
	async records(kind) {
		return (await this.earshot("export", kind)).split("\n").filter(Boolean).map((line) => JSON.parse(line));
	}
	/** To a listener, as the sender does; what is answered */
	async post(to, body, headers = {}) {
		const url = to.startsWith("http") ? to : `${this.listen}/${to}`;
		const answer = await fetch(url, { method: "POST",
			body: typeof body === "string" ? body : JSON.stringify(body),
			headers: { "Content-Type": "application/json", Authorization: `Bearer ${this.key}`, ...headers } });

		return answer.json();
	}
	payload(name) {
		return readFileSync(`${TOP}examples/payloads/${name}`, "utf8");
	}
	/** A command that a page shows, as it stands */
	async shell(command) {
		try {
			return (await run("sh", ["-c", command], { env: { ...process.env, API_KEY: this.key },
				encoding: "utf8", timeout: PATIENCE })).stdout;
		} catch (error) {
			return `${error.stdout}\n${error.stderr}`;
		}
	}
	async stop() {
		for (const child of this.children.splice(0)) {
			if (child.exitCode !== null || child.signalCode !== null)
				continue;
			const ended = once(child, "exit");

			child.kill();
			await ended;
		}
	}
}
