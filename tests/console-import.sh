#!/bin/sh
# SPDX-License-Identifier: ISC
# Files of users and tickets in the console by curl, as a browser without script has it: what
# they would do is told first, row by row; then they are imported, by many people at once, over
# owners that are killed, and while deliveries go on; and files that are none, or mean harm.
# Named a server and a mode of examples/serve, it is a file behind that alone.
. "$(dirname "$0")/rig.sh"
. "$(dirname "$0")/console-rig.sh"

settings <<-EOF
	[console]
	address = $url
EOF
start
wide()
{
	python3 -c 'print("email," + ",".join("c%d" % i for i in range('"$1"'))); print("a@b.example")'
}

sign_in jim@acme.example
csrf=$(csrf)
printf 'Mail,firstName,lastName,fields.Plan,score\nann@mail.example,Annette,,pro,3\nnew@mail.example,New,"One, ""two""",,\nbad,Bad,One,,\n' >"$tmp/a.csv"

if [ -n "$mode" ]; then
	sends 'a file' user "$tmp/a.csv"
	has 'a column that is not known' 'unknown column &quot;Mail&quot;'
	python3 -c 'print("email,firstName")
for i in range(100000): print("user%d@mail.example,%s" % (i, "n" * 100))' >"$tmp/large.csv"
	sends 'one of 12 MB' user "$tmp/large.csv"
	is 'is whole' 100000 "$(tile 'would be new')"
	python3 -c 'print("email,firstName")
for i in range(160000): print("user%d@mail.example,%s" % (i, "n" * 100))' >"$tmp/large.csv"
	page /imports -F "csrf=$csrf" -F key=large -F kind=user -F "file=@$tmp/large.csv"
	sed -n '1s/^HTTP[^ ]* \([0-9]*\).*/\1/p' "$tmp/page" | grep -qx 413
	verdict $? 'one of 19 MB is refused' "$tmp/page"
	echo "1..$n"
	exit $bad
fi

# ---- it is looked at first

answers 'the page' 200 /imports
has 'has a form for a file' 'enctype="multipart/form-data"'
has 'says how large it may be' 'At most 16.0 MiB'
has 'and what it changes' 'nobody is removed who is not in it'
sends 'a file' user "$tmp/a.csv"
has 'a column that is not known' 'unknown column &quot;Mail&quot;; did you mean &quot;email&quot;?'
has 'is to be chosen' '<option value="Mail" selected>Choose what it is</option>'
has 'one that is derived is passed over' 'the column &quot;score&quot; is passed over'
lacks 'it cannot be begun' '/start"'
answers 'not by hand, either' 422 "$to/start" -d "csrf=$csrf"
has 'which is told' 'cannot be read: say what its columns are'
answers 'columns are chosen' 303 "$to/check" -d "csrf=$csrf" -d column/0=email \
    -d column/1=firstName -d column/2=lastName -d column/3=fields.Plan -d column/4=-
comes 'it is looked at again' checked "$to"
is 'one would be new' 1 "$(tile 'would be new')"
is 'one would change' 1 "$(tile 'would change')"
is 'one would be refused' 1 "$(tile 'would be refused')"
has 'with the reason' '<td data-label="Line">4</td><td data-label="Reason">&quot;email&quot; must be an e-mail address'
has 'what would change, by member' '<div class="why">firstName: Ann → Annette</div>'
has 'a field of its own, too' 'fields.Plan: – → pro'
lacks 'what the file does not have, or has empty, stays' 'lastName: Lee'
has 'the cells as they stand' '<span class="cell">One, &quot;two&quot;</span>'
has 'the button has the numbers' 'Import it: 1 new, 1 changed'
earshot user show new@mail.example >"$tmp/said" 2>&1
verdict $((! $?)) 'nothing is done yet' "$tmp/said"
imports 'it'
is 'one is new' 1 "$(tile new)"
is 'one has changed' 1 "$(tile changed)"
earshot export user >"$tmp/users"
grep '"ann@mail.example"' "$tmp/users" >"$tmp/now"
grep -q '"firstName":"Annette","lastName":"Lee"' "$tmp/now" && grep -q '"Plan":"pro"' "$tmp/now"
verdict $? 'as it was told, and nothing else' "$tmp/now"
answers 'twice' 303 "$to/start" -d "csrf=$csrf"
comes 'changes nothing' done "$to"
is 'it is as it was' 1 "$(tile new)"
answers 'what was refused, as a file' 200 "$to/refused.csv"
has 'to be saved' 'Content-Disposition: attachment; filename="refused.csv"'
has 'with the names of columns' 'line,reason,Mail,firstName,lastName,fields.Plan,score'
has 'and the row behind its reason' '4,"""email"" must be an e-mail address such as ann@mail.example",bad,Bad,One,,'
answers 'the list' 200 /imports
has 'has it' '>a.csv</a>'
answers 'it is forgotten' 303 "$to/drop" -d "csrf=$csrf"
answers 'and gone' 404 "$to"
printf 'email,firstName\r\nbad,=1+1\r\n' >"$tmp/f.csv"
sends 'a formula' user "$tmp/f.csv"
answers 'that is refused' 200 "$to/refused.csv"
has 'is none in the file' ",bad,'=1+1"
answers 'it is thrown away' 303 "$to/drop" -d "csrf=$csrf"

# An empty cell takes away what is stored, if that is asked for; and the same form twice is one.
printf 'email;firstName\r\nann@mail.example;\r\n' >"$tmp/b.csv"
answers 'a file' 303 /imports -F "csrf=$csrf" -F key=twice -F kind=user -F clear=1 -F "file=@$tmp/b.csv"
to=$(leads_to)
answers 'sent twice' 303 /imports -F "csrf=$csrf" -F key=twice -F kind=user -F clear=1 -F "file=@$tmp/b.csv"
is 'is one' "$to" "$(leads_to)"
answers 'another file in the same form' 303 /imports -F "csrf=$csrf" -F key=twice -F kind=user \
    -F "file=@$tmp/a.csv"
[ "$to" != "$(leads_to)" ]
verdict $? 'is another one' "$tmp/page"
page "$(leads_to)/drop" -d "csrf=$csrf"
comes 'empty cells' checked "$to"
has 'clear' 'firstName: Annette → –'
answers 'unless one has it otherwise' 303 "$to/check" -d "csrf=$csrf" -d encoding=
comes 'looked at again' checked "$to"
has 'then nothing is left to do' 'There is nothing to import'

# ---- what is no file, or none of ours

answers 'no file' 422 /imports -F "csrf=$csrf" -F key=none -F kind=user
has 'is told' 'Choose a file'
: >"$tmp/empty"
answers 'an empty file' 422 /imports -F "csrf=$csrf" -F key=none -F kind=user -F "file=@$tmp/empty"
has 'is told' 'The file is empty'
answers 'a kind that is none' 422 /imports -F "csrf=$csrf" -F key=none -F kind=macro -F "file=@$tmp/a.csv"
has 'is told' 'Only users, feedback and values can be imported'
answers 'an encoding that is none' 422 /imports -F "csrf=$csrf" -F key=none -F kind=user \
    -F encoding=nonsense -F "file=@$tmp/a.csv"
has 'is told' 'There is no encoding'
answers 'a token of somebody else' 403 /imports -F csrf=none -F kind=user -F "file=@$tmp/a.csv"
answers 'from another page' 403 /imports -H 'Origin: https://evil.example' -F "csrf=$csrf" \
    -F kind=user -F "file=@$tmp/a.csv"
answers 'a form without files' 415 /imports -d "csrf=$csrf" -d kind=user
answers 'files for another page' 415 /macros/run -F "csrf=$csrf" -F "file=@$tmp/a.csv"
# Of a body by hand: a name, then its lines, with CR LF
by_hand()
{
	name=$1 type=$2 status=$3
	shift 3
	printf '%s\r\n' "$@" >"$tmp/body"
	answers "$name" "$status" /imports -H "Content-Type: $type" --data-binary "@$tmp/body"
}
by_hand 'no boundary' 'multipart/form-data' 400 --x
by_hand 'a boundary that is too long' "multipart/form-data; boundary=$(printf '%080d' 0)" 400 --x
by_hand 'a boundary that does not come' 'multipart/form-data; boundary=x' 400 --y '' ''
by_hand 'a part without an end' 'multipart/form-data; boundary=x' 400 --x \
    'Content-Disposition: form-data; name="csrf"' '' "$csrf"
by_hand 'a part without a name' 'multipart/form-data; boundary=x' 400 --x \
    'Content-Disposition: form-data; filename="a.csv"' '' email --x--
by_hand 'two names' 'multipart/form-data; boundary=x' 400 --x \
    'Content-Disposition: form-data; name="a"; name="csrf"' '' "$csrf" --x--
by_hand 'a part in base64' 'multipart/form-data; boundary=x' 400 --x \
    'Content-Disposition: form-data; name="csrf"' 'Content-Transfer-Encoding: base64' '' "$csrf" --x--
by_hand 'two tokens' 'multipart/form-data; boundary=x' 403 --x \
    'Content-Disposition: form-data; name="csrf"' '' "$csrf" --x \
    'Content-Disposition: form-data; name="csrf"' '' "$csrf" --x--
by_hand 'the boundary in a cell, with more behind it' 'multipart/form-data; boundary=x' 400 --x \
    'Content-Disposition: form-data; name="csrf"' '' "$csrf" --x \
    'Content-Disposition: form-data; name="kind"' '' user --x \
    'Content-Disposition: form-data; name="file"; filename="a"' '' email --xyz --x--
by_hand 'a name with a path, and script' 'multipart/form-data; boundary=x' 303 --x \
    'Content-Disposition: form-data; name="csrf"' '' "$csrf" --x \
    'Content-Disposition: form-data; name="kind"' '' user --x \
    'Content-Disposition: form-data; name="key"' '' path --x \
    'Content-Disposition: form-data; name="file"; filename="..\\..\\<script>alert(1)</script>.csv"' '' \
    'email' '=cmd@mail.example' --x--
to=$(leads_to)
page "$to"
lacks 'does no harm' '<script>alert'
has 'it is shown as it is' 'script&gt;.csv</h1>'
answers 'and goes' 303 "$to/drop" -d "csrf=$csrf"
page /imports
for gone in $(grep -o '/imports/[0-9a-f-]\{36\}' "$tmp/page" | sort -u); do
	page "$gone/drop" -d "csrf=$csrf"
done

# hostile NAME FILE WORDS: it is told what is wrong, and nothing ends
hostile()
{
	sends "$1" user "$2"
	has 'is told' "$3"
	answers 'and thrown away' 303 "$to/drop" -d "csrf=$csrf"
}
printf 'email,firstName\nnul@mail.example,a\0b\n' >"$tmp/h"
hostile 'NUL' "$tmp/h" 'NUL'
printf 'email\nlast@mail.example' >"$tmp/h"
hostile 'no line break at the end' "$tmp/h" 'Import it: 1 new'
printf '\357\273\277email\nbom@mail.example\n' >"$tmp/h"
hostile 'a byte order mark' "$tmp/h" 'Import it: 1 new'
printf 'email;lastName\nu16@mail.example;M\303\274ller\n' | iconv -f UTF-8 -t UTF-16 >"$tmp/h"
hostile 'UTF-16' "$tmp/h" '<span class="cell">Müller</span>'
printf 'email,lastName\na@mail.example,M\374ller\n' >"$tmp/h"
hostile 'Windows-1252 that was not named' "$tmp/h" 'not UTF-8 at the byte 0xfc'
printf 'email,lastName\na@mail.example,"open\nb@mail.example,x\n' >"$tmp/h"
hostile 'a quotation mark that is open' "$tmp/h" 'the quotation mark that closes a cell is missing'
python3 -c 'print("email,lastName"); print("a@mail.example," + "x" * 2000000)' >"$tmp/h"
hostile 'a huge field' "$tmp/h" 'the row is longer than 1048576 bytes'
python3 -c 'print("email,fields.x"); print("a@mail.example," + "x" * 1000000)' >"$tmp/h"
hostile 'a field that is too long to store' "$tmp/h" 'Would be refused'
wide 1000000 >"$tmp/h"
hostile 'a million columns' "$tmp/h" 'the row is longer than 1048576 bytes'
wide 100000 >"$tmp/h"
hostile 'a hundred thousand' "$tmp/h" 'the file has 100001 columns; at most 1000 can be read'
wide 999 >"$tmp/h"
hostile 'a thousand that are not known' "$tmp/h" 'are read by their names'
head -c 300000 /dev/urandom >"$tmp/h"
hostile 'no text at all' "$tmp/h" 'It cannot be imported so.'
python3 -c 'print("email,firstName")
print("x@mail.example,<img src=x onerror=alert(1)>\u202e")
print("<b>@x,y")' >"$tmp/h"
hostile 'HTML' "$tmp/h" '&lt;img src=x onerror=alert(1)&gt;\xe2\x80\xae'
printf 'a\n' >"$tmp/h"
i=0
while [ $i -lt 5 ]; do
	i=$((i + 1))
	answers "file $i waits" 303 /imports -F "csrf=$csrf" -F "key=wait$i" -F kind=user -F "file=@$tmp/h"
	leads_to >>"$tmp/waiting"
done
answers 'one more' 422 /imports -F "csrf=$csrf" -F key=wait6 -F kind=user -F "file=@$tmp/h"
has 'is not taken' '5 files of yours wait already'
while read -r path; do
	page "$path/drop" -d "csrf=$csrf"
done <"$tmp/waiting"

# ---- who may

cat >"$tmp/more.jsonl" <<-'EOF'
	{"kind":"user","email":"pam@acme.example","roles":["tester"]}
	{"kind":"user","email":"vic@acme.example","roles":["viewer"]}
	{"kind":"project","key":"phone","managers":["pam@acme.example"]}
EOF
earshot apply "$tmp/more.jsonl" >"$tmp/said" 2>&1
verdict $? 'managers' "$tmp/said"
sends 'a file of an admin' user "$tmp/b.csv"
others=$to
sign_in pam@acme.example
csrf=$(csrf)
answers 'is not for the manager of a project' 404 "$others"
answers 'nor is what was refused' 404 "$others/refused.csv"
answers 'nor is to begin it' 404 "$others/start" -d "csrf=$csrf"
sends 'a file of people' user "$tmp/b.csv"
has 'is none that he may import' 'needs the right to change the community; pam@acme.example is manager of phone'
answers 'and goes' 303 "$to/drop" -d "csrf=$csrf"
earshot feedback list --filter "feedback.project != 'phone'" --jsonl --columns id,project --limit 1 >"$tmp/row"
other=$(sed 's/.*"id":"\([^"]*\)".*/\1/' "$tmp/row")
printf 'id,project,title\n,phone,A new one\n,watch,Of another\n%s,,Taken over\n' "$other" >"$tmp/t.csv"
sends 'tickets' feedback "$tmp/t.csv"
is 'those of his project' 1 "$(tile 'would be new')"
is 'and no others' 2 "$(tile 'would be refused')"
imports 'it'
is 'one is new' 1 "$(tile new)"
is 'two are refused' 2 "$(tile refused)"
sign_in vic@acme.example
csrf=$(csrf)
answers 'a viewer' 200 "$to"
lacks 'only looks' 'Forget this import'
answers 'and sends none' 403 /imports -F "csrf=$csrf" -F kind=user -F "file=@$tmp/b.csv"
answers 'nor begins one' 403 "$others/start" -d "csrf=$csrf"

# ---- in company, and over owners that are killed

people='1 2 3 4'
for i in $people; do
	printf '{"kind":"user","email":"mate%s@acme.example","roles":["manager"]}\n' "$i"
done | earshot apply - >"$tmp/said" 2>&1
for i in $people; do
	sign_in "mate$i@acme.example"
	mv "$jar" "$tmp/jar.$i"
	python3 - "$i" >"$tmp/mine.$i" <<-'EOF'
		import sys
		who = int(sys.argv[1])
		print("project,title,type")
		for i in range(3000 + who):
		    print(",Of nobody %d" % i if i % 10 == 0 else "phone,Mate %d has ticket %d," % (who, i))
	EOF
done
# mate N: sends a file, and imports it; what is not as it should be is told
mate()
{
	mine=$tmp/mate.$1
	token= place= tried=0
	while [ -z "$token" ] && [ $tried -lt 300 ]; do
		tried=$((tried + 1))
		sleep 0.1
		token=$(curl -s -m 60 -b "$tmp/jar.$1" "$url/you" |
		    sed -n 's/.*name="csrf" value="\([^"]*\)".*/\1/p' | head -n 1)
	done
	tried=0
	# Where an owner that is killed is the console itself the web server answers 5xx.
	while [ -z "$place" ] && [ $tried -lt 100 ]; do
		tried=$((tried + 1))
		sleep 0.1
		place=$(curl -s -m 60 -b "$tmp/jar.$1" -o "$mine" -w '%{redirect_url}' -F "csrf=$token" \
		    -F key=mine -F kind=feedback -F "file=@$tmp/mine.$1" "$url/imports")
	done
	for state in checked done; do
		wait_for=0
		until curl -s -m 60 -b "$tmp/jar.$1" "$place" >"$mine" && grep -q "state $state\"" "$mine" ||
		    [ $wait_for -gt 600 ]; do
			wait_for=$((wait_for + 1))
			sleep 0.1
		done
		grep -q "<p class=\"help\">Tickets, .*, sent by mate$1@acme.example.</p>" "$mine" ||
		    { echo "mate$1, $state:"; cat "$mine"; } >>"$tmp/wrong"
		tried=0
		[ $state = done ] || until [ "$(curl -s -m 60 -o "$mine" -w '%{http_code}' \
		    -b "$tmp/jar.$1" -d "csrf=$token" "$place/start")" = 303 ] || [ $tried -gt 300 ]; do
			tried=$((tried + 1))
			sleep 0.1
		done
	done
	grep -o '<dt>new</dt><dd>[0-9,]*' "$mine" | tr -cd '0-9\n' >"$tmp/new.$1"
	grep -o '<dt>refused</dt><dd>[0-9,]*' "$mine" | tr -cd '0-9\n' >"$tmp/refused.$1"
}
: >"$tmp/wrong"
mates=
for i in $people; do
	mate "$i" &
	mates="$mates $!"
done
for i in 1 2 3 4; do
	sleep 0.4
	kills "owner $i"
done
# shellcheck disable=SC2086 # process ids
wait $mates
served
[ ! -s "$tmp/wrong" ]
verdict $? 'each has seen his own file' "$tmp/wrong"
for i in $people; do
	refused=$(((3000 + i + 9) / 10))
	is "mate $i: refused" "$refused" "$(cat "$tmp/refused.$i")"
	is "mate $i: new" $((3000 + i - refused)) "$(cat "$tmp/new.$i")"
	earshot feedback list --filter "feedback.title.startsWith('Mate $i has')" --jsonl --columns title |
	    sort >"$tmp/titles"
	sort -u "$tmp/titles" | wc -l >"$tmp/count"
	is "mate $i: each ticket is there" $((3000 + i - refused)) "$(cat "$tmp/count")"
	is "mate $i: once" "$(cat "$tmp/count")" "$(wc -l <"$tmp/titles")"
done

# ---- a large one, while deliveries go on

python3 -c 'print("email,firstName,lastName,fields.plan")
for i in range(100000): print("crowd%d@mail.example,First%d,Last,plan%d" % (i, i, i % 7))' >"$tmp/large.csv"
cat >"$tmp/deliver.py" <<-'EOF'
	import http.client, json, sys, time
	port, key, until = int(sys.argv[1]), sys.argv[2], sys.argv[3]
	import os
	took, bad = [], 0
	connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
	while not os.path.exists(until):
	    began = time.monotonic()
	    connection.request("POST", "/listen/data/usage", json.dumps({"email": "ann@mail.example",
	        "launches": len(took)}), {"Authorization": "Bearer " + key, "Content-Type": "application/json"})
	    answer = connection.getresponse()
	    bad += json.loads(answer.read()).get("outcome") != "applied"
	    took.append(time.monotonic() - began)
	    time.sleep(0.002)
	took.sort()
	print("%d deliveries, %d not applied; ms: median %.1f, 99 %% %.1f, longest %.1f" % (len(took), bad,
	    1e3 * took[len(took) // 2], 1e3 * took[len(took) * 99 // 100], 1e3 * took[-1]))
	sys.exit(bad > 0)
EOF
sign_in jim@acme.example
csrf=$(csrf)
began=$(date +%s)
python3 "$tmp/deliver.py" "$port" "$key" "$tmp/enough" >"$tmp/delivered" 2>&1 &
deliverer=$!
sends 'a hundred thousand rows' user "$tmp/large.csv"
is 'all would be new' 100000 "$(tile 'would be new')"
looked=$(date +%s)
imports 'it'
: >"$tmp/enough"
wait $deliverer
verdict $? 'deliveries were all applied meanwhile' "$tmp/delivered"
echo "# looked at in $((looked - began)) s, imported in $(($(date +%s) - looked)) s; meanwhile $(cat "$tmp/delivered")"
is 'all are new' 100000 "$(tile new)"
earshot user list --filter "user.email.startsWith('crowd')" --jsonl --columns id | wc -l >"$tmp/count"
is 'they are there' 100000 "$(cat "$tmp/count")"

# ---- stopped

sed 's/,Last,/,Other,/' "$tmp/large.csv" >"$tmp/other.csv"
sends 'another' user "$tmp/other.csv"
is 'would change all' 100000 "$(tile 'would change')"
answers 'it is begun' 303 "$to/start" -d "csrf=$csrf"
answers 'and stopped' 303 "$to/stop" -d "csrf=$csrf"
comes 'it' stopped "$to"
one=$(tile changed)
[ "$one" -lt 100000 ]
verdict $? "before it was done: $one"
sleep 1
page "$to"
is 'nothing more is done' "$one" "$(tile changed)"

stop
earshot check >"$tmp/said" 2>&1
verdict $? 'the store is as it should be' "$tmp/said"
echo "1..$n"
exit $bad
