#!/bin/sh
# SPDX-License-Identifier: ISC
# A store of format 1, from before groups and the log of changes, as it was while its owner
# served: it is opened by whoever comes, becomes the first site of a group, and goes back to
# one machine, and nothing of it is lost. tests/old-store.tar.gz has it, and beside it what its
# own programs exported, the ids in its logs, and its API key. Its times are kept out of the
# way by its [retention].
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/rig.sh"
PATH=$build/src:$PATH
sites="a 127.0.0.1:$(free_port), b 127.0.0.1:$(free_port), c 127.0.0.1:$(free_port)"

end()
{
	for site in a b c; do stop $site; done
	rm -rf "$tmp"
}
trap end EXIT

at() { site=$1; shift; earshot --home "$tmp/$site" "$@"; }
start() { earshotd --home "$tmp/$1" >>"$tmp/$1.log" 2>&1 & echo $! >"$tmp/$1.pid"; }
# stop SITE [SIGNAL]
stop()
{
	[ -s "$tmp/$1.pid" ] || return 0
	kill "-${2-TERM}" "$(cat "$tmp/$1.pid")" 2>/dev/null
	wait "$(cat "$tmp/$1.pid")" 2>/dev/null
	rm -f "$tmp/$1.pid"
}
# A minute of patience, for the command to succeed
until_good()
{
	for _ in $(seq 300); do
		"$@" >"$tmp/out" 2>&1 && return 0
		sleep 0.2
	done
	return 1
}
# until_stat N WORDS: so many sites are so
until_stat() { until_good enough "$@"; }
enough() { [ "$(at b group stat | grep -c "$2")" -ge "$1" ]; }

# same NAME SITE FILE: it exports that, to the byte
same()
{
	at "$2" export >"$tmp/exported" 2>"$tmp/out" && cmp "$3" "$tmp/exported" >>"$tmp/out" 2>&1
	verdict $? "$1: its documents, byte for byte" "$tmp/out"
}
# logs NAME SITE: what its export does not have
logs()
{
	at "$2" delivery list --jsonl | grep -o '"id":"[0-9a-f-]\{36\}"' | sort -u >"$tmp/found"
	comm -23 "$tmp/old/deliveries" "$tmp/found" >"$tmp/out"
	[ -s "$tmp/found" ] && ! [ -s "$tmp/out" ]
	verdict $? "$1: its log of deliveries" "$tmp/out"
	at "$2" outbox list --jsonl | grep -o '^{"id":"[0-9a-f-]*"' | tr -d '{' | sort >"$tmp/found"
	cmp "$tmp/old/parcels" "$tmp/found" >"$tmp/out" 2>&1
	verdict $? "$1: its outbox" "$tmp/out"
}
# posts SITE TEXT: a comment to a plain CGI program there, by the API key of the store
posts()
{
	body="{\"user_email\":\"ann@mail.example\",\"author_name\":\"jim@acme.example\",\"comment_text\":\"$2\"}"
	printf %s "$body" | SCRIPT_NAME=/comment.fcgi PATH_INFO=/milestone QUERY_STRING='' \
	    REQUEST_URI=/comment.fcgi/milestone GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=POST \
	    CONTENT_TYPE=application/json REMOTE_ADDR=127.0.0.1 CONTENT_LENGTH=${#body} \
	    HTTP_AUTHORIZATION="Bearer $(cat "$tmp/old/api-key")" EARSHOT_HOME=$tmp/$1 \
	    "$build/cgi-bin/comment.fcgi" >"$tmp/out" 2>&1
	grep -q 'Status: 200' "$tmp/out"
	verdict $? "a delivery at $1: $2" "$tmp/out"
}
check()
{
	at "$2" check >"$tmp/out" 2>&1
	verdict $? "$1: check finds nothing amiss" "$tmp/out"
}

mkdir "$tmp/old" && tar -C "$tmp/old" -xzf "$top/tests/old-store.tar.gz" || exit 99

cp -Rp "$tmp/old/store" "$tmp/alone"
chmod 700 "$tmp/alone"
! [ -e "$tmp/alone/audit.db" ]
verdict $? 'it lacks what later stores have'
same 'alone' alone "$tmp/old/export.jsonl"
logs 'alone' alone
[ -e "$tmp/alone/audit.db" ]
verdict $? 'it has become a store of today'
check 'alone' alone

# Nobody has opened it before it is founded.
cp -Rp "$tmp/old/store" "$tmp/a"
mkdir "$tmp/b" "$tmp/c"
chmod 700 "$tmp/a" "$tmp/b" "$tmp/c"
at a group key >"$tmp/out"
for site in b c; do
	cp -p "$tmp/a/earshot.conf" "$tmp/a/secret.key" "$tmp/a/group.key" "$tmp/$site"
done
for site in a b c; do
	printf '[group]\nsite = %s\nsites = %s\n' $site "$sites" >>"$tmp/$site/earshot.conf"
done
at a group found >"$tmp/out" 2>&1 && at b group join >>"$tmp/out" 2>&1 && at c group join >>"$tmp/out" 2>&1
verdict $? 'it becomes the first site of a group' "$tmp/out"
for site in a b c; do start $site; done
until_stat 2 'replica  *0 bytes'
verdict $? 'the others have all of it' "$tmp/out"
for site in a b c; do same "site $site" $site "$tmp/old/export.jsonl"; done
logs 'a replica' c
posts c 'in the group'
stop a KILL
until_stat 1 ' master'
verdict $? 'another one is master when the first has died' "$tmp/out"
posts b 'without the first'
logs 'then' b
start a
until_stat 2 'replica  *0 bytes'
verdict $? 'which comes back' "$tmp/out"
at a export >"$tmp/grown"
[ "$(wc -l <"$tmp/grown")" = $(($(wc -l <"$tmp/old/export.jsonl") + 2)) ]
verdict $? 'there are two more comments' "$tmp/grown"

# Back, at the first site as at another one
for site in a b c; do stop $site; done
for site in a c; do
	sed -i '/^\[group\]/,$d' "$tmp/$site/earshot.conf"
	same "site $site, alone again" $site "$tmp/grown"
	logs "site $site, alone again" $site
	posts $site 'afterwards'
	check "site $site, alone again" $site
done

echo "1..$n"
exit $bad
