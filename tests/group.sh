#!/bin/sh
# SPDX-License-Identifier: ISC
# Three machines as those who run them meet them: how a group is made, what is refused and
# what is said then, how it is watched, and the way back to one machine. What becomes of
# deliveries when sites die is tests/faults/group.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/rig.sh"
. "$(dirname "$0")/sites-rig.sh"
for site in a b c; do mkdir -m 700 "$tmp/$site"; done

says() { at "$1" group stat 2>&1 | grep -q "$2"; }
log_says() { grep -q "$2" "$tmp/$1.log"; }
whole() { [ "$(at "$1" group stat | grep -c ' 0 bytes\|master')" = 3 ]; }
# The command fails and says this
refuses()
{
	words=$1
	shift
	! "$@" >"$tmp/out" 2>&1 && grep -q "$words" "$tmp/out"
}

at a init --demo >"$tmp/key"
refuses 'names no \[group\]' at a group found
verdict $? 'a group needs its settings' "$tmp/out"
start a
until_good at a stat
refuses 'this store is alone' at a group stat
verdict $? 'a store that is alone has no group to show' "$tmp/out"
stop a
for site in a b c; do
	printf '[group]\nsite = %s\nsites = %s\n' $site "$sites" >"$tmp/$site/earshot.conf"
done
refuses 'no .*/group.key' at a group found
verdict $? 'and a key' "$tmp/out"
at a user list >"$tmp/out" 2>&1
verdict $? 'with [group] in its settings a store that is no site yet is used as before' "$tmp/out"
start a
until_good log_says a 'belongs to none.*group found.*group join'
verdict $? 'the daemon does not open a store that belongs to no group, and says what to do' "$tmp/a.log"
stop a
at a group key >"$tmp/out" && [ "$(stat -c %a:%s "$tmp/a/group.key")" = 600:32 ]
verdict $? 'the key is made, closed to others' "$tmp/out"
refuses 'is there already' at a group key
verdict $? 'and not made twice' "$tmp/out"
at a group found >"$tmp/out" 2>&1
verdict $? 'a store becomes that of a new group' "$tmp/out"
refuses 'is a member of a group already' at a group found
verdict $? 'once' "$tmp/out"
refuses 'earshotd runs here' at a user list
verdict $? 'then only the daemon opens it' "$tmp/out"
refuses 'is a member of a group already' at a group join
verdict $? 'and joins none' "$tmp/out"

# Who is not taken
head -c 32 /dev/urandom >"$tmp/b/group.key"
chmod 600 "$tmp/b/group.key"
cp -p "$tmp/a/secret.key" "$tmp/b"
at b group join >"$tmp/out" 2>&1
verdict $? 'an empty home joins' "$tmp/out"
start a
start b
until_good log_says b 'site a: it hung up before it had shown that it has our group.key'
verdict $? 'another group.key is refused, at the one side' "$tmp/b.log"
until_good log_says a 'does not have our group.key'
verdict $? 'and at the other' "$tmp/a.log"
until_good says b 'a  .*away: it hung up'
verdict $? 'stat says why' "$tmp/b.log"
stop b
cp -p "$tmp/a/group.key" "$tmp/b"
head -c 32 /dev/urandom >"$tmp/b/secret.key"
start b
until_good log_says a 'site b: its secret.key is not ours\|secret.key is not ours'
verdict $? 'another secret.key is refused' "$tmp/a.log"
stop b
cp -p "$tmp/a/secret.key" "$tmp/b"
sed "s/, c .*/, c 127.0.0.1:1/" "$tmp/a/earshot.conf" | sed 's/site = a/site = b/' >"$tmp/b/earshot.conf"
start b
until_good log_says b 'other sites, or another log_file_bytes'
verdict $? 'so are other sites' "$tmp/b.log"
stop b
printf '[group]\nsite = b\nsites = %s\n' "$sites" >"$tmp/b/earshot.conf"

refuses 'too few machines of the group have it' timeout 20 earshot --home "$tmp/a" \
    user set 1 firstName=Nobody
verdict $? 'alone the first site acknowledges nothing' "$tmp/out"
printf 'project,title\nphone,Sent once\n' >"$tmp/tickets.csv"
refuses 'no answer came.* up to line 2, either all or none' at a import feedback "$tmp/tickets.csv"
verdict $? 'an import is not sure either, and says of what' "$tmp/out"
start b
until_good says a 'b .*replica'
verdict $? 'the second site is there' "$tmp/a.log"
at b user set 1 firstName=Somebody >"$tmp/out" 2>&1
verdict $? 'and a change is acknowledged, at whichever site it is made' "$tmp/out"
at b feedback list --filter "feedback.title == 'Sent once'" --jsonl | grep -c . >"$tmp/out"
[ "$(cat "$tmp/out")" = 1 ] && at b import feedback "$tmp/tickets.csv" --after 2 >"$tmp/out"
grep -q '^0 created' "$tmp/out"
verdict $? 'one looks, and goes on behind it' "$tmp/out"
at a stat --json | grep -q 'c is away or behind'
verdict $? 'stat tells that one is away'
at b stat --prometheus | grep -q 'earshot_group_in_step{site="c",role="replica"} 0'
verdict $? 'metrics do, too'
for file in group.key secret.key; do cp -p "$tmp/a/$file" "$tmp/c"; done
at c group join >"$tmp/out" 2>&1
# Who calls and says nothing, on as many connections as a site keeps of strangers, anew at once
cat >"$tmp/strangers" <<'END'
import re, select, socket, sys, time

ports = [int(port) for port in re.findall(r":(\d+)", sys.argv[1])[:2]]
calls = {(port, n): None for port in ports for n in range(17)}
told = False
while True:
    for (port, n), call in calls.items():
        if call is not None and select.select([call], [], [], 0)[0]:
            try:
                gone = not call.recv(4096)
            except OSError:
                gone = True
            if gone:
                call.close()
                call = None
        if call is None:
            call = socket.create_connection(("127.0.0.1", port))
        calls[port, n] = call
    if not told:
        print("held", flush=True)
    told = True
    time.sleep(0.005)
END
python3 "$tmp/strangers" "$sites" >"$tmp/held" 2>&1 &
server=$!
until_good grep -q held "$tmp/held"
start c
until_good whole a && kill -0 "$server"
verdict $? 'with the third the group is whole, though strangers hold all the connections that they get' "$tmp/out"
kill "$server"
server=
nothing_amiss() { at c stat --json | grep -q '"problems":\[\]'; }
until_good nothing_amiss
verdict $? 'and nothing is amiss'
[ "$(at a user show 1 --json)" = "$(at c user show 1 --json)" ]
verdict $? 'all three show the same'

# Who is master
refuses 'this site is not the master, that is a' at b group yield
verdict $? 'only a master can yield' "$tmp/out"
refuses 'backup is for the machine of the master, site a' at b backup "$tmp/copy"
verdict $? 'a backup is for the machine of the master' "$tmp/out"
at a backup "$tmp/copy-a" >"$tmp/out" 2>&1
verdict $? 'and is made there' "$tmp/out"
at a group yield >"$tmp/out" 2>&1 && until_good says a 'a .*replica' && until_good says a '^[abc] .* master'
verdict $? 'the master yields, and one is elected' "$tmp/out"
at a user set 1 lastName=Else >"$tmp/out" 2>&1
verdict $? 'which writes' "$tmp/out"

# A home that was founded anew is another group's.
stop a
rm "$tmp/a/group.member"
at a group found >"$tmp/out" 2>&1
start a
until_good log_says b 'it belongs to another group'
verdict $? 'a home that was founded anew is refused' "$tmp/b.log"
refuses 'too few machines' timeout 20 earshot --home "$tmp/a" user set 1 lastName=Split
verdict $? 'and acknowledges nothing' "$tmp/out"
stop a
refuses 'has a store' sh -c "rm $tmp/a/group.member && earshot --home $tmp/a group join"
verdict $? 'nor can it join with what it has' "$tmp/out"
(cd "$tmp/a" && rm -f ./*.db log.* __db* witness group.member owner.lock)
at a group join >"$tmp/out" 2>&1
start a
until_good whole b || until_good whole c
verdict $? 'but with an empty home' "$tmp/out"
at a user show 1 | grep -q Else
verdict $? 'it has what the group has'

# Lost by all: restored files of yesterday under the witness of today
for site in a b c; do stop $site; done
for site in a b c; do
	mkdir "$tmp/old-$site"
	cp -p "$tmp/$site"/*.db "$tmp/$site"/log.* "$tmp/old-$site"
done
for site in a b c; do start $site; done
until_good whole a || until_good whole b || until_good whole c
key=$(sed -n 's/.*\(ear_[A-Za-z0-9]*\).*/\1/p' "$tmp/key" | head -1)
# Each site has told somebody that it is done
for site in a b c; do posts $site 'to be lost'; done
for site in a b c; do stop $site; done
for site in a b c; do
	rm -f "$tmp/$site"/*.db "$tmp/$site"/log.* "$tmp/$site"/__db*
	cp -p "$tmp/old-$site"/* "$tmp/$site"
	start $site
done
until_good grep -q 'the group is not served: delivery .* was acknowledged but is not in the store' \
    "$tmp/a.log" "$tmp/b.log" "$tmp/c.log"
verdict $? 'a master that lacks what was acknowledged serves nobody' "$tmp/a.log"
refuses 'was acknowledged but is not in the store' at c stat
verdict $? 'and every site says so' "$tmp/out"
for site in a b c; do stop $site; done
for site in a b c; do at $site check --accept-loss >"$tmp/out" 2>&1; done
for site in a b c; do start $site; done
until_good at a stat
verdict $? 'until the loss is accepted by hand' "$tmp/out"

# Back to one machine
for site in a b c; do stop $site; done
sed -i '/group/,$d' "$tmp/b/earshot.conf"
at b user set 1 lastName=Alone >"$tmp/out" 2>&1 && grep -q 'leaves the group' "$tmp/out"
verdict $? 'without [group] the store goes on alone, and has left its group' "$tmp/out"
at b user show 1 | grep -q Alone
verdict $? 'with all that it had'
printf '[group]\nsite = b\nsites = %s\n' "$sites" >"$tmp/b/earshot.conf"
start b
until_good log_says b 'belongs to none.*group join'
verdict $? 'and does not come back with what it wrote alone' "$tmp/b.log"

echo "1..$n"
exit $bad
