#!/bin/sh
# SPDX-License-Identifier: ISC
# Deliveries, one delivery, replays, the outbox and learning from a delivery, in the console by
# curl, as a browser without script has it; and that nothing that a delivery brings does harm
# on any page.
. "$(dirname "$0")/rig.sh"
. "$(dirname "$0")/console-rig.sh"

settings <<-EOF
	[console]
	address = $url
EOF
start
# id OUTCOME [OPTION...]: of the newest delivery
id()
{
	outcome=$1
	shift
	earshot delivery list --outcome "$outcome" "$@" --limit 1 --json | grep -o '"id":"[^"]*' |
	    head -n 1 | cut -d '"' -f 4
}

cat >"$tmp/more.jsonl" <<-'EOF'
	{"kind":"template","key":"html","automation":"user","subject":"About {{payload.feature}}","text":"{{payload.feature}}","html":"<p>{{payload.feature}}</p><script>alert(1)</script>"}
	{"kind":"macro","key":"hook","name":"Hook","automation":"user","actions":[{"action":"webhook","url":"https://hooks.acme.example/in","headers":{"X-From":"{{payload.feature}}"},"body":"{\"text\":\"{{payload.feature}}\"}"},{"action":"email","to":"target","template":"html"}]}
	{"kind":"listener","key":"hook","type":"macro","automation":"user","apiKey":"demo","target":{"match":"email","parameter":"email"},"macro":"hook"}
	{"kind":"listener","key":"crm","type":"data","automation":"user","apiKey":"demo","capture":true,"mask":["secret"]}
EOF
earshot apply "$tmp/more.jsonl" >"$tmp/said" 2>&1
verdict $? 'more listeners' "$tmp/said"
sign_in jim@acme.example

# ---- deliveries

answers 'deliveries, of which there are none' 200 /deliveries
has 'it is said what they are' 'Nothing has come yet.'
has 'and how long they are kept' 'Entries are kept for 90 days, what came for 30 days.'
answers 'an outbox with nothing in it' 200 /outbox
has 'it is said what it is for' 'Nothing is on its way.'

deliver data/usage '{"email":"ann@mail.example","launches":7}'
deliver data/usage '{"email":"ann@mail.example","launches":"seven"}'
deliver data/usage '{"email":"nobody@mail.example","launches":7}'
deliver macro/award '{"email":"ann@mail.example","feature":"camera"}'
deliver macro/award '{"email":"ann@mail.example"}'
deliver macro/projects/phone/jira-status \
    '{"issue":{"key":"PHN-7","fields":{"status":{"name":"Done"},"labels":["blue"]}}}'
deliver macro/projects/phone/jira-status '{"issue":{"key":"PHN-7","fields":{"status":{"name":"Open"}}}}'
curl -s -m 60 -H 'Authorization: Bearer nothing' -d '{}' "$listen/data/usage" >"$tmp/answer"

row='<td data-label="When">'
answers 'deliveries' 200 /deliveries
counts 'all of them' "$row" 7
has 'why one was refused' 'no user has email nobody@mail.example'
has 'the target by its address' '/people/ann%40mail.example">ann@mail.example</a>'
answers 'of a listener' 200 '/deliveries?listener=phone/jira-status'
counts 'its own' "$row" 2
has 'the choice is kept' 'value="phone/jira-status"'
answers 'refused ones' 200 '/deliveries?outcome=failed'
counts 'those' "$row" 2
answers 'about somebody' 200 '/deliveries?target=ann@mail.example'
counts 'those' "$row" 4
answers 'about a ticket' 200 '/deliveries?target=1042'
counts 'those' "$row" 2
answers 'that contain something' 200 '/deliveries?contains=blue'
counts 'that one' "$row" 1
answers 'until a time' 200 '/deliveries?until=2001-01-01T10:00'
has 'none' 'No delivery is like that.'
answers 'since a time' 200 '/deliveries?since=2001-01-01T10:00&listener=usage'
counts 'those' "$row" 3
answers 'a time that is none' 422 '/deliveries?since=yesterday'
has 'is told' 'A time is a day and an hour'
answers 'an outcome that is none' 200 '/deliveries?outcome=nonsense'
has 'is told' 'there is no outcome'
answers 'failures first' 200 '/deliveries?failures=1'
counts 'twice, for a while' "$row" 9
has 'what is refused on top' '<h2>Refused</h2>'
answers 'not let in' 200 '/deliveries?outcome=not-let-in'
has 'is told with its reason' 'bad-api-key'
refused=$(grep -o 'deliveries/[0-9a-f-]\{36\}' "$tmp/page" | head -n 1)
answers 'and has a page' 200 "/$refused"
has 'that says what it is' 'It was not let in'

filtered=$(id filtered --listener phone/jira-status)
answers 'one delivery' 200 "/deliveries/$filtered"
has 'what a comparison saw' '&#39;Closed&#39;: '
has 'a tree of what came' '<span class="name">key</span> <span class="value text">PHN-7</span>'
has 'and the text' 'As it came:'
applied=$(id applied --listener phone/jira-status)
answers 'one that did something' 200 "/deliveries/$applied"
has 'what was changed' 'Open → Closed'
has 'the e-mail that it made' 'E-mails and webhooks that it made'
parcel=$(grep -o 'outbox/[0-9a-f-]\{36\}' "$tmp/page" | head -n 1)
answers 'no delivery' 404 /deliveries/01a228ec-0000-7000-8000-000000000000
answers 'no id' 400 /deliveries/nothing

# ---- replays

wrong=$(id bad-value)
csrf=$(csrf)
answers 'asked to replay one' 200 "/deliveries/replay/$wrong"
has 'what it would come to' 'launches: an integer is expected'
answers 'replayed' 303 "/deliveries/replay/$wrong" -d "csrf=$csrf"
answers 'leads to the new one' 200 "$(leads_to)"
has 'which says so' 'Replayed, as a new delivery: bad-value.'
has 'and whose it is' "<a href=\"/listen/console/deliveries/$wrong\">"
deliver data/crm '{"email":"ann@mail.example","secret":"hush","logins":3}'
masked=$(id captured)
answers 'a delivery with a secret' 200 "/deliveries/$masked"
lacks 'does not show it' hush
has 'and says so' 'Not kept, as the listener asks: secret'
earshot apply - >"$tmp/said" 2>&1 <<-'EOF'
	{"kind":"group","key":"crm","name":"CRM","automation":"user","fields":[{"label":"Logins","parameter":"logins","type":"integer"}]}
	{"kind":"listener","key":"crm","type":"data","automation":"user","apiKey":"demo","mask":["secret"],"target":{"match":"email","parameter":"email"},"group":"crm"}
EOF
answers 'asked to replay it' 200 "/deliveries/replay/$masked"
has 'what the command refuses' 'It cannot be replayed:'
has 'and the way around' "/deliveries/replay/$masked?masked=1"
answers 'without what is masked' 200 "/deliveries/replay/$masked?masked=1"
has 'it can be' 'Replay it now'
answers 'which is refused without it' 422 "/deliveries/replay/$masked" -d "csrf=$csrf"
has 'in words' 'There is a problem'
answers 'and done with it' 303 "/deliveries/replay/$masked" -d "csrf=$csrf" -d masked=1

for i in $(seq 230); do
	[ "$i" = 1 ] || echo next
	printf 'url = "%s/data/usage"\noutput = "%s"\nheader = "Authorization: Bearer %s"\n' \
	    "$listen" "$tmp/none" "$key"
	echo 'header = "Content-Type: application/json"'
	echo 'data = "{\"email\":\"late@mail.example\",\"launches\":1}"'
done >"$tmp/config"
curl -s -K "$tmp/config"
answers 'a long list' 200 '/deliveries?outcome=unknown-target'
counts 'a page of it' "$row" 50
older=$(sed -n 's/.*href="\/listen\/console\(\/deliveries?[^"]*after=[^"]*\)">Older.*/\1/p' "$tmp/page" |
    sed 's/&amp;/\&/g')
first=$(grep -o 'deliveries/[0-9a-f-]\{36\}' "$tmp/page" | head -n 1)
answers 'the next page' 200 "$older"
counts 'a page of it' "$row" 50
lacks 'with others' "$first"
has 'and the way back' '>Newest</a>'
echo '{"kind":"user","email":"late@mail.example"}' | earshot apply - >"$tmp/said"
choice='outcome=unknown-target&listener=usage&contains=late'
answers 'asked to replay all of a choice' 200 "/deliveries/replay?$choice"
has 'how many' '<strong>230</strong> deliveries'
until=$(hidden until)
form="-d csrf=$csrf -d listener=usage -d outcome=unknown-target -d contains=late -d until=$until"
# shellcheck disable=SC2086 # words
answers 'a part of them' 303 /deliveries/replay $form -d total=230
answers 'how far it is' 200 "$(leads_to)"
has 'told' '<strong>200</strong> of 230 so far'
after=$(hidden after)
# shellcheck disable=SC2086 # words
answers 'the rest' 303 /deliveries/replay $form -d total=230 -d "after=$after" -d n.applied=200
answers 'the end' 200 "$(leads_to)"
has 'told' '<strong>230</strong> of 230 replayed: that is all'
has 'by outcome' '<dt><span class="state applied">applied</span></dt><dd>230</dd>'
answers 'and once more' 200 "/deliveries/replay?$choice"
has 'nothing is left' 'There is nothing to be replayed'

# ---- outbox

made='<td data-label="Made">'
answers 'the outbox' 200 /outbox
has 'has the e-mail' 'Your ticket 1042 was closed'
answers 'waiting ones' 200 '/outbox?state=waiting'
has 'it is one' 'Your ticket 1042 was closed'
answers 'dead ones' 200 '/outbox?state=dead'
has 'there is none' 'No e-mail or webhook is like that.'
answers 'of one subject' 200 '/outbox?contains=1042&type=email'
counts 'that one' "$made" 1
answers 'a state that is none' 200 '/outbox?state=nonsense'
has 'is told' 'must be waiting, leased'
answers 'one e-mail' 200 "/$parcel"
has 'from whom' 'beta@acme.example'
has 'as text' 'class="raw"'
one=${parcel#outbox/}
answers 'to be given up, asked' 200 "/outbox/drop/$one"
has 'what is lost' 'will never be sent'
answers 'given up' 303 "/outbox/drop/$one" -d "csrf=$csrf"
answers 'it is' 200 "/$parcel"
has 'told' '<span class="state dropped">dropped</span>'
answers 'and cannot be tried again' 422 "/outbox/retry/$one" -d "csrf=$csrf"
has 'which is told' 'Only what is waiting or dead can be tried again'
deliver macro/hook '{"email":"ann@mail.example","feature":"<b>zoom</b>"}'
hook=$(earshot outbox list --json | grep -o '"id":"[^"]*","kind":"webhook"' | head -n 1 | cut -d '"' -f 4)
mail=$(earshot outbox list --json | grep -o '"id":"[^"]*","kind":"email"' | head -n 1 | cut -d '"' -f 4)
answers 'a webhook' 200 "/outbox/$hook"
has 'where it goes' 'https://hooks.acme.example/in'
has 'with its headers' '&lt;b&gt;zoom&lt;/b&gt;'
answers 'an e-mail with HTML' 200 "/outbox/$mail"
has 'stands in a sandbox' "<iframe class=\"mail\" sandbox=\"\" src=\"/listen/console/outbox/html/$mail\""
answers 'of its own' 200 "/outbox/html/$mail"
has 'with a policy of its own' "Content-Security-Policy: sandbox; default-src 'none'"
lacks 'that lets nothing run' 'script-src'
answers 'tried at once' 303 "/outbox/retry/$hook" -d "csrf=$csrf"
answers 'all again, asked' 200 '/outbox/many/retry?state=waiting&type=webhook'
has 'how many' '<strong>1</strong>'
answers 'all again' 303 /outbox/many/retry -d "csrf=$csrf" -d state=waiting -d type=webhook
answers 'all given up, asked' 200 '/outbox/many/drop?type=webhook'
has 'how many' '<strong>1</strong>'
has 'what is lost' 'will never be sent'
answers 'all given up' 303 /outbox/many/drop -d "csrf=$csrf" -d type=webhook
answers 'told' 200 /outbox
has 'how many' 'Given up: 1.'
answers 'e-mails' 200 '/outbox?type=email&state=waiting'
has 'are untouched' "/outbox/$mail"
answers 'nothing else' 404 /outbox/many/burn

# ---- learning from a delivery

cat >"$tmp/learn.jsonl" <<-'EOF'
	{"kind":"listener","key":"shop","type":"data","automation":"user","apiKey":"demo","capture":true}
	{"kind":"listener","key":"said","type":"comment","automation":"user","apiKey":"demo","capture":true}
EOF
earshot apply "$tmp/learn.jsonl" >"$tmp/said" 2>&1
verdict $? 'listeners that listen' "$tmp/said"
answers 'before anything came' 200 /learn/shop
has 'it waits' 'Waiting for a delivery.'
has 'and looks by itself' 'data-live="3"'
has 'or by a link' '>Look again</a>'
has 'the URL is there' 'listen/data.fcgi/shop</code>'
answers 'a listener that is none' 404 /learn/nothing
shop='{"event":"order","contact":{"mail":"ann@mail.example"},"order":{"count":3,"paid":true,"last_seen":"2026-11-20T10:00:00Z","a/b":"x"}}'
deliver data/shop "$shop"
deliver data/shop "$shop" -H 'Idempotency-Key: second'
answers 'what came appears' 200 /learn/shop
lacks 'and is not waited for' 'data-live'
has 'as a tree' '<span class="name">mail</span> <span class="value text">ann@mail.example</span>'
has 'the target is found' '<option value="target" selected>Target</option>'
has 'the type that fits comes first' '<option value="">–</option>'
has 'in words' 'Data field: Date and Time, which fits'
has 'likewise others' 'Data field: Integer, which fits'
has 'with a label' 'name="label./order/last_seen" value="Last seen"'
has 'and its pointer' 'name="use./order/a~1b"'
delivery=$(hidden delivery)
learn="-d csrf=$csrf -d delivery=$delivery -d match=email"
fields='-d use./order/count=integer -d use./order/paid=boolean -d use./order/last_seen=datetime'
# shellcheck disable=SC2086 # words
answers 'tried without a target' 422 /learn/shop $learn $fields -d do=try
has 'is told' 'There is a problem'
has 'in words' 'Say which value is the target'
has 'and what was said is kept' '<option value="integer" class="data" selected>'
# shellcheck disable=SC2086 # words
answers 'two targets' 422 /learn/shop $learn $fields -d use./contact/mail=target -d use.event=target -d do=try
has 'are told' 'Only one value can be the target'
# shellcheck disable=SC2086 # words
answers 'no field' 422 /learn/shop $learn -d use./contact/mail=target -d do=try
has 'is told' 'Say which values are to be kept as data fields.'
fields="$fields -d use./contact/mail=target"
# shellcheck disable=SC2086 # words
answers 'tried' 200 /learn/shop $learn $fields -d do=try --data-urlencode 'label./order/count=How many'
has 'it would be done' '<span class="state applied">applied</span>'
has 'step by step' '<strong>target</strong>'
has 'with what it would set' '/order/count'
has 'and what was typed is kept' 'value="How many"'
earshot export listener >"$tmp/page"
has 'nothing is changed' '"key":"shop","type":"data","automation":"user","apiKey":"demo","capture":true'
# shellcheck disable=SC2086 # words
answers 'a wrong type' 200 /learn/shop $learn -d use./contact/mail=target -d use.event=integer -d do=try
has 'is told by the trial' 'an integer is expected'
# shellcheck disable=SC2086 # words
answers 'two of a label' 422 /learn/shop $learn $fields -d do=try -d label./order/count=X -d label./order/paid=X
has 'are told' 'There is a problem'
# What somebody else does meanwhile is not overwritten unseen.
answers 'looked at' 200 "/learn/shop?delivery=$delivery"
version=$(hidden version)
earshot listener set shop description=theirs >"$tmp/said" 2>&1
verdict $? 'and changed by somebody else' "$tmp/said"
# shellcheck disable=SC2086 # words
answers 'a trial is one all the same' 200 /learn/shop $learn $fields -d "version=$version" -d do=try
[ "$(hidden version)" = "$version" ]
verdict $? 'and knows what was looked at' "$tmp/page"
# shellcheck disable=SC2086 # words
answers 'told when it is kept' 422 /learn/shop $learn $fields -d "version=$version" -d do=save
has 'in words' 'Somebody else has changed it since you looked at it'
has 'with what was said' '<option value="integer" class="data" selected>'
[ "$(hidden version)" != "$version" ]
verdict $? 'and it knows better now' "$tmp/page"
again=$(hidden version)
earshot export listener >"$tmp/page"
has 'nothing was changed' '"key":"shop","type":"data","automation":"user","apiKey":"demo","capture":true,"description":"theirs"'
printf '%s\n' '{"kind":"group","key":"shop","name":"Shop","automation":"user","fields":[{"label":"Other","parameter":"other","type":"string"}]}' |
    earshot apply - >"$tmp/said" 2>&1
verdict $? 'the group is made by somebody else' "$tmp/said"
# shellcheck disable=SC2086 # words
answers 'that is told, too' 422 /learn/shop $learn $fields -d "version=$again" -d do=save
has 'in words, with what to do' 'Choose it in the listener&#39;s form'
earshot group remove shop >"$tmp/said" 2>&1
verdict $? 'and gone again' "$tmp/said"
# shellcheck disable=SC2086 # words
answers 'kept' 303 /learn/shop $learn $fields -d "version=$again" -d do=save
earshot export listener >"$tmp/page"
has 'it listens on' '"target":{"match":"email","parameter":"/contact/mail"},"group":"shop","capture":true'
answers 'and shows what was said' 200 "/learn/shop?delivery=$delivery"
has 'as fields that there are' 'Data field Count (Integer)'
# shellcheck disable=SC2086 # words
answers 'switched on' 303 /learn/shop $learn -d use./contact/mail=target -d do=on -d captured=1
has_line 'leads to what was captured' \
    'Location: /listen/console/deliveries/replay?listener=shop&outcome=captured'
answers 'which is asked' 200 '/deliveries/replay?listener=shop&outcome=captured'
has 'with the number' '<strong>2</strong> deliveries'
answers 'and done' 303 /deliveries/replay -d "csrf=$csrf" -d listener=shop -d outcome=captured \
    -d total=2 -d "until=$(hidden until)"
earshot export value >"$tmp/page"
has 'there are the values' '"/order/count":3'
deliver data/shop "$shop" -H 'Idempotency-Key: third'
cp "$tmp/answer" "$tmp/page"
has 'and the next delivery is carried out' '"outcome":"applied"'
answers 'to listen once more' 303 /learn/shop -d "csrf=$csrf" -d do=listen
answers 'it waits' 200 "$(leads_to)"
has 'for what comes now' 'Waiting for a delivery.'
answers 'no more' 303 /learn/shop -d "csrf=$csrf" -d do=stop
answers 'that is told' 200 /learn/shop
lacks 'it does not listen' 'It listens.'
deliver comment/said '{"who":"jim@acme.example","about":"ann@mail.example","words":"Hello to all of you"}'
answers 'a comment' 200 /learn/said
has 'has an author' '<option value="author" selected>Author Field</option>'
has 'and a text' '<option value="comment" selected>Comment Field</option>'
delivery=$(hidden delivery)
answers 'switched on' 303 /learn/said -d "csrf=$csrf" -d "delivery=$delivery" -d match=email \
    -d use.about=target -d use.who=author -d use.words=comment -d do=on
deliver comment/said '{"who":"jim@acme.example","about":"ann@mail.example","words":"Hello again"}'
cp "$tmp/answer" "$tmp/page"
has 'works' '"outcome":"applied"'
answers 'nothing that there is' 400 /learn/said -d "csrf=$csrf" -d do=nothing
answers 'a delivery of another' 422 /learn/said -d "csrf=$csrf" -d "delivery=$wrong" -d do=try

# ---- who may not

earshot user set ann@mail.example 'roles:=["viewer"]' >"$tmp/said"
sign_in ann@mail.example
answers 'a viewer looks' 200 "/deliveries/$applied"
lacks 'and has no button' 'Replay…'
own=$(csrf)
answers 'nor a replay' 403 "/deliveries/replay/$wrong" -d "csrf=$own"
answers 'nor many' 403 /deliveries/replay -d "csrf=$own"
answers 'nor a listener to open' 403 /learn/shop -d "csrf=$own" -d do=listen
answers 'nor an outbox to empty' 403 /outbox/many/drop -d "csrf=$own"
echo '{"kind":"user","email":"only@acme.example"}' | earshot apply - >"$tmp/said"
earshot project set phone 'managers+=only@acme.example' >>"$tmp/said" 2>&1
sign_in only@acme.example
answers 'a manager of one project looks' 200 /deliveries
has 'at his own' '<code>phone/jira-status</code>'
lacks 'not at others' '<code>usage</code>'
answers 'nor at one of them' 403 "/deliveries/$wrong"
own=$(csrf)
answers 'which he does not replay' 403 "/deliveries/replay/$wrong"
answers 'and not by hand either' 403 "/deliveries/replay/$wrong" -d "csrf=$own"
answers 'he learns from none of others' 403 /learn/shop
answers 'nor opens one' 403 /learn/shop -d "csrf=$own" -d do=listen
answers 'nor does he empty the outbox of all' 403 /outbox/many/drop -d "csrf=$own"
sign_in jim@acme.example

# ---- hostile strings

python3 "$top/tests/console/harmless.py" send "$key" "$listen" >"$tmp/said" 2>&1
verdict $? 'hostile strings are posted' "$tmp/said"
kept=0
# keep PATH: the page in a file of its own
keep()
{
	page "$1"
	kept=$((kept + 1))
	cp "$tmp/page" "$tmp/kept.$kept"
}
for path in / /deliveries '/deliveries?failures=1' '/deliveries?outcome=not-let-in' \
    '/deliveries?outcome=failed' /outbox /automation/user /automation/feedback; do
	keep "$path"
done
for text in '"><script>alert(1)</script>' "' onfocus='alert(1)" '{{site.csrf}}' 'javascript:alert(1)'; do
	word=$(printf %s "$text" | python3 -c \
	    'import sys, urllib.parse; print(urllib.parse.quote(sys.stdin.read(), safe=""))')
	keep "/deliveries?listener=$word&outcome=$word&target=$word&since=$word&contains=$word&failures=$word"
	keep "/deliveries?contains=$word&target=$word"
	keep "/deliveries/replay?contains=$word&target=$word"
	keep "/deliveries/replaying?contains=$word&total=$word&n.applied=$word&n.$word=1&after=$word"
	keep "/deliveries/$word"
	keep "/outbox?type=$word&contains=$word"
	keep "/outbox/many/drop?contains=$word"
done
earshot delivery list --listener usage --limit 40 --json | grep -o '"kind":"delivery","id":"[^"]*' |
    cut -d '"' -f 8 >"$tmp/ids"
while read -r one; do
	keep "/learn/usage?delivery=$one"
done <"$tmp/ids"
keep /listeners/past/award
keep '/listeners/past/milestone'
keep '/listeners/past/usage'
keep /learn/award
keep /learn/milestone
keep /learn/crm
earshot delivery list --limit 330 --json | grep -o '"kind":"delivery","id":"[^"]*' |
    cut -d '"' -f 8 >"$tmp/ids"
while read -r one; do
	keep "/deliveries/$one"
done <"$tmp/ids"
sed -n '1~9p' "$tmp/ids" >"$tmp/some"
while read -r one; do
	keep "/deliveries/replay/$one?masked=1"
done <"$tmp/some"
earshot outbox list --limit 150 --json | grep -o '"id":"[^"]*","kind":"[a-z]*"' |
    cut -d '"' -f 4 >"$tmp/parcels"
while read -r one; do
	keep "/outbox/$one"
	keep "/outbox/drop/$one"
done <"$tmp/parcels"
python3 "$top/tests/console/harmless.py" check "$tmp"/kept.* >"$tmp/wrong"
verdict $? "$kept pages are harmless" "$tmp/wrong"
grep -l 'alert(1)' "$tmp"/kept.* | wc -l >"$tmp/count"
[ "$(cat "$tmp/count")" -gt 50 ]
verdict $? 'and many have something hostile on them' "$tmp/count"

echo "1..$n"
exit $bad
