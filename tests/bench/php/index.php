<?php
// SPDX-License-Identifier: ISC
// A peer: the same work with PHP-FPM and PDO sqlite. BENCH_DATABASE names the store.
declare(strict_types=1);

function answer(int $status, array $body): never
{
	http_response_code($status);
	header('Content-Type: application/json');
	echo json_encode($body);
	exit;
}

function row(PDO $db, string $query, mixed ...$values): mixed
{
	$statement = $db->prepare($query);
	$statement->execute($values);
	return $statement->fetchColumn();
}

$db = new PDO('sqlite:' . $_SERVER['BENCH_DATABASE'], null, null, [
	PDO::ATTR_PERSISTENT => true, PDO::ATTR_TIMEOUT => 10,
	PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
]);
$db->exec('pragma synchronous = full');

if (!preg_match('~^/listen/(comment|data)/([a-z0-9._-]+)$~', $_SERVER['PATH_INFO'], $path))
	answer(404, ['code' => 'unknown-listener']);
[, $type, $key] = $path;
$hash = row($db, 'select sha256 from listeners join apikeys on name = apikey where key = ?', $key);
$given = preg_replace('/^Bearer /', '', $_SERVER['HTTP_AUTHORIZATION'] ?? '');
if ($hash === false || !hash_equals($hash, hash('sha256', $given)))
	answer(401, ['code' => 'bad-api-key']);
$raw = file_get_contents('php://input');
$body = json_decode($raw, true, 32);
if (!is_array($body))
	answer(400, ['code' => 'bad-json']);
$user = row($db, 'select id from users where email = ?', $body['author_email'] ?? '');
if ($user === false)
	answer(422, ['code' => 'unknown-target']);
if ($type === 'comment'
    ? !is_string($body['author'] ?? null) || !is_string($body['comment'] ?? null)
    : !is_int($body['level'] ?? null) || !is_bool($body['premium'] ?? null) ||
      !is_string($body['source'] ?? null))
	answer(422, ['code' => 'bad-value']);

$now = (int)(microtime(true) * 1e6);
$db->exec('begin immediate');
if ($type === 'comment')
	row($db, 'insert into comments (user, author, text, at) values
	    (?, (select id from users where email = ?), ?, ?)',
	    $user, $body['author'], $body['comment'], $now);
else
	row($db, 'insert into vals (user, level, premium, source, at) values (?, ?, ?, ?, ?)
	    on conflict (user) do update set level = excluded.level, premium = excluded.premium,
	    source = excluded.source, at = excluded.at',
	    $user, $body['level'], (int)$body['premium'], $body['source'], $now);
row($db, "insert into deliveries (listener, at, outcome, body) values (?, ?, 'applied', ?)",
    $key, $now, $raw);
$id = $db->lastInsertId();
$db->exec('commit');
answer(200, ['delivery' => $id, 'outcome' => 'applied']);
