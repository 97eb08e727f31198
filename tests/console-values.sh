#!/bin/sh
# SPDX-License-Identifier: ISC
# External data by file in the console, as a browser without script has it: the values of a data
# group are saved as CSV and as lines of JSON, and loaded again, after a look at what that does, by
# line; whoever may not have them does not.
. "$(dirname "$0")/rig.sh"
. "$(dirname "$0")/console-rig.sh"

settings <<-CONF
	[console]
	address = $url
CONF
start
# saves PATH FILE: what is given out
saves()
{
	curl -s -m 60 -b "$jar" "$url$1" >"$2"
}

python3 - >"$tmp/all.jsonl" <<'END'
import json
texts = ['pro', '=1+1', "'=1", "''=2", '-3', '<b>', 'a "b"', 'one, two; three', '\tx', ' blank ', 'Grüße 日本', "o'clock"]
fields = [('Plan', '/account/plan', 'string'), ('Launches', 'launches', 'integer'), ('Paying', 'paying', 'boolean'),
          ('Seen', 'at', 'datetime')]
fields = [{'label': l, 'parameter': p, 'type': t} for l, p, t in fields]
fields[0]['history'] = '9000d'
for project in (None, 'phone'):
    doc = {'kind': 'group', 'key': 'saved', 'name': 'Saved', 'automation': 'user', 'fields': fields}
    if project:
        doc['project'] = project
    print(json.dumps(doc))
for i in range(1200):
    print(json.dumps({'kind': 'user', 'email': 'v%04d@mail.example' % i}))
    values = {'/account/plan': texts[i % len(texts)], 'launches': i - 5, 'paying': i % 2 == 0,
              'at': '2026-01-%02dT00:00:00Z' % (i % 28 + 1)}
    print(json.dumps({'kind': 'value', 'group': 'saved', 'user': 'v%04d@mail.example' % i, 'at': '2026-02-01T00:00:00Z',
                      'values': values, 'history': {'/account/plan': [{'at': '2026-01-01T00:00:00Z', 'value': 'x%d' % i}]}}))
END
earshot apply "$tmp/all.jsonl" >"$tmp/said" 2>&1
verdict $? 'a group and its values' "$tmp/said"
earshot export value | grep '"group":"saved"' >"$tmp/before"
is 'all are there' 1200 "$(wc -l <"$tmp/before")"

# ---- saved

sign_in jim@acme.example
csrf=$(csrf)
answers 'the page of the group' 200 /groups/edit/saved
has 'gives them out' 'href="/listen/console/groups/csv/saved">'
has 'and takes them' '<input type="hidden" name="group" value="saved">'
answers 'as CSV' 200 /groups/csv/saved
has 'it is a file' 'Content-Disposition: attachment; filename="saved-'
saves /groups/csv/saved "$tmp/saved.csv"
is 'with a head' 'user,values./account/plan,values.launches,values.paying,values.at,set at' \
    "$(head -n 1 "$tmp/saved.csv" | tr -d '\r')"
is 'no cell is a formula' 0 "$(grep -c "^[^,]*,\"\{0,1\}[-=+@$(printf '\t')]" "$tmp/saved.csv")"
is 'since text stands before what would be one' 100 "$(grep -c "^[^,]*,'=1+1," "$tmp/saved.csv")"
saves /groups/json/saved "$tmp/saved.jsonl"
cmp -s "$tmp/saved.jsonl" "$tmp/before"
verdict $? 'lines of JSON are those of earshot export' "$tmp/saved.jsonl"
i=0 clients=
while [ $i -lt 8 ]; do
	saves "/groups/csv/saved" "$tmp/again$i" &
	clients="$clients $!"
	i=$((i + 1))
done
# shellcheck disable=SC2086 # several
wait $clients
i=0
while [ $i -lt 8 ]; do
	cmp -s "$tmp/saved.csv" "$tmp/again$i"
	verdict $? "many at once have the same, $i" "$tmp/again$i"
	i=$((i + 1))
done

# Values that are long are asked for a few at a time, here and in a list.
python3 - >"$tmp/long.jsonl" <<'END'
import json
print(json.dumps({'kind': 'group', 'key': 'long', 'name': 'Long', 'automation': 'user',
                  'fields': [{'label': 'Text', 'parameter': 'text', 'type': 'string'}]}))
print(json.dumps({'kind': 'user', 'email': '=v@mail.example'}))
for who in ['=v'] + ['v%04d' % i for i in range(400)]:
    print(json.dumps({'kind': 'value', 'group': 'long', 'user': who + '@mail.example', 'values': {'text': who + 'x' * 25000}}))
END
earshot apply "$tmp/long.jsonl" >"$tmp/said" 2>&1
verdict $? 'long values' "$tmp/said"
for path in /groups/csv/long /groups/json/long \
    '/list/people/csv?column=email&column=data.long.text&filter=has%28data.long.text%29'; do
	saves "$path" "$tmp/long"
	is "all of $path" 401 "$(grep -c 'v[0-9]*xxxx' "$tmp/long")"
done
saves /groups/csv/long "$tmp/long"
is 'and no cell is a formula' 0 "$(grep -c -e '^[=+@-]' -e ',[=+@-][^0-9]' "$tmp/long")"
sends 'what was saved' value "$tmp/long" -F group=long
is 'is what there is' 401 "$(tile 'the same already')"

# ---- loaded again

sends 'the same CSV' value "$tmp/saved.csv" -F group=saved
is 'changes nothing' 1200 "$(tile 'the same already')"
has 'the times of it are for people' 'the column &quot;set at&quot; is passed over'
lacks 'there is nothing to be done' '/start"'
python3 - "$tmp" <<'END'
import csv, sys
rows = list(csv.reader(open(sys.argv[1] + '/saved.csv', newline='')))
rows[1:] = sorted(rows[1:])
rows[0] = ['E-Mail', 'plan', 'Launches', 'values.paying', 'Seen', '']
rows[0][1] = 'Plan'
rows[1][2] = 'many'
rows[2][2] = '99'
rows[3][1] = ''
rows[4][0] = 'nobody@mail.example'
rows[5][3] = 'false' if rows[5][3] == 'true' else 'true'
with open(sys.argv[1] + '/edited.csv', 'w', newline='') as out:
    csv.writer(out, delimiter=';').writerows([row[:5] for row in rows[:7]])
END
sends 'an edited one' value "$tmp/edited.csv" -F group=saved
has 'it is said of what' 'Values of the data group saved'
is 'two would change' 2 "$(tile 'would change')"
is 'two would be refused' 2 "$(tile 'would be refused')"
has 'one by its line' '<td data-label="Line">2</td><td data-label="Reason">launches: an integer is expected, got &quot;many&quot;'
has 'one who is nobody' 'there is no user &quot;nobody@mail.example&quot;'
has 'what changes' 'values.launches: -4 → 99'
imports 'it'
is 'as was said' 2 "$(tile changed)"
is 'and is stored' 99 "$(earshot user list --csv --columns data.saved.launches --filter 'user.email == "v0001@mail.example"' | sed -n 2p | tr -d '\r')"
sends 'an empty cell takes a value away' value "$tmp/edited.csv" -F group=saved -F clear=1
is 'if that is wanted' 1 "$(tile 'would change')"
has 'it is told' 'values./account/plan:'
sends 'lines of JSON' value "$tmp/saved.jsonl" -F group=saved
is 'make it as it was' 2 "$(tile 'would change')"
imports 'they'
earshot export value | grep '"group":"saved"' | python3 -c '
import json, sys
print(sorted((d["user"], sorted(d["values"].items())) for d in map(json.loads, sys.stdin)))' >"$tmp/now"
python3 -c '
import json, sys
print(sorted((d["user"], sorted(d["values"].items())) for d in map(json.loads, sys.stdin)))' <"$tmp/before" >"$tmp/then"
cmp -s "$tmp/now" "$tmp/then"
verdict $? 'each value is what it was' "$tmp/now"

# ---- an empty group gets all that was saved, to the letter

earshot group remove saved --yes >"$tmp/said" 2>&1 && head -n 1 "$tmp/all.jsonl" >"$tmp/group.jsonl" &&
    earshot apply "$tmp/group.jsonl" >>"$tmp/said" 2>&1
verdict $? 'emptied' "$tmp/said"
sends 'all of it' value "$tmp/saved.jsonl" -F group=saved
is 'is new' 1200 "$(tile 'would be new')"
imports 'all of it'
earshot export value | grep '"group":"saved"' | cmp -s - "$tmp/before"
verdict $? 'with times and past' "$tmp/before"

# ---- what is none of it

cat >"$tmp/odd.jsonl" <<'END'

{"kind":"user","email":"sneaky@mail.example","roles":["admin"]}
{"kind":"value","group":"usage","user":"v0001@mail.example","values":{"launches":1}}
{"user":"v0001@mail.example","values":{"launches":7}}
{"values":
{"user":"v0002@mail.example","values":{"none":7}}
END
sends 'lines of all sorts' value "$tmp/odd.jsonl" -F group=saved
is 'one is good' 1 "$(tile 'would change')"
is 'the others are none' 4 "$(tile 'would be refused')"
has 'an account' '<td data-label="Line">2</td><td data-label="Reason">it is a user, and this import is of kind value'
has 'another group' 'it is of the data group usage, and this import is of saved'
has 'another field' 'the group has no parameter &quot;none&quot;'
answers 'a group that is none' 422 /imports -F "csrf=$csrf" -F key=n -F kind=value -F group=nope \
    -F "file=@$tmp/odd.jsonl"
has 'is told' 'There is no group &quot;nope&quot;'
printf 'user,launches,colour\nv0001@mail.example,1,red\n' >"$tmp/colour.csv"
sends 'a column that is no field' value "$tmp/colour.csv" -F group=saved
has 'is to be chosen' '<option value="values.launches">Launches</option>'
answers 'it is passed over' 303 "$to/check" -d "csrf=$csrf" -d column/0=user \
    -d column/1=values.launches -d column/2=-
comes 'it is looked at again' checked "$to"
is 'and good' 1 "$(tile 'would change')"

# ---- who may

earshot user set ann@mail.example projects+=phone >"$tmp/said" 2>&1
verdict $? 'a participant of a project' "$tmp/said"
earshot project set phone managers+=ann@mail.example >"$tmp/said" 2>&1
verdict $? 'a manager of a project' "$tmp/said"
earshot apply - >"$tmp/said" 2>&1 <<'END'
{"kind":"value","group":"saved","project":"phone","user":"ann@mail.example","values":{"launches":1}}
{"kind":"value","group":"saved","project":"phone","user":"v0001@mail.example","values":{"launches":2}}
END
verdict $? 'values in it, of a participant and of somebody else' "$tmp/said"
sign_in ann@mail.example
csrf=$(csrf)
answers 'what is not of hers' 403 /groups/csv/saved
answers 'what is hers' 200 /groups/csv/phone/saved
has 'has who is of it' 'ann@mail.example'
lacks 'and nobody else' 'v0001'
answers 'the other is not to be changed' 422 /imports -F "csrf=$csrf" -F key=o -F kind=value -F group=saved \
    -F "file=@$tmp/saved.csv"
has 'as if it was not there' 'There is no group &quot;saved&quot;'
printf 'user,launches\nann@mail.example,3\nv0001@mail.example,3\n' >"$tmp/two.csv"
sends 'her file' value "$tmp/two.csv" -F group=phone/saved
is 'one of hers' 1 "$(tile 'would change')"
is 'one of others' 1 "$(tile 'would be refused')"
has 'who may be nobody' 'project phone has no user'
imports 'hers'

stop
earshot check >"$tmp/said" 2>&1
verdict $? 'the store is as it should be' "$tmp/said"
echo "1..$n"
exit $bad
