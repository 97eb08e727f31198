// SPDX-License-Identifier: ISC
// The form of a listener as a person fills it in: with script, or by the buttons without.
export class ListenerForm {
	constructor(person) {
		this.person = person;
		this.page = person.page;
	}
	at(id) {
		return this.person.at(id);
	}
	fill(id, text) {
		return this.person.fill(this.at(id), text);
	}
	press(what) {
		return this.person.ask(what);
	}
	/** Chooses; with part: what is asked for in that part depends on it. */
	choose(id, value, part) {
		return this.person.choose(this.at(id), value, part);
	}
	async begin(automation, name, project) {
		const { person } = this;

		await person.go(automation === "user" ? "User automation" : "Feedback automation");
		await person.open(person.link("Create an external listener"));
		await this.fill("name", name);
		await this.fill("description", "Made in the console");
		if (project)
			await this.choose("project", project);
	}
	type(words) {
		return this.person.check(this.page.getByRole("radio", { name: words, exact: true }));
	}
	/** A key that there is: a manager has its secret, and makes none. */
	apiKey() {
		return this.choose("apiKey", "demo");
	}
	async submit() {
		const { person } = this;

		await person.open(this.page.locator("button.main", { hasText: "Submit" }));
		await this.page.locator("#url, #problems").first().waitFor();
		if (await this.page.locator("#url").count() !== 1)
			throw new Error("refused: " + await person.text());
	}
}
