#!/bin/sh
# SPDX-License-Identifier: ISC
# The log of changes: what the command line, imports, macros, schedules, deliveries and links
# in mail leave in it, behind a real web server; how it is filtered; undo; many at once.
. "$(dirname "$0")/rig.sh"
home=$tmp/home
export LC_ALL=C.UTF-8 EARSHOT_HOME="$home"
cd "$tmp" || exit 99
earshot()
{
	"$build/src/earshot" "$@"
}

mkdir -m 700 home
port=$(free_port)
printf '[web]\nbase_url = http://127.0.0.1:%s/listen\n[audit]\nbytes = 1M\n' "$port" >home/earshot.conf
chmod 600 home/earshot.conf
earshot init >said || exit 99
key=$(earshot apikey create app --json | sed 's/.*"secret":"\([^"]*\)".*/\1/')
cat >documents <<'END'
{"kind":"project","key":"phone","name":"Phone","statuses":["Open","Closed"]}
{"kind":"team","key":"vip","name":"VIP"}
{"kind":"rank","key":"active","name":"Active","points":5}
{"kind":"user","email":"jim@acme.example","firstName":"Jim","roles":["admin"]}
{"kind":"user","email":"ann@mail.example","firstName":"Ann"}
{"kind":"user","email":"bob@mail.example","firstName":"Bob"}
{"kind":"feedback","id":"1","project":"phone","title":"One","status":"Open","submitter":"ann@mail.example"}
{"kind":"group","key":"usage","name":"Usage","automation":"user","fields":[{"label":"N","parameter":"n","type":"integer"}]}
{"kind":"macro","key":"vip","automation":"user","actions":[{"action":"add-teams","teams":["vip"]},{"action":"add-rank","rank":"active"}]}
{"kind":"macro","key":"points","automation":"user","actions":[{"action":"add-points","points":1},{"action":"add-note","text":"n"}]}
{"kind":"macro","key":"gone","automation":"user","actions":[{"action":"delete-user"}]}
{"kind":"macro","key":"close","automation":"feedback","actions":[{"action":"set-status","status":"Closed"},{"action":"add-teams","to":"submitter","teams":["vip"]}]}
{"kind":"listener","key":"vip","type":"macro","automation":"user","apiKey":"app","macro":"vip","target":{"match":"email","parameter":"email","missing":"create"}}
{"kind":"listener","key":"points","type":"macro","automation":"user","apiKey":"app","macro":"points","target":{"match":"email","parameter":"email"}}
{"kind":"listener","key":"gone","type":"macro","automation":"user","apiKey":"app","macro":"gone","target":{"match":"email","parameter":"email"}}
{"kind":"listener","key":"close","type":"macro","automation":"feedback","apiKey":"app","macro":"close","target":{"match":"id","parameter":"id"}}
{"kind":"listener","key":"talk","type":"comment","automation":"user","apiKey":"app","author":"author","comment":"text","target":{"match":"email","parameter":"email"}}
{"kind":"listener","key":"usage","type":"data","automation":"user","apiKey":"app","group":"usage","target":{"match":"email","parameter":"email"}}
END
earshot apply documents >said || exit 99

# last COLUMNS [OPTION...]: of the newest change
last()
{
	columns=$1
	shift
	earshot audit list --limit 1 --columns "$columns" --csv "$@" | sed -n '2s/\r$//p'
}
count()
{
	earshot audit list --limit 100000 --jsonl "$@" | wc -l
}
# same NAME GOT EXPECTED
same()
{
	printf '     got: %s\nexpected: %s\n' "$2" "$3" >text
	[ "$2" = "$3" ]
	verdict $? "$1" text
}

# ---- the command line
same 'a key and documents from a file' "$(count)" 19
earshot user set ann@mail.example lastName=Ash >said
login=$(id -un)
same 'who, how, what' "$(last who,by.via,change,kind,name,members)" \
    "${SUDO_USER:-$login},command line,changed,user,ann@mail.example,lastName"
earshot audit show last >said
grep -q 'lastName — → Ash' said
verdict $? 'show tells before and after' said
id=$(last id)
earshot audit show "$(printf %s "$id" | cut -c 1-18)" --json | grep -q '"after":{"lastName":"Ash"}'
verdict $? 'or all of it as JSON, by the beginning of its id'
earshot audit undo last --dry-run >said && grep -q 'would be as it was' said
verdict $? 'a dry run of an undo' said
earshot audit undo last >said && grep -q "user ann@mail.example is as it was; to take that back: earshot audit undo" said
verdict $? 'an undo, and how it is taken back' said
same 'is a change itself' "$(last undoes)" "$id"
earshot audit show "$id" | grep -q "undone by $(last id)"
verdict $? 'of which the first one knows'
sh -c "$(sed 's/.*take that back: //; s|^earshot|"$0"|' said)" "$build/src/earshot" >said2
verdict $? 'by the command that it told' said2
same 'and there it is again' "$(earshot user show ann@mail.example --json | grep -c '"lastName":"Ash"')" 1

earshot audit undo "$id" >said 2>&1
verdict $? 'once more' said
earshot audit undo "$id" >said 2>&1
same 'but not twice' "$?" 1
grep -q 'cannot be undone: lastName was changed since' said
verdict $? 'with the reason' said
earshot audit show nothing >said 2>&1
same 'no id' "$?" 2
earshot audit show 01234567-0000-7000-8000-000000000000 >said 2>&1
same 'none of that id' "$?" 1

# ---- imports
printf 'email,firstName\nim1@mail.example,One\nim2@mail.example,Two\nann@mail.example,Anna\n' >users.csv
earshot import users users.csv >said
same 'an import is told as one' "$(last by.via)" import
same 'with a change for each' "$(count --kind user --name im1@mail.example)$(count --kind user --name im2@mail.example)" 11
same 'of which the last is what it changed' "$(last change,name,members)" 'changed,ann@mail.example,firstName'
earshot audit undo "$(last id --kind user --name im2@mail.example)" >said && ! earshot user show im2@mail.example >said2 2>&1
verdict $? 'whose creation is undone' said

# ---- filters
same 'by kind' "$(count --kind macro)" 4
same 'in other words for it' "$(count --kind 'Macro')" 4
same 'by name' "$(count --kind team --name vip)" 1
same 'by project' "$(count --project phone)" 2
same 'by who' "$(count --actor "${SUDO_USER:-$login}")" "$(count)"
same 'by nobody known' "$(count --actor nobody)" 0
same 'by time' "$(count --until 1h)" 0
earshot audit list --name vip >said 2>&1
same 'a name needs a kind' "$?" 2

# ---- deliveries
"$top/examples/serve" lighttpd --port "$port" --home "$home" --bindir "$build/cgi-bin" >served 2>&1 &
server=$!
tries=0
until grep -q 'is ready' served || [ $tries -gt 600 ]; do
	tries=$((tries + 1))
	sleep 0.1
done
# post TYPE KEY BODY
post()
{
	curl -s -m 60 -H "Authorization: Bearer $key" -H 'Content-Type: application/json' -d "$3" \
	    "http://127.0.0.1:$port/listen/$1/$2" >answer
	grep -q '"outcome":"applied"' answer
	verdict $? "a delivery to $2" answer
}
before=$(count)
post comment talk '{"email":"ann@mail.example","author":"jim@acme.example","text":"Hi"}'
post data usage '{"email":"ann@mail.example","n":7}'
post macro points '{"email":"ann@mail.example"}'
same 'comments, values, points and notes by deliveries stand in their own log' "$(count)" "$before"
post macro vip '{"email":"ann@mail.example"}'
delivery=$(earshot delivery list --limit 1 --columns id --csv | sed -n '2s/\r$//p')
same 'what they do to accounts in this, too, without ranks' \
    "$(last who,by.via,by.delivery,by.apiKey,change,kind,name,members)" \
    "vip,delivery,$delivery,app,changed,user,ann@mail.example,teams"
post macro vip '{"email":"ann@mail.example"}'
same 'once: a second time it changes nothing' "$(count --actor vip)" 1
earshot audit undo last >said && ! earshot user show ann@mail.example --json | grep -q '"teams":\["vip"'
verdict $? 'that is undone' said
earshot user show ann@mail.example --json | grep -q '"rank":"active"'
verdict $? 'and the rank stays, of which the log does not tell'
post macro vip '{"email":"new@mail.example"}'
same 'an account that a delivery made' "$(last change --kind user --name new@mail.example):$(count --actor vip)" changed:3
post macro gone '{"email":"new@mail.example"}'
same 'and one that it deleted' "$(last change,kind,who)" 'removed,user,gone'
earshot audit list --jsonl --limit 1000 | grep -q new@mail.example
same 'of which nothing else is left' "$?" 1
earshot feedback set 1 title=Uno status=Open >said
id=$(last id)
post macro close '{"id":"1"}'
same 'of a ticket that a delivery changed only the account of its submitter is told' \
    "$(last who,kind,name,members)" 'close,user,ann@mail.example,teams'
earshot audit undo "$id" >said
verdict $? 'what it has not changed is undone' said
earshot feedback set 1 status=Open >said
id=$(last id)
post macro close '{"id":"1"}'
earshot audit undo "$id" >said 2>&1
grep -q 'status was changed since, by something that this log does not tell of, such as a delivery' said
verdict $? 'what it has changed is not' said

# ---- macros by hand, schedules, links
earshot audit undo "$(last id --kind user)" >said
earshot macro run vip --target bob@mail.example >said
same 'a macro by hand, of which it tells all' "$(last by.via,by.macro,name,members)" \
    'command line,vip,bob@mail.example,"teams, ranks"'
earshot audit undo last >said && ! earshot user show bob@mail.example --json | grep -q '"rank":"active"'
verdict $? 'so that all of it is undone' said
earshot macro run close --target 1 >said
earshot feedback set 1 status=Open >said
earshot macro run close --target 1 >said
same 'on a ticket' "$(last change,name,members --kind feedback)" 'changed,1,status'
earshot macro run points --filter 'user.firstName == "Bob"' >said
same 'on all that match' "$(last by.macro,name,members)" 'points,bob@mail.example,"ranks, notes"'
cat >schedule <<'END'
{"kind":"schedule","key":"nightly","macro":"vip","filter":"user.firstName == 'Bob'","every":"daily","start":"2026-01-01T00:00:00Z"}
END
earshot apply schedule >said 2>&1
verdict $? 'a schedule' said
earshot tick >said 2>&1
same 'what it did is told as its doing' "$(last who,by.macro,name --kind user)" 'nightly,vip,bob@mail.example'

# ---- many at once
writer()
{
	earshot team create "w$1" name=0
	for i in 1 2 3 4 5; do
		earshot team set "w$1" "name=$i"
		earshot team set shared "name=$1-$i"
		earshot audit list --kind team --name "w$1" >/dev/null
	done
	earshot audit undo "$(last id --kind team --name "w$1")"
}
earshot team create shared name=0 >said
for w in 1 2 3 4 5 6; do
	writer $w >"said.$w" 2>&1 &
	writers="${writers-} $!"
done
for pid in $writers; do
	wait "$pid"
	verdict $? 'one of six writers'
done
for w in 1 2 3 4 5 6; do
	same "each of his changes is told, and the last undone" \
	    "$(count --kind team --name w$w):$(earshot team show w$w --json | sed 's/.*"name":"\([^"]*\)".*/\1/')" 7:4
done
earshot audit list --kind team --name shared --limit 100 --columns id --csv | sed -e 1d -e 's/\r$//' |
    while read -r id; do
	earshot audit show "$id" --json
done | python3 -c '
import json, sys
text, decoder, at, entries = sys.stdin.read(), json.JSONDecoder(), 0, []
while text[at:].strip():
	while text[at].isspace(): at += 1
	entry, at = decoder.raw_decode(text, at)
	entries.append(entry)
entries.reverse()
names = ["0"]
for entry in entries[1:]:
	assert entry["before"]["name"] == names[-1], (entry, names)
	names.append(entry["after"]["name"])
assert len(names) == 31 and len(set(names)) == 31, names
print(names[-1])' >chain
verdict $? 'changes of one object by all follow each other, each once' chain
same 'to what it is' "$(earshot team show shared --json | sed 's/.*"name":"\([^"]*\)".*/\1/')" "$(cat chain)"

# ---- its end
awk 'BEGIN { print "email,firstName"; for (i = 0; i < 6000; i++) printf "u%d@mail.example,First%d\n", i, i }' >users.csv
earshot import users users.csv >said
tries=0
until [ "$(count)" -lt 5500 ] || [ $tries -gt 100 ]; do
	earshot tick >said 2>&1
	tries=$((tries + 1))
	sleep 0.1
done
left=$(count)
[ "$left" -lt 5500 ] && [ "$left" -gt 1000 ]
verdict $? "beyond the size that the settings say the oldest go: $left are left"
same 'and the newest stays' "$(last name)" u5999@mail.example
earshot check >said
verdict $? 'check finds the log whole' said
earshot backup "$tmp/backup" >said && mkdir other && earshot --home "$tmp/other/home" restore "$tmp/backup" >said 2>&1
verdict $? 'a backup' said
same 'has it' "$(earshot --home "$tmp/other/home" audit list --limit 100000 --jsonl | wc -l)" "$left"
earshot export | grep -q '"change"'
same 'an export has not' "$?" 1
echo "1..$n"
exit $bad
