# SPDX-License-Identifier: ISC
"""Listeners are created, changed and duplicated by a browser without script, and posted to by
the command that the page shows."""

import json
import re
import subprocess

from browser import Browser
from checks import BASE, earshot, finish, ok, same

NAUGHTY = [
    '<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "' onmouseover='x",
    '</textarea><script>x</script>', '{{7}}{{#a}}', '&amp;&lt;', '\u202egnirts', 'a\u0085b',
    '\u0001\u0007\u001b[31m', '%00%0d%0aSet-Cookie: x=1', '\\u0000', 'x' * 9000,
    'e\u0301\u200b\ufeffe', '\U0001f469\u200d\U0001f52c', '  spaces  ', 'two\nlines', '1; DROP',
]


def export(kind='listener'):
    """Each as the line that export prints."""
    lines = [line for line in earshot('export', kind).split('\n') if line]
    return {(json.loads(line).get('project', '') + '/' + json.loads(line)['key']).lstrip('/'): line
            for line in lines}


def sign_in(user):
    browser = Browser(BASE)
    token = earshot('console', 'link', user).strip().split('token=')[1]
    browser.open(BASE + '/sign-in/link', ('token=' + token).encode())
    return browser


def run_curl(browser, name):
    """As it stands on the page."""
    done = subprocess.run(['sh', '-c', browser.page.texts['curl'] + ' -s'], text=True,
                          capture_output=True, timeout=60)
    answer = {}
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        pass
    ok(answer.get('outcome') == 'applied', '%s: the curl of the page works as it stands' % name,
       browser.page.texts['curl'], done.stdout, done.stderr)
    return answer


def check_sane(browser, name):
    """What is described is there, what is labelled too, nothing is inline, no id twice."""
    page = browser.page
    missing = [id for id in page.described + [l for l in page.labels if l] if id not in page.ids]
    twice = sorted({id for id in page.ids if page.ids.count(id) > 1})
    inline = [s for s in page.scripts if s[0] != 'script' or '/assets/' not in s[1]]
    labelled = set(page.labels)
    bare = [f['name'] for form in page.forms for f in form['fields']
            if f['kind'] != 'hidden' and f.get('id') not in labelled]
    ok(not (missing or twice or inline or bare or page.handlers), '%s: labels, descriptions, '
       'nothing inline' % name, 'missing %r' % missing, 'twice %r' % twice,
       'inline %r %r' % (inline, page.handlers), 'without label %r' % bare)


def check_wrong(browser, name, *parts):
    """The summary links to each field, and the title says it."""
    page = browser.page
    same(browser.status, 422, name + ' is refused')
    ok(page.title.startswith('Error: '), name + ': the title says so', page.title)
    summary = page.texts.get('problems', '')
    for part in parts:
        ok(part in summary, '%s: the summary has "%s"' % (name, part), summary)
    block = page.html.split('id="problems"', 1)[-1].split('</ul>', 1)[0]
    links = re.findall(r'href="#([^"]*)"', block)
    ok(links and all(link in page.ids for link in links) and '<li>' in block and
       block.count('<li>') == len(links), '%s: each links to its field' % name, block)
    check_sane(browser, name)


# ---- each type, for users and for feedback

def create(browser, automation, type, name, project='', **fields):
    browser.get('/listeners/new?automation=%s%s' % (automation, project and '&project=' + project))
    same(browser.value('/project'), project, '%s: the project is chosen' % name)
    check_sane(browser, name)
    browser.fill('/name', name)
    browser.fill('/type', type)
    for field, value in fields.items():
        browser.fill(field, value)


def add_action(browser, n, action, **members):
    browser.fill('macro/from', 'new')
    browser.fill('macro:/actions/%d/action' % n, action)
    browser.press('macro')
    for member, value in members.items():
        browser.fill('macro:/actions/%d/%s' % (n, member), value)


def sent_to(browser, name):
    """Submits; what the page says then."""
    page = browser.press()
    if not ok(browser.status == 200 and browser.path.startswith('/listeners/ready/'),
              '%s is made' % name, browser.status, browser.path,
              page.texts.get('problems', page.texts.get('main', ''))):
        return False
    check_sane(browser, name + ', its URL')
    ok(page.texts['url'].startswith('http://127.0.0.1'), '%s: the URL' % name)
    return True


def check_macro_user(browser):
    name = 'Points for using it'
    create(browser, 'user', 'macro', name)
    add_action(browser, 0, 'add-points', points='5', reason='Used {{payload.feature}}')
    browser.fill('macro:/name', 'Give points')
    browser.press('macro-add')
    same(browser.value('macro:/actions/0/points'), '5', 'another action: what was typed stays')
    same(browser.value('/name'), name, 'also elsewhere')
    add_action(browser, 1, 'add-note', text='Got points by {{payload.feature}}')
    browser.press('macro-add')
    browser.fill('/target/parameter', 'email')
    browser.fill('key/from', 'new')
    browser.fill('key:/name', 'App')
    browser.press('filter-add')
    browser.fill('filter/0/field', 'user.optOut')
    browser.press('filter')
    same(browser.field('filter/0/value')[0]['options'], ['true', 'false'],
         'a field that is true or false offers that')
    browser.fill('filter/0/is', 'not-is')
    browser.fill('filter/0/value', 'true')
    browser.press('filter-add')
    browser.fill('filter/1/field', 'payload')
    browser.press('filter')
    browser.fill('filter/1/name', 'feature')
    browser.fill('filter/1/is', 'is')
    browser.fill('filter/1/value', 'export')
    browser.press('count')
    text = ' '.join(browser.page.texts['matching'].split())
    ok(re.match(r'\d+ users match now; the rest of the filter looks at what is sent', text),
       'the users that match now are counted', text)
    ok('@' in text, 'and the first are shown', text)
    if not sent_to(browser, name):
        return
    ok(browser.page.texts.get('secret', '').startswith('ear_'), 'the secret is shown once')
    curl = browser.page.texts['curl']
    ok(browser.page.texts['secret'] in curl, 'and stands in the command')
    doc = json.loads(export()['points-for-using-it'])
    same(doc, {'kind': 'listener', 'key': 'points-for-using-it', 'type': 'macro',
               'automation': 'user', 'name': name, 'apiKey': 'app', 'macro': 'give-points',
               'target': {'match': 'email', 'parameter': 'email'},
               'filter': "!(user.optOut == true) && payload.feature == 'export'"},
         'the document says what was clicked')
    same(json.loads(export('macro')['give-points'])['actions'],
         [{'action': 'add-points', 'points': 5, 'reason': 'Used {{payload.feature}}'},
          {'action': 'add-note', 'text': 'Got points by {{payload.feature}}'}],
         'and the macro, without the action that says nothing')
    email = json.loads(re.search(r"BODY='(.*?)';", curl).group(1))['email']
    before = int(json.loads(earshot('--json', 'user', 'show', email)).get('score', 0))
    run_curl(browser, name)
    same(int(json.loads(earshot('--json', 'user', 'show', email))['score']), before + 5,
         'the score has changed')
    browser.get('/listeners/ready/points-for-using-it')
    ok('secret' not in browser.page.texts and 'Only a hash' in browser.page.html.replace(
        'only a hash', 'Only a hash'), 'the secret is not shown again, with a word why')


def check_macro_feedback(browser):
    name = 'Jira closes'
    create(browser, 'feedback', 'macro', name, 'phone')
    add_action(browser, 0, 'set-status', status='Closed')
    browser.fill('macro:/name', 'Close it')
    browser.press('filter-add')
    browser.fill('filter/0/field', 'feedback.status')
    browser.fill('filter/0/is', 'is-not')
    browser.fill('filter/0/value', 'Closed')
    browser.fill('/target/parameter', '/issue/key')
    browser.fill('/target/match', 'fields.jira')
    browser.fill('key/from', 'none')
    browser.fill('sender/preset', 'jira')
    browser.press('sender')
    ok('System → WebHooks' in browser.page.texts['part-sender'], 'what to do at Jira is told')
    if not sent_to(browser, name):
        return
    secret = browser.page.texts['signing']
    ok('X-Hub-Signature' in browser.page.texts['curl'] or
       'x-hub-signature' in browser.page.texts['curl'], 'the command signs')
    ok(secret in browser.page.html.split('class="entries"')[1], 'the secret stands where it is '
       'to be entered')
    answer = run_curl(browser, name)
    ticket = answer.get('target', {}).get('id', '1042')
    same(json.loads(earshot('--json', 'feedback', 'show', ticket))['status'], 'Closed',
         'the ticket is closed')
    same(json.loads(export()['phone/jira-closes'])['sender'], {'preset': 'jira'}, 'the document is short')


def check_comment(browser, automation, project):
    name = 'Comments on ' + automation
    create(browser, automation, 'comment', name, project)
    browser.fill('/author', 'author_name')
    browser.fill('/comment', '/comment/text')
    browser.fill('/target/parameter', 'about')
    browser.fill('key/from', 'existing')
    browser.fill('/apiKey', 'app')
    if not sent_to(browser, name):
        return
    ok('$API_KEY' in browser.page.texts['curl'], 'a key that is there is to be put in')
    curl = browser.page.texts['curl']
    browser.page.texts['curl'] = curl.replace('$API_KEY', secret_of_app)
    answer = run_curl(browser, name)
    comments = [json.loads(line) for line in earshot('export', 'comment').splitlines()]
    mine = [c for c in comments if c.get('delivery') == answer.get('delivery')]
    same([(c['author'], c['text']) for c in mine], [('jim@acme.example', 'Reached level 5')],
         'the comment is there, by whoever is signed in')


def check_data(browser, automation, project):
    name = 'Data of ' + automation
    create(browser, automation, 'data', name, project)
    browser.fill('group/from', 'new')
    browser.fill('group:/name', 'Beta ' + automation)
    rows = [('Launches', 'launches', 'integer'), ('Plan', '/account/plan', 'string'),
            ('Paying', 'paying', 'boolean')]
    for i, (label, parameter, type) in enumerate(rows):
        for member, value in (('label', label), ('parameter', parameter), ('type', type)):
            browser.fill('group:/fields/%d/%s' % (i, member), value)
    browser.press('group-add')
    browser.press('group-add')
    same([browser.value('group:/fields/%d/label' % i) for i in range(5)],
         ['Launches', 'Plan', 'Paying', '', ''], 'as many rows as one needs; what was typed stays')
    browser.fill('group:/fields/4/label', 'Last seen')
    browser.fill('group:/fields/4/parameter', 'last_seen')
    browser.fill('group:/fields/4/type', 'datetime')
    browser.press('group-drop 0')
    browser.fill('/target/parameter', 'about')
    browser.fill('/apiKey', 'app')
    if not sent_to(browser, name):
        return
    browser.page.texts['curl'] = browser.page.texts['curl'].replace('$API_KEY', secret_of_app)
    run_curl(browser, name)
    key = (project + '/' if project else '') + 'beta-' + automation
    same(json.loads(export('group')[key])['fields'],
         [{'label': 'Plan', 'parameter': '/account/plan', 'type': 'string'},
          {'label': 'Paying', 'parameter': 'paying', 'type': 'boolean'},
          {'label': 'Last seen', 'parameter': 'last_seen', 'type': 'datetime'}],
         'the group has the fields that say something')
    values = [json.loads(line) for line in earshot('export', 'value').splitlines()]
    mine = [v for v in values if v['group'] == 'beta-' + automation or v['group'] == key]
    same([v['values'] for v in mine], [{'/account/plan': 'text', 'paying': True,
                                        'last_seen': '2030-01-31T12:00:00Z'}],
         'the values are stored')


def check_keyed(browser):
    """A new key for a second listener, and none that is in nobody's hands."""
    browser.get('/listeners/new?automation=user')
    browser.fill('/name', 'Fourth')
    browser.fill('/key', 'points-for-using-it')
    browser.press('key')
    ok('already' in browser.page.texts['f-key-state'], 'a key that is taken is told')
    browser.fill('/key', '')
    browser.press('key')
    same(browser.value('/key'), 'fourth', 'a key is made of the name')
    ok('free' in browser.page.texts['f-key-state'], 'and is free')
    ok('/fourth' in ''.join(browser.page.texts['f-key-url'].split()), 'the URL shows it')


# ---- what is wrong

def check_errors(browser):
    before = {kind: export(kind) for kind in ('listener', 'macro', 'group')}
    keys = earshot('apikey', 'list')
    browser.get('/listeners/new?automation=user')
    browser.press()
    check_wrong(browser, 'an empty form', 'Key must be', 'Listener Type')
    # Four things at once, of which one is wrong
    create(browser, 'user', 'data', 'All or nothing')
    browser.fill('group/from', 'new')
    browser.fill('group:/name', 'Never there')
    browser.fill('group:/fields/1/label', 'Only a label')
    browser.fill('key/from', 'new')
    browser.fill('key:/name', 'never')
    browser.fill('/description', 'kept "as" <typed>\nwith lines')
    browser.press()
    check_wrong(browser, 'a field without parameter', 'Parameter is missing')
    same((browser.value('/name'), browser.value('/description'),
          browser.value('group:/fields/0/label'), browser.value('key:/name')),
         ('All or nothing', 'kept "as" <typed>\nwith lines', 'Only a label', 'never'),
         'what was typed is there')
    browser.fill('group:/fields/0/parameter', 'x')
    browser.fill('/key', 'points-for-using-it')
    browser.press()
    check_wrong(browser, 'a key that is taken', 'already')
    same({kind: export(kind) for kind in before}, before, 'nothing of it was made')
    same(earshot('apikey', 'list'), keys, 'not even the key')
    # A macro, a filter, a sender
    create(browser, 'feedback', 'macro', 'Wrong in many ways')
    browser.fill('macro/from', 'new')
    browser.fill('macro:/actions/0/action', 'set-status')
    browser.press('filter-add')
    browser.fill('filter/0/field', 'feedback.votes')
    browser.fill('filter/0/is', 'more')
    browser.fill('filter/0/value', 'many')
    browser.fill('sender/preset', 'stripe')
    browser.fill('key/from', 'none')
    browser.press()
    check_wrong(browser, 'many mistakes', 'condition 1: must be a number', 'secret of Stripe')
    browser.fill('filter/0/value', '3')
    browser.fill('sender/secret', 'whsec_abc')
    browser.press()
    check_wrong(browser, 'an action that lacks something', 'Status')
    browser.fill('macro:/actions/0/status', 'Closed')
    browser.fill('filter/as', 'expression')
    browser.press()
    same(browser.status, 200, 'and when all is mended it is made')
    # Whoever sends what no form has
    browser.get('/listeners/new?automation=user')
    browser.fill('/name', 'x')
    browser.press(more=[('filter/as', 'rows')])
    same(browser.status, 422, 'a field twice is no matter')
    for name, value in (('filter/0/field', "true || user.score"), ('filter/0/field', "user.x) || (1")):
        browser.get('/listeners/new?automation=user')
        browser.press(more=[(name, value), ('filter/0/is', 'is'), ('filter/0/value', '1')])
        ok('this is not a field' in browser.page.texts.get('problems', ''),
           'what is no field is none: ' + value, browser.page.texts.get('problems', ''))


def check_changes(browser, other):
    browser.get('/listeners/edit/points-for-using-it')
    check_sane(browser, 'to be changed')
    other.get('/listeners/edit/points-for-using-it')
    other.fill('/description', 'by the other')
    other.press()
    same(json.loads(export()['points-for-using-it']).get('description'), 'by the other',
         'one changes it')
    browser.fill('/name', 'Mine')
    browser.press()
    check_page = browser.page.texts.get('problems', '')
    ok(browser.status == 422 and 'omebody else has changed it' in check_page,
       'the other is told', check_page)
    same(browser.value('/name'), 'Mine', 'with what he typed')
    browser.press()
    same((browser.page.texts.get('problems'),
          json.loads(export()['points-for-using-it']).get('name')), (None, 'Mine'),
         'and may insist')
    # From macro to comment: what the other type had is gone
    browser.get('/listeners/edit/points-for-using-it')
    browser.fill('/type', 'comment')
    browser.fill('/author', 'who')
    browser.fill('/author/match', 'username')
    browser.fill('/comment', 'what')
    browser.press()
    doc = json.loads(export()['points-for-using-it'])
    same((doc['type'], doc.get('macro'), doc['author'], doc['comment']),
         ('comment', None, {'match': 'username', 'parameter': 'who'}, 'what'), 'another type')
    browser.get('/listeners/duplicate/phone/jira-closes')
    same(browser.value('/name'), 'Jira closes (copy)', 'a copy has another name')
    browser.fill('/key', 'jira-again')
    browser.press()
    original, copy = (json.loads(export()['phone/' + key]) for key in ('jira-closes', 'jira-again'))
    ok(browser.status == 200 and 'signing' in browser.page.texts, 'and a secret of its own')
    same({k: v for k, v in copy.items() if k not in ('key', 'name')},
         {k: v for k, v in original.items() if k not in ('key', 'name')}, 'all else is the same')


# ---- whatever the command line has made

FILTERS = [
    '', 'user.score >= 10', 'user.score>=10&&user.optOut', "user.email.endsWith('@acme.example') || "
    "'admin' in user.roles", "user.score > 1 // of those that count", 'has(payload.x) && '
    '(user.score > 1 || payload.y == 2)', "timestamp(user.createdAt) > now - duration('1h30m')",
    "timestamp(user.createdAt) < timestamp('2026-11-24T00:00:00+02:00')",
    "payload.x == '5' && payload.y == 5 && payload.z == true && payload['a-b'].c.0 != null",
    "payload.x == ' blank ' && payload.y == ''", "payload.x == 'two\\nlines'",
    "payload.x in ['a', 'b c']", "payload.x in ['a\\n', '']", 'user.ranks.0.rank == \'hero\'',
    "!(data.usage.plan == 'pro') && data.usage.launches in [1, 2]",
    'user.score == 1.50', "\n  user.score > 1\n&& user.optOut == false\n", "payload.s == '\\u0007'",
    "user.fields.country == 'DE' && user.fields['no such'] == 1", '!user.optOut',
]


def documents():
    """Of each member something, and of texts the worst."""
    plain = {'kind': 'listener', 'type': 'macro', 'automation': 'user', 'apiKey': 'demo',
             'macro': 'award', 'target': {'match': 'email', 'parameter': 'email'}}
    target = {'match': 'email', 'parameter': 'email'}
    out = [dict(plain)]
    out += [dict(plain, filter=source) for source in FILTERS]
    out += [dict(plain, name=text, description=text) for text in NAUGHTY if len(text) < 200]
    out += [dict(plain, description=text) for text in NAUGHTY]
    out += [dict(plain, target=dict(target, parameter=text)) for text in NAUGHTY
            if len(text) < 200 and not text.startswith('/')]
    out += [dict(plain, **more) for more in (
        {'enabled': False}, {'enabled': True}, {'capture': True}, {'capture': False},
        {'expires': '2031-01-31T12:00:00.25Z'}, {'allow': ['192.0.2.0/24', '2001:db8::/32']},
        {'allow': []}, {'each': '/items'}, {'each': 'items', 'batch': 'atomic'},
        {'body': 'json'}, {'body': 'typed'}, {'duplicates': 'last'}, {'long': 'cut'},
        {'zone': 'Europe/Berlin'}, {'repeatWindow': '10m'}, {'repeatWindow': '600s'},
        {'mask': ['/a/b', 'plain', ' x ']}, {'keepBody': 0}, {'keepBody': 100},
        {'ack': {'unknown-target': 200, 'filtered': 202}}, {'ack': {}},
        {'rate': {'perMinute': 60, 'burst': 5}}, {'rate': {'perMinute': 60}}, {'concurrency': 3},
        {'name': ''}, {'description': ''}, {'filter': '  '}, {'target': {}}, {'name': 'a\rb\r\nc'},
        {'target': {'parameter': 'id'}}, {'target': {'match': 'id', 'parameter': 'id'}},
        {'target': dict(target, missing='skip', many='all')},
        {'target': dict(target, missing='create', create={'firstName': 'first',
                                                          'fields': {'plan': '/a', 'n': 'b'}})},
        {'challenge': {'query': 'challenge', 'as': 'json', 'name': 'challenge'}},
        {'sender': 'github'}, {'sender': {'preset': 'github'}},
        {'sender': {'preset': 'github', 'idPointer': '/id', 'sameBody': 'event'}},
        {'sender': {'tolerance': 60, 'preset': 'stripe', 'secrets': ['whsec_0123456789']}},
        {'sender': {'preset': 'hmac', 'header': 'x-signature', 'hash': 'sha512',
                    'encoding': 'base64', 'prefix': 'v1=', 'signed': 'timestamp.body',
                    'timestampHeader': 'x-time', 'lead': 'v0:', 'separator': ':',
                    'tolerance': 5, 'idHeader': 'x-id', 'eventHeader': 'x-event',
                    'secrets': ['one-of-two', 'the-other']}})]
    comment = dict(plain, type='comment', author='who', comment='/what')
    del comment['macro']
    out += [comment, dict(comment, author={'parameter': 'who'}),
            dict(comment, author={'parameter': '/who', 'match': 'fields.github'}),
            dict(comment, author={'match': 'email', 'parameter': 'who'}),
            dict(comment, authors="user.email == 'jim@acme.example' // he alone")]
    data = dict(plain, type='data', group='usage')
    del data['macro']
    out += [data, dict(data, eventTime='last_seen')]
    feedback = {'kind': 'listener', 'type': 'macro', 'automation': 'feedback', 'project': 'phone',
                'apiKey': 'demo', 'macro': 'close-ticket',
                'target': {'match': 'data.sync.remote_id', 'parameter': '/id'}}
    out += [feedback, dict(feedback, macro='phone/close-ticket'),
            dict(feedback, filter="feedback.status in ['Open', 'Fixed'] && user.score > 1"),
            dict(feedback, target={'match': 'fields.jira', 'missing': 'create', 'parameter': '/k',
                                   'create': {'title': '/t', 'submitter': {
                                       'match': 'fields.j', 'parameter': '/s'}}}),
            dict(feedback, target={'match': 'fields.none such', 'parameter': 'k'})]
    return [dict(doc, key='kept-%d' % i) for i, doc in enumerate(out)]


def check_kept(browser):
    """Opened and saved without a change, each is the same to the letter."""
    made = documents()
    earshot('apply', '-', text='\n'.join(json.dumps(doc) for doc in made))
    before = export()
    wrong, insane = [], []
    for name in before:
        browser.get('/listeners/edit/' + name)
        if browser.status != 200:
            insane.append((name, browser.status))
            continue
        if browser.page.handlers or [s for s in browser.page.scripts if '/assets/' not in s[1]]:
            insane.append((name, browser.page.handlers, browser.page.scripts))
        browser.press()
        if browser.status != 200 or not browser.path.startswith('/listeners/ready/'):
            wrong.append((name, before[name], browser.page.texts.get('problems')))
        if browser.page.handlers or [s for s in browser.page.scripts if '/assets/' not in s[1]]:
            insane.append((name, browser.page.handlers, browser.page.scripts))
    after = export()
    wrong += [(before[name], after.get(name)) for name in before if before[name] != after.get(name)]
    ok(not wrong, '%d listeners, opened and saved, are the same to the letter' % len(before),
       *wrong[:8])
    ok(not insane, 'whatever stands in them, no page has more than its own script', *insane[:5])
    # With one thing changed, that alone is changed
    wrong = []
    for name in [name for name in before if name.startswith('kept-')]:
        browser.get('/listeners/edit/' + name)
        browser.fill('/keepBody', '77')
        browser.press()
    after = export()
    for name in [name for name in before if name.startswith('kept-')]:
        expected = dict(json.loads(before[name]), keepBody=77)
        if json.loads(after[name]) != expected:
            wrong.append((expected, after[name]))
    ok(not wrong, 'what is changed alone is changed', *wrong[:5])


def check_filter_modes(browser):
    """Rows to the expression and back, by the buttons."""
    for source in FILTERS[1:]:
        browser.get('/listeners/edit/kept-0')
        if ('ask', 'filter-expression') in browser.form()['buttons']:
            browser.press('filter-expression')
        browser.fill('/filter', source)
        browser.press('filter-rows')
        if browser.value('filter/as') == 'rows':
            browser.press('filter-expression')
        same(browser.value('/filter'), source, 'to rows and back: ' + source)


def check_naughty(browser):
    """Typed into every field of the form, nothing breaks out of its place."""
    wrong = []
    for text in NAUGHTY:
        for type in ('macro', 'comment', 'data'):
            browser.get('/listeners/new?automation=user')
            browser.press('filter-add')
            for field in list(browser.form()['fields']):
                if field['kind'] not in ('hidden', 'select', 'radio', 'checkbox'):
                    field['value'] = text if field['kind'] == 'textarea' else \
                        text.replace('\n', '')
            browser.fill('/type', type)
            for choice in ('macro/from', 'group/from', 'key/from'):
                browser.fill(choice, 'new')
            typed = browser.pairs()
            browser.press()
            page = browser.page
            if browser.status not in (200, 422) or page.handlers or \
                    [s for s in page.scripts if '/assets/' not in s[1]]:
                wrong.append((text[:40], browser.status, page.handlers, page.scripts))
            if browser.status == 422:
                kept = dict(browser.pairs())
                lost = [(n, v, kept.get(n)) for n, v in typed if n in ('/name', '/description',
                        'group:/name', '/comment') and kept.get(n) != v]
                if lost:
                    wrong.append((text[:40], lost))
    ok(not wrong, 'naughty strings in every field stay in their place', *wrong[:5])


# ---- who may not do all

def check_rights():
    earshot('user', 'create', 'solo@acme.example')
    earshot('project', 'set', 'phone', 'managers+=solo@acme.example')
    earshot('user', 'create', 'look@acme.example', 'roles+=viewer')
    solo, viewer = sign_in('solo@acme.example'), sign_in('look@acme.example')
    create(solo, 'feedback', 'data', 'By a manager of one', 'phone')
    same(sorted(solo.field('/project')[0]['options']), ['', 'phone'], 'he has his project alone')
    same([field['value'] for field in solo.field('key/from')], ['existing', 'none'],
         'and makes no API keys')
    solo.fill('group/from', 'new')
    solo.fill('group:/fields/0/label', 'A')
    solo.fill('group:/fields/0/parameter', 'a')
    solo.fill('/apiKey', 'app')
    solo.fill('/target/parameter', 't')
    solo.press('count')
    ok('tickets match now' in ' '.join(solo.page.texts['matching'].split()), 'counts are of it')
    before = export(), earshot('apikey', 'list'), export('group')
    solo.field('key/from')[0]['on'] = False
    solo.press(more=[('key/from', 'new'), ('key:/name', 'forged')])
    same((solo.status, (export(), earshot('apikey', 'list'), export('group'))), (422, before),
         'nor by a form of his own; nothing of it is made')
    ok('administer' in solo.page.texts.get('problems', ''), 'he is told why',
       solo.page.texts.get('problems'))
    solo.fill('key/from', 'existing')
    solo.press()
    ok('phone/by-a-manager-of-one' in export(), 'a listener of his project is made',
       solo.page.texts.get('problems'))
    create(solo, 'feedback', 'data', 'Of all', 'phone')
    solo.fill('/project', '')
    solo.fill('/apiKey', 'app')
    solo.press()
    ok(solo.status in (403, 422) and 'of-all' not in export(), 'none of the community', solo.status)
    for path in ('/listeners/edit/usage', '/listeners/ready/usage', '/listeners/duplicate/usage'):
        solo.get(path)
        same(solo.status, 403, 'what is not of it is not shown: ' + path)
    viewer.get('/listeners/new?automation=user')
    same(viewer.status, 403, 'who looks makes none')
    viewer.get('/listeners/edit/usage')
    same(viewer.status, 200, 'and looks')
    before = export()
    viewer.fill('/name', 'changed')
    viewer.press()
    same((viewer.status, export()), (403, before), 'and changes nothing')


secret_of_app = ''
browser, other = sign_in('jim@acme.example'), sign_in('jim@acme.example')
check_macro_user(browser)
check_macro_feedback(browser)
secret_of_app = earshot('apikey', 'rotate', 'app').strip()
for automation, project in (('user', ''), ('feedback', 'phone')):
    check_comment(browser, automation, project)
    check_data(browser, automation, project)
check_keyed(browser)
check_errors(browser)
check_changes(browser, other)
check_kept(browser)
check_filter_modes(browser)
check_naughty(browser)
check_rights()
finish()
