#!/bin/sh
# SPDX-License-Identifier: ISC
# Objects made and changed by people who never see JSON: by options, by assignments, in an
# editor, and by the answers to questions on a terminal.
. "$(dirname "$0")/rig.sh"
export EARSHOT_DEMO="$top/examples/demo.jsonl" LC_ALL=C.UTF-8 EARSHOT_HOME="$tmp/home" TMPDIR="$tmp"
unset VISUAL
PATH="$build/src:$PATH"
cd "$tmp" || exit 99

# Runs a command: its code into $code, what it printed into out and err.
try()
{
	"$@" >out 2>err
	code=$?
	cat err >>out
}

# ends CODE NAME
ends()
{
	[ "$code" -eq "$1" ]
	verdict $? "$2" out
}

# told PATTERN NAME: a line of what was printed is like this.
told()
{
	grep -q -e "$1" out
	verdict $? "$2" out
}

# holds KIND NAME TEXT NAME: the document has this.
holds()
{
	earshot "$1" show "$2" --json >out 2>&1
	grep -qF -e "$3" out
	verdict $? "$4" out
}

earshot init >out
sed -i 's|^#base_url.*|base_url = https://beta.acme.example/listen|' home/earshot.conf

# ---- examples, each as it is shown

for kind in setting project rank team user feedback comment template group value filter view \
    macro schedule apikey listener; do
	earshot $kind example >example
	[ -s example ] && ! grep -q '{"' example
	verdict $? "the example of $kind has no JSON" example
	try sh -e example
	ends 0 "and can be carried out"
done
[ "$(earshot listener list --jsonl | grep -c '"type":"\(macro\|comment\|data\)"')" = 3 ]
verdict $? 'a listener of each type'
told '^URL   https://beta.acme.example/listen/data.fcgi/usage$' 'the URL of a listener is told'
told "^try   BODY=.*curl .*Bearer \$API_KEY.*'https://beta.acme.example/listen/data.fcgi/usage'\$" \
    'and a command that posts to it'
for kind in project user listener; do
	earshot export >before
	earshot $kind example >example
	try sh example
	grep -q 'already; to change it: earshot' out && earshot export | cmp -s before -
	verdict $? "what is there already is no new $kind" out
done

# ---- without a public URL

earshot --home plain init >/dev/null && earshot --home plain apikey create app >/dev/null
try earshot --home plain listener create plain --type comment --automation user --api-key app \
    --author author_name --comment comment_text
ends 0 'a listener where no public URL is known'
told 'set base_url in ' 'that is told'
told '^URL   /comment.fcgi/plain$' 'with what is to stand behind it'

# ---- options and assignments

try earshot macro create late --automation feedback --actions 'set status Closed'
ends 1 'an action that is not there: 1'
told "there is no action 'set'; it is one of " 'and those that are'
try earshot listener create late --type comment --automation user --api-key app --athor x
ends 2 'an option that no member has: 2'
told 'did you mean --author' 'and the one that was meant'
try earshot listener create late --type 'Add Comment' --automation user --api-key app --author x
ends 1 'a member is missing: 1'
told '^earshot: comment: "comment" is missing; it is given by --comment$' 'it is named'
try earshot group create 'Product usage' --automation user --fields 'Launches launches integer'
ends 1 'a name in the place of a key: 1'
told "; such as product-usage, with --name 'Product usage'\$" 'and what was meant'
try earshot rank create late --name Late --points many
ends 2 'no number: 2'
told '"points" must be a whole number, not "many"' 'what is wrong and what would be right'
try earshot listener create late --capture maybe
told '"capture" must be yes or no, not "maybe"' 'likewise of a flag'
try earshot listener create --type data </dev/null
ends 1 'a listener without a key: 1'
try earshot listener create </dev/null
ends 2 'no arguments and no terminal: 2'
told 'earshot listener create --help' 'with the way out'
try earshot listener create late --type 'Add Comment' --automation 'User Automation' --api-key app \
    --author /user/email --comment /comment/body --capture no name='Late, but here' \
    --mask /user/phone --mask=/user/card --rate-per-minute 60
ends 0 'options and assignments, in the words of guides'
holds listener late '"type":"comment","automation":"user"' 'are what is stored'
holds listener late '"name":"Late, but here"' 'with commas in a text'
holds listener late '"mask":["/user/phone","/user/card"]' 'and lists of what was repeated'
holds listener late '"rate":{"perMinute":60}' 'numbers'
holds listener late '"capture":false' 'and flags'
try earshot listener set late enabled=no target.match=username target.parameter=login filter='user.score > 1'
ends 0 'set by the schema'
holds listener late '"enabled":false' 'a flag'
holds listener late '"target":{"match":"username","parameter":"login"}' 'members of objects'
try earshot listener set late mask-=/user/card filter=
holds listener late '"mask":["/user/phone"]' 'an item is taken off'
! grep -q '"filter"' out
verdict $? 'and a member taken away' out
try earshot group set usage fields+='"Plan name" plan string' fields.0.label=Starts
holds group usage '{"label":"Starts","parameter":"launches","type":"integer"}' 'one item of a list is changed'
holds group usage '{"label":"Plan name","parameter":"plan","type":"string"}' 'another added by its words'
try earshot group set usage fields-='Plan name'
! earshot group show usage | grep -q Plan
verdict $? 'and taken off by the first' out
try earshot group set usage fields.7.label=x
told 'is a list of 2: fields.0 is its first item' 'an item that is not there'
try earshot user set ann@mail.example roles='admin, tester' fields.n=12 fields.m:=12
holds user ann@mail.example '"roles":["admin","tester"]' 'a list with commas'
holds user ann@mail.example '"n":"12","m":12' 'what the schema does not know is text'
try earshot macro set award actions+='email target subject="A \"word\"" text="Two
lines."'
holds macro award '{"action":"email","to":"target","subject":"A \"word\"","text":"Two\nlines."}' \
    'an action with quotation marks and lines'
try earshot macro set award actions+='email "target'
told 'closing quotation mark is missing' 'a quotation mark that is open'
try earshot setting set integrations=no
earshot setting show >out
told '^integrations  *false$' 'the setting'
earshot setting set integrations=yes >out

# ---- an editor

cat >editor <<'END2'
#!/bin/sh
sed -i -e "$EDIT" "$1"
[ -z "$MEANWHILE" ] || sh -c "$MEANWHILE" >/dev/null
END2
chmod +x editor
export EDITOR="$tmp/editor" EDIT= MEANWHILE=
earshot export >before
EDIT='s/^points = .*/points = 30/; $a description = What it is for\n\n  and more of it' \
    try earshot rank edit bug-hunter
ends 0 'a rank in an editor'
holds rank bug-hunter '"points":30' 'numbers'
holds rank bug-hunter '"description":"What it is for\n\nand more of it"' 'and texts of several lines'
EDIT='/^description/,$d' MEANWHILE='earshot rank set bug-hunter name=Hunter' try earshot rank edit bug-hunter
holds rank bug-hunter '"name":"Hunter"' 'what somebody else changes meanwhile stays'
! grep -q '"description"' out
verdict $? 'a member whose lines are gone is taken away' out
EDIT='s/^points = .*/points = many/' try earshot rank edit bug-hunter
ends 2 'what is wrong in the text: 2'
told '^/.*earshot-edit.*:[0-9]*: "points" must be a whole number, not "many"' 'with its line'
kept=$(sed -n 's/^earshot: the text is kept in //p' out)
[ -f "$kept" ] && grep -q '^points = many' "$kept"
verdict $? 'and the text is kept' out
rm "$kept"
EDIT='s/^points = .*/points = 2000000/' try earshot rank edit bug-hunter
told '"points" must be from -1000000 to 1000000' 'what the store refuses is told'
rm earshot-edit.*
EDITOR=false try earshot rank edit bug-hunter
ends 1 'an editor that fails: 1'
rm earshot-edit.*
earshot init --home "$tmp/demo" --demo >out
EARSHOT_HOME="$tmp/demo" && earshot export >before
cat >names.py <<'END2'
import json, sys

count = {}
for line in sys.stdin:
    doc = json.loads(line)
    kind = doc["kind"]
    count[kind] = count.get(kind, 0) + 1
    if count[kind] > 6:
        continue
    who = doc.get("feedback") or doc.get("user") or doc.get("target")
    name = {"user": doc.get("email"), "feedback": doc.get("id"), "apikey": doc.get("name"),
            "comment": "%s/%s" % (who, doc.get("id")), "value": "%s/%s" % (doc.get("group"), who),
            "setting": ""}.get(kind)
    if name is None:
        name = doc["key"] if kind == "project" else "/".join(filter(None, (doc.get("project"), doc["key"])))
    print(kind, "edit", name)
END2
python3 names.py <before >names
while read -r words; do
	# shellcheck disable=SC2086
	EDITOR=true earshot $words
done <names >out 2>&1
[ "$(wc -l <out)" = "$(wc -l <names)" ] && [ "$(wc -l <names)" -gt 40 ] && ! grep -v ' unchanged$' out
verdict $? 'every kind of object comes back from an editor as it was' out
earshot export | cmp before - >out
verdict $? 'byte for byte' out
EARSHOT_HOME=$tmp/home

# ---- questions

cat >answer.py <<'END2'
"""Answers questions on a terminal, a line of standard input each, then hangs up."""
import os, pty, select, sys

answers = sys.stdin.read().splitlines()
pid, terminal = pty.fork()
if pid == 0:
    os.environ["NO_COLOR"] = "1"
    os.execvp(sys.argv[1], sys.argv[1:])
said, seen = b"", 0
while select.select([terminal], [], [], 60)[0]:
    try:
        more = os.read(terminal, 4096)
    except OSError:
        break
    if not more:
        break
    said += more
    if said.endswith((b"> ", b"n] ", b"N] ")) and len(said) > seen:
        seen = len(said)
        os.write(terminal, answers.pop(0).encode() + b"\n" if answers else b"\x04")
else:
    os.kill(pid, 9)
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
print(said.decode("utf-8", "replace").replace("\r\n", "\n"))
if answers:
    print("not asked for:", answers)
sys.exit(code if not answers else 99)
END2

# asks COMMAND...: with the answers of standard input
asks()
{
	python3 answer.py "$@" >out 2>&1
	code=$?
}

asks earshot listener create <<'END2'
Close what is done
Jira says so
Not A Key
close-done
Feedback Automation
feedback.status != 'Closed'
garden
y
Garden beta
Open, Closed
feedback.statis != 'Closed'
feedback.status != 'Closed'
nothing of the kind
Macro Execution
close
y
set-status
Closed
add-points

5

fields.jira
/issue/~key
/issue/key
jiraa
jira


y
END2
ends 0 'questions: a listener that runs a macro, with its project and macro'
told '^  ! "key" must be at most 64 of a-z' 'a bad answer is told at once'
told "did you mean 'feedback.status'" 'also one that the store has to know'
told '^  ! .*is not a type of listener' 'a type that there is not'
told '^  ! .*there is no preset "jiraa"; there are github' 'a sender that there is not'
told '^  ! there is no project "feedback.status != .Closed.", nor can there be' \
    'what can be no name is not made'
told 'There is no macro "close" yet. Make it' 'what is not there is made on the way'
told '^  - macro  *Macro Execution$' 'types in the words of the guide'
told '^actions.1.to  *submitter$' 'the whole is shown at the end'
told '^URL   https://beta.acme.example/listen/macro.fcgi/projects/garden/close-done$' 'then the URL'
told 'At jira enter the URL and the secret: System → WebHooks' 'and where it is entered'
grep -q "^secret  $(sed -n 's/^sender.secrets  *//p' out)\$" out
verdict $? 'with the secret that was made up' out
holds listener garden/close-done '"filter":"feedback.status != '"'Closed'" 'what was answered is stored'
printf '{"issue":{"key":"PHN-9"}}' >body
earshot feedback create 9 --project garden --title T --submitter ann@mail.example --fields jira=PHN-9 >out
try earshot listener test garden/close-done body
told '^✓ set-status  *Open → Closed$' 'and works'

asks earshot listener create <<'END2'
Reached a level


user

user.score >= 0
comment
author_name
comment_text


user_email

web
y
y
END2
ends 0 'questions: a listener that comments, with a new API key'
told '^\[reached-a-level\] > ' 'the key is proposed from the name'
key=$(sed -n 's/^API key web: \(ear_[A-Za-z0-9]*\)$/\1/p' out)
[ -n "$key" ]
verdict $? 'the secret of the key is shown' out
told 'Authorization: Bearer KEY' 'and how it is sent'
holds listener reached-a-level '"apiKey":"web"' 'the listener has it'

asks earshot listener create <<'END2'
Product use


user


data
product
y

launches

number
integer
/last/seen

Date and Time


email


y
END2
ends 0 'questions: a listener that stores data, in a new group'
told '^\[Last seen\]\|^\[Seen\] > ' 'labels are proposed'
told '^  ! "type" must be "boolean", "datetime"' 'a type of a field that there is not'
holds group product '{"parameter":"/last/seen","label":"Seen","type":"datetime"}' 'the group has its fields'
holds listener product-use '"group":"product"' 'the listener names it'

earshot export >before
asks earshot listener create <<'END2'
Left alone

END2
ends 1 'no more answers: 1'
told '^earshot: nothing was made$' 'and it is said'
earshot export | cmp -s before -
verdict $? 'nothing was made' out
asks earshot listener create <<'END2'
Not this one


user


data
another
y

launches



email

brandnew
y
n
END2
ends 1 'no at the end: 1'
earshot export | cmp before - >out && ! earshot apikey list | grep brandnew >>out
verdict $? 'leaves nothing behind, no API key either' out
asks earshot user create <<'END2'
ann@mail.example
eve@mail.example
Eve

Administrator, tester
y
END2
ends 0 'questions: a user'
told '^  ! there is a user "ann@mail.example" already' 'who is there already is told at once'
holds user eve@mail.example '"roles":["admin","tester"]' 'lists with commas, in the words of guides'
asks earshot team create <<'END2'
ann
Ann's team
y
END2
holds team ann '"name":"Ann'"'"'s team"' 'other kinds are asked for as well'

# ---- help

try earshot help listener create
ends 0 'help'
told '^  --target-match TEXT' 'knows every member'
told '^  --type TEXT  *Listener Type: macro, comment, data' 'and what it may be'
try earshot help lisener
ends 2 'help for what there is not: 2'
told 'did you mean listener' 'and what was meant'
try earshot complete -- listener create --sender-
told '^--sender-preset$' 'members are completed'

echo "1..$n"
exit $bad
