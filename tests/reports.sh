#!/bin/sh
# SPDX-License-Identifier: ISC
# Reports say what sqlite3 computes from the CSV of the same users; charts are
# well-formed, tell in words what they show, and are those of examples/charts.
. "$(dirname "$0")/rig.sh"
export LC_ALL=C.UTF-8
cd "$tmp" || exit 99

earshot()
{
	"$build/src/earshot" --home "$tmp/home" "$@"
}

command -v sqlite3 >/dev/null || {
	echo '1..0 # SKIP sqlite3 is not installed'
	exit 0
}

# ---- a community of all kinds of values

python3 - >documents <<'END'
import json, random

random.seed(6)
print('{"kind":"group","key":"g","name":"Group","automation":"user","fields":['
      '{"label":"Number","parameter":"n","type":"integer"},'
      '{"label":"Flag","parameter":"b","type":"boolean"},'
      '{"label":"Time","parameter":"t","type":"datetime"},'
      '{"label":"Word","parameter":"s","type":"string"}]}')
words = ["free", "plus", "pro", "Zürich", "a,b", 'say "x"', "", "two\nlines", "x" * 300]
for i in range(3000):
    print(json.dumps({"kind": "user", "email": "u%d@mail.example" % i,
                      "fields": {"colour": random.choice(["red", "green"])}}))
for i in range(3000):
    v = {}
    if random.random() < .9:
        v["n"] = int(random.lognormvariate(4, 1.2)) - 20
    if i == 17:
        v["n"] = 1 << 62
    if i == 18:
        v["n"] = -1 << 62
    if random.random() < .8:
        v["b"] = random.random() < .3
    if random.random() < .85:
        v["t"] = "2026-%02d-%02dT%02d:59:59Z" % (random.randint(1, 12), random.randint(1, 28),
                                                 random.randint(0, 23))
    if random.random() < .95:
        v["s"] = random.choice(words) if random.random() < .8 else "w%d" % random.randint(0, 400)
    if v:
        print(json.dumps({"kind": "value", "group": "g", "user": "u%d@mail.example" % i,
                          "values": v, "at": "2026-12-31T00:00:00Z"}))
END
earshot init >out 2>&1 && earshot apply documents >out 2>&1
verdict $? 'a community is made' out

earshot user list --csv --columns id,data.g.n,data.g.b,data.g.t,data.g.s,fields.colour >users.csv
# What is empty has no value, but for the empty word, which is told apart here.
earshot user list --jsonl --columns id,data.g.s | python3 -c '
import json, sys
print("id,s")
for line in sys.stdin:
    row = json.loads(line)
    if row["data.g.s"] == "":
        print("%s,empty" % row["id"])' >empty.csv
verdict $? 'its users are listed' users.csv

# reported NAME CONDITION ARGUMENT...: every number of the report against the users
# for whom the condition holds; at least so many were compared.
reported()
{
	name=$1
	where=$2
	least=$3
	shift 3
	earshot report g --csv "$@" >report.csv 2>err || {
		verdict 1 "$name: is made" err
		return
	}
	sqlite3 :memory: >out 2>&1 <<END
.mode csv
.import users.csv users
.import empty.csv empty
.import report.csv report
.mode list
CREATE TABLE v AS SELECT users.id, CAST(nullif("data.g.n", '') AS INTEGER) AS n,
    nullif("data.g.b", '') AS b, nullif("data.g.t", '') AS t,
    CASE WHEN empty.id NOT NULL THEN '' ELSE nullif("data.g.s", '') END AS s,
    "fields.colour" AS colour
    FROM users LEFT JOIN empty ON empty.id = users.id;
DELETE FROM v WHERE NOT coalesce($where, 0);
CREATE TABLE r AS SELECT substr(field, 8) AS field, figure, "from" AS low, "to" AS high,
    value, "by" AS col, number FROM report;
-- Every value by itself, with the column of the cross table that it belongs to.
CREATE TABLE x AS
    SELECT 'n' AS field, id, n AS value FROM v UNION ALL SELECT 'b', id, b FROM v UNION ALL
    SELECT 't', id, t FROM v UNION ALL SELECT 's', id, s FROM v;
CREATE TABLE c AS SELECT id, '' AS col FROM v UNION ALL
    SELECT id, coalesce(b, 'without') FROM v;
CREATE TABLE y AS SELECT x.field, x.value, c.col FROM x JOIN c ON c.id = x.id;
CREATE INDEX y_field ON y (field, col, value);
CREATE TABLE wanted AS
    SELECT r.*, CASE figure
    WHEN 'records' THEN (SELECT count(value) FROM y WHERE y.field = r.field AND y.col = r.col)
    WHEN 'values' THEN (SELECT count(value) FROM y WHERE y.field = r.field AND y.col = r.col)
    WHEN 'unset' THEN (SELECT count(*) FROM y WHERE y.field = r.field AND y.col = r.col AND
        value IS NULL)
    WHEN 'distinct' THEN (SELECT count(DISTINCT value) FROM y WHERE y.field = r.field)
    WHEN 'min' THEN (SELECT min(value) FROM y WHERE y.field = 'n' AND y.col = r.col)
    WHEN 'max' THEN (SELECT max(value) FROM y WHERE y.field = 'n' AND y.col = r.col)
    WHEN 'sum' THEN (SELECT sum(value) FROM y WHERE y.field = 'n' AND y.col = r.col)
    WHEN 'mean' THEN (SELECT sum(value) * 1.0 / count(value) FROM y WHERE y.field = 'n' AND y.col = r.col)
    WHEN 'first' THEN (SELECT min(value) FROM y WHERE y.field = 't' AND y.col = '')
    WHEN 'last' THEN (SELECT max(value) FROM y WHERE y.field = 't' AND y.col = '')
    WHEN 'count' THEN (SELECT count(*) FROM y WHERE y.field = r.field AND y.col = r.col AND
        CASE r.field
        WHEN 'n' THEN value BETWEEN CAST(coalesce(nullif(low, ''), '-9223372036854775808') AS
            INTEGER) AND CAST(coalesce(nullif(high, ''), '9223372036854775807') AS INTEGER)
        WHEN 't' THEN substr(value, 1, 10) BETWEEN low AND high
        ELSE substr(value, 1, 200) = r.value END)
    WHEN 'others' THEN (SELECT count(*) FROM y WHERE y.field = 's' AND y.col = r.col AND
        value NOT NULL AND substr(value, 1, 200) NOT IN
        (SELECT value FROM r AS named WHERE named.field = 's' AND figure = 'count'))
    ELSE (SELECT a.value + (b.value - a.value) * (place - CAST(place AS INTEGER)) FROM
        (SELECT (count(value) - 1) * CASE figure WHEN 'q1' THEN .25 WHEN 'median' THEN .5 ELSE .75
            END AS place FROM y WHERE y.field = 'n' AND y.col = r.col) JOIN
        (SELECT value, row_number() OVER (ORDER BY value) - 1 AS i FROM y WHERE
            y.field = 'n' AND y.col = r.col AND value NOT NULL) AS a ON a.i = CAST(place AS INTEGER)
        JOIN (SELECT value, row_number() OVER (ORDER BY value) - 1 AS i FROM y WHERE
            y.field = 'n' AND y.col = r.col AND value NOT NULL) AS b ON
            b.i = min(CAST(place AS INTEGER) + 1,
            (SELECT count(value) - 1 FROM y WHERE y.field = 'n' AND y.col = r.col)))
    END AS right FROM r;
SELECT 'wrong', * FROM wanted WHERE CASE WHEN figure IN ('first', 'last')
    THEN number IS NOT right
    ELSE right IS NULL OR abs(number - right) > 1e-9 * max(1, abs(right)) END;
-- Nobody is left out of the list who came more often than one who stands in it.
SELECT 'left out', value FROM y WHERE field = 's' AND col = '' AND value NOT NULL AND
    substr(value, 1, 200) NOT IN
    (SELECT value FROM r WHERE field = 's' AND figure = 'count') GROUP BY value HAVING count(*) >
    (SELECT min(CAST(number AS INTEGER)) FROM r WHERE field = 's' AND figure = 'count'
        AND col = '');
SELECT 'only', count(*), 'figures' FROM wanted HAVING count(*) < $least;
END
	[ ! -s out ]
	verdict $? "$name" out
}

reported 'all users' 1 60
reported 'all users, by month' 1 60 --period month
reported 'a cross table with a boolean' 1 250 --by b
reported 'a filter that the index answers' 'n > 100' 60 --filter 'data.g.n > 100'
reported 'a filter over documents' "colour = 'red'" 60 --filter "user.fields.colour == 'red'"
reported 'both' "colour = 'red' AND n < 100" 150 --by Flag \
    --filter "user.fields.colour == 'red' && data.g.n < 100"
reported 'nobody matches' 0 12 --filter 'user.score > 100'

# ---- what else can be asked

earshot report user --by data.g.b --fields fields.colour --json >out 2>&1 &&
    python3 - out users.csv <<'END' >err 2>&1
import csv, json, sys
report = json.load(open(sys.argv[1]))
users = list(csv.DictReader(open(sys.argv[2])))
bins = report["fields"][0]["bins"]
assert report["by"]["series"] == [{"value": False}, {"value": True}, {"unset": True}], report["by"]
for i, flag in enumerate(("false", "true", "")):
    for b in bins:
        right = sum(u["data.g.b"] == flag and u["fields.colour"] == b["value"] for u in users)
        assert b["counts"][i] == right, (flag, b, right)
assert len(bins) == 2
END
verdict $? 'a member by external data' err

# Deliveries are counted in brief, or by their entries where something of these is asked.
secret=$(earshot apikey create app)
earshot apply - >out 2>&1 <<'END'
{"kind":"listener","key":"g","type":"data","automation":"user","apiKey":"app","name":"G","target":{"match":"email","parameter":"email"},"group":"g"}
{"kind":"listener","key":"h","type":"data","automation":"user","apiKey":"app","name":"H","target":{"match":"email","parameter":"email"},"group":"g"}
END
for i in 1 2 3 4 5 6 7; do
	for key in g h; do
		body='{"email":"u'$((i % 3 * 9999))'@mail.example","n":'$i'}'
		printf %s "$body" | env EARSHOT_HOME="$tmp/home" GATEWAY_INTERFACE=CGI/1.1 \
		    REQUEST_METHOD=POST REQUEST_URI=/data.fcgi/$key HTTP_X_API_KEY="$secret" \
		    CONTENT_TYPE=application/json CONTENT_LENGTH=${#body} "$build/cgi-bin/data.fcgi" \
		    >>answers 2>&1
	done
done
earshot delivery list --json >list
earshot report delivery --by outcome --json >brief 2>err &&
    earshot report delivery --by outcome --filter true --json >entries 2>err &&
    python3 - brief entries list <<'END' >err 2>&1
import json, sys
brief, entries, listed = (json.load(open(path)) for path in sys.argv[1:])
for report in brief, entries:
    del report["at"]
entries.pop("filter")
assert brief == entries, (brief, entries)
assert brief["records"] == len(listed) == 14
outcomes = [s.get("value") for s in brief["by"]["series"]]
assert outcomes[:2] == ["unknown-target", "applied"], outcomes
for b in brief["fields"][1]["bins"]:
    for outcome, count in zip(outcomes, b["counts"]):
        assert count == sum(d["listener"] == b["value"] and d["outcome"] == outcome for d in listed)
END
verdict $? 'deliveries, in brief and by their entries' err

earshot report g --fields zz >out 2>err
[ $? -eq 2 ] && grep -q 'no field "zz"' err
verdict $? 'a field that there is not' err
earshot report nothing >out 2>err
[ $? -eq 1 ] && grep -q 'there is no report, no group and no view "nothing"' err
verdict $? 'a group that there is not' err
earshot report g --filter 'user.score >' >out 2>err
[ $? -eq 2 ] && grep -q 'the filter' err
verdict $? 'a filter that is none' err
earshot report g --period day --fields t >out 2>err && grep -q '^  2026-01-01  ' out
verdict $? 'a bar for each day' err
earshot report g --period hour >out 2>err
[ $? -eq 2 ] && grep -q 'day, week, month or year' err
verdict $? 'a period that is none' err
LC_ALL=C earshot report g --fields b >out 2>err && grep -q '^ *false  ##*' out &&
    ! grep -q '[^ -~]' out
verdict $? 'plain ASCII where the terminal has no more' out

python3 -c 'import json
print(json.dumps({"kind": "group", "key": "wide", "name": "Wide", "automation": "user", "fields": [
    {"label": "L%d" % i, "parameter": "p%d" % i, "type": "integer"} for i in range(100)]}))
print(json.dumps({"kind": "value", "group": "wide", "user": "u1@mail.example",
                  "values": {"p%d" % i: i for i in range(100)}}))' | earshot apply - >out 2>&1 &&
    earshot report wide --csv >out 2>err && [ "$(grep -c ',values,.*,1' out)" -eq 100 ] &&
    earshot report wide --csv --fields "$(seq -s, -f L%g 0 79)" >out 2>err &&
    [ "$(grep -c ',values,.*,1' out)" -eq 80 ]
verdict $? 'a report has every field of a wide group' err

# ---- charts

mkdir charts
BUILDDIR=$build "$top/examples/charts/make" charts >err 2>&1
verdict $? 'the charts of the examples are drawn' err
for chart in "$top"/examples/charts/*.svg; do
	diff "$chart" "charts/${chart##*/}" >out 2>&1
	verdict $? "${chart##*/} is what is drawn today" out
done
printf '{"kind":"group","key":"odd","name":"O\\uffff\\ufffe<d&","automation":"user",%s}\n' \
    '"fields":[{"label":"N","parameter":"n","type":"integer"}]' | earshot apply - >out 2>err &&
    earshot report odd --svg odd.svg >out 2>err && grep -q 'O&lt;d&amp;' odd.svg &&
    python3 -c 'import xml.etree.ElementTree as tree; tree.parse("odd.svg")' 2>err
verdict $? 'what is no character of XML is left out' err
earshot report g --by s --svg charts/g.svg 2>err
python3 - charts/*.svg >out 2>&1 <<'END'
import sys, xml.etree.ElementTree as tree
svg = "{http://www.w3.org/2000/svg}"
for path in sys.argv[1:]:
    root = tree.parse(path).getroot()
    assert root.get("role") == "img" and root.get("aria-labelledby") == "title desc", path
    assert root[0].tag == svg + "title" and root[0].text, path
    assert root[1].tag == svg + "desc" and len(root[1].text) > 100, path
    style = root.find(svg + "style").text
    assert "prefers-color-scheme:dark" in style and "@media screen" in style, path
    width, height = (float(n) for n in root.get("viewBox").split()[2:])
    for box in root.iter(svg + "rect"):
        if box.get("class") != "paper":
            x, y, w, h = (float(box.get(n)) for n in ("x", "y", "width", "height"))
            assert 0 <= x and x + w <= width + .2 and 0 <= y and y + h <= height, (path, box.attrib)
            assert w >= 0 and h >= 0, (path, box.attrib)
    for text in root.iter(svg + "text"):
        assert float(text.get("y") or 1) < height, path
assert len(sys.argv) > 4
END
verdict $? 'charts are well-formed, told in words, and within their frame' out

echo "1..$n"
exit $bad
