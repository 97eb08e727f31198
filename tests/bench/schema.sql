-- SPDX-License-Identifier: ISC
-- The store of the peers (sqlite3).
pragma journal_mode = wal;
create table apikeys (name text primary key, sha256 text not null) without rowid;
create table listeners (key text primary key, apikey text not null) without rowid;
create table users (id integer primary key, email text not null unique collate nocase);
create table comments (id integer primary key, user integer not null,
	author integer not null, text text not null, at integer not null);
create index comments_of on comments (user, at);
create table vals (user integer primary key, level integer, premium integer, source text,
	at integer not null);
create table deliveries (id integer primary key, listener text not null, at integer not null,
	outcome text not null, body text not null);
