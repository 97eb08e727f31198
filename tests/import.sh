#!/bin/sh
# SPDX-License-Identifier: ISC
# What people load and apply again: files of spreadsheets, files of a part, files with
# mistakes. Nothing that they do not mention is lost, and what is wrong is shown.
. "$(dirname "$0")/rig.sh"
export LC_ALL=C.UTF-8 EARSHOT_DEMO="$top/examples/demo.jsonl"
cd "$tmp" || exit 99

earshot()
{
	"$build/src/earshot" --home "$tmp/home" "$@"
}

# try CODE NAME ARGUMENT…: ends so; what it says is in out and err.
try()
{
	want=$1 what=$2
	shift 2
	earshot "$@" >out 2>err
	code=$?
	[ "$code" -eq "$want" ]
	verdict $? "$what: $want" err
}

# has FILE TEXT NAME: the text stands in it.
has()
{
	grep -qF -e "$2" "$1"
	verdict $? "$3" "$1"
}

# same FILE NAME: these are its lines (standard input).
same()
{
	cat >expected
	diff expected "$1" >difference
	verdict $? "$2" difference
}

earshot init --demo >/dev/null
earshot user set ann@mail.example optOut:=true roles+=manager fields.phone=17 >/dev/null
ann()
{
	earshot user show ann@mail.example --json
}
ann >before

# ---- a part of a row leaves the rest

printf 'email,fields.plan\nann@mail.example,basic\nnew@mail.example,pro\n' >part.csv
try 0 'a dry run' import users part.csv --dry-run
same out 'tells what would change, by member' <<'END'
1 created, 1 updated, 0 unchanged, 0 left out (dry run: nothing was changed)
  fields.plan: 1 changed
END
ann | cmp -s before -
verdict $? 'and changes nothing'
try 0 'a dry run for programs' import users part.csv --dry-run --json
same out 'likewise' <<'END'
{"created":1,"updated":1,"unchanged":0,"leftOut":0,"lastLine":3,"members":{"/fields/plan":{"changed":1,"cleared":0}}}
END
try 0 'a file with one column' import users part.csv
ann | sed 's/,"plan":"basic"//' | cmp -s before -
verdict $? 'leaves everything else, optOut and fields too'
printf 'email,optOut,fields.plan\nann@mail.example,,\n' >empty.csv
try 0 'empty cells' import users empty.csv
has out '0 created, 0 updated, 1 unchanged' 'leave what is there'
try 0 'empty cells that clear: a dry run' import users empty.csv --clear-empty --dry-run
has out '  fields.plan: 0 changed, 1 cleared' 'tells it'
try 0 'empty cells that clear' import users empty.csv --clear-empty
ann >out
grep -q '"optOut"\|"plan"' out
[ $? -eq 1 ] && grep -q '"phone":"17"' out && grep -q '"firstName":"Ann"' out
verdict $? 'these cells and no others' out
earshot feedback show 1042 --json | sed 's/,"updatedAt":"[^"]*"//' >before
printf 'id,status\n1042,Closed\nnone,Open\n' >status.csv
try 1 'a ticket that is not there needs its project and title' import feedback status.csv
has err 'status.csv:3: /project: "project" is missing' 'and says so, with the line'
try 0 'of a ticket that is there the id and one column are enough' \
    import feedback status.csv --skip-bad
earshot feedback show 1042 --json | sed 's/,"updatedAt":"[^"]*"//' |
    sed 's/"status":"Closed"/"status":"Open"/' | cmp -s before -
verdict $? 'and the rest stays'
printf 'email,teams\na1@mail.example,\nbad,\na2@mail.example,no/team\na3@mail.example,\n' >two.csv
try 0 'rows that are bad for different reasons' import users two.csv --skip-bad
has out '2 created, 0 updated, 0 unchanged, 2 left out' 'are left out, and no others'
try 1 'and without --skip-bad' import users two.csv
has out '0 created, 0 updated, 0 unchanged, 0 left out' 'nothing behind is looked at'
printf 'project,title\nphone,One\nphone,Two\nnowhere,Three\nphone,Four\n' >rest.csv
try 1 'a bad row among tickets' import feedback rest.csv
has err 'stopped: nothing was imported' 'stops the transaction that it is in'
python3 -c 'print("project,title"); [print("phone,Row %d" % i if i != 700 else "nowhere,x")
    for i in range(800)]' >rest.csv
try 1 'a bad row behind the first transaction' import feedback rest.csv
has err 'stopped: the rows up to line 501 are imported, none behind it' 'is told'
has err 'import the rest with --after 501' 'with where to go on'
sed -i 's/nowhere,x/phone,Row 700/' rest.csv
try 0 'the rest' import feedback rest.csv --after 501
has out '300 created, 0 updated, 0 unchanged' 'goes on there'
earshot feedback list --filter "feedback.title.startsWith('Row ')" --jsonl --columns title | sort >titles
[ "$(wc -l <titles)" = 800 ] && [ -z "$(uniq -d titles)" ]
verdict $? 'each row once' titles
printf 'project,no-such-column\nphone,x\n' >rest.csv
try 1 'columns that are wrong' import feedback rest.csv --after 1000
has err 'rest.csv:1: unknown column' 'are told before all'
printf 'email,optOut,createdAt\na4@mail.example,WAHR,2025-12-31\na5@mail.example,true,31.12.2025\n' >german.csv
try 0 'flags and dates as another language writes them' import users german.csv --skip-bad
has err "got \"WAHR\"; replace the spreadsheet's words in this column" 'are refused with what to do'
has err 'got "31.12.2025"; give the column the format YYYY-MM-DD' 'likewise'
has out '0 created, 0 updated, 0 unchanged, 2 left out' 'and left out'
printf 'email,a\nx,y,z,w\na6@mail.example,b\n' >rows.csv
try 1 'a row with too many cells' import users rows.csv
has out '0 created, 0 updated, 0 unchanged, 0 left out' 'ends it likewise'
try 1 'a header that is wrong' import users two.csv --encoding UTF-16
printf 'email,score,lsatName\n' >header.csv
try 1 'a column that is misspelt' import users header.csv --skip-bad
has err 'did you mean "lastName"?' 'is named'
! grep -q skip-bad err
verdict $? 'and --skip-bad, which cannot help, is not advised' err

# ---- spreadsheets

printf 'sep=;\r\nemail;firstName;lastName;;\r\nmue@mail.example;J\374rgen;M\374ller\r\n' >excel.csv
try 1 'Windows-1252' import users excel.csv
has err '--encoding windows-1252' 'is refused with the way out'
try 0 'named' import users excel.csv --encoding windows-1252
earshot user show mue@mail.example >out
has out 'Jürgen' 'is read; semicolons, sep= and nameless columns too'
earshot user list --csv >list.csv
try 0 'the CSV of a list' import users list.csv
has out '0 created, 0 updated,' 'comes back'
has err 'the column "score" is passed over' 'without what is derived, which is named'
earshot feedback list --csv >list.csv
try 0 'the CSV of tickets' import feedback list.csv
has out '0 created, 0 updated,' 'likewise'

# ---- output

printf '%s\n' '{"kind":"user","email":"f@mail.example","firstName":"=1+1","lastName":"-x","fields":{"n":-3,"big":9007199254740993,"lines":"a\n\n\nb","t":"\tx","ok":9007199254740992}}' |
    earshot apply - >out
earshot user list --csv --columns email,fields.lines --filter 'user.email == "f@mail.example"' >out
printf 'email,fields.lines\r\nf@mail.example,"a\n\n\nb"\r\n' | cmp -s out -
verdict $? 'empty lines inside of a cell go through a pipe' out
python3 -c 'import json
for i in range(6200):
    print(json.dumps({"kind": "user", "email": "l%d@mail.example" % i, "firstName": "L",
                      "fields": {"lines": "a\n\nb"}}))' | earshot apply - >/dev/null
earshot user list --csv --columns email,fields.lines --filter 'user.firstName == "L"' --limit 6100 |
    python3 -c 'import csv, sys; print(len(list(csv.reader(sys.stdin))))' >out
same out 'and rows, not lines, are counted by --limit' <<'END'
6101
END
earshot user list --spreadsheet --columns firstName,lastName,fields.n,fields.t \
    --filter 'user.email == "f@mail.example"' >out
printf "firstName,lastName,fields.n,fields.t\r\n'=1+1,'-x,-3,'\tx\r\n" | cmp -s out -
verdict $? '--spreadsheet disarms formulas and leaves numbers' out
earshot apply - >out <<'END'
{"kind":"user","email":"+f@mail.example","firstName":"'=2","fields":{"phone":"+49 170","t":"-"}}
END
earshot user list --spreadsheet --columns email,firstName,lastName,fields.phone,fields.t \
    --filter 'user.email.endsWith("f@mail.example")' >list.csv
has list.csv "'+f@mail.example,''=2,,'+49 170,'-" 'addresses too, and what has apostrophes already'
try 0 'what it has disarmed' import users list.csv
has out '0 created, 0 updated, 2 unchanged' 'comes back to the letter'
earshot user list --jsonl --safe-integers --columns fields.big,fields.ok \
    --filter 'user.email == "f@mail.example"' >out
same out '--safe-integers writes what doubles lose as text' <<'END'
{"fields.big":"9007199254740993","fields.ok":9007199254740992}
END

printf '%s\n' '{"kind":"team","key":"c1","name":"C","description":"a\u009b31mb\u007f"}' | earshot apply - >out
script -qec "$build/src/earshot --home $tmp/home export team" /dev/null </dev/null >out
has out 'a\u009b31mb\u007f' 'export on a terminal shows what would move the cursor'
earshot export team >out
printf '"a\302\23331mb\177"' >expected
grep -qF -f expected out
verdict $? 'and leaves it in a pipe' out

# ---- applying again

earshot export >whole
try 0 'an export' apply whole
has out '0 created, 0 updated' 'changes nothing'
cat >again.jsonl <<'END'
{"kind":"feedback","id":"1042","project":"phone","title":"Crash on rotate","status":"Open"}
{"kind":"user","email":"ann@mail.example","lastName":null}
{"kind":"rank","key":"active-tester","name":"Active","points":10}
END
try 0 'a dry run' apply --dry-run again.jsonl
same out 'lists each change' <<'END'
feedback 1042: status Closed → Open
user ann@mail.example: lastName Lee → —
rank active-tester: name Active tester → Active
0 created, 3 updated, 0 unchanged (dry run: nothing was changed)
END
try 0 'for programs' apply --dry-run --json again.jsonl
has out '{"kind":"user","name":"ann@mail.example","member":"/lastName","before":"Lee"}' 'likewise'
try 0 'in earnest' apply again.jsonl
has out 'user ann@mail.example: lastName Lee → —' 'too'
printf '{"kind":"user","email":"ann@mail.example","firstName":"Ann"}' >ann.json
try 0 'a part of a person' apply ann.json
has out '0 created, 0 updated, 1 unchanged' 'takes nothing away'
LC_ALL=C earshot apply --replace --dry-run ann.json >out
has out 'user ann@mail.example: fields.phone 17 -> -' '--replace does, and lists it'

# ---- NUL

printf '{"kind":"user","email":"n@mail.example","fields":{"a":"x\\u0000y"}}' >nul.json
try 1 'NUL in a field' apply nul.json
printf '{"kind":"comment","feedback":"1042","text":"x\\u0000y"}' >nul.json
try 1 'NUL in a comment' apply nul.json
printf '{"kind":"value","group":"usage","user":"ann@mail.example","values":{"/account/plan":"a\\u0000b"}}' >nul.json
try 1 'NUL in a value' apply nul.json
has err 'must not have the character NUL' 'and says so'
printf '{"email":"ann@mail.example","account":{"plan":"a\\u0000b"}}' >body
earshot listener test usage body >out 2>&1
[ $? -eq 1 ] && grep -q 'must not have the character NUL' out
verdict $? 'a listener refuses what apply refuses' out

# ---- mistakes

printf '{\n "kind": "team",\n "key": “new”\n}\n' >quotes.json
try 1 'quotation marks of a word processor' apply quotes.json
same err 'are named, with line, column and a caret' <<'END'
quotes.json:3: At column 9 a value was expected, not '“' (U+201C); JSON has straight quotation marks (") only.
 "key": “new”
        ^
END
earshot apply - <quotes.json 2>err
has err 'standard input:3: At column 9' 'on standard input too'
try 1 'CSV' apply part.csv
has err 'earshot import users FILE' 'is for import'
echo '{"kind":"listener"}' >none.json
try 1 'a listener of nothing' apply none.json
has err '/type: "type" is missing: one of macro, comment, data' 'is told what there is'
has err '/automation: "automation" is missing' 'and what else it lacks'
has err '/key: "key" is missing' 'all of it'
echo '{"kind":"macro","key":"x","automation":"user","actions":[{"action":"quux"}]}' >none.json
try 1 'an action that there is not' apply none.json
has err 'it is one of add-rank,' 'is told which there are'
echo '{"key":"x"}' >none.json
try 1 'no kind' apply none.json
has err 'one of setting, project,' 'is told which there are'

# ---- init --demo

EARSHOT_DEMO=$tmp/nothing "$build/src/earshot" --home "$tmp/second" init --demo >out 2>err
code=$?
[ $code -ne 0 ] && [ ! -e "$tmp/second" ]
verdict $? 'without its documents init --demo makes nothing' err
env -u EARSHOT_DEMO -u TOP_SRCDIR "$build/src/earshot" --home "$tmp/second" init --demo >out 2>err
verdict $? 'beside a build they are found' err

# ---- root and the store's user

if [ "$(id -u)" -eq 0 ] && id nobody >/dev/null 2>&1; then
	chmod 755 "$tmp" && mkdir "$tmp/theirs" "$tmp/mine" && chmod 700 "$tmp/mine"
	chown -R nobody "$tmp/theirs"
	earshot2()
	{
		"$build/src/earshot" --home "$tmp/theirs" "$@"
	}
	earshot2 init >out 2>&1
	echo '{"kind":"team","key":"t","name":"T"}' >mine/file
	printf 'email\nx@mail.example\n' >mine/users.csv
	earshot2 apply mine/file >out 2>err
	verdict $? "root's files can be applied to another's store" err
	earshot2 import users mine/users.csv >out 2>err
	verdict $? 'and imported' err
	earshot2 report user --svg mine/chart.svg >out 2>err && [ -s mine/chart.svg ]
	verdict $? 'and charts written' err
	earshot2 backup mine/copy >out 2>err
	[ $? -eq 1 ] && grep -q 'belongs to the user nobody.*/var/tmp/copy' err
	verdict $? 'a backup that the user cannot write says why, and names a place' err
	if mkdir full && mount -t tmpfs -o size=40m tmpfs full 2>/dev/null; then
		"$build/src/earshot" --home "$tmp/full/home" init --demo >/dev/null 2>&1
		dd if=/dev/zero of=full/fill bs=4k 2>/dev/null
		answered=Lee i=0
		while [ $i -lt 6 ]; do
			i=$((i + 1))
			"$build/src/earshot" --home "$tmp/full/home" user set ann@mail.example \
			    lastName=L$i "fields.x=$(head -c 3000 /dev/zero | tr '\0' x)$i" \
			    >>said 2>&1 && answered=L$i
		done
		! grep -q 'error: closing the store' said
		verdict $? 'a full disk: no error beside a success' said
		rm full/fill
		"$build/src/earshot" --home "$tmp/full/home" user show ann@mail.example >out 2>err
		grep -q "^lastName  *$answered\$" out
		verdict $? 'what was said to be updated is, and nothing else' out
		umount full
	else
		echo '# SKIP a full disk: no tmpfs can be mounted here'
	fi
else
	echo "# SKIP another's store and a full disk: that needs root"
fi

echo "1..$n"
exit $bad
