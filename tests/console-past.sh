#!/bin/sh
# SPDX-License-Identifier: ISC
# Rules tried on the past, in the console as a browser without script has it.
. "$(dirname "$0")/rig.sh"
. "$(dirname "$0")/console-rig.sh"

settings <<-CONF
	[console]
	address = $url
CONF
start

cat >"$tmp/more.jsonl" <<-'JSONL'
	{"kind":"listener","key":"none","type":"macro","automation":"user","apiKey":"demo","target":{"match":"email","parameter":"email"},"macro":"award","filter":"payload.feature == 'x'"}
	{"kind":"macro","key":"award","name":"Award","automation":"user","actions":[{"action":"add-note","text":"Used {{payload.feature}}"}]}
JSONL
earshot apply "$tmp/more.jsonl" >"$tmp/said" 2>&1
verdict $? 'a listener whose filter filters everything' "$tmp/said"
sign_in jim@acme.example

answers 'nothing has come yet' 200 /listeners/past/none
has 'it is told' 'None could be tried'
for feature in camera sound camera '<b>light</b>'; do
	deliver macro/none "{\"email\":\"ann@mail.example\",\"feature\":\"$feature\"}"
done
grep -q filtered "$tmp/answer"
verdict $? 'they are filtered' "$tmp/answer"
earshot export >"$tmp/before"
answers 'the automation page leads there' 200 /automation/user
has 'by a link' '/listeners/past/none">Try on the past'
answers 'the rule as it stands' 200 /listeners/past/none
has 'makes no difference' '4 deliveries: all would come to the same'
answers 'since a time' 200 '/listeners/past/none?since=2001-01-01T10:00'
has 'all of them' '4 deliveries: all'
answers 'since a time to come' 200 '/listeners/past/none?since=2126-01-01T10:00'
has 'none' 'None could be tried'
answers 'a time that is none' 422 '/listeners/past/none?since=yesterday'
has 'is told' 'A time is a day and an hour'
answers 'of no listener' 404 /listeners/past/nothing

answers 'its form' 200 /listeners/edit/none
has 'asks what they would become' 'What would the last deliveries become?'
form 'the changed filter is tried' 200 /listeners/edit/none filter/as=expression \
    "/filter=payload.feature == 'camera'" /name=Typed ask=past
has 'what becomes of them' '4 deliveries: 2 would come to something else'
has 'then and now are counted' '<td data-label="Came to"><span class="state filtered">filtered</span></td><td data-label="Would come to"><span class="state applied">applied</span></td><td data-label="Deliveries">2</td><td data-label="Why" class="wide">by what is changed here</td>'
has 'those that stay' 'Those that would come to the same: 2'
has 'each is explained' '<summary>Why'
has 'with what would be changed' '<div><dt>add-note</dt><dd>noted</dd></div>'
has 'what was typed is kept' 'value="Typed"'
has 'the filter too' 'payload.feature == &#39;camera&#39;'
lacks 'no problem' 'There is a problem'
unchanged 'nothing is changed by it'
form 'a filter that takes the last one' 200 /listeners/edit/none filter/as=expression \
    "/filter=payload.feature != 'camera'" ask=past
has 'what came is told' '&lt;b&gt;light'
lacks 'as text' '<b>light'

form 'a filter that is none' 422 /listeners/edit/none filter/as=expression \
    '/filter=payload.feature ==' ask=past
has 'is told' 'It was not tried, since it could not be saved like this'
form 'a time that is none' 422 /listeners/edit/none filter/as=expression /filter=true \
    past/since=never ask=past
has 'is told at its field' 'id="f-past-since-problem"'
form 'since a time' 200 /listeners/edit/none filter/as=expression /filter=true \
    past/since=2001-01-01T10:00 ask=past
has 'all' '4 deliveries: 4 would'
has 'the time is kept' 'value="2001-01-01T10:00"'

answers 'its form again' 200 /listeners/edit/none
form 'with a new macro' 200 /listeners/edit/none filter/as=expression /filter=true \
    macro/from=new 'macro:/name=Made with it' macro:/actions/0/action=add-points \
    macro:/actions/0/points=5 macro:/actions/0/reason=Likes ask=past
has 'it is tried too' '<dt>add-points</dt>'
has 'what was typed of it is kept' 'value="Made with it"'
answers 'its form again' 200 /listeners/edit/none
form 'with a new API key' 200 /listeners/edit/none filter/as=expression /filter=true \
    key/from=new key:/name=other ask=past
has 'it is tried too' '4 deliveries: 4 would'
unchanged 'nothing is made by it'

answers 'its form again' 200 /listeners/edit/none
form 'it is saved' 303 /listeners/edit/none filter/as=expression \
    "/filter=payload.feature == 'camera'"
answers 'as it stands now' 200 /listeners/past/none
has 'it would be so' '4 deliveries: 2 would come to something else'
has 'since the rule is another' 'records or rules are not what they were then'

# A delivery that nobody has sent
earshot export >"$tmp/before"
answers 'its URL' 200 /listeners/ready/none
has 'leads to a trial' '/listeners/try/none">Try it here'
answers 'of what the sender would send' 200 /listeners/try/none
has 'as fields' 'name="value:/feature" value="camera"'
form 'as it stands, about somebody' 200 /listeners/try/none value:/email=ann@mail.example
has 'it would be done' '<span class="state applied">applied</span> It would be carried out.'
has 'with what would be changed' '<dt>add-note</dt><dd>noted</dd>'
has 'what was typed stays' 'name="value:/email" value="ann@mail.example"'
form 'what the filter does not take' 200 /listeners/try/none value:/feature='<b>light</b>'
has 'would be filtered' '<span class="state filtered">filtered</span>'
lacks 'no markup of it' '<b>light'
form 'about nobody' 200 /listeners/try/none value:/email=nobody@mail.example
has 'says so' '<span class="state unknown-target">unknown-target</span>'
form 'with others' 200 /listeners/try/none value:/email=ann@mail.example value:/feature=camera 'others=/app/version: 2.4.1
title: The map: it flickers'
has 'is taken' '<span class="state applied">applied</span>'
has 'and stays' 'title: The map: it flickers'
form 'others that are none' 422 /listeners/try/none 'others=nonsense
and more of it'
has 'are told' '<a href="#f-others">Other parameters: each line is a name'
has 'at their field' 'aria-describedby="f-others-help f-others-problem" aria-invalid="true"'
has 'with one of them' '&quot;nonsense&quot; is none.'
lacks 'which is enough' '&quot;and more of it&quot;'
unchanged 'nothing is changed by it'
answers 'of no listener' 404 /listeners/try/nothing

for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	for j in 1 2 3 4 5; do
		printf '%s\n' "url = \"$listen/macro/none\"" 'data = "{\"email\":\"ann@mail.example\",\"feature\":\"sound\"}"' \
		    "header = \"Authorization: Bearer $key\"" 'header = "Content-Type: application/json"' \
		    "output = \"$tmp/none\"" next
	done
done | sed '$d' >"$tmp/hundred"
curl -s -m 120 -K "$tmp/hundred"
verdict $? 'a hundred more come'
answers 'more than a hundred' 200 /listeners/past/none
has 'the last hundred are tried' '100 deliveries: all would come to the same'
has 'that there are older ones is told' 'There are older ones'
older=$(sed -n 's/.*href="\/listen\/console\([^"]*\)">Try older ones.*/\1/p' "$tmp/page" |
    sed 's/&amp;/\&/g')
answers 'those' 200 "$older"
has 'are the first' '4 deliveries: 2 would'
answers 'in the form' 200 /listeners/edit/none
form 'as it stands' 200 /listeners/edit/none ask=past
more=$(sed -n 's/.*value="past \([^"]*\)".*/\1/p' "$tmp/page" | head -n 1)
form 'and older ones' 200 /listeners/edit/none "ask=past $more"
has 'which are the first' '4 deliveries: 2 would'

answers 'a position that is none' 400 '/listeners/past/none?after=nonsense'
sign_in ann@mail.example
answers 'who is nobody here' 303 /listeners/past/none

echo "1..$n"
exit $bad
