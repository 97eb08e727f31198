#!/bin/sh
# SPDX-License-Identifier: ISC
# What needs a person, on the first page of the console, and who is written to about it.
. "$(dirname "$0")/rig.sh"
. "$(dirname "$0")/console-rig.sh"

settings <<-CONF
	[console]
	address = $url
	[alerts]
	failures = 3
CONF
start
# deliver_thrice EMAIL
deliver_thrice()
{
	for i in 1 2 3; do
		deliver comment/milestone "{\"user_email\":\"$1\",\"author_name\":\"jim@acme.example\",\"comment_text\":\"x\"}"
	done
}
# Where the list leads to, each a line
links()
{
	sed -n '/<ul class="needs/,/<\/ul>/s/.*<li[^>]*><a href="\/listen\/console\([^"]*\)".*/\1/p' "$tmp/page" |
	    sed 's/&amp;/\&/g'
}

sign_in jim@acme.example
answers 'home' 200 /
has 'nothing needs a person' 'Nothing: no listener fails'
deliver_thrice nobody@mail.example
answers 'home' 200 /
has 'a listener fails' 'Listener milestone: 3 of its last 3 deliveries failed'
has 'since when' '<span class="quiet">Since <time'
has 'it is said who hears of it' 'you do, too, if it concerns you'
[ "$(links)" = '/deliveries?listener=milestone&outcome=failed' ]
verdict $? 'it leads to its failures' "$tmp/page"
answers 'which are a page' 200 "$(links)"
has 'that says why' 'no user has email nobody@mail.example'
deliver_thrice ann@mail.example
answers 'home, when it is well' 200 /
has 'nothing needs a person' 'Nothing: no listener fails'
has 'that it is well again is told' 'its deliveries succeed again'

# Keys and listeners that end: each link leads to a page, for whomever it is told

soon=$(date -u -d '+2 days' +%Y-%m-%dT%H:%M:%SZ)
earshot apikey create brief --expires "$soon" >"$tmp/said" 2>&1
verdict $? 'a key that ends soon' "$tmp/said"
cat >"$tmp/ends.jsonl" <<-JSONL
	{"kind":"user","email":"pam@acme.example"}
	{"kind":"project","key":"phone","managers":["pam@acme.example"]}
	{"kind":"listener","key":"ends","project":"phone","type":"comment","automation":"user","apiKey":"brief","target":{"match":"email","parameter":"email"},"author":"by","comment":"text","expires":"$soon"}
JSONL
earshot apply "$tmp/ends.jsonl" >"$tmp/said" 2>&1
verdict $? 'a listener that ends soon, and a manager of its project' "$tmp/said"
earshot tick >"$tmp/said" 2>&1
verdict $? 'they are looked for' "$tmp/said"
for user in jim pam; do
	sign_in $user@acme.example
	answers "home of $user" 200 /
	has 'the listener is told' 'Listener phone/ends ends at'
	has 'the key is told' 'API key brief ends at'
	has 'when it was looked' 'Looked at'
	links >"$tmp/links"
	[ "$(wc -l <"$tmp/links")" -ge 1 ]
	verdict $? 'there are links' "$tmp/links"
	while read -r link; do
		answers "$link" 200 "$link"
	done <"$tmp/links"
done
grep -q milestone "$tmp/links"
verdict $((! $?)) 'a manager of a project is told of no other' "$tmp/links"
sign_in jim@acme.example

# Whether one is written to

answers 'one is written to' 200 /you
has 'it is said' 'Write to me no more'
csrf=$(hidden csrf)
answers 'without its token nothing is switched' 403 /you/alerts -d x=y
answers 'it is switched off' 303 /you/alerts -d "csrf=$csrf"
has_line 'and leads back' 'Location: /listen/console/you'
answers 'it is off' 200 /you
has 'it is said' 'You are not written to.'
earshot export user | grep -F '"email":"jim@acme.example"' | grep -q '"alerts":false'
verdict $? 'in the record'
earshot export user | grep -c '"alerts":false' | grep -qx 1
verdict $? 'of nobody else'
answers 'home' 200 /
has 'says so' 'you have switched it off for yourself'
answers 'it is switched on' 303 /you/alerts -d "csrf=$csrf&on=1"
earshot export user | grep -q '"alerts"'
verdict $((! $?)) 'again'

# Without a relay
stop
printf '[console]\naddress = %s\n' "$url" >"$home/earshot.conf"
start
sign_in jim@acme.example
answers 'home without a relay' 200 /
has 'says why nobody is written to' 'By mail, nobody is written to: [mail] url and from are not set'

echo "1..$n"
exit $bad
