#!/bin/sh
# SPDX-License-Identifier: ISC
# Macros that act without a delivery: by hand on one and on all, by schedules; the
# log of their runs; templates with real data; what tick sends.
. "$(dirname "$0")/rig.sh"
EARSHOT_HOME=$tmp/home
export EARSHOT_HOME LC_ALL=C.UTF-8
cd "$tmp" || exit 99

earshot()
{
	"$build/src/earshot" "$@"
}

# same NAME GOT EXPECTED
same()
{
	n=$((n + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		printf '%s\n' "$2" | sed 's/^/#      got: /'
		printf '%s\n' "$3" | sed 's/^/# expected: /'
		bad=1
	fi
}

# has NAME GOT PATTERN
has()
{
	if printf '%s\n' "$2" | grep -q -e "$3"; then
		same "$1" x x
	else
		same "$1" "$2" "$3"
	fi
}

cell() # COLUMN ARGUMENT...: of the first row of a list
{
	column=$1
	shift
	earshot "$@" --columns "$column" --csv | sed -n '2s/\r$//p'
}

scores()
{
	earshot user list --columns score --csv | sed -e 1d -e 's/\r$//' | sort | uniq -c |
	    awk '{ print $2 "x" $1 }' | tr '\n' ' '
}

cat >sendmail <<END
#!/bin/sh
cat >>"$tmp/mails"
END
chmod 755 sendmail
mkdir -m 700 home
printf '[limits]\nfree_bytes = 0\n[mail]\nfrom = beta@acme.example\nurl = sendmail:%s\n' \
    "$tmp/sendmail" >home/earshot.conf
earshot init >/dev/null || exit 99
cat >documents <<'END'
{"kind":"project","key":"phone","name":"Phone"}
{"kind":"rank","key":"active","name":"Active","points":5}
{"kind":"team","key":"vip","project":"phone","name":"VIP"}
{"kind":"user","email":"jim@acme.example","firstName":"Jim","roles":["admin"]}
{"kind":"user","email":"ann@mail.example","firstName":"Ann <a>","fields":{"plan":"pro"},"teams":["phone/vip"]}
{"kind":"user","email":"bob@mail.example","firstName":"Bob","fields":{"plan":"pro"}}
{"kind":"feedback","id":"1","project":"phone","type":"issue","title":"One","status":"Open","submitter":"ann@mail.example","exposure":"public"}
{"kind":"feedback","id":"2","project":"phone","type":"issue","title":"Two","status":"Open","exposure":"private"}
{"kind":"template","key":"thanks","automation":"user","subject":"Thanks, {{user.firstName}}","text":"Plan {{user.fields.plan}}\nScore {{user.score}}","html":"<b>{{user.firstName}}</b>","from":"Team <team@acme.example>","replyTo":"help@acme.example"}
{"kind":"macro","key":"award","automation":"user","actions":[{"action":"add-rank","rank":"active"},{"action":"email","to":"target","template":"thanks"}]}
{"kind":"macro","key":"rank","automation":"user","actions":[{"action":"add-rank","rank":"active"}]}
{"kind":"macro","key":"once","automation":"user","once":true,"actions":[{"action":"add-rank","rank":"active"}]}
{"kind":"macro","key":"picky","automation":"user","actions":[{"action":"add-rank","rank":"active","when":"user.firstName == 'Bob'"}]}
END
cat >six.json <<'END'
{"kind":"macro","key":"six","automation":"feedback","project":"phone","actions":[
	{"action":"set-status","status":"Closed"},
	{"action":"set-field","field":"seen","value":"yes"},
	{"action":"add-comment","author":"jim@acme.example","text":"Done"},
	{"action":"add-rank","to":"submitter","rank":"active"},
	{"action":"email","to":["jim@acme.example"],"subject":"Closed","text":"{{feedback.title}}"},
	{"action":"add-comment","author":"bob@mail.example","text":"The end"}]}
END
earshot apply documents six.json >out 2>&1 || sed 's/^/# /' out

# ---- on one target

before=$(earshot export)
out=$(earshot macro run award --target ann@mail.example --preview)
has 'a preview tells' "$out" '^✓ add-rank .*0 → 5'
same 'and changes nothing' "$(earshot export)$(earshot outbox list)" "$before"
same 'nor the log' "$(cell state macro log award)" ''
earshot macro run once --target bob@mail.example >/dev/null
out=$(earshot macro run once --target bob@mail.example)
has 'a macro that runs once' "$out" 'runs once'
same 'ran once' "$(earshot user list --filter 'user.score == 5' --columns email --csv |
    sed -e 1d -e 's/\r$//')" bob@mail.example
same 'its log tells both' "$(earshot macro log once --columns by,applied,skipped --csv |
    sed -e 1d -e 's/\r$//' | tr '\n' ' ')" 'hand,0,1 hand,1,0 '
earshot macro disable once >/dev/null
has 'a disabled macro does nothing' "$(earshot macro run once --target ann@mail.example)" \
    'switched off'
earshot macro enable once >/dev/null
earshot macro run once --target ann@mail.example >/dev/null
same 'an enabled one does' "$(scores)" '0x1 5x2 '
has 'an action whose condition does not hold is passed over' \
    "$(earshot macro run picky --target ann@mail.example)" '^– add-rank'

# ---- all or nothing

six()
{
	earshot macro run phone/six --target "$1" >out 2>err
	echo $?
}
before=$(earshot export)
same 'the sixth action of a macro cannot be carried out' "$(six 1)" 1
has 'which one is said' "$(cat err)" 'action 6 of phone/six'
same 'and nothing of the others was done' "$(earshot export)" "$before"
same 'nor queued' "$(earshot outbox list --json)" '[]'
same 'the log tells' "$(cell state,failed macro log phone/six)" 'failed,1'
earshot user set bob@mail.example teams+=phone/vip >/dev/null
same 'when it can all six are' "$(six 1)" 0
same 'the ticket' "$(cell status,fields.seen,comments feedback list)" 'Closed,yes,2'

# ---- on all that match

before=$(earshot export)
out=$(earshot macro run award --filter 'user.fields.plan == "pro"' --preview)
has 'a preview of all tells each' "$out" '^bob@mail.example: add-rank: .*; email: queued'
has 'and how many' "$out" '^2 matched: 2 would be applied, 0 skipped, 0 failed$'
same 'it changes nothing' "$(earshot export)" "$before"
out=$(earshot macro run award --filter 'user.fields.plan == "pro"')
same 'a run on all' "$out" '2 matched: 2 applied, 0 skipped, 0 failed'
same 'its log' "$(cell by,state,targets,applied macro log award)" 'hand,done,2,2'
same 'those of a project only, and what fails' \
    "$(earshot macro run phone/six --filter true 2>err)" \
    '2 matched: 1 applied, 0 skipped, 1 failed'
has 'which failed is said' "$(cat err)" '^2: failed: action'
same 'it was left as it was' "$(cell status feedback list --filter 'feedback.id == "2"')" Open
earshot macro run award --filter 'user.score >' >out 2>err
same 'a wrong filter: 2' $? 2
earshot macro run award >out 2>err
same 'no target: 2' $? 2

# ---- templates

out=$(earshot template preview thanks --target ann@mail.example)
same 'a template with real data' "$(printf '%s\n' "$out" | tr '\n' '|')" \
    'From: Team <team@acme.example>|Reply-To: help@acme.example|Subject: Thanks, Ann <a>||Plan pro|Score 10||<b>Ann &lt;a&gt;</b>|'

# ---- tick

: >mails
out=$(earshot tick)
has 'tick sends' "$out" '^[0-9]* sent, 0 to be tried again, 0 given up$'
has 'the mail' "$(cat mails)" '^Subject: Thanks, Bob'
has 'with its sender' "$(cat mails)" '^From: .*team@acme.example'
same 'nothing to do: nothing to say' "$(earshot tick)" ''

# ---- schedules

schedule()
{
	printf '{"kind":"schedule","key":"%s","macro":"%s","filter":"%s","every":"%s","start":"%s"%s}\n' \
	    "$1" "$2" "$3" "$4" "$5" "${6-}" | earshot apply - >out 2>err || sed 's/^/# /' err
}
schedule bad award 'feedback.status == 1' once 2026-01-01
has 'a filter that looks at what users have not' "$(cat err)" '/filter'
schedule bad nobody '' once 2026-01-01
has 'a macro that is none' "$(cat err)" '/macro.*there is no macro'
schedule bad award '' daily 2026-01-02 ',"end":"2026-01-01"'
has 'an end before the start' "$(cat err)" '/end'
schedule late rank 'user.firstName == \"Bob\"' daily 2020-01-01T06:00:00Z
schedule single rank 'user.firstName == \"Bob\"' once 2020-01-01
schedule future rank true monthly 2999-01-31
schedule off rank true hourly 2020-01-01 ',"enabled":false'
same 'the next run is shown' "$(cell nextRun schedule list --filter 'schedule.key == "future"')" \
    2999-01-31T00:00:00Z
same 'none of one that is off' "$(cell nextRun schedule list --filter 'schedule.key == "off"')" ''
before=$(cell score user list --filter 'user.firstName == "Bob"')
same 'tick runs what is due' "$(earshot tick)" 'schedule late: 1 applied, 0 skipped, 0 failed
schedule single: 1 applied, 0 skipped, 0 failed'
same 'what was missed often runs once' \
    "$(cell score user list --filter 'user.firstName == "Bob"')" $((before + 10))
same 'and not again' "$(earshot tick)" ''
has 'the next run is to come' "$(cell nextRun schedule list --filter 'schedule.key == "late"')" \
    'T06:00:00Z$'
same 'once is once' "$(cell nextRun schedule list --filter 'schedule.key == "single"')" ''
same 'the log names the schedule' "$(cell by,targets macro log rank)" 'schedule single,1'
earshot schedule enable off >/dev/null
same 'what was missed while it was off is not made up for' "$(earshot tick)" ''
has 'it runs from now on' "$(cell nextRun schedule list --filter 'schedule.key == "off"')" :00:00Z
earshot macro remove rank >out 2>err
has 'a macro that schedules use stays' "$(cat err)" 'schedule '
earshot export >first
earshot apply first >out
has 'an export applies without a change' "$(cat out)" ' 0 updated'
EARSHOT_HOME=$tmp/other "$build/src/earshot" init >/dev/null
EARSHOT_HOME=$tmp/other "$build/src/earshot" apply first >/dev/null
EARSHOT_HOME=$tmp/other "$build/src/earshot" export >second
same 'and makes a store that has run, too' "$(cat second)" "$(cat first)"
earshot schedule remove late single future off >/dev/null

# ---- a crash

{
	echo email,fields.many
	i=0
	while [ $i -lt 8000 ]; do
		i=$((i + 1))
		echo "u$i@mail.example,yes"
	done
} >users.csv
earshot import users users.csv >/dev/null
schedule many rank 'user.fields.many == \"yes\"' daily 2020-01-01
for pause in 0.05 0.1 0.2; do
	"$build/src/earshotd" 2>>log &
	server=$!
	tries=0
	until grep -q 'owns the store' log || [ $tries -ge 3000 ]; do
		tries=$((tries + 1))
		sleep 0.02
	done
	sleep $pause
	kill -9 $server
	wait $server 2>/dev/null
	server=
	: >log
	echo "# killed at $(cell targets macro log rank)"
done
earshot tick >out
same 'a run that was killed goes on, on each once' \
    "$(earshot user list --filter 'user.fields.many == "yes"' --columns score --csv |
    sed -e 1d -e 's/\r$//' | sort | uniq -c | tr -s ' ')" ' 8000 5'
same 'and is one run' "$(cell by,state,targets,applied macro log rank)" \
    'schedule many,done,8000,8000'
has 'check finds nothing' "$(earshot check)" ' 0 problems'

echo "1..$n"
exit $bad
