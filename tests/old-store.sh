#!/bin/sh
# SPDX-License-Identifier: ISC
# A store of format 1, from before groups and the log of changes, as it was while its owner
# served: it is opened by whoever comes, becomes the first site of a group, and goes back to
# one machine, and nothing of it is lost. tests/old-store.tar.gz has it, and beside it what its
# own programs exported, the ids in its logs, and its API key. Its times are kept out of the
# way by its [retention].
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/rig.sh"
. "$(dirname "$0")/sites-rig.sh"

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
check()
{
	at "$2" check >"$tmp/out" 2>&1
	verdict $? "$1: check finds nothing amiss" "$tmp/out"
}

mkdir "$tmp/old" && tar -C "$tmp/old" -xzf "$top/tests/old-store.tar.gz" || exit 99
key=$(cat "$tmp/old/api-key")

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
until_stat 1 '^[bc] .* master'
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
