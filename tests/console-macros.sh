#!/bin/sh
# SPDX-License-Identifier: ISC
# Macros by hand in the console by curl, as a browser without script has it: on some that were
# chosen, on all of a filter; what it would do first; that it goes on without the browser and
# over owners that are killed, applies to each once, and can be stopped; and who may.
. "$(dirname "$0")/rig.sh"
. "$(dirname "$0")/console-rig.sh"

settings <<-EOF
	[console]
	address = $url
EOF
start
# ended NAME PATH: the run is over; its page is the last one
ended()
{
	tries=0
	page "$2"
	while ! grep -q 'class="state \(done\|failed\|stopped\)"' "$tmp/page" && [ $tries -lt 600 ]; do
		tries=$((tries + 1))
		sleep 0.1
		page "$2"
	done
	grep -q 'class="state done"' "$tmp/page"
	verdict $? "$1 is done" "$tmp/page"
}
users()
{
	earshot user list --jsonl --columns email,score "$@" | sort
}

cat >"$tmp/more.jsonl" <<-'EOF'
	{"kind":"user","email":"pam@acme.example","roles":["tester"]}
	{"kind":"user","email":"vic@acme.example","roles":["viewer"]}
	{"kind":"project","key":"phone","managers":["pam@acme.example"]}
	{"kind":"macro","key":"point","name":"A point","automation":"user","actions":[{"action":"add-points","points":1}]}
	{"kind":"macro","key":"close","name":"Close","project":"phone","automation":"feedback","actions":[{"action":"set-status","status":"Closed"}]}
EOF
earshot apply "$tmp/more.jsonl" >"$tmp/said" 2>&1
verdict $? 'macros and managers' "$tmp/said"
sign_in jim@acme.example
csrf=$(csrf)

# ---- what it would do

answers 'the page, of nothing' 200 /macros/run
has 'asks for a macro' '<option value="">Choose one</option>'
has 'names them' '<option value="point">A point</option>'
lacks 'of users alone' 'phone/close'
answers 'of tickets' 200 '/macros/run?automation=feedback'
has 'those of tickets, with the project' '<option value="phone/close">Close (phone)</option>'
answers 'a macro that there is not' 422 '/macros/run?automation=user&macro=none&filter=true'
has 'is told' 'There is no macro &quot;none&quot; for users.'
answers 'a filter that is wrong' 200 '/macros/run?automation=user&macro=point&filter=user.nothing+%3D%3D+1'
has 'is told' 'nothing'
lacks 'and begins nothing' 'name="key"'
answers 'a filter that nobody matches' 200 '/macros/run?automation=user&macro=point&filter=user.score+%3E+100000'
has 'is told' 'Nobody is like that'
answers 'a filter' 200 '/macros/run?automation=user&macro=point&filter=user.score+%3E%3D+0'
count=$(sed -n 's/.*<strong>\([0-9]*\)<\/strong> users match now.*/\1/p' "$tmp/page")
has 'the button names the number' "Run it on $count users</button>"
has 'what each action would do' '<div>add-points: score '
is 'as many as the command line finds' "$(users --filter 'user.score >= 0' | wc -l)" "$count"
users >"$tmp/scores"

# The filter as rows, as a browser without script sends it.
answers 'rows of a filter' 200 '/macros/run?automation=user&macro=point&filter=user.score+%3E%3D+5'
has 'are those of the filter' '<option value="user.score" selected>'
has 'with its value' 'name="filter/0/value" value="5"'
rows="-d filter/as=rows -d filter/all=all -d filter/0/field=user.score -d filter/0/is=at-least -d filter/0/value=5"
# shellcheck disable=SC2086 # words
answers 'one more' 200 /macros/choose -d "csrf=$csrf" -d automation=user -d macro=point $rows -d ask=filter-add
has 'is added' 'name="filter/1/field"'
has 'the macro stays chosen' '<option value="point" selected>'
lacks 'and nothing is begun' 'name="key"'
# shellcheck disable=SC2086
answers 'how many they are' 200 /macros/choose -d "csrf=$csrf" -d automation=user -d macro=point $rows -d ask=count
is 'is counted' "$(users --filter 'user.score >= 5' | wc -l)" \
    "$(sed -n '/id="matching"/,/<\/div>/s/.*<strong>\([0-9]*\)<.*/\1/p' "$tmp/page")"
# shellcheck disable=SC2086
answers 'they are chosen' 303 /macros/choose -d "csrf=$csrf" -d automation=user -d macro=point $rows
is 'by their filter' '/macros/run?automation=user&macro=point&filter=user.score%20%3E%3D%205' "$(leads_to)"
answers 'without a condition' 303 /macros/choose -d "csrf=$csrf" -d automation=user -d macro=point -d filter/as=rows
is 'it is for all' '/macros/run?automation=user&macro=point&filter=true' "$(leads_to)"
answers 'a row that says nothing' 422 /macros/choose -d "csrf=$csrf" -d automation=user -d macro=point -d filter/as=rows \
    -d filter/0/field=user.score -d filter/0/is=at-least -d filter/0/value=much
has 'its link leads to it' '<a href="#f-filter-0-value">'
answers 'no macro' 422 /macros/choose -d "csrf=$csrf" -d automation=user -d macro= -d filter/as=rows
has 'is told at its field' '<p class="wrong-text" id="f-macro-problem">Choose a macro.</p>'
answers 'tickets of which there are none' 200 '/macros/run?automation=feedback&macro=phone/close&filter=feedback.title+%3D%3D+%22-%22'
has 'are no people' 'No ticket is like that'

# A list posts what was chosen.
answers 'a list asks' 303 /macros/run -d "csrf=$csrf" -d automation=user -d id=2 -d id=3 -d id=4
is 'it is led to the page' '/macros/run?automation=user&id=2&id=3&id=4' "$(leads_to)"
answers 'with some chosen' 200 "$(leads_to)&macro=point"
has 'how many' '<strong>3</strong> users chosen.'
has 'and the button says so' 'Run it on 3 users</button>'
ids=$(seq 1 400 | sed 's/^/-d id=/')
# shellcheck disable=SC2086 # words
answers 'very many' 200 /macros/run -d "csrf=$csrf" -d automation=user $ids
has 'are shown at once' '<strong>400</strong> users chosen.'
answers 'with a token of somebody else' 403 /macros/run -d csrf=none -d id=2
answers 'on nobody' 422 /macros/run -d "csrf=$csrf" -d automation=user -d macro=point -d key=nobody
has 'is no order' 'Say on whom'
answers 'an id that is none' 422 /macros/run -d "csrf=$csrf" -d macro=point -d key=bad -d 'id=a b'
has 'is told' 'is no id'
users | cmp -s - "$tmp/scores"
verdict $? 'and nothing was done so far'

# ---- it is done, once

page '/macros/run?automation=user&id=2&id=3&id=4&id=none&macro=point'
key=$(hidden key)
i=0
while [ $i -lt 8 ]; do
	i=$((i + 1))
	curl -s -m 60 -o "$tmp/none" -w '%{redirect_url}\n' -b "$jar" -d "csrf=$csrf" -d "key=$key" \
	    -d automation=user -d macro=point -d id=2 -d id=3 -d id=4 -d id=none \
	    "$url/macros/run" >"$tmp/sent$i" &
	eval "sent$i=$!"
done
i=0
while [ $i -lt 8 ]; do
	i=$((i + 1))
	eval "wait \$sent$i"
done
cat "$tmp"/sent? | sort -u >"$tmp/sent"
is 'the same form sent eight times at once begins one run' 1 "$(grep -c '/macros/runs/' "$tmp/sent")"
run=$(sed "s|^$url||" "$tmp/sent")
ended 'it' "$run"
is 'on those' 3 "$(tile applied)"
is 'and one is gone' 1 "$(tile refused)"
has 'which is named, with a reason' 'there is no user &quot;none&quot; any more'
has 'by whom' '<dd>jim@acme.example</dd>'
users --filter "user.id in ['2', '3', '4']" >"$tmp/now"
python3 - "$tmp/scores" "$tmp/now" >"$tmp/said" 2>&1 <<-'EOF'
	import json, sys
	before = {row["email"]: row["score"] or 0 for row in map(json.loads, open(sys.argv[1]))}
	now = [json.loads(line) for line in open(sys.argv[2])]
	assert len(now) == 3 and all(row["score"] == before[row["email"]] + 1 for row in now), now
EOF
verdict $? 'each has one point more' "$tmp/said"
answers 'the log' 200 /macros/log/point
has 'has it' 'class="state done">done</span>'
is 'once' 1 "$(grep -c 'macros/runs/' "$tmp/page")"
answers 'no run' 404 /macros/runs/01a228ec-0000-7000-8000-000000000000/point
answers 'a run of no macro' 404 "${run%/*}/none"

# ---- who may

sign_in pam@acme.example
csrf=$(csrf)
answers 'the manager of a project' 200 '/macros/run?automation=feedback&macro=phone/close&filter=true'
has 'looks at that alone' 'of project <strong>phone</strong> alone'
key=$(hidden key)
answers 'and begins it' 303 /macros/run -d "csrf=$csrf" -d "key=$key" -d automation=feedback \
    -d macro=phone/close -d filter=true
ended 'it' "$(leads_to)"
is 'on the tickets of his project, no others' \
    "$(earshot feedback list --filter "feedback.project == 'phone'" --jsonl --columns id | wc -l)" \
    $(($(tile applied) + $(tile 'nothing to do')))
other=$(earshot feedback list --filter "feedback.project != 'phone'" --jsonl --columns id --limit 1 |
    sed 's/.*"id":"\([^"]*\)".*/\1/')
answers 'one of another project, chosen' 303 /macros/run -d "csrf=$csrf" -d key=other \
    -d automation=feedback -d macro=phone/close -d "id=$other"
ended 'it' "$(leads_to)"
is 'is refused' 1 "$(tile refused)"
has 'with the reason' 'the feedback is not of project phone'
answers 'a macro of the community' 422 /macros/run -d "csrf=$csrf" -d key=mine -d automation=user \
    -d macro=point -d filter=true
has 'is not his' 'needs the right to change the community'
answers 'nor is its log' 403 /macros/log/point
id=${run#/macros/runs/}
answers 'nor is to stop it' 403 /macros/stop -d "csrf=$csrf" -d macro=point -d "run=${id%/point}"
sign_in vic@acme.example
csrf=$(csrf)
answers 'a viewer' 403 '/macros/run?automation=user'
answers 'begins nothing' 403 /macros/run -d "csrf=$csrf" -d key=v -d automation=user -d macro=point \
    -d filter=true
answers 'but looks' 200 /macros/log/point
answers 'at each' 200 "$run"
lacks 'and stops none' 'Stop it'

# ---- many at once, and over owners that are killed

python3 - >"$tmp/crowd.csv" <<-'EOF'
	print("email,firstName")
	for i in range(21000):
	    print("crowd%d@mail.example,N%d" % (i, i % 7))
EOF
earshot import users "$tmp/crowd.csv" >"$tmp/said" 2>&1
verdict $? 'a crowd' "$tmp/said"
sign_in jim@acme.example
csrf=$(csrf)
i=0
while [ $i -lt 7 ]; do
	answers "run $i" 303 /macros/run -d "csrf=$csrf" -d "key=crowd$i" -d automation=user \
	    -d macro=point --data-urlencode "filter=user.firstName == 'N$i' && user.email.startsWith('crowd')"
	leads_to >"$tmp/run$i"
	i=$((i + 1))
done
is 'are runs of their own' 7 "$(cat "$tmp"/run? | sort -u | wc -l)"
answers 'home' 200 /
has 'tells what goes on' '/point">point</a>'
i=0
while [ $i -lt 3 ]; do
	i=$((i + 1))
	sleep 0.1
	kills "owner $i"
done
served
i=0
while [ $i -lt 7 ]; do
	ended "run $i" "$(cat "$tmp/run$i")"
	is 'it was applied to all of it' 3000 "$(tile applied)"
	i=$((i + 1))
done
is 'each once' 21000 "$(users --filter "user.email.startsWith('crowd') && user.score == 1" | wc -l)"
earshot macro log point --jsonl >"$tmp/log"
is 'the command line has the same log' 7 "$(grep -c startsWith "$tmp/log")"

# ---- stopped

answers 'another' 303 /macros/run -d "csrf=$csrf" -d key=stopped -d automation=user -d macro=point \
    -d filter=true
to=$(leads_to)
id=${to#/macros/runs/}
answers 'is stopped' 303 /macros/stop -d "csrf=$csrf" -d macro=point -d "run=${id%/point}"
page "$to"
has 'and says so' 'stopped by jim@acme.example'
one=$(tile applied)
[ "$one" -lt 21000 ]
verdict $? "before it was done: $one"
sleep 1
page "$to"
is 'nothing more is done' "$one" "$(tile applied)"

stop
earshot check >"$tmp/said" 2>&1
verdict $? 'the store is as it should be' "$tmp/said"
echo "1..$n"
exit $bad
