#!/bin/sh
# SPDX-License-Identifier: ISC
# Changes, one change and undoing it, in the console by curl, as a browser without script has it:
# in words, for who may see them, by many at once, and with hostile texts.
. "$(dirname "$0")/rig.sh"
. "$(dirname "$0")/console-rig.sh"

settings <<-EOF
	[console]
	address = $url
EOF
start
# last [OPTION...]: the id of the newest change
last()
{
	earshot audit list "$@" --limit 1 --columns id --csv | sed -n '2s/\r$//p'
}

cat >"$tmp/more.jsonl" <<-'EOF'
	{"kind":"project","key":"other","name":"Other"}
	{"kind":"user","email":"pam@acme.example","firstName":"Pam"}
	{"kind":"user","email":"vic@acme.example","roles":["viewer"]}
	{"kind":"team","key":"crew","project":"phone","name":"Crew"}
	{"kind":"team","key":"crew","project":"other","name":"Crew"}
	{"kind":"group","key":"words","name":"Words","automation":"user","fields":[{"label":"Seen","parameter":"seen","type":"datetime"}]}
	{"kind":"macro","key":"hook","automation":"user","actions":[{"action":"webhook","url":"https://hooks.acme.example/in","headers":{"X-Key":"the secret"},"body":"{}"}]}
	{"kind":"user","email":"xss@mail.example","firstName":"<script>alert(1)</script>","lastName":"\u202e{{me.email}}"}
EOF
earshot apply "$tmp/more.jsonl" >"$tmp/said" 2>&1
verdict $? 'more of everything' "$tmp/said"
managers=$(earshot project show phone --json | grep -o '"managers":\[[^]]*' | sed 's/.*\[//')
printf '{"kind":"project","key":"phone","managers":[%s,"pam@acme.example"]}\n' "$managers" >"$tmp/pam.jsonl"
earshot apply "$tmp/pam.jsonl" >"$tmp/said" 2>&1
verdict $? 'a manager of one project' "$tmp/said"

# ---- the list
sign_in jim@acme.example
row='<td data-label="When">'
answers 'changes' 200 /audit
counts 'as many as a page has' "$row" 50
has 'who and how' 'by a command'
has 'what, in the words of managers' 'User Account <a href="/listen/console/people/xss%40mail.example">xss@mail.example</a>'
has 'how long they are kept' 'Changes are kept for 730 days.'
more=$(sed -n 's/.*href="\/listen\/console\(\/audit?[^"]*after=[^"]*\)" rel="next".*/\1/p' "$tmp/page" | sed 's/&amp;/\&/g')
answers 'those before' 200 "$more"
counts 'as many again' "$row" 50
answers 'of one kind' 200 '/audit?kind=team'
has 'which stays chosen' '<option value="team" selected>Team</option>'
answers 'of one' 200 '/audit?kind=team&name=phone%2Fcrew'
counts 'its own' "$row" 1
answers 'of a project' 200 '/audit?project=other'
counts 'its own' "$row" 2
answers 'by somebody' 200 '/audit?actor=jim%40acme.example'
has 'who has done nothing yet' 'No change is like that.'
answers 'of a time' 200 '/audit?until=2020-01-01T00%3A00'
has 'in which there were none' 'No change is like that.'
answers 'of a time that is none' 422 '/audit?since=yesterday'
has 'it is said' 'A time is a day and an hour'
answers 'a name alone' 200 '/audit?name=crew'
has 'needs what it is of' 'there may be more of that name'
lacks 'no text of others runs' '<script>alert'

# ---- changes by the console
token=$(csrf)
answers 'a change' 303 /documents/team/edit/phone%2Fcrew -d "csrf=$token" --data-urlencode '/name=The crew' \
    --data-urlencode '/key=crew' --data-urlencode '/project=phone'
page /documents/team/edit/phone%2Fcrew
has 'the document leads to its history' '/audit?kind=team&amp;name=phone/crew">History</a>'
answers 'its history' 200 '/audit?kind=team&name=phone%2Fcrew'
counts 'that it was made, and changed' "$row" 2
has 'by whom' '<td data-label="By whom">jim@acme.example <span class="quiet">in the console</span></td>'
has 'in which member, by its label' '<td data-label="In it">Name</td>'
id=$(last --kind team)
answers 'one change' 200 "/audit/$id"
has 'its title' '<h1>Team phone/crew: changed</h1>'
has 'before' '<tr><td data-label="Member">Name</td><td data-label="Before"><span class="side-text">Crew</span>'
has 'and after, side by side' '</td><td data-label="After"><span class="side-text">The crew</span>'
has 'and a way to undo it' "/audit/undo/$id\">Undo…</a>"
answers 'before it is undone' 200 "/audit/undo/$id"
has 'it is said what will be' 'takes the place of what stands under “After”'
answers 'not without a form of ours' 403 "/audit/undo/$id" -d 'csrf=wrong'
answers 'undone' 303 "/audit/undo/$id" -d "csrf=$(csrf)"
undone=$(sed -n 's/^Location: \/listen\/console//p' "$tmp/page" | sed 's/?.*//')
page "$undone"
has 'it leads to the new change' '<h1>Team phone/crew: changed</h1>'
has 'which says what it undid' "<dt>Undoes</dt><dd><a href=\"/listen/console/audit/$id\">"
earshot team show phone/crew --json | grep -q '"name":"Crew"'
verdict $? 'and it is as it was'
answers 'the first one' 200 "/audit/$id"
has 'knows that it was undone' '<dt>Undone</dt>'
has 'and why it cannot be once more' 'this change cannot be undone: name was changed since'
lacks 'and has no button' 'Undo…'
answers 'nor by a hand-made request' 422 "/audit/undo/$id" -d "csrf=$(csrf)"
has 'which is told why' 'cannot be undone: name was changed since'

# ---- in words
printf '%s\n' '{"kind":"group","key":"words","name":"Words","automation":"user","fields":[{"label":"Seen","parameter":"seen","type":"string"}]}' >"$tmp/words.jsonl"
earshot apply "$tmp/words.jsonl" >"$tmp/said"
answers 'a change deep inside' 200 "/audit/$(last --kind group)"
has 'by labels, and values as managers say them' \
    '<td data-label="Member">Fields › 1 › Type</td><td data-label="Before"><span class="side-text">Date and Time</span>'
answers 'a macro that was made' 200 "/audit/$(last --kind macro --name hook)"
has 'what was made' '<h2>What was made</h2>'
lacks 'without its secret' 'the secret'
has 'which is a mask' '***'
answers 'what somebody has written' 200 "/audit/$(last --kind user --name xss@mail.example)"
has 'is text' '&lt;script&gt;alert(1)&lt;/script&gt;'
has 'of which all can be seen' '\xe2\x80\xae{{me.email}}'
earshot team remove other/crew >"$tmp/said"
answers 'one that was removed' 200 "/audit/$(last --kind team --project other)"
has 'what was there' '<h2>What was there</h2>'
answers 'is made again' 303 "/audit/undo/$(last --kind team --project other)" -d "csrf=$(csrf)"
earshot team show other/crew >"$tmp/said" 2>&1
verdict $? 'and is there' "$tmp/said"
for at in people/ann%40mail.example tickets/1042 listeners/edit/milestone groups/edit/usage \
    documents/macro/edit/award documents/setting/edit/setting documents/apikey/edit/demo; do
	answers "/$at" 200 "/$at"
	has 'leads to its history' '>History</a>'
done
answers 'the history of a person' 200 '/audit?kind=user&name=ann%40mail.example'
has 'hers' '>ann@mail.example</a>'
answers 'none of that id' 404 /audit/01234567-0000-7000-8000-000000000000
answers 'no id' 400 /audit/nothing

# ---- whose rights
id=$(last --kind team --project phone)
foreign=$(last --kind team --project other)
people=$(last --kind user --name ann@mail.example)
sign_in pam@acme.example
answers 'a manager of a project' 200 /audit
has 'sees its changes' 'phone/crew'
lacks 'and no others' 'other/crew'
lacks 'nor people' 'ann@mail.example'
answers 'one of them' 200 "/audit/$id"
answers 'and not one of another project' 403 "/audit/$foreign"
answers 'nor of the community' 403 "/audit/$people"
answers 'nor undoes that by hand' 403 "/audit/undo/$foreign" -d "csrf=$(csrf)"
answers 'his own he does' 303 "/audit/undo/$id" -d "csrf=$(csrf)"
sign_in vic@acme.example
answers 'a viewer' 200 /audit
has 'sees all' 'other/crew'
answers 'one' 200 "/audit/$foreign"
lacks 'and undoes nothing' 'Undo…'
answers 'nor by hand' 403 "/audit/undo/$foreign" -d "csrf=$(csrf)"
rm -f "$jar"
answers 'nobody' 303 /audit

# ---- many at once: each changes a team of his own and undoes it, all read the list
sign_in jim@acme.example
for i in 1 2 3 4 5 6; do
	earshot team create "m$i" name=One >"$tmp/said"
	cp "$jar" "$jar.$i"
done
many()
{
	jar=$jar.$1
	tmp=$tmp/$1
	mkdir "$tmp"
	for turn in 1 2 3 4; do
		page "/documents/team/edit/m$1" -d "csrf=$(csrf)" --data-urlencode "/name=Turn $turn" --data-urlencode "/key=m$1"
		page "/audit?kind=team&name=m$1"
		change=$(sed -n 's|.*href="/listen/console/audit/\([0-9a-f-]*\)".*|\1|p' "$tmp/page" | head -n 1)
		page "/audit/$change"
		grep -qF "<h1>Team m$1: changed</h1>" "$tmp/page" && grep -qF "side-text\">Turn $turn<" "$tmp/page" || return 1
		[ $turn -eq 4 ] && page "/audit/undo/$change" -d "csrf=$(csrf)"
		page /audit
		grep -q '^HTTP[^ ]* 200' "$tmp/page" || return 1
	done
}
for i in 1 2 3 4 5 6; do
	(many $i) &
	all="${all-} $!"
done
for pid in $all; do
	wait "$pid"
	verdict $? 'one of six at once'
done
for i in 1 2 3 4 5 6; do
	earshot team show "m$i" --json | grep -q '"name":"Turn 3"' &&
	    [ "$(earshot audit list --kind team --name "m$i" --jsonl | wc -l)" -eq 6 ]
	verdict $? 'his changes are told, each once, and the last is undone'
done
echo "1..$n"
exit $bad
