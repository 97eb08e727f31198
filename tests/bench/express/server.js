// SPDX-License-Identifier: ISC
// A peer: the same work with Express and better-sqlite3.
// node server.js PORT DATABASE
'use strict';
const { createHash, timingSafeEqual } = require('node:crypto');
const express = require('express');
const Database = require('better-sqlite3');

const [port, path] = process.argv.slice(2);
const db = new Database(path, { timeout: 10000 });
db.pragma('journal_mode = WAL');
db.pragma('synchronous = FULL');

const findKey = db.prepare('select sha256 from listeners join apikeys on name = apikey ' +
	'where key = ?').pluck();
const findUser = db.prepare('select id from users where email = ?').pluck();
const addComment = db.prepare('insert into comments (user, author, text, at) ' +
	'values (?, (select id from users where email = ?), ?, ?)');
const setValues = db.prepare('insert into vals (user, level, premium, source, at) ' +
	'values (?, ?, ?, ?, ?) on conflict (user) do update set level = excluded.level, ' +
	'premium = excluded.premium, source = excluded.source, at = excluded.at');
const addDelivery = db.prepare('insert into deliveries (listener, at, outcome, body) ' +
	"values (?, ?, 'applied', ?)");

const permitted = (request) => {
	const hash = findKey.get(request.params.key);
	const given = (request.get('Authorization') || '').replace(/^Bearer /, '');
	return hash !== undefined && timingSafeEqual(Buffer.from(hash, 'hex'),
		createHash('sha256').update(given).digest());
};

const types = {
	comment: (user, body, now) => {
		if (typeof body.author !== 'string' || typeof body.comment !== 'string')
			throw new TypeError('author and comment must be strings');
		addComment.run(user, body.author, body.comment, now);
	},
	data: (user, body, now) => {
		if (!Number.isInteger(body.level) || typeof body.premium !== 'boolean' ||
		    typeof body.source !== 'string')
			throw new TypeError('a value has the wrong type');
		setValues.run(user, body.level, body.premium ? 1 : 0, body.source, now);
	},
};

const deliver = db.transaction((request, user) => {
	const now = Date.now();
	types[request.params.type](user, request.body, now);
	return addDelivery.run(request.params.key, now, request.raw).lastInsertRowid;
});

const app = express();
app.disable('x-powered-by');
app.use(express.json({ verify: (request, response, raw) => { request.raw = raw.toString(); } }));
app.post('/listen/:type(comment|data)/:key', (request, response) => {
	if (!permitted(request))
		return response.status(401).json({ code: 'bad-api-key' });
	const user = findUser.get(request.body.author_email);
	if (user === undefined)
		return response.status(422).json({ code: 'unknown-target' });
	try {
		response.json({ delivery: String(deliver.immediate(request, user)),
			outcome: 'applied' });
	} catch (error) {
		response.status(error instanceof TypeError ? 422 : 500).json({ detail: error.message });
	}
});
app.listen(Number(port), '127.0.0.1', 1024);
