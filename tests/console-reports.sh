#!/bin/sh
# SPDX-License-Identifier: ISC
# Reports in the console, as a browser without script has them: figures against the CSV of the
# command line and against a count by hand, and each bar against the list behind it; saved, on
# the home page, as files; hostile values; by many at once.
. "$(dirname "$0")/rig.sh"
. "$(dirname "$0")/console-rig.sh"

settings <<-CONF
	[console]
	address = $url
CONF
# Values that want to be more than text, in fields of every type; labels, too.
python3 - >"$tmp/hostile.jsonl" <<'END'
import json, random
random.seed(11)
words = ['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "it's", 'a\\b', 'x & y', '\u202eabc',
         '=1+1', "' || true || '", '{{user.email}}', ']]>', 'Zürich', '5', 'true', '\n', '/* */', '// x']
print(json.dumps({'kind': 'group', 'key': 'odd', 'name': 'Odd </title><script>alert(2)</script>', 'automation': 'user',
                  'fields': [{'label': 'Word <b>"', 'parameter': '/a b/"c"', 'type': 'string'},
                             {'label': 'Num', 'parameter': 'n.m', 'type': 'integer'},
                             {'label': 'When', 'parameter': 'when', 'type': 'datetime'},
                             {'label': 'Flag', 'parameter': 'flag', 'type': 'boolean'}]}))
for i in range(300):
    email = 'h%d@mail.example' % i
    print(json.dumps({'kind': 'user', 'email': email, 'teams': ['t-a'] if i % 3 else ['t-a', 't-b'],
                      'fields': {'mixed': random.choice([5, '5', True, 'true', 'plain', '<i>'])}}))
for i in range(300):
    values = {}
    if i % 7:
        values['/a b/"c"'] = random.choice(words)
    if i % 5:
        values['n.m'] = random.choice([-3, 0, 1, 7, 40, 900])
    if i % 4:
        values['when'] = '2026-%02d-%02dT23:59:59Z' % (random.randint(1, 12), random.randint(1, 28))
    if i % 3:
        values['flag'] = i % 2 == 0
    if values:
        print(json.dumps({'kind': 'value', 'group': 'odd', 'user': 'h%d@mail.example' % i, 'values': values}))
END
{
	printf '%s\n' '{"kind":"team","key":"t-a","name":"A"}' '{"kind":"team","key":"t-b","name":"B"}'
	cat "$tmp/hostile.jsonl"
} >"$tmp/all.jsonl"
earshot apply "$tmp/all.jsonl" >"$tmp/said" 2>&1
verdict $? 'values that want to be more than text' "$tmp/said"
start
sign_in jim@acme.example

answers 'reports' 200 /reports
has 'a project is chosen there' 'class="switch" method="get" action="/listen/console/reports">'
has 'what can be counted' '/reports/show?of=data.usage'
lacks 'no program is in a name' '<script>alert'
answers 'of nothing' 303 /reports/show
answers 'of what there is not' 404 '/reports/show?of=nothing'
answers 'by what there is not' 400 '/reports/show?of=user&by=scor'
has 'what was meant is told' 'did you mean &quot;score&quot;?'
answers 'a filter that is none' 400 '/reports/show?of=user&filter=user.'
answers 'a period that is none' 400 '/reports/show?of=user&period=age'
answers 'of a project that there is not' 404 '/reports/show?of=user&project=nothing'

# ---- figures, and what stands behind them

cat >"$tmp/figures.py" <<'END'
import csv, html, io, random, re, subprocess, sys
from urllib.parse import parse_qs, unquote, urlencode, urlsplit
sys.path.insert(0, sys.argv[1])
from browser import Browser
base, earshot, home, token = sys.argv[2:6]


def run(*args):
    return subprocess.run([earshot, '--home', home, *args], check=True, capture_output=True,
                          text=True).stdout


random.seed(5)
browser = Browser(base)
browser.open(base + '/sign-in/link', urlencode({'token': token}).encode())
ROW = re.compile(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', re.S)
CELL = re.compile(r'<td class="number">(?:<a href="(.*?)">)?(.*?)(?:</a>)?</td>', re.S)
compared = followed = 0
counts = {}


def behind(link):
    """How many the list has that a link leads to."""
    parts = urlsplit(html.unescape(link))
    if link in counts:
        return counts[link]
    query = {name: value[0] for name, value in parse_qs(parts.query).items()}
    page = parts.path.rsplit('/', 1)[1]
    if page == 'deliveries':
        return None
    args = [{'people': 'user', 'tickets': 'feedback'}[page], 'list', '--columns', 'id', '--csv',
            '--filter', query['filter']]
    if 'project' in query:
        args += ['--project', query['project']]
    counts[link] = max(len(run(*args).splitlines()) - 1, 0)
    return counts[link]


for ask in [dict(of='data.usage'), dict(of='data.usage', by='plan'), dict(of='data.odd'),
            dict(of='data.odd', by='flag'), dict(of='user'), dict(of='user', by='data.odd./a b/"c"'),
            dict(of='feedback', by='status'), dict(of='feedback', project='phone'),
            dict(of='user', filter='user.score > 0 // all of them', by='teams'),
            dict(of='user', field='fields.mixed'), dict(of='feedback', period='month', field='createdAt'),
            dict(of='data.phone/build'), dict(of='user', project='phone', by='createdAt')]:
    page = browser.get('/reports/show?' + urlencode(ask)).html
    assert browser.status == 200, (ask, browser.status)
    assert '<script>alert' not in page and '<img' not in page and '<b>"' not in page, ask
    # The same, by the command line.
    args = ['report', ask['of']]
    for name, option in ('by', '--by'), ('filter', '--filter'), ('project', '--project'), \
            ('field', '--fields'), ('period', '--period'):
        if name in ask:
            args += [option, ask[name]]
    rows = list(csv.DictReader(io.StringIO(run(*args, '--csv'))))
    wanted, divided = {}, {}
    for row in rows:
        if row['figure'] in ('count', 'others') and row['by'] == '':
            wanted.setdefault(row['field'], []).append(int(row['number']))
        if row['figure'] in ('count', 'others') and row['by'] != '':
            divided.setdefault(row['field'], 0)
            divided[row['field']] += int(row['number'])
        if row['figure'] == 'unset' and row['by'] == '':
            wanted.setdefault(row['field'], [])
            if int(row['number']) > 0:
                wanted[row['field']].append(('without', int(row['number'])))
    fields = list(dict.fromkeys(row['field'] for row in rows))
    sections = page.split('<section class="figure">')[1:]
    assert len(sections) == len(fields), (ask, len(sections), fields)
    for field, section in zip(fields, sections):
        # The table is called as the chart is.
        head = re.search(r'<h2 id="chart-\d+">(.*?)</h2>', section)[1]
        assert '<tbody>' not in section or '<th scope="col">%s</th>' % head in section, (ask, head)
        table = section.split('<tbody>')
        shown = ROW.findall(table[1].split('</tbody>')[0]) if len(table) > 1 else []
        numbers = sorted(n if isinstance(n, int) else n[1] for n in wanted[field])
        totals, parts = [], 0
        for label, cells in shown:
            cells = CELL.findall(cells)
            totals.append(int(cells[-2][1].replace(',', '')))
            for link, number in cells[:-1]:
                number = int(number.replace(',', ''))
                if link and random.random() < 0.35:
                    there = behind(link)
                    assert there is None or there == number, (ask, field, label, number, there,
                                                              unquote(link))
                    followed += 1
                elif not link:
                    assert number == 0 or label == 'others' or field in ('ranks', 'data.odd.n.m'), \
                        (ask, field, label)
            parts += sum(int(number.replace(',', '')) for _, number in cells[:-2])
        if shown:
            assert sorted(totals) == numbers, (ask, field, sorted(totals), numbers)
            compared += len(totals)
    # Bars in the picture are links, too: each to what the table leads to.
    for link in re.findall(r'<a href="(.*?)" tabindex="-1">', page):
        assert 'href="%s">' % link in page, link
    # The file for a spreadsheet is that of the command line.
    file = browser.opener.open(base + '/reports/csv?' + urlencode(ask)).read().decode()
    assert file.replace('\r\n', '\n') == run(*args, '--csv', '--spreadsheet'), ask
    picture = browser.opener.open(base + '/reports/svg?' + urlencode(ask)).read().decode()
    subprocess.run(['xmllint', '--noout', '-'], input=picture, text=True, check=True)
assert compared > 100 and followed > 200, (compared, followed)
# Sums and averages, for each value of something else.
for number in 'sum', 'mean':
    ask = dict(of='data.odd', field='n.m', by='flag', number=number)
    page = browser.get('/reports/show?' + urlencode(ask)).html
    told = {}
    for row in csv.DictReader(io.StringIO(run('report', 'data.odd', '--fields', 'n.m', '--by', 'flag',
                                              '--number', number, '--csv'))):
        if row['figure'] in (number, 'values') and row['by']:
            told.setdefault(row['by'], {})[row['figure']] = float(row['number'])
    rows = ROW.findall(page.split('<tbody>')[1].split('</tbody>')[0])
    assert len(rows) == len([one for one in told.values() if number in one]) == 3, (rows, told)
    for label, cells in rows:
        (_, amount), (link, of) = CELL.findall(cells)
        # By hand, of every user.
        values = [int(row['data.odd.Num']) for row in csv.DictReader(io.StringIO(run(
            'user', 'list', '--csv', '--columns', 'data.odd.Num,data.odd.flag')))
            if row['data.odd.Num'] and (row['data.odd.flag'] or 'without') == label]
        mine = sum(values) / (len(values) if number == 'mean' else 1)
        assert abs(mine - told[label][number]) < 1e-9, (label, mine, told)
        assert abs(float(amount.replace(',', '')) - mine) <= 0.005, (label, amount, mine)
        assert int(of) == len(values) == told[label]['values'], (label, of)
        assert behind(link) == len(values), (label, link)
    assert '<svg class="chart"' in page
    assert browser.get('/reports/show?' + urlencode(dict(of='data.odd', number=number))) and \
        browser.status == 400
# By hand: who has more than twenty launches.
page = browser.get('/reports/show?' + urlencode(dict(of='data.usage', field='launches',
                                                     filter='data.usage.launches > 20'))).html
hand = sum(1 for row in csv.DictReader(io.StringIO(run('user', 'list', '--csv', '--columns',
           'data.usage.launches'))) if row['data.usage.launches'] and
           int(row['data.usage.launches']) > 20)
assert '<strong>%d</strong> users that match' % hand in page, hand
print('good: %d rows compared, %d links followed' % (compared, followed))
END
if command -v xmllint >/dev/null; then
	python3 "$tmp/figures.py" "$top/tests/console" "$url" "$build/src/earshot" "$home" \
	    "$(token_of_link jim@acme.example)" >"$tmp/figures" 2>&1
	verdict $? 'every figure is that of the command line, and has just those behind it that it counts' "$tmp/figures"
	sed 's/^/# /' "$tmp/figures" | tail -n 1
fi

# ---- another form of it, and saved

earshot export >"$tmp/before"
answers 'a report' 200 '/reports/show?of=data.usage'
form 'a condition' 200 '/reports/choose?of=data.usage' ask=filter-add
has 'is added' 'name="filter/0/field"'
form 'of a field, divided, by weeks' 303 '/reports/choose?of=data.usage' \
    filter/0/field=data.usage.launches filter/0/is=more filter/0/value=20 by=fields.country \
    field=data.usage.launches period=week
has_line 'stands in the address' 'Location: /listen/console/reports/show?of=data.usage&filter=data.usage.launches%20%3E%2020&by=fields.country&period=week&field=data.usage.launches'
answers 'that' 200 '/reports/show?of=data.usage&filter=data.usage.launches%20%3E%2020&by=fields.country&period=week&field=data.usage.launches'
has 'is divided' ', divided by country'
has 'the filter comes back as a row' 'name="filter/0/value" value="20"'
has 'what divides it is chosen' '<option value="fields.country" selected>'
form 'a filter that is none' 422 '/reports/choose?of=data.usage' filter/as=expression '/filter=user.'
has 'is told' 'There is a problem'
has 'and kept' 'user.</textarea>'
answers 'a report' 200 '/reports/show?of=data.usage&by=plan'
form 'without a name' 422 '/reports/choose?of=data.usage&by=plan' save=new
has 'is not saved' 'Say what the report is called'
form 'with one' 303 '/reports/choose?of=data.usage&by=plan' save=new 'save/name=Launches <b>' home=1
has_line 'it is' 'Location: /listen/console/reports/show?report=launches-b'
form_page=/reports/show?report=launches-b
answers 'by its name' 200 "$form_page"
has 'it has its name' '<h1>Launches &lt;b&gt;</h1>'
has 'and is as it was' 'divided by Plan'
form 'the same name once more' 422 '/reports/choose?report=launches-b' save=new 'save/name=Launches b'
has 'is refused' 'already'
answers 'by its name' 200 "$form_page"
form 'changed, and saved to it' 303 '/reports/choose?report=launches-b' save=old \
    field=data.usage.launches
earshot report show launches-b --json >"$tmp/page"
has 'what nobody changed stays' '"onHome":true'
has 'it is' '"fields":["data.usage.launches"]'
answers 'reports' 200 /reports
has 'lists it' '/reports/show?report=launches-b">Launches &lt;b&gt;</a>'
earshot report launches-b --csv >"$tmp/one" && earshot report data.usage --by plan \
    --fields launches --csv >"$tmp/other" && cmp -s "$tmp/one" "$tmp/other"
verdict $? 'the command line has it by its name'
earshot group remove usage --yes >"$tmp/page" 2>&1
has 'what it counts is not removed' 'is still used by'
earshot export >"$tmp/now" && earshot init >/dev/null 2>&1
earshot export report >"$tmp/reports.jsonl" && earshot report remove launches-b >/dev/null &&
    earshot apply "$tmp/reports.jsonl" >"$tmp/said" 2>&1 && earshot export >"$tmp/after"
cmp -s "$tmp/now" "$tmp/after"
verdict $? 'it is exported, and comes back to the letter' "$tmp/said"
earshot check >"$tmp/page" 2>&1
verdict $? 'the store is as it should be' "$tmp/page"

# ---- home

answers 'home' 200 /
has 'names it' '/reports/show?report=launches-b">Launches &lt;b&gt;</a>'
tries=0
until grep -q '<svg class="chart"' "$tmp/page" || [ $tries -gt 100 ]; do
	tries=$((tries + 1))
	sleep 0.1
	page /
done
has 'it is drawn when it was counted' '<svg class="chart"'
lacks 'no program is on it' '<b></a>'

# ---- many at once, every answer compared

cat >"$tmp/many.py" <<'END'
import re, subprocess, sys
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode
sys.path.insert(0, sys.argv[1])
from browser import Browser
base, token = sys.argv[2:4]
first = Browser(base)
first.open(base + '/sign-in/link', urlencode({'token': token}).encode())
cookies = [cookie for cookie in first.jar if 'session' in cookie.name]


def client():
    one = Browser(base)
    for cookie in cookies:
        one.jar.set_cookie(cookie)
    return one


def shown(one, ask):
    """As it is once it is counted: no more are counted at once than may be."""
    for _ in range(600):
        page = one.get('/reports/show?' + urlencode(ask)).html
        assert one.status == 200, (ask, one.status)
        if 'class="scope"' in page:
            return re.findall(r'<strong>[^<]*</strong> \w+|<tr><th scope="row">.*?</tr>|<rect[^>]*>', page)
        assert 'are counted.' in page or 'Other reports' in page, page
    raise AssertionError(ask)


asks = [dict(of='data.usage', filter='data.usage.launches > %d' % i) for i in range(20)] + \
    [dict(of='user', by='data.odd.flag', filter='user.score >= %d' % i) for i in range(20)] + \
    [dict(of='feedback', project=project, by='status') for project in ('phone', 'watch')]
alone = client()
expected = [shown(alone, ask) for ask in asks]
assert len({str(one) for one in expected}) > 30


def work(i):
    one = client()
    for k in range(len(asks)):
        n = (i * 7 + k) % len(asks)
        got = shown(one, asks[n])
        assert got == expected[n], (asks[n], got[:3], expected[n][:3])
        # A filter that nobody else has.
        fresh = dict(of='data.usage', filter='data.usage.launches > %d' % (1000 + 100 * i + k))
        if k % 10 == 0:
            assert '<strong>0</strong> users' in shown(one, fresh)[0], fresh
    return True


with ThreadPoolExecutor(16) as pool:
    assert all(pool.map(work, range(16)))
print('good')
END
python3 "$tmp/many.py" "$top/tests/console" "$url" "$(token_of_link jim@acme.example)" >"$tmp/many" 2>&1
grep -qx good "$tmp/many"
verdict $? 'sixteen people, forty reports' "$tmp/many"

# ---- who may what

earshot user create pam@acme.example --roles tester >"$tmp/said" 2>&1
earshot project set phone managers+=pam@acme.example >>"$tmp/said" 2>&1
cat >"$tmp/own.jsonl" <<-'JSONL'
	{"kind":"report","key":"weekly","project":"phone","name":"Weekly","of":"feedback","fields":["createdAt"],"period":"week","onHome":true}
	{"kind":"report","key":"watched","project":"watch","name":"Watched","of":"feedback"}
JSONL
earshot apply "$tmp/own.jsonl" >>"$tmp/said" 2>&1
verdict $? 'a manager of one project' "$tmp/said"
sign_in pam@acme.example
answers 'reports' 200 /reports
has 'of hers' '/reports/show?report=phone/weekly'
lacks 'not of others' 'watched'
lacks 'nor of the community' 'launches-b'
answers 'hers' 200 '/reports/show?report=phone/weekly'
has 'counts that project alone' ', of project phone'
answers 'tickets' 200 '/reports/show?of=feedback'
has 'are those of her project' ', of project phone'
for of in user data.usage data.watch/x report.launches-b delivery feedback; do
	answers "$of of another project" "$(case $of in data.watch/x) echo 404 ;; *) echo 403 ;; esac)" \
	    "/reports/show?of=$of&project=watch"
done
answers 'of the community by hand' 403 '/reports/show?of=user&project=&report=watch/watched'
answers 'nor as a file' 403 '/reports/csv?of=feedback&project=watch'
answers 'nor drawn' 403 '/reports/svg?of=feedback&project=watch'
csrf=$(csrf)
answers 'nor saved there' 422 '/reports/choose?of=feedback&project=phone' -d "csrf=$csrf" \
    -d project=watch -d save=new -d save/name=x
answers 'home' 200 /
has 'has hers' 'Weekly'
lacks 'and no other' 'Launches'
sign_in ann@mail.example
answers 'a tester sees nothing' 303 /reports

# ---- more than a page has

python3 - >"$tmp/many.jsonl" <<'END'
import json
for i in range(201):
    print(json.dumps({'kind': 'report', 'key': 'z%03d' % i, 'of': 'user'}))
    print(json.dumps({'kind': 'view', 'key': 'z%03d' % i, 'automation': 'user'}))
    print(json.dumps({'kind': 'group', 'key': 'z%03d' % i, 'name': 'Z', 'automation': 'user',
                      'fields': [{'label': 'A', 'parameter': 'a', 'type': 'string'}]}))
END
earshot apply "$tmp/many.jsonl" >"$tmp/said" 2>&1
verdict $? 'many of each' "$tmp/said"
sign_in jim@acme.example
page /reports
cp "$tmp/page" "$tmp/first"
for what in 'after=report=z' 'groups=of=data.z' 'views=of=view.z'; do
	lacks "the first page has not all: $what" "/reports/show?${what#*=}200\""
	next=$(sed -n "s/.*<a href=\"?\(${what%%=*}=[^\"]*\)\" rel=\"next\">.*/\1/p" "$tmp/page")
	page "/reports?$next"
	has 'the next one has the last' "/reports/show?${what#*=}200\""
	cp "$tmp/first" "$tmp/page"
done

echo "1..$n"
exit $bad
