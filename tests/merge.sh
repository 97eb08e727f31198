#!/bin/sh
# SPDX-License-Identifier: ISC
# Whatever two documents of a kind are applied one after the other: what is another
# one afterwards was listed, by the dry run as by the real one, and users, tickets and
# projects keep what the second does not mention. Columns of a CSV likewise. The
# documents are drawn, always the same ones.
. "$(dirname "$0")/rig.sh"
export LC_ALL=C.UTF-8
cd "$tmp" || exit 99

earshot()
{
	"$build/src/earshot" --home "$tmp/home" "$@"
}

# ---- two documents under each of many names, of every kind

cat >draw.py <<'END'
import itertools, json, random, sys

random.seed(20)

def some(choices):
    """A value that is drawn; None: the member is left out."""
    return random.choice([None] + choices)

def doc(kind, fixed, **optional):
    out = dict(kind=kind, **fixed)
    for name, choices in optional.items():
        value = some(choices)
        if value is not None:
            out[name] = value
    return out

texts = ["one", "two", "drei €", "a,b; \"c\"", "x" * 200, "line\nbreak"]
lines = ["one", "two", "drei €", "a \"b\", c"]
fields = [{}, {"a": "1"}, {"a": "2", "b/~c": True}, {"b/~c": 12, "d": 1.5}, {"a": "x" * 300}]
times = ["2026-01-02T03:04:05Z", "2026-05-06T07:08:09Z"]
people = ["p%d@mail.example" % i for i in range(4)]
steps = [{"action": "add-rank", "rank": "gold"}, {"action": "add-note", "text": "hi"},
         {"action": "set", "field": "a", "value": "3"}]
posts = [{"action": "set-status", "status": "Closed"}, {"action": "add-vote"}]
parameters = [{"label": "N", "parameter": "n", "type": "integer"},
              {"label": "S", "parameter": "s", "type": "string", "history": "30d"}]

kinds = {
    "setting": lambda i: doc("setting", {"community": "C%d" % random.randrange(9)},
        baseUrl=["https://a.example", "https://b.example/x"], integrations=[True, False],
        popularity=[{"vote": 1}, {"vote": 2, "comment": 3}]),
    "project": lambda i: doc("project", {"key": "p%d" % i, "name": random.choice(lines)},
        description=texts, managers=[people[:1], people[:2], []],
        statuses=[["Open", "Closed"], ["Open"], []], types=[["issue"], ["idea", "issue"]],
        exposures=[["private", "public"]], fields=[["jira"], ["jira", "x"]]),
    "team": lambda i: doc("team", {"key": "t%d" % i, "name": random.choice(lines)},
        description=texts),
    "rank": lambda i: doc("rank", {"key": "r%d" % i, "name": random.choice(lines),
                                   "points": random.randrange(20)}),
    "template": lambda i: doc("template", {"key": "m%d" % i, "automation": "user",
                                           "subject": random.choice(lines),
                                           "text": random.choice(texts)},
        html=["<p>a</p>", "<p>b</p>"]),
    "group": lambda i: doc("group", {"key": "g%d" % i, "automation": "user",
                                     "name": random.choice(lines), "fields": parameters},
        description=texts),
    "macro": lambda i: doc("macro", {"key": "a%d" % i, "automation": "user", "actions":
                                     random.sample(steps[:2], random.choice([1, 2]))},
        name=lines, description=texts, once=[True, False]),
    "listener": lambda i: doc("listener", {"key": "l%d" % i, "type": "macro",
            "automation": "user", "name": random.choice(lines), "apiKey": "app",
            "target": random.choice([{"match": "email", "parameter": "email"},
                                     {"match": "fields.a", "parameter": "/x/y"}]),
            "macro": "act"},
        description=texts, enabled=[True, False], filter=["user.score > 1", "has(payload.x)"],
        rate=[{"perMinute": 10}, {"perMinute": 10, "burst": 2}], ack=[{"filtered": 202}, {"filtered": 202, "bad-value": 200}],
        sender=[{"preset": "github", "secrets": ["first secret value"]},
                {"preset": "github", "secrets": ["other secret value"]}]),
    "schedule": lambda i: doc("schedule", {"key": "s%d" % i, "macro": "act",
                                           "every": random.choice(["daily", "weekly"]),
                                           "start": "2030-01-01T00:00:00Z"},
        name=lines, enabled=[True, False], filter=["user.score > 1", "user.score > 2"]),
    "view": lambda i: doc("view", {"key": "v%d" % i, "name": random.choice(lines),
                                   "automation": "user"},
        filter=["user.score > 1", "user.score > 2"], columns=[["email"], ["email", "score"]],
        sort=["email", "-score"]),
    "filter": lambda i: doc("filter", {"key": "f%d" % i, "name": random.choice(lines),
                                       "automation": "user",
                                       "filter": random.choice(["user.score > 1",
                                                                "user.score > 2"])},
        description=texts),
    "user": lambda i: doc("user", {"email": "u%d@mail.example" % i},
        username=["n%d" % i, "o%d" % i], firstName=lines, lastName=lines,
        roles=[["tester"], ["manager", "tester"], []], teams=[["all"], []],
        projects=[["home"], []], optOut=[True, False], fields=fields,
        ranks=[[{"rank": "gold"}], [{"rank": "gold", "count": 2, "points": 4}], []],
        notes=[[{"at": times[0], "text": "n"}], []], macros=[["act"], []], createdAt=times),
    "feedback": lambda i: doc("feedback", {"id": "k%d" % i, "project": "home",
                                           "title": random.choice(lines)},
        type=lines, description=texts, status=["Open", "Closed"], submitter=people,
        exposure=["public", "private"], blocking=[True, False], feature=lines, fields=fields,
        followers=[people[:2], people[1:], []], votes=[0, 3], createdAt=times,
        updatedAt=times),
    "value": lambda i: doc("value", {"group": "usage", "user": "w%d@mail.example" % i,
            "values": random.choice([{"n": 1}, {"n": 2, "s": "x"}, {"s": "y"}, {"s": None}])},
        at=times),
    "comment": lambda i: doc("comment", {"id": "0193a1b2-c3d4-7e5f-8a9b-%012d" % i,
            "feedback": "1", "text": random.choice(texts)}, author=people, at=times),
}
count = 60

base = [{"kind": "rank", "key": "gold", "name": "Gold", "points": 3},
        {"kind": "team", "key": "all", "name": "All"},
        {"kind": "project", "key": "home", "name": "Home"},
        {"kind": "macro", "key": "act", "automation": "user", "actions": steps[:1]},
        {"kind": "group", "key": "usage", "name": "Usage", "automation": "user",
         "fields": parameters},
        {"kind": "feedback", "id": "1", "project": "home", "title": "T"}]
base += [{"kind": "user", "email": e} for e in people]
base += [{"kind": "user", "email": "w%d@mail.example" % i} for i in range(count)]

def write(name, docs):
    with open(name, "w") as file:
        for each in docs:
            file.write(json.dumps(each, ensure_ascii=False) + "\n")

write("base", base)
for name in "first", "second", "third":
    write(name, [draw(i) for kind, draw in kinds.items()
                 for i in range(1 if kind == "setting" else count)])
# Documents of records may be a part: an id is enough for a ticket that is there.
part = []
for line in open("second"):
    each = json.loads(line)
    if each["kind"] == "feedback":
        names = [n for n in each if n not in ("kind", "id")]
        for name in random.sample(names, random.randrange(len(names) + 1)):
            del each[name]
    if each["kind"] in ("user", "feedback") and "fields" in each and random.random() < .3:
        each["fields"] = {"a": None}
    part.append(each)
write("second", part)
END
cat >compare.py <<'END'
import json, sys

before, after, given, answer, replace = sys.argv[1:6]
replace = replace == "replace"
merged = ("user", "feedback", "project")
bad = 0

def name_of(doc):
    kind = doc["kind"]
    key = {"setting": lambda: "setting", "user": lambda: doc["email"],
           "feedback": lambda: doc["id"],
           "comment": lambda: doc.get("feedback", "") + "/" + doc["id"],
           "value": lambda: doc["group"] + "/" + doc["user"]}.get(kind)
    return kind, key() if key else (doc["project"] + "/" if "project" in doc else "") + doc["key"]

def read(path):
    return {name_of(doc): doc for doc in map(json.loads, open(path))}

def token(text):
    return str(text).replace("~", "~0").replace("/", "~1")

def at(doc, pointer):
    for part in pointer.split("/")[1:]:
        part = part.replace("~1", "/").replace("~0", "~")
        if isinstance(doc, list):
            doc = doc[int(part)]
        elif isinstance(doc, dict):
            doc = doc.get(part)
        if doc is None:
            return None
    return doc

def different(x, y, pointer=""):
    """Every place, as deep as can be, that is not the same on both sides."""
    if x == y and type(x) is type(y):
        return
    if isinstance(x, dict) and isinstance(y, dict):
        for name in list(x) + [n for n in y if n not in x]:
            yield from different(x.get(name), y.get(name), pointer + "/" + token(name))
    else:
        yield pointer

def wrong(*words):
    global bad
    bad += 1
    print("#", *words)

old, new, docs = read(before), read(after), read(given)
listed = {}
for change in json.load(open(answer))["changes"]:
    listed.setdefault((change["kind"], change["name"]), []).append(change)
for name in old:
    if name not in new:
        wrong(name, "is gone")
        continue
    changes, doc = listed.get(name, []), docs.get(name, {})
    for change in changes:
        for side, where in ("before", old), ("after", new):
            if change.get(side) != at(where[name], change["member"]):
                wrong(name, change, "is not so", side)
    for place in different(old[name], new[name]):
        if place == "/updatedAt" and "updatedAt" not in doc:
            continue
        if not any(place == c["member"] or place.startswith(c["member"] + "/") or
                   c["member"].startswith(place + "/") for c in changes):
            wrong(name, place, "was not listed", old[name], new[name])
    if name[0] in merged and not replace:
        for place in different(old[name], new[name]):
            top = place.split("/")[1].replace("~1", "/")
            if top not in doc and place != "/updatedAt":
                wrong(name, place, "was not mentioned")
        if isinstance(doc.get("fields"), dict):
            for field, value in old[name].get("fields", {}).items():
                if field not in doc["fields"] and new[name].get("fields", {}).get(field) != value:
                    wrong(name, "field", field, "was not mentioned")
for name in listed:
    if not listed[name]:
        wrong(name, "is listed without a change")
if not listed:
    wrong("nothing changed: this proves nothing")
sys.exit(bad > 0)
END
python3 draw.py || exit 99
earshot init >/dev/null
earshot apikey create app >/dev/null
{
	earshot apply base && earshot apply first
} >out 2>&1
verdict $? 'the first documents' out

# round NAME FILE [--replace]
round()
{
	earshot export >before
	earshot apply --dry-run --json ${3-} "$2" >dry 2>err
	verdict $? "$1: a dry run" err
	earshot export | cmp -s before -
	verdict $? "$1: changes nothing"
	earshot apply --json ${3-} "$2" >answer 2>err
	verdict $? "$1: applied" err
	# Only times that are set now have a fraction.
	sed 's/T[0-9:]*\.[0-9]*Z/ now/g' dry >dry.plain
	sed 's/T[0-9:]*\.[0-9]*Z/ now/g' answer >answer.plain
	cmp dry.plain answer.plain >out 2>&1
	verdict $? "$1: the dry run told the same" out
	earshot export >after
	python3 compare.py before after "$2" answer "${3+replace}" >out 2>&1
	verdict $? "$1: whatever is another one was listed" out
	earshot apply after >out 2>&1 && grep -q '^0 created, 0 updated, ' out
	verdict $? "$1: what is exported comes back and changes nothing" out
	earshot export | cmp -s after -
	verdict $? "$1: byte for byte"
}

round 'merged' second
round 'replaced' third --replace

# ---- columns of a CSV

earshot export user >before
cat >cells.py <<'END'
import csv, json, random, sys

random.seed(21)
users = [json.loads(line) for line in open("before")]
users = [u for u in users if u["email"].startswith("u")]
columns = ["email", "lastName", "optOut", "fields.a", "fields.new"]
cells = {"lastName": ["Lee", "", "Müller"], "optOut": ["true", "", "false"],
         "fields.a": ["7", ""], "fields.new": ["x", ""]}
with open("users.csv", "w", newline="") as file:
    out = csv.writer(file, delimiter=random.choice(",;\t"))
    out.writerow(columns)
    for user in users:
        row = [user["email"]] + [random.choice(cells[c]) for c in columns[1:]]
        while row[-1] == "":
            row.pop()
        out.writerow(row)
        for column, cell in zip(columns[1:], row[1:] + [""] * 5):
            if cell == "" and "clear" not in sys.argv:
                continue
            where, name = (user.setdefault("fields", {}), column[7:]) \
                if column.startswith("fields.") else (user, column)
            where.pop(name, None)
            if cell not in ("", "false"):
                where[name] = True if cell == "true" else cell
        if not user.get("fields", 1):
            del user["fields"]
with open("expected", "w") as file:
    for user in users:
        file.write(json.dumps(user, sort_keys=True) + "\n")
END

# imported NAME [clear]
imported()
{
	earshot export user >before
	python3 cells.py ${2-}
	earshot import users users.csv --dry-run ${2+--clear-empty} >dry 2>err
	verdict $? "$1: a dry run" err
	earshot export user | cmp -s before -
	verdict $? "$1: changes nothing"
	earshot import users users.csv ${2+--clear-empty} >out 2>err
	verdict $? "$1" err
	[ "$(sed -n '1s/ left out.*//p' dry)" = "$(sed -n '1s/ left out.*//p' out)" ]
	verdict $? "$1: the dry run told as much" dry
	earshot export user | python3 -c 'import json, sys
for line in sys.stdin:
    user = json.loads(line)
    if user["email"].startswith("u"):
        print(json.dumps(user, sort_keys=True))' >got
	diff expected got >out
	verdict $? "$1: the columns, and nothing else" out
}

imported 'a CSV of some columns'
imported 'empty cells that clear' clear
grep -q '^  fields.a: .*changed.* cleared$' dry
verdict $? 'and the dry run tells it by member' dry

echo "1..$n"
exit $bad
