#!/bin/sh
# SPDX-License-Identifier: ISC
# The command line against a store of its own: what it prints, where, and the
# code it ends with.
. "$(dirname "$0")/rig.sh"
export EARSHOT_DEMO="$top/examples/demo.jsonl" LC_ALL=C.UTF-8
cd "$tmp" || exit 99

earshot()
{
	"$build/src/earshot" --home "$tmp/home" "$@"
}

# Runs a command: its code into $code, what it printed into out and err.
try()
{
	earshot "$@" >out 2>err
	code=$?
}

verdict()
{
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		echo "# code $code"
		sed 's/^/# out: /' out
		sed 's/^/# err: /' err
		bad=1
	fi
}

# ends CODE NAME: with this code, and says why on standard error if it is not 0.
ends()
{
	if [ "$1" -eq 0 ]; then
		[ "$code" -eq 0 ]
	else
		[ "$code" -eq "$1" ] && [ -s err ]
	fi
	verdict $? "$2"
}

# says FILE PATTERN NAME
says()
{
	grep -q -e "$2" "$1"
	verdict $? "$3"
}

same()
{
	cmp -s "$1" "$2"
	verdict $? "$3"
}

# ---- usage

try user list
ends 69 'no store: 69'
says err 'earshot --home .* init' 'and how to make one'
try
ends 2 'no command: 2'
try usr
ends 2 'a wrong word: 2'
says err 'did you mean user' 'and what is like it'
try apikey
says err 'possible here: create rotate revoke list show set edit example remove' 'a missing word shows what is possible'
try --version
ends 0 '--version'
says out '^earshot (Earshot)' 'names program and package'
try --help
ends 0 '--help'
sed -n -e 's/^  \([a-z|]*\( [a-z|]*\)\{0,1\}\).*/\1/p' out | sed -e 's/ *$//' \
    -e 's/^[a-z]*|[a-z|]* \(.*\)/Ar kind Cm \1/' -e '/^Ar/!s/^/Cm /' -e 's/|/ | /g' >rows
while read -r row; do
	grep -q "^\.It $row" "$top/src/manual/earshot.1" || echo "$row"
done <rows >out
[ "$(wc -l <rows)" -gt 20 ] && [ ! -s out ]
verdict $? 'the manual knows every command'

# ---- init, apply, export

EARSHOT_DEMO=$tmp/nowhere.jsonl earshot init --demo >out 2>err
code=$?
ends 1 'a demo that is not there: 1'
grep -q 'nothing was made' err && [ ! -e home ]
verdict $? 'is looked for before anything is made' err
try init --demo
ends 0 'init --demo'
[ "$(stat -c %a home)" = 700 ] && [ -f home/earshot.conf ]
verdict $? 'the home is private and has a sample of the settings'
earshot export >first
try apply first
ends 0 'apply takes what export prints'
says out '^0 created, 0 updated, [1-9][0-9]* unchanged$' 'and nothing changes'
earshot export | cmp -s first - 
verdict $? 'and exports the same again'
"$build/src/earshot" --home "$tmp/second" init >/dev/null
"$build/src/earshot" --home "$tmp/second" apikey create demo >/dev/null
"$build/src/earshot" --home "$tmp/second" apply - <first >out 2>err
code=$?
ends 0 'a new store takes the export on standard input'
"$build/src/earshot" --home "$tmp/second" export | cmp -s first -
verdict $? 'and is the same store'
printf '[{"kind":"team","key":"new","name":"New"},\n\n{"kind":"team",\n"key":"bad","nme":"x"}]\n' >bad.json
try apply bad.json
ends 1 'a bad document: 1'
says err '^bad.json:3: /nme: ' 'with file, line and member'
try team show new
ends 1 'nothing of the file was applied'
printf '{"kind":"team","key":"new","name":"New"}\n{"kind":}\n' >bad.jsonl
try apply bad.jsonl
says err '^bad.jsonl:2: ' 'what is no JSON is told with file and line'
printf '{"kind":"team","key":"new","name":"New"}\n' >good.jsonl
try apply --dry-run good.jsonl
says out '^1 created, 0 updated, 0 unchanged' 'a dry run tells'
try team show new
ends 1 'and changes nothing'
try apply good.jsonl --json
printf '{"created":1,"updated":0,"unchanged":0,"changes":[]}\n' >expected
same out expected 'the summary for programs'
try user list --columns emial,score
ends 2 'a column that no user has: 2'
says err "did you mean 'user.email'" 'and what was meant'
try apikey list --columns id,creatde
says err 'nothing in this list has "creatde"' 'a column that nothing in a list has'
try user list --sort=-socre
ends 2 'an order by what no user has: 2'
try export nonsense
ends 2 'an unknown kind: 2'

# ---- objects

try user list --csv --columns email,fields.country --filter 'user.email == "ann@mail.example"'
printf 'email,fields.country\r\nann@mail.example,SE\r\n' >expected
same out expected 'a list as CSV'
printf '{"kind":"user","email":"lines@mail.example","fields":{"t":"a\\n\\n\\nb\\u009b2J\\u007f"}}\n' >lines.json
earshot apply lines.json >/dev/null
try user list --csv --columns fields.t --filter 'user.email == "lines@mail.example"'
printf 'fields.t\r\n"a\n\n\nb\302\2332J\177"\r\n' >expected
same out expected 'with the empty lines of a cell'
python3 -c 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]))' \
    "$build/src/earshot" --home home export user </dev/null >out 2>err
LC_ALL=C grep -q 'a\\n\\n\\nb\\u009b2J\\u007f' out && ! LC_ALL=C grep -q "$(printf '[\302\177]')" out
verdict $? 'export on a terminal shows what could drive it, as JSON does'
earshot user remove lines@mail.example >/dev/null
try user list --filter 'user.score >'
ends 2 'a filter that is wrong: 2'
[ "$(earshot user list --jsonl | wc -l)" = "$(grep -c '"kind":"user"' first)" ]
verdict $? 'all users are listed'
[ "$(earshot user list --jsonl --limit 7 | wc -l)" = 7 ]
verdict $? 'or as many as wanted'
try user set ann@mail.example teams+=alumni teams-=phone/vip fields.plan=pro fields.n:=3 fields.device=
ends 0 'set'
earshot user show ann@mail.example >out
says out '^teams  *phone/participants, alumni$' 'adds to lists and takes from them'
says out '^fields.plan  *pro$' 'sets texts inside objects'
says out '^fields.n  *3$' 'sets JSON'
grep -q '^fields.device' out
[ $? -eq 1 ]
verdict $? 'takes members away'
try user set ann@mail.example score
ends 2 'no assignment: 2'
try user set nobody@mail.example firstName=X
ends 1 'nobody: 1'
try team remove new
ends 0 'remove'
try team show new
ends 1 'what was removed is gone'
try listener url phone/jira-status
says out '^https://.*/macro.fcgi/projects/phone/jira-status$' 'the URL of a listener'
try listener disable usage
earshot listener show usage --json >out
says out '"enabled":false' 'a listener is disabled'
try listener enable usage
earshot listener show usage --json >out
says out '"enabled":true' 'and enabled'
try macro run award --target ann@mail.example --preview
says out '^✓ add-rank' 'a macro is previewed'
LC_ALL=C
try macro run award --target ann@mail.example
LC_ALL=C.UTF-8
says out '^ok   add-rank' 'and run; without UTF-8 in ASCII'
try outbox list --state waiting --columns to,state
says out '^ann@mail.example  waiting' 'its e-mail waits in the outbox'

# ---- API keys

try apikey create app --allow 127.0.0.0/8 --expires 90d --json
says out '^{"name":"app","secret":"ear_[0-9A-Za-z]*"}$' 'an API key for programs'
key=$(sed 's/.*"secret":"\([^"]*\)".*/\1/' out)
earshot apikey show app >out
grep -q "$key" out
[ $? -eq 1 ]
verdict $? 'the secret is not shown again'
try apikey create app
ends 1 'a second key of the name: 1'
try apikey create late --expires tomorrow
ends 2 'a time that is none: 2'
try apikey rotate app --overlap 0
[ "$code" -eq 0 ] && ! grep -q "$key" out
verdict $? 'a rotated key has another secret'
key=$(cat out)
earshot apikey create leaky >/dev/null
for _ in 1 2 3 4 5 6 7; do
	earshot apikey rotate leaky --overlap 30d >/dev/null
done
try apikey rotate leaky --overlap 30d
ends 1 'more than eight live secrets'
says err 'end them by a rotation: earshot apikey rotate leaky --overlap 0' 'with the way out'
try apikey rotate leaky --overlap 0
ends 0 'a rotation without overlap is taken then'
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
earshot apikey show leaky --json | tr '{' '\n' |
	sed -n 's/.*"until":"\([^"]*\)".*/\1/p' >untils
[ "$(wc -l <untils)" -eq 8 ] && awk -v now="$now" 'substr($0, 1, 19) > substr(now, 1, 19) { bad = 1 }
	END { exit bad }' untils
verdict $? 'and ends all older secrets, also those that an earlier one let go on' untils
earshot export apikey | grep '"app"' >app.json
earshot apikey set app allow+=127.0.0.1 allow-=127.0.0.0/8 expires=2099-01-01 >/dev/null
try apply app.json
ends 1 'a file does not widen an API key'
says err '/allow: .*earshot apikey set app allow+=NETWORK' 'and is told how it is done'
printf '{"kind":"apikey","name":"app","description":"The app"}\n' >app.json
try apply app.json
ends 0 'a file that is silent about what narrows'
try apikey show app --json
says out '"description":"The app","allow":\["127.0.0.1"\],"expires":"2099-01-01' 'leaves it'
earshot apikey create gone >/dev/null
earshot apikey revoke gone >/dev/null
printf '{"kind":"apikey","name":"gone"}\n' >gone.json
try apply gone.json
says out '0 updated, 1 unchanged' 'what was revoked stays revoked'
try apikey set gone revoked=
says err '/revoked: a key that was revoked stays revoked' 'whoever says otherwise'
try apikey rotate gone
ends 1 'and gets no new secret'
says err 'make another: earshot apikey create' 'with the way out'
try apikey remove gone
says out 'removed' 'and can be removed'

# ---- deliveries

printf '{"user_email":"ann@mail.example","email":"ann@mail.example","launches":7}' >body
earshot listener show usage --json | sed 's/"apiKey":"[^"]*"/"apiKey":"app"/' >usage.json
earshot apply usage.json >/dev/null
env GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=POST PATH_INFO=/usage SCRIPT_NAME=/data.fcgi \
    REQUEST_URI=/data.fcgi/usage QUERY_STRING= REMOTE_ADDR=127.0.0.1 SERVER_PROTOCOL=HTTP/1.1 \
    CONTENT_TYPE=application/json CONTENT_LENGTH="$(wc -c <body)" \
    HTTP_AUTHORIZATION="Bearer $key" EARSHOT_HOME="$tmp/home" \
    "$build/cgi-bin/data.fcgi" <body >out 2>err
code=$?
id=$(sed -n 's/.*[Xx]-[Ee]arshot-[Dd]elivery: *\([0-9a-f-]*\).*/\1/p' out)
[ -n "$id" ] && grep -q '"outcome":"applied"' out
verdict $? 'a delivery'
try delivery list --listener usage --since 1h --columns id,outcome
says out "^$id  applied" 'is in the log'
try delivery explain "$id"
says out '^✓ target' 'is explained'
try delivery show "$id"
says out '"launches":7' 'is shown with its body'
try delivery explain 17
ends 2 'an id that is none: 2'

# ---- import

{
	printf 'email,first name,teams\r\n'
	i=0
	while [ $i -lt 1200 ]; do
		i=$((i + 1))
		printf 'u%d@mail.example,"U, %d",phone/participants;alumni\r\n' $i $i
	done
	printf 'nobody,X,\r\nu9999@mail.example,Y,\r\n'
} >users.csv
try import users users.csv
ends 1 'a row with an error stops an import: 1'
says err '^users.csv:1202: /email: ' 'with file, line and member'
says err 'up to line 1001 are imported' 'and tells what was imported'
try import users users.csv --skip-bad
says out '^201 created, 0 updated, 1000 unchanged, 1 left out$' '--skip-bad goes on'
earshot user show u7@mail.example >out
says out '^firstName  *U, 7$' 'imported users are there'
sed 's/^u1@.*/"u1@mail.example/' users.csv >open.csv
try import users open.csv
ends 1 'a quote that is not closed: 1'
sed 's/^u1@mail.example,"U, 1",/a,b,c,d,/; s/^u\([0-9]\)/v\1/' users.csv >wide.csv
try import users wide.csv
says err 'nothing was imported' 'a bad row before many others stops the import at once'
try user show v7@mail.example
ends 1 'and none of them is imported'
try import users nofile.csv
ends 1 'no file: 1'

# ---- the store

try stat --json
ends 0 'stat'
try check
ends 0 'check'
says out ' 0 problems$' 'finds nothing'
try backup copy
ends 0 'backup'
"$build/src/earshot" --home "$tmp/third" restore copy >out 2>err
code=$?
ends 0 'restore'
earshot export >first
"$build/src/earshot" --home "$tmp/third" export | cmp -s first -
verdict $? 'the restored store is the same'
try backup copy
ends 2 'a second backup into the same directory: 2'
try check --pages
ends 0 'check --pages'
# Each page as it was written, but two in each other's place: checksums hold.
python3 - "$tmp/third/index.db" <<'END'
import struct, sys
with open(sys.argv[1], "r+b") as file:
    size = struct.unpack_from("<I", file.read(24), 20)[0]
    file.seek(2 * size)
    two = file.read(2 * size)
    file.seek(2 * size)
    file.write(two[size:] + two[:size])
END
"$build/src/earshot" --home "$tmp/third" check --pages >out 2>err
code=$?
ends 1 'check --pages of a damaged store: 1'
says err 'file index.db: its pages do not fit together' 'names the file'
says out '^0 rows checked, 1 problem$' 'and looks no further'
mkdir "$tmp/third/data" && mv "$tmp/third"/*.db "$tmp/third/data" &&
    echo 'set_data_dir data' >"$tmp/third/DB_CONFIG"
"$build/src/earshot" --home "$tmp/third" check --pages >out 2>err
code=$?
ends 1 'check --pages where DB_CONFIG keeps the files: 1'
says err 'file index.db: its pages do not fit together' 'finds it there'
try check --accept-loss
ends 0 'check --accept-loss'
[ -w /dev/full ] && earshot stat >/dev/full 2>err
[ $? -eq 1 ]
verdict $? 'output that cannot be written: 1'

# ---- the daemon

"$build/src/earshotd" --nonsense >out 2>err
code=$?
ends 2 'earshotd: wrong usage: 2'
"$build/src/earshotd" --home "$tmp/home" 2>log &
pid=$!
i=0
until grep -q 'owns the store' log || [ $i -ge 600 ]; do
	i=$((i + 1))
	sleep 0.1
done
try user list --limit 1
ends 0 'earshotd: answers'
try init
ends 69 'earshotd: the store is in use: 69'
printf '%s\n' '{"kind":"listener","key":"sealed","type":"data","automation":"user",
"sender":{"preset":"github","secrets":["a secret of ours"]},"capture":true}' >sealed.json
try apply sealed.json
mv home/secret.key kept.key
try check
[ $code -eq 1 ] && grep -q '^earshot: listener sealed: 1 of its secrets can be opened only as' err
verdict $? 'check: the key is gone that the owner still knows'
mv kept.key home/secret.key
try check
ends 0 'check: and back'
kill $pid
wait $pid
code=$?
ends 0 'earshotd: ends in order'

echo "1..$n"
exit $bad
