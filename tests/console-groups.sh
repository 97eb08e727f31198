#!/bin/sh
# SPDX-License-Identifier: ISC
# Data groups in the console, as a browser without script has them: made, changed row by row, and
# what a change does to stored values told before it is done; by many at once.
. "$(dirname "$0")/rig.sh"
. "$(dirname "$0")/console-rig.sh"

settings <<-CONF
	[console]
	address = $url
CONF
start
# values FIELD: those of the group trip, with whose they are
values()
{
	earshot user list --csv --sort email --columns "email,data.trip.$1" | tr -d '\r' |
	    sed -e 1d -e '/,$/d'
}
valued()
{
	values "$2" >"$tmp/values"
	printf '%s\n' "$3" | cmp -s - "$tmp/values"
	verdict $? "$1" "$tmp/values"
}

# converted GROUP: waits until its values have their new form
converted()
{
	tries=0
	while page "/groups/edit/$1" && grep -q 'being converted' "$tmp/page" && [ $tries -le 1200 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
	lacks "$1 is converted" 'being converted'
}

sign_in jim@acme.example
answers 'data groups' 200 /groups
has 'a project is chosen there' 'class="switch" method="get" action="/listen/console/groups">'
has 'those that there are' '<code>usage</code>'
has 'how many have values' '<td data-label="Have values">'

answers 'a new one' 200 /groups/new
form 'without fields' 422 /groups/new '/name=Trip <b>' /automation=user
has 'is refused' 'at least one field'
has 'what was typed is kept' 'value="Trip &lt;b&gt;"'
has 'the key is proposed' 'value="trip-b"'
form 'a row' 200 /groups/new /key=trip /fields/0/label=Miles /fields/0/parameter=miles \
    /fields/0/type=string ask=field-add
has 'is added' 'name="/fields/1/label"'
form 'another' 200 /groups/new '/fields/1/label=Seen <i>' /fields/1/parameter=miles \
    /fields/1/type=datetime ask=field-add
form 'a third one' 422 /groups/new /fields/2/label=Paid /fields/2/parameter=paid \
    /fields/2/type=boolean
has 'two of one parameter are refused' 'Field 2: Field 0 has the same parameter'
has 'at the row' 'id="f-fields-1-problem"'
has 'by a link' '<a href="#f-fields-1-parameter">'
lacks 'no program comes back' 'Seen <i>'
form 'the second row up' 200 /groups/new /fields/1/parameter=seen 'ask=field-up 1'
has 'is the first' 'name="/fields/0/label" value="Seen &lt;i&gt;"'
form 'and down' 200 /groups/new 'ask=field-down 0'
has 'is the second' 'name="/fields/1/label" value="Seen &lt;i&gt;"'
form 'a row is taken away' 200 /groups/new 'ask=field-drop 1'
has 'the third is the second' 'name="/fields/1/label" value="Paid"'
lacks 'there is no other' 'name="/fields/2/label"'
form 'an empty row in the middle' 200 /groups/new ask=field-add
form 'does not matter' 303 /groups/new
has_line 'to its page' 'Location: /listen/console/groups/edit/trip'
earshot group show trip --json >"$tmp/page"
has 'it is stored' '"fields":[{"label":"Miles","parameter":"miles","type":"string"},{"label":"Paid","parameter":"paid","type":"boolean"}]'
answers 'a name that is taken' 200 '/groups/new?from=usage'
form 'is refused' 422 /groups/new /key=trip
has 'at the field' 'id="f-key-problem"'

cat >"$tmp/more.jsonl" <<-'JSONL'
	{"kind":"value","group":"trip","user":"ann@mail.example","values":{"miles":"41","paid":true}}
	{"kind":"value","group":"trip","user":"jim@acme.example","values":{"miles":"<b>far</b>","paid":false}}
	{"kind":"listener","key":"trips","name":"Trips <b>","type":"data","automation":"user","apiKey":"demo","group":"trip","target":{"match":"email","parameter":"email"}}
	{"kind":"filter","key":"payers","automation":"user","filter":"data.trip.paid && data.trip.miles != ''"}
	{"kind":"template","key":"trip-mail","automation":"user","subject":"Trip","text":"{{#user.email}}{{data.trip.Miles | upper}}{{/user.email}}"}
	{"kind":"view","key":"trips","automation":"user","columns":["email","data.trip.miles"]}
	{"kind":"macro","key":"trip-note","name":"Note","automation":"user","actions":[{"action":"add-note","text":"{{data.trip.paid}}"}]}
JSONL
earshot apply "$tmp/more.jsonl" >"$tmp/said" 2>&1
verdict $? 'values, and rules that name them' "$tmp/said"
answers 'its page' 200 /groups/edit/trip
has 'how many have values' '<strong>2</strong> have values'
has 'who fills it' '/listeners/edit/trips">Trips &lt;b&gt;</a></td><td data-label="What">External Listener</td><td data-label="Fields">fills it</td>'
has 'a filter' '/documents/filter/edit/payers">payers</a></td><td data-label="What">Filter</td><td data-label="Fields">Miles, Paid</td>'
has 'a template, also in a section' '/documents/template/edit/trip-mail">trip-mail</a></td><td data-label="What">Template</td><td data-label="Fields">Miles</td>'
has 'a view' '/documents/view/edit/trips">trips</a></td><td data-label="What">View</td><td data-label="Fields">Miles</td>'
has 'a macro' '/documents/macro/edit/trip-note">Note</a></td><td data-label="What">Macro</td><td data-label="Fields">Paid</td>'
lacks 'nobody else' '/documents/macro/edit/award'

# ---- what a change does is told before it is done

earshot export >"$tmp/before"
form 'another type' 200 /groups/edit/trip /fields/0/type=integer
has 'it is asked' 'Nothing is changed yet'
has 'the types' 'string becomes integer.'
has 'what is lost is counted' '<dt>are lost</dt><dd>1</dd>'
has 'what is converted, too' '<dt>are converted</dt><dd>1</dd>'
has 'a sample, harmless' '<code>&lt;b&gt;far&lt;/b&gt;</code> of jim@acme.example'
has 'and one that is converted' '<code>41</code> of ann@mail.example becomes <code>41</code>'
has 'with the number on the button' 'Change it and lose 1 value<'
unchanged 'nothing is changed'
cp "$tmp/page" "$tmp/asked"
form 'back to the form' 200 /groups/edit/trip ask=back
has 'with what was typed' '<option value="integer" selected>'
unchanged 'nothing is changed by that'
cp "$tmp/asked" "$tmp/page"
earshot user set tom@mail.example roles+=tester >/dev/null 2>&1
echo '{"kind":"value","group":"trip","user":"kim@mail.example","values":{"miles":"x"}}' >"$tmp/late.jsonl"
earshot user create kim@mail.example >"$tmp/said" 2>&1
earshot apply "$tmp/late.jsonl" >>"$tmp/said" 2>&1
verdict $? 'one more value comes meanwhile' "$tmp/said"
form 'what was not told' 422 /groups/edit/trip
has 'is not lost' '2 stored values would be lost, and 1 were told'
valued 'all are there' miles 'ann@mail.example,41
jim@acme.example,<b>far</b>
kim@mail.example,x'
form 'it is told anew' 200 /groups/edit/trip
has 'with all' 'Change it and lose 2 values'
form 'and then done' 303 /groups/edit/trip
valued 'what is a number stays' miles 'ann@mail.example,41'
earshot group show trip --json >"$tmp/page"
has 'the type is the new one' '"type":"integer"'
lacks 'what was for that time is not kept' 'mayLose'

answers 'its page' 200 /groups/edit/trip
form 'another parameter' 200 /groups/edit/trip /fields/0/parameter=/trip/miles
has 'its values stay' 'its values stay with it'
has 'who names the old one is told' 'and find nothing there any more: <a href="/listen/console/documents/template'
form 'it is done' 303 /groups/edit/trip
valued 'the value is found by it' /trip/miles 'ann@mail.example,41'
earshot user list --csv --columns email --filter 'data.trip["/trip/miles"] == 41' >"$tmp/page"
has 'by the index, too' 'ann@mail.example'
lacks 'alone' 'jim@acme.example'
earshot filter remove payers >"$tmp/said" 2>&1 && earshot check >"$tmp/page" 2>&1
verdict $? 'but for that filter the store is as it should be' "$tmp/page"

answers 'its page' 200 /groups/edit/trip
form 'two fields exchange their parameters' 200 /groups/edit/trip /fields/0/parameter=paid \
    /fields/1/parameter=/trip/miles
has 'the values stay' 'its values stay with it'
form 'it is done' 303 /groups/edit/trip
valued 'the number has the other name' paid 'ann@mail.example,41'
earshot check >"$tmp/page" 2>&1
verdict $? 'the store is as it should be' "$tmp/page"
answers 'its page' 200 /groups/edit/trip
form 'a field that goes' 200 /groups/edit/trip 'ask=field-drop 0'
form 'is told' 200 /groups/edit/trip
has 'with what is lost' 'Change it and lose 1 value<'
form 'it is done' 303 /groups/edit/trip
valued 'it is gone' /trip/miles 'ann@mail.example,true
jim@acme.example,false'
answers 'its page' 200 /groups/edit/trip
form 'what touches no value' 303 /groups/edit/trip /name=Trips /fields/0/label=Paid \
    '/fields/0/description=Has paid'
answers 'a version of before' 200 /groups/edit/trip
earshot group set trip name=Journeys >"$tmp/said" 2>&1
form 'does not take the place of another' 422 /groups/edit/trip /name=Mine
has 'it is told' 'Somebody else has changed it'
lacks 'and leads to no other form' 'href="#f-file"'

# ---- many values: each is counted, as they are by hand

python3 - "$tmp" <<'END'
import json, random, sys
random.seed(9)
words = ['1', '-7', '007', '+5', '9223372036854775807', '9223372036854775808', '1.5', '', ' 1', 'x', '<i>', '1e3']
whole = {'1', '-7', '007', '+5', '9223372036854775807'}
with open(sys.argv[1] + '/long.jsonl', 'w') as out:
    print(json.dumps({'kind': 'group', 'key': 'long', 'name': 'Long', 'automation': 'user', 'fields': [
        {'label': 'W', 'parameter': 'w', 'type': 'string'}, {'label': 'Gone', 'parameter': 'gone', 'type': 'boolean'}]}), file=out)
    lost = same = gone = 0
    for i in range(3000):
        values = {'w': random.choice(words)}
        lost += values['w'] not in whole
        if random.random() < .4:
            values['gone'] = True
            gone += 1
        print(json.dumps({'kind': 'user', 'email': 'l%d@mail.example' % i}), file=out)
        print(json.dumps({'kind': 'value', 'group': 'long', 'user': 'l%d@mail.example' % i, 'values': values}), file=out)
with open(sys.argv[1] + '/long.counts', 'w') as out:
    print('{:,} {:,} {:,} {:,}'.format(lost, 3000 - lost, gone, lost + gone), file=out)
END
earshot apply "$tmp/long.jsonl" >"$tmp/said" 2>&1
verdict $? 'three thousand values' "$tmp/said"
read -r lost converted gone all <"$tmp/long.counts"
answers 'its page' 200 /groups/edit/long
has 'knows how many' '<strong>3,000</strong> have values'
form 'a field goes' 200 /groups/edit/long 'ask=field-drop 1'
form 'and the other changes' 200 /groups/edit/long /fields/0/type=integer
has 'what is lost' "<dt>are lost</dt><dd>$lost</dd>"
has 'what is converted' "<dt>are converted</dt><dd>$converted</dd>"
has 'what goes' "<dt>are lost</dt><dd>$gone</dd>"
has 'all of it' "Change it and lose $all values"
form 'it is begun' 303 /groups/edit/long
converted long
earshot user list --csv --columns data.long.w --filter 'data.long.w != null' | sed 1d | wc -l |
    sed ':a;s/\([0-9]\)\([0-9]\{3\}\)$/\1,\2/' >"$tmp/page"
has 'as many as were told have one' "$converted"
# ---- more than one transaction takes: it goes on over owners that are killed, and can be stopped

python3 - "$tmp" <<'END'
import json, sys
with open(sys.argv[1] + '/slow.jsonl', 'w') as out:
    fields = [{'label': 'W', 'parameter': 'w', 'type': 'string', 'history': '90d'},
              {'label': 'V', 'parameter': 'v', 'type': 'integer'}]
    print(json.dumps({'kind': 'group', 'key': 'slow', 'name': 'Slow', 'automation': 'user',
                      'fields': fields}), file=out)
    for i in range(9000):
        print(json.dumps({'kind': 'user', 'email': 's%d@mail.example' % i}), file=out)
        print(json.dumps({'kind': 'value', 'group': 'slow', 'user': 's%d@mail.example' % i,
                          'values': {'w': ('x%d' if i % 9 == 0 else '%d') % i, 'v': i}}), file=out)
for name, more in ('back', {'was': 'v'}), ('again', {}):
    with open(sys.argv[1] + '/%s.jsonl' % name, 'w') as out:
        fields[0]['type'] = 'string'
        fields[1] = dict({'label': 'V', 'parameter': 'u', 'type': 'integer'}, **more)
        print(json.dumps({'kind': 'group', 'key': 'slow', 'name': 'Slow', 'automation': 'user',
                          'fields': fields}), file=out)
END
# number NAME WANTED FILTER: so many users are like that
number()
{
	earshot user list --csv --columns email --filter "$3" | sed 1d | wc -l >"$tmp/number"
	[ "$(cat "$tmp/number")" -eq "$2" ]
	verdict $? "$1: $2" "$tmp/number"
}
# The console itself, which tells how far it is, stays.
while earshot stat --json | grep -q '"owner":{"pid":[0-9]*,"program":"console.fcgi"'; do
	kills 'the console as owner'
done
served
# Once more, with all anew, where it was done before its owner was killed: that is soon.
left=20
: >"$tmp/going"
until [ -s "$tmp/going" ] || [ $left -eq 0 ]; do
	left=$((left - 1))
	head -n 1 "$tmp/slow.jsonl" | earshot apply - >"$tmp/said" 2>&1 &&
	    earshot apply "$tmp/slow.jsonl" >"$tmp/said" 2>&1
	verdict $? 'nine thousand values' "$tmp/said"
	answers 'their page' 200 /groups/edit/slow
	form 'a text becomes a number' 200 /groups/edit/slow /fields/0/type=integer
	has 'what would be lost' 'Change it and lose 1,000 values'
	has 'that it takes a while' 'are converted by and by'
	filled /groups/edit/slow
	pid=$(owner)
	page /groups/edit/slow -d "@$tmp/form"
	kill -9 "$pid" 2>"$tmp/said"
	verdict $? 'it is begun, and its owner killed' "$tmp/said"
	has_line 'which leads to its page' 'Location: /listen/console/groups/edit/slow'
	page /groups/edit/slow
	has 'where it is said' 'The change of slow is begun.'
	sed -n 's/.*being converted<\/span> \(.*\)<\/p>/# at \1/p' "$tmp/page" >>"$tmp/going"
	kills 'the next one'
	kills 'and the third'
	served
	converted slow
done
[ -s "$tmp/going" ]
verdict $? 'it went on when its owner was killed'
cat "$tmp/going"
lacks 'nothing was given up' 'given up'
has 'it has its new type' '<option value="integer" selected>'
number 'all that can be numbers are' 8000 'data.slow.w >= 0'
number 'in the index, too' 1 'data.slow.w == 8999'
number 'nothing else is touched' 9000 'data.slow.v >= 0'
earshot export value | grep -c '"group":"slow"' >"$tmp/number"
[ "$(cat "$tmp/number")" -eq 9000 ]
verdict $? 'each has its values once' "$tmp/number"
earshot apply --dry-run "$tmp/back.jsonl" >"$tmp/said" 2>&1 && grep -q updated "$tmp/said"
verdict $? 'the command line tries it' "$tmp/said"
number 'and changes nothing' 9000 'data.slow.v >= 0'
earshot apply "$tmp/back.jsonl" >"$tmp/said" 2>&1 && grep -q updated "$tmp/said"
verdict $? 'and waits until it is done' "$tmp/said"
number 'text is text again' 1 'data.slow.w == "8999"'
number 'under another name' 9000 'data.slow.u >= 0'
token=$(csrf)
# Another change begins, and is stopped at once.
stopped()
{
	page /groups/edit/slow
	filled /groups/edit/slow /fields/0/type=integer
	page /groups/edit/slow -d "@$tmp/form"
	filled /groups/edit/slow
	curl -s -i -m 60 -H Expect: -b "$jar" -d "@$tmp/form" "$url/groups/edit/slow" \
	    --next -s -i -m 60 -H Expect: -b "$jar" -d "csrf=$token" "$url/groups/stop/slow" >"$tmp/both"
	page /groups/edit/slow
	grep -q 'stopped by' "$tmp/page"
}
# Once more where it was done before.
left=20
until stopped || [ $left -eq 0 ]; do
	left=$((left - 1))
	earshot apply "$tmp/again.jsonl" >"$tmp/said" 2>&1
	verdict $? 'all anew' "$tmp/said"
done
[ "$(grep -c '^HTTP[^ ]* 303' "$tmp/both")" -eq 2 ]
verdict $? 'another change begins, and is stopped' "$tmp/both"
has 'by whom is told' 'stopped by jim@acme.example'
has 'the group is as it was' '<option value="string" selected>'
number 'and its values' 1 'data.slow.w == "8999"'
earshot macro remove trip-note >"$tmp/said" 2>&1 && earshot check >"$tmp/page" 2>&1
verdict $? 'the store is as it should be' "$tmp/page"

# ---- many at once: everybody his own group, and all the same one

python3 - "$top/tests/console" "$url" "$(token_of_link jim@acme.example)" 16 <<'END' >"$tmp/many" 2>&1
import sys
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode, urljoin
sys.path.insert(0, sys.argv[1])
from browser import Browser
base, token, n = sys.argv[2], sys.argv[3], int(sys.argv[4])
first = Browser(base)
first.open(base + '/sign-in/link', urlencode({'token': token}).encode())
cookies = list(first.jar)


class Client(Browser):
    def __init__(self):
        super().__init__(base)
        for cookie in cookies:
            if 'session' in cookie.name:
                self.jar.set_cookie(cookie)

    def send(self, path, **given):
        one = next(form for form in self.page.forms if form['action'].endswith(path))
        self.form = lambda: one
        given = {name.replace('__', '/'): value for name, value in given.items()}
        pairs = [pair for pair in self.pairs() if pair[0] not in given] + list(given.items())
        return self.open(urljoin(base, one['action']), urlencode(pairs).encode())


def work(i):
    client = Client()
    key = 'many-%d' % i
    client.get('/groups/new')
    client.send('/groups/new', **{'/name': 'Many %d' % i, '/key': key, '/automation': 'user',
                                  '/fields/0/label': 'A%d' % i, '/fields/0/parameter': 'a',
                                  '/fields/0/type': 'string', 'ask': 'field-add'})
    client.send('/groups/new', **{'/fields/1/label': 'B%d' % i, '/fields/1/parameter': 'b',
                                  '/fields/1/type': 'boolean'})
    assert client.status == 200 and client.path == '/groups/edit/' + key, client.path
    for _ in range(5):
        client.send('/groups/edit/' + key, ask='field-up 1')
        assert 'name="/fields/0/label" value="B%d"' % i in client.page.html
        client.send('/groups/edit/' + key)
        assert client.status == 200, client.page.html
        assert 'name="/fields/0/label" value="B%d"' % i in client.page.html
        client.send('/groups/edit/' + key, ask='field-down 0')
        client.send('/groups/edit/' + key)
        assert 'name="/fields/0/label" value="A%d"' % i in client.page.html
        assert 'value="B%d"' % (i + 1) not in client.page.html
    # One of all who change the same at once, each from the same version, wins; the others are
    # told so.
    client.get('/groups/edit/trip')
    return client


with ThreadPoolExecutor(n) as pool:
    clients = list(pool.map(work, range(n)))
    for client in clients:
        client.get('/groups/edit/trip')
    done = list(pool.map(lambda c: c[1].send('/groups/edit/trip', **{'/name': 'By %d' % c[0]}),
                         enumerate(clients)))
won = [c for c in clients if c.status == 200]
lost = [c for c in clients if c.status == 422 and 'Somebody else has changed it' in c.page.html]
assert len(won) == 1 and len(lost) == n - 1, (len(won), len(lost))
print('good')
END
grep -qx good "$tmp/many"
verdict $? 'sixteen people at once' "$tmp/many"

# ---- who may what

earshot user create pam@acme.example --roles tester >"$tmp/said" 2>&1
earshot project set phone managers+=pam@acme.example >>"$tmp/said" 2>&1
echo '{"kind":"group","key":"calls","project":"phone","name":"Calls","automation":"user","fields":[{"label":"N","parameter":"n","type":"integer"}]}' >"$tmp/own.jsonl"
earshot apply "$tmp/own.jsonl" >>"$tmp/said" 2>&1
verdict $? 'a manager of one project' "$tmp/said"
earshot export >"$tmp/before"
sign_in pam@acme.example
answers 'sees' 200 /groups
has 'the groups of it' '<code>phone/calls</code>'
lacks 'and no other' '<code>trip</code>'
answers 'not one of the community' 403 /groups/edit/trip
answers 'may change his own' 200 /groups/edit/phone/calls
csrf=$(hidden csrf)
answers 'not that of others by hand' 403 /groups/edit/trip -d "csrf=$csrf" -d sure=1 -d lost=9 \
    -d /fields/0/label=x -d /fields/0/parameter=x -d /fields/0/type=string
answers 'nor look what it would do' 403 /groups/edit/trip -d "csrf=$csrf" \
    -d /fields/0/label=x -d /fields/0/parameter=x -d /fields/0/type=string
lacks 'no value is told' 'ann@mail.example'
answers 'nor make one there' 422 /groups/new -d "csrf=$csrf" -d /key=own -d /name=Own \
    -d /automation=user -d /fields/0/label=x -d /fields/0/parameter=x -d /fields/0/type=string
unchanged 'nothing is changed'
sign_in ann@mail.example
answers 'a tester sees nothing' 303 /groups

echo "1..$n"
exit $bad
