# SPDX-License-Identifier: ISC
"""Documents by their forms, as a browser without script has them: what is not touched comes
back to the letter, macros are put together of cards and tried on somebody, and nobody does
more than he may."""

import json
import re
import subprocess
import threading
import urllib.parse

import harmless
from browser import Browser
from checks import BASE, apply, earshot, finish, ok, same

NAUGHTY = [
    '<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "' onmouseover='x",
    '</textarea><script>x</script>', '&amp;&lt;', '\u202egnirts', 'a\u2028b',
    '%00%0d%0aSet-Cookie: x=1', '\\u0000', 'x' * 200, 'e\u0301\u200b\ufeffe',
    '\U0001f469\u200d\U0001f52c', '  spaces  ', '1; DROP', '"quoted"', 'a: b', '***', '42', 'true',
]


def export(*kinds):
    return earshot('export', *kinds)


def show(kind, name):
    return json.loads(earshot(kind, 'show', name, '--json'))


class Manager(Browser):
    """Somebody who is signed in; his form is the one that posts to the page itself."""

    def __init__(self, user):
        super().__init__(BASE)
        token = earshot('console', 'link', user).strip().split('token=')[1]
        self.open(BASE + '/sign-in/link', ('token=' + token).encode())

    def form(self):
        for form in self.page.forms:
            if form['method'] == 'post' and form['action'] == '':
                return form
        raise AssertionError('%s has no form: %r' % (self.path, self.page.html[-1500:]))

    def has(self, name, text):
        ok(text in self.page.html, '%s: %s' % (self.path[:60], name), text, self.told())

    def lacks(self, name, text):
        ok(text not in self.page.html, '%s: %s' % (self.path[:60], name), text)

    def is_(self, status, name):
        same(self.status, status, '%s: %s' % (self.path[:60], name))
        if self.status != status:
            print('# ' + self.told().replace('\n', '\n# '))

    def told(self):
        texts = self.page.texts
        return re.sub(r'\s*\n\s*', '\n', texts.get('problems', '') + (
            texts.get('part-trial') or texts.get('main') or self.page.html)[-1500:])

    def send(self, **values):
        """The form with these, in which "/" stands for "__"."""
        for name, value in values.items():
            self.fill(name.replace('__', '/'), value)
        return self.press()


def harm(browser):
    """What of the page is not of our templates."""
    page = harmless.Page()
    page.feed(browser.page.html.replace('<!DOCTYPE html>', ''))
    page.close()
    return page.wrong + page.open + (['%d scripts' % page.scripts] if page.scripts != 1 else [])


def quoted(name):
    return urllib.parse.quote(name, safe='/')


def check_sane(browser):
    """What is described is there, what is labelled too, nothing is inline, no id twice."""
    page = browser.page
    missing = [id for id in page.described + [l for l in page.labels if l] if id not in page.ids]
    twice = sorted({id for id in page.ids if page.ids.count(id) > 1})
    inline = [s for s in page.scripts if s[0] != 'iframe' and (s[0] != 'script' or
                                                              '/assets/' not in s[1])]
    labelled = set(page.labels)
    bare = [f['name'] for form in page.forms for f in form['fields']
            if f['kind'] != 'hidden' and f.get('id') not in labelled]
    ok(not (missing or twice or inline or bare or page.handlers), '%s: labels, descriptions, '
       'nothing inline' % browser.path[:60], 'missing %r' % missing, 'twice %r' % twice,
       'inline %r %r' % (inline, page.handlers), 'without label %r' % bare)


# ---- what nobody has touched

ACTIONS = {
    'user': [
        {'action': 'add-rank', 'rank': 'milestone', 'reason': 'Used {{payload.feature}}'},
        {'action': 'add-points', 'points': 5, 'reason': 'five', 'when': "payload.n == '1'"},
        {'action': 'add-points', 'points': '{{payload.points}}', 'to': 'target'},
        {'action': 'remove-rank', 'rank': 'milestone'},
        {'action': 'add-teams', 'teams': ['friends']},
        {'action': 'remove-teams', 'teams': ['friends', 'vips']},
        {'action': 'add-note', 'text': 'One\nTwo {{user.email}}\n'},
        {'action': 'add-comment', 'author': 'jim@acme.example', 'text': ' Hello '},
        {'action': 'set-field', 'field': 'plan', 'value': 'pro'},
        {'action': 'set-field', 'field': 'plan', 'value': None},
        {'action': 'set-field', 'field': 'age', 'value': 42},
        {'action': 'set-field', 'field': 'age', 'value': '42'},
        {'action': 'set-field', 'field': 'on', 'value': True},
        {'action': 'email', 'to': 'target', 'template': 'thanks', 'essential': True},
        {'action': 'email', 'to': ['jim@acme.example', {'team': 'vips'}], 'subject': 'S: x',
         'text': 'T {{user.email}}', 'html': '<p>H</p>'},
        {'action': 'webhook', 'url': 'https://a.example/{{user.id}}', 'method': 'PUT',
         'headers': {'X-One': '1', 'Content-Type': 'application/json'}, 'body': '{"a":"{{user.id}}"}',
         'auth': {'user': 'u', 'password': 'a secret'}, 'timeout': '15s', 'ordered': True,
         'secret': 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
         'returns': {'group': 'usage', 'fields': {'launches': '/plan'}}},
        {'action': 'webhook', 'url': {'secret': 'https://hooks.example/T0/B0/x'}, 'timeout': 20,
         'headers': {'X-Api-Key': 'sealed here', 'X-Two': '2'}},
        {'action': 'run-macro', 'macro': 'award'},
        {'action': 'delete-user'},
    ],
    'feedback': [
        {'action': 'add-comment', 'author': 'jim@acme.example', 'text': 'x'},
        {'action': 'set-status', 'status': 'Closed'},
        {'action': 'set-exposure', 'exposure': 'team'},
        {'action': 'set-blocking', 'blocking': False},
        {'action': 'set-feature', 'feature': 'Camera'},
        {'action': 'add-points', 'to': 'submitter', 'points': -3},
        {'action': 'email', 'to': 'submitter', 'template': 'closed'},
    ],
}


def make_documents():
    apply({'kind': 'team', 'key': 'friends', 'name': 'Friends'},
          {'kind': 'team', 'key': 'vips', 'name': 'VIPs'},
          {'kind': 'macro', 'key': 'all', 'automation': 'user', 'name': 'All of users',
           'actions': ACTIONS['user']},
          {'kind': 'macro', 'key': 'tickets', 'automation': 'feedback', 'project': 'phone',
           'actions': ACTIONS['feedback'], 'once': True, 'enabled': False},
          {'kind': 'macro', 'key': 'leaving', 'automation': 'user', 'project': 'phone',
           'actions': [{'action': 'leave-project'}]},
          {'kind': 'schedule', 'key': 'weekly', 'macro': 'award', 'every': 'weekly',
           'start': '2126-01-01T10:00:00Z', 'filter': "user.score > 5", 'zone': 'Europe/Berlin'},
          {'kind': 'view', 'key': 'few', 'automation': 'user', 'columns': ['email', 'score'],
           'filter': 'user.score > 5', 'sort': '-score'},
          {'kind': 'filter', 'key': 'good', 'automation': 'user', 'filter': 'user.score > 5'})
    naughty = []
    for i, text in enumerate(NAUGHTY):
        naughty += [
            {'kind': 'team', 'key': 'odd%d' % i, 'name': text, 'description': text + '\n' + text},
            {'kind': 'rank', 'key': 'odd%d' % i, 'name': text, 'points': i, 'description': text},
            {'kind': 'project', 'key': 'odd%d' % i, 'name': text, 'description': text,
             'statuses': [text, 'Open'], 'types': [text[:100]], 'fields': [text[:100]]},
            {'kind': 'macro', 'key': 'odd%d' % i, 'automation': 'user', 'name': text,
             'description': text, 'actions': [
                 {'action': 'add-note', 'text': text},
                 {'action': 'set-field', 'field': text[:100], 'value': text},
                 {'action': 'webhook', 'url': 'https://a.example/', 'headers': {'X-A': text.strip()},
                  'body': text}]},
            {'kind': 'template', 'key': 'odd%d' % i, 'automation': 'user', 'subject': text,
             'text': text, 'html': text, 'description': text},
            {'kind': 'user', 'email': 'odd%d@mail.example' % i, 'firstName': text, 'lastName': text,
             'username': 'odd%d%s' % (i, text[:50]), 'fields': {text[:100]: text, 'plan': text}},
            {'kind': 'feedback', 'id': 'odd%d' % i, 'project': 'phone', 'title': text,
             'description': text, 'fields': {text[:100]: text, 'n': 4.50}},
            {'kind': 'group', 'key': 'odd%d' % i, 'automation': 'user', 'name': text, 'fields': [
                {'label': text[:60], 'parameter': 'p%d' % i, 'type': 'string'}]},
        ]
    apply(*naughty)


NAMES = {'user': 'email', 'feedback': 'id', 'apikey': 'name', 'comment': 'id'}


def names_of(kind):
    """Of all documents of the kind but the many of the demo."""
    if kind == 'apikey':
        return [row['name'] for row in json.loads(earshot('apikey', 'list', '--json'))]
    out = []
    for line in filter(None, export(kind).split('\n')):
        doc = json.loads(line)
        name = 'setting' if kind == 'setting' else doc[NAMES.get(kind, 'key')]
        of = doc.get('feedback') or doc.get('user') if kind == 'comment' else \
            doc.get('project') if kind not in NAMES else None
        out.append(of + '/' + name if of else name)
    few = [name for name in out if 'odd' in name]
    return few + [name for name in out if name not in few][:12]


def round_trips(jim):
    before = export()
    for kind in ('setting', 'project', 'rank', 'team', 'user', 'feedback', 'template', 'group',
                 'filter', 'view', 'macro', 'schedule', 'apikey', 'listener', 'comment'):
        names, wrong = names_of(kind), []
        for name in names:
            jim.get('/documents/%s/edit/%s' % (kind, quoted(name)))
            wrong += ['%s: %s' % (name, one) for one in harm(jim)]
            if jim.status == 200:
                jim.press()
            wrong += ['%s: %s, afterwards' % (name, one) for one in harm(jim)]
            if jim.status != 200 or 'problems' in jim.page.ids:
                wrong.append('%s: %d %s' % (name, jim.status, jim.page.texts.get('main', '')[:300]))
        ok(names and not wrong, 'each %s of %d is saved as it came' % (kind, len(names)), *wrong)
    after = export()
    ok(before == after, 'all documents are what they were, to the letter',
       *[line for line in after.split('\n') if line not in before.split('\n')][:3])


# ---- macros

def card(doc, action):
    """Fields of a card, by the action's document."""
    out = {}
    for name, value in action.items():
        if name == 'to' and isinstance(value, list):
            out[name] = '\n'.join(v if isinstance(v, str) else 'team: ' + v['team'] for v in value)
        elif name == 'url' and isinstance(value, dict):
            out['url'], out['url/@secret'] = value['secret'], '1'
        elif isinstance(value, dict) and name in ('auth', 'returns'):
            for part, inner in value.items():
                out[name + '/' + part] = inner if isinstance(inner, str) else ''.join(
                    '%s: %s\n' % pair for pair in inner.items())
        elif isinstance(value, dict):
            out[name] = ''.join('%s: %s\n' % pair for pair in value.items())
        elif isinstance(value, list):
            out[name] = '\n'.join(value)
        elif isinstance(value, bool):
            out[name] = 'true' if value else 'false'
        elif value is None:
            out[name] = ''
        elif isinstance(value, str) and value in ('42', 'true'):
            out[name] = '"%s"' % value
        else:
            out[name] = str(value)
    return out


def without_secrets(value):
    if isinstance(value, dict):
        return '***' if 'sealed' in value else {k: without_secrets(v) for k, v in value.items()}
    if isinstance(value, list):
        return [without_secrets(v) for v in value]
    return value


def by_cards(jim, automation, project=''):
    """A macro of every action, put together by buttons, is the one that apply makes."""
    key = 'made-' + automation
    jim.get('/documents/macro/new?automation=' + automation)
    check_sane(jim)
    jim.fills(**{'/key': key, '/project': project})
    for i, action in enumerate(ACTIONS[automation]):
        jim.fill('/actions/%d/action' % i, action['action'])
        jim.press('draw')
        for name, value in card(None, action).items():
            field = '/actions/%d/%s' % (i, name)
            fields = jim.field(field)
            assert fields, field
            if fields[0]['kind'] == 'checkbox':
                fields[0]['on'] = True
            else:
                jim.fill(field, value)
        if i + 1 < len(ACTIONS[automation]):
            jim.press('add /actions')
    check_sane(jim)
    jim.press()
    jim.is_(200, 'a macro of every action of %s automation is made' % automation)
    name = (project + '/' if project else '') + key
    made = show('macro', name)
    apply({'kind': 'macro', 'key': 'applied', 'automation': automation, 'actions': ACTIONS[automation],
           **({'project': project} if project else {})})
    expected = show('macro', (project + '/' if project else '') + 'applied')
    same(without_secrets(made['actions']), [dict(a) for a in without_secrets(expected['actions'])],
         'it is as apply would make it')
    return name


def moves(jim):
    apply({'kind': 'macro', 'key': 'moved', 'automation': 'user', 'actions': [
        {'action': 'add-points', 'points': 1},
        {'action': 'webhook', 'url': {'secret': 'https://hooks.example/secret'},
         'headers': {'X-Api-Key': 'sealed here'}},
        {'action': 'add-note', 'text': 'three'}]})
    sealed = show('macro', 'moved')['actions'][1]
    jim.get('/documents/macro/edit/moved')
    jim.has('where a secret URL goes is told', 'https://hooks.example')
    jim.lacks('and what it is is not', sealed['url']['sealed'])
    jim.lacks('nor are the headers', sealed['headers']['X-Api-Key']['sealed'])
    jim.press('up /actions/1')
    jim.press('down /actions/1')
    jim.press('drop /actions/1')
    jim.fill('/actions/1/points', '2')
    jim.press()
    same(show('macro', 'moved')['actions'], [sealed, {'action': 'add-points', 'points': 2}],
         'cards are moved and taken away, and keep their secrets')
    jim.get('/documents/macro/edit/moved')
    jim.fill('/actions/0/headers', 'X-Api-Key: ***\nX-More: 1')
    jim.press()
    same(show('macro', 'moved')['actions'][0], dict(sealed, headers={
        'X-Api-Key': sealed['headers']['X-Api-Key'], 'X-More': '1'}), 'a header beside a secret')
    jim.get('/documents/macro/new?from=moved')
    jim.fill('/key', 'copied')
    jim.press()
    same(show('macro', 'copied')['actions'], show('macro', 'moved')['actions'],
         'a duplicate has the secrets, too')
    jim.get('/documents/macro/edit/copied')
    jim.press('drop /actions/1')
    jim.press('drop /actions/0')
    jim.press()
    jim.is_(422, 'a macro of nothing')
    jim.has('is told at its actions', 'href="#f-actions')


def complaints(jim):
    jim.get('/documents/macro/new?automation=user')
    jim.fills(**{'/key': 'Not A Key', '/actions/0/action': 'add-points'})
    jim.press('draw')
    jim.press('add /actions')
    jim.fill('/actions/1/action', 'email')
    jim.press('draw')
    jim.fills(**{'/actions/0/points': 'many', '/actions/1/to': 'nobody',
                 '/actions/0/when': 'user.nothing ==', '/actions/1/text': '<script>x</script>'})
    jim.press()
    jim.is_(422, 'a form with mistakes')
    for id in ('f-key', 'f-actions-0-points', 'f-actions-0-when', 'f-actions-1-to'):
        ok(id + '-problem' in jim.page.ids or id == 'f-actions-0-points',
           'a mistake is told at %s' % id, jim.page.texts.get('problems', ''))
        ok('#' + id in jim.page.html or id == 'f-actions-0-points', 'and leads there')
    same(jim.value('/actions/1/text'), '<script>x</script>', 'what was typed is kept')
    check_sane(jim)
    jim.lacks('no program comes back', '<script>x')


def tags(jim):
    jim.get('/documents/macro/edit/made-user')
    field = next(f for f in jim.form()['fields'] if f['name'] == 'tag:/actions/6/text')
    ok('{{user.firstName}}' in field['options'], 'members of users are offered as tags',
       field['options'])
    ok('{{data.usage.launches}}' in field['options'], 'fields of data groups too', field['options'])
    jim.fill('tag:/actions/6/text', '{{user.firstName}}')
    jim.press('tag /actions/6/text')
    same(jim.value('/actions/6/text'), 'One\nTwo {{user.email}}\n{{user.firstName}}',
         'a tag is put in without script')


# ---- tried before it is saved

HTML = ('<p style="color:red">Hello {{user.firstName}}</p><script>parent.alert(1)</script>'
        '<img src="https://evil.example/x.png" onerror="alert(2)"><form action="//evil.example">'
        '<input name=a></form><link rel=stylesheet href="//evil.example/x.css">'
        '<a href="javascript:alert(3)">x</a><iframe src="//evil.example"></iframe>'
        '<meta http-equiv="refresh" content="0;url=//evil.example"><base href="//evil.example">')
POLICY = {"default-src 'none'", "style-src 'unsafe-inline'", "img-src data:", "form-action 'none'",
          "base-uri 'none'", "frame-ancestors 'self'", 'sandbox'}


def state():
    return export() + earshot('outbox', 'list', '--json') + earshot('delivery', 'list', '--json')


def frame(jim, ask):
    """What a frame gets; the page stays."""
    page, status, path = jim.page, jim.status, jim.path
    pairs = jim.pairs() + [('ask', ask)]
    got = jim.open(urllib.parse.urljoin(BASE + path, ''), urllib.parse.urlencode(pairs).encode())
    answer = jim.status, jim.headers, got.html
    jim.page, jim.status, jim.path = page, status, path
    return answer


def check_frame(jim, name):
    status, headers, html = frame(jim, 'html 0')
    policy = {part.strip() for part in (headers['Content-Security-Policy'] or '').split(';')}
    same((status, policy), (200, POLICY), name + ': the policy of the e-mail forbids everything')
    ok(headers['X-Frame-Options'] is None and 'no-store' in headers['Cache-Control'],
       name + ': only our own pages frame it, and nobody keeps it', headers)
    ok('<p style="color:red">Hello Ann</p>' in html, name + ': it is the e-mail', html)
    ok('href="unsafe:javascript:' in html, name + ': no link runs a program', html)
    frames = re.findall(r'<iframe[^>]*>', jim.page.html)
    ok(frames and all('sandbox=""' in f and ' name="mail-0"' in f and 'src' not in f
                      for f in frames), name + ': its frame is a sandbox', frames)
    ok('<script>parent' not in jim.page.html and '<img' not in jim.page.html,
       name + ': on the page itself there is none of it')


def senders(jim):
    """What was sent last is offered as tags, and may be taken for what comes."""
    done = json.loads(earshot('apikey', 'rotate', 'demo', '--json'))
    answer = subprocess.run(['curl', '-s', '-H', 'Authorization: Bearer ' + done['secret'], '-H',
                             'Content-Type: application/json', '-d',
                             '{"email":"ann@mail.example","feature":"<b>camera</b>","deep":{"er":[1]},'
                             '"a.b":1,"odd name":2}', BASE.replace('/console', '/macro/award')],
                            capture_output=True, text=True).stdout
    same(json.loads(answer).get('outcome'), 'applied', 'something is sent')
    before = state()
    jim.get('/documents/macro/edit/award')
    options = next(f['options'] for f in jim.form()['fields'] if f['name'].startswith('tag:'))
    ok('{{payload.feature}}' in options, 'what was sent is offered as a tag', options)
    ok(not any('odd name' in o or 'a.b' in o for o in options), 'but what no tag can name', options)
    delivery = next(f for f in jim.form()['fields'] if f['name'] == 'trial/delivery')['options'][1]
    jim.press('add /actions')
    n = max(int(f['name'].split('/')[2]) for f in jim.form()['fields']
            if f['name'].startswith('/actions/'))
    jim.fill('/actions/%d/action' % n, 'email')
    jim.press('draw')
    jim.fills(**{'/actions/%d/to' % n: 'target', '/actions/%d/subject' % n: 'Used {{payload.feature}}',
                 '/actions/%d/text' % n: '{{payload.deep}}', 'trial/who': 'ann@mail.example',
                 'trial/delivery': delivery})
    jim.press('try')
    jim.has('as if it had come', 'Used &lt;b&gt;camera&lt;/b&gt;')
    jim.has('with all of it', '{&quot;er&quot;:[1]}')
    same(state(), before, 'and nothing was done')
    jim.get('/documents/macro/edit/phone/close-ticket')
    ok('<datalist id="f-actions-0-status-list"><option value="Open">' in jim.page.html or
       'f-actions-0-status-list' in jim.page.html, 'statuses of the project are offered')


def trials(jim):
    apply({'kind': 'template', 'key': 'evil', 'automation': 'user', 'subject': 'For {{user.email}}',
           'text': 'Dear {{user.firstName}}, {{payload.feature}}', 'html': HTML})
    before = state()
    jim.get('/documents/macro/new?automation=user')
    jim.fills(**{'/key': 'tried', '/actions/0/action': 'add-points'})
    jim.press('draw')
    jim.fill('/actions/0/points', '7')
    jim.press('add /actions')
    jim.fill('/actions/1/action', 'email')
    jim.press('draw')
    jim.fills(**{'/actions/1/to': 'target\nteam: vips', '/actions/1/template': 'evil'})
    jim.press('try')
    jim.is_(422, 'a trial on nobody')
    jim.has('asks on whom', 'Say on whom it is tried')
    jim.fill('trial/who', 'nn@mail.exam')
    jim.press('find')
    jim.has('people are found by a part of their address', 'name="trial/target" value="3"')
    jim.fill('trial/who', 'nobody at all')
    jim.press('find')
    jim.has('who is nobody is told', 'None was found')
    jim.fill('trial/who', 'ann@mail.example')
    jim.press('try')
    jim.is_(200, 'a macro that is not saved is tried')
    jim.has('each action tells what it would do', '<dt>add-points</dt><dd>score ')
    jim.has('the e-mail', 'The e-mail to ann@mail.example')
    jim.has('its subject', 'For ann@mail.example')
    jim.has('its text', 'Dear Ann, ')
    check_frame(jim, 'a macro')
    check_sane(jim)
    same(jim.value('/actions/0/points'), '7', 'what was typed is kept')
    jim.fill('/actions/0/when', 'user.nothing ==')
    jim.press('try')
    jim.is_(422, 'one with mistakes')
    jim.has('is not tried', 'It was not tried, since it could not be saved like this')
    jim.fill('/actions/0/when', '')
    jim.fill('/actions/0/points', '{{payload.feature}}')
    jim.press('try')
    jim.has('what would be skipped is told', 'there are no points')
    same(state(), before, 'nothing is done, nothing is stored, nothing is sent by trials')

    jim.get('/documents/template/edit/evil')
    jim.fills(**{'trial/who': 'ann@mail.example', '/subject': 'Typed for {{user.username}}'})
    jim.press('try')
    jim.has('a template that is not saved', 'Typed for')
    check_frame(jim, 'a template')
    same(state(), before, 'nor by those of templates')

    jim.get('/documents/macro/edit/phone/tickets')
    jim.fills(**{'trial/who': '1042', '/enabled': 'true'})
    jim.press('try')
    jim.has('a ticket by its id', 'set-status')
    jim.fill('trial/who', 'battery')
    jim.press('find')
    ok(jim.field('trial/target') or 'None was found' in jim.page.html, 'or words of its title')


def hostile_trials(jim):
    """Whatever stands in a document, and in the record that it is tried on."""
    wrong = []
    for i in range(len(NAUGHTY)):
        for path in ('/documents/macro/edit/odd%d' % i, '/documents/template/edit/odd%d' % i):
            jim.get(path)
            jim.fill('trial/who', 'odd%d@mail.example' % (len(NAUGHTY) - 1 - i))
            jim.press('try')
            if 'id="tried"' not in jim.page.html:
                wrong.append('%s was not tried: %d %s' % (path, jim.status, jim.told()[-300:]))
            wrong += ['%s: %s' % (path, one) for one in harm(jim)]
            jim.fill('trial/who', NAUGHTY[i])
            jim.press('find')
            if jim.status != 200:
                wrong.append('%s: %d when %r is looked for' % (path, jim.status, NAUGHTY[i]))
            wrong += ['%s: %s, found' % (path, one) for one in harm(jim)]
    ok(not wrong, 'trials of hostile documents on hostile people', *wrong[:8])
    jim.get('/documents/macro/new?automation=user&from=odd1&project=%3Cb%3E')
    wrong = harm(jim)
    jim.get('/documents/macro/new?automation=%22%3E%3Cscript%3E')
    ok(not (wrong + harm(jim)), 'nor by their addresses', *wrong)


# ---- two at once, names, what refers to it

def conflicts(jim):
    apply({'kind': 'team', 'key': 'both', 'name': 'Before', 'description': 'D'},
          {'kind': 'macro', 'key': 'both', 'automation': 'user', 'actions': [
              {'action': 'webhook', 'url': {'secret': 'https://one.example/1'}},
              {'action': 'add-note', 'text': 'a'}]})
    jim.get('/documents/team/edit/both')
    apply({'kind': 'team', 'key': 'both', 'name': 'Theirs', 'description': 'D'})
    jim.send(__name='Mine')
    jim.is_(422, 'what somebody else has changed meanwhile')
    jim.has('is told', 'Somebody else has changed it')
    jim.has('with what is stored now', 'Stored meanwhile: <q>Theirs</q>')
    same(jim.value('/name'), 'Mine', 'beside what was typed')
    same(jim.page.html.count('Stored meanwhile'), 1, 'and only where they differ')
    jim.press()
    same(show('team', 'both')['name'], 'Mine', 'who insists, has it')
    jim.get('/documents/team/edit/both')
    jim.send(__name='')
    jim.is_(422, 'a mistake')
    apply({'kind': 'team', 'key': 'both', 'name': 'Theirs again', 'description': 'D'})
    jim.send(__name='Mine again')
    jim.is_(422, 'is no leave to overwrite what was changed meanwhile')
    jim.has('which is told', 'Stored meanwhile: <q>Theirs again</q>')

    jim.get('/documents/macro/edit/both')
    apply({'kind': 'macro', 'key': 'both', 'automation': 'user', 'actions': [
        {'action': 'webhook', 'url': {'secret': 'https://two.example/2'}},
        {'action': 'webhook', 'url': {'secret': 'https://one.example/1'}}]})
    jim.fill('/name', 'Mine')
    jim.press()
    jim.is_(422, 'a macro whose cards are others now')
    jim.fill('/actions/0/url', 'https://three.example/3')
    jim.press()
    same([a.get('url') for a in show('macro', 'both')['actions']],
         ['https://three.example/3', None], 'no secret of theirs comes under mine')


def names(jim):
    jim.get('/documents/rank/new')
    jim.send(**{'__name': 'Super Tester!', '__points': '5'})
    same(show('rank', 'super-tester')['name'], 'Super Tester!', 'a key is made of the name')
    jim.get('/documents/rank/new?from=super-tester')
    same(jim.value('/name'), 'Super Tester! (copy)', 'a copy is called so')
    same(jim.value('/key'), '', 'and its key is free')
    jim.send(__key='super-tester')
    jim.is_(422, 'a key that is taken')
    jim.has('is told at its field', 'id="f-key-problem"')
    jim.get('/documents/rank/remove/milestone')
    jim.has('what refers to it is told before', 'Macro <a href="/listen/console/documents/macro')
    ok(not any('remove' in str(f['buttons']) for f in jim.page.forms) and
       'Remove milestone</button>' not in jim.page.html, 'and there is no button')
    jim.get('/documents/rank/edit/milestone')
    jim.has('also beside its form', 'Used by')
    jim.get('/documents/rank/remove/super-tester')
    jim.has('what nothing refers to', 'Nothing refers to it')
    jim.press()
    ok('super-tester' not in export('rank'), 'is removed')


def schedules(jim):
    jim.get('/documents/schedule/edit/weekly')
    jim.has('a schedule tells when it runs', 'Tuesday, 2126-01-01 11:00 <span class="quiet">'
            'Europe/Berlin')
    jim.has('and after that', '2126-01-08 11:00')
    jim.has('that it did not run yet', 'None yet.')
    earshot('schedule', 'set', 'weekly', 'every=monthly', 'start=2020-01-31T09:00:00Z', 'filter=true')
    earshot('tick')
    jim.get('/documents/schedule/edit/weekly')
    jim.has('its runs', 'schedule weekly')
    jim.get('/documents/macro/edit/award')
    jim.has('the runs of a macro, too', 'schedule weekly')


def settings(jim):
    jim.get('/documents/setting/edit/setting')
    jim.has('what stands in earshot.conf is told', '<code>body_bytes</code>')
    jim.has('and where it is changed', 'Whoever runs the server changes them there')
    jim.lacks('no secret', 'smtp-password')
    jim.send(__community='Acme & Söhne')
    same(json.loads(earshot('setting', 'show', '--json'))['community'], 'Acme & Söhne',
         'the others are set')


# ---- API keys

def secret_of(browser):
    return browser.page.texts.get('secret', '').strip()


def opens(secret):
    done = subprocess.run(['curl', '-s', '-H', 'Authorization: Bearer ' + secret, '-H',
                           'Content-Type: application/json', '-d',
                           '{"email":"ann@mail.example","launches":1}',
                           BASE.replace('/console', '/data/keyed')], capture_output=True, text=True)
    answer = json.loads(done.stdout)
    return answer.get('outcome') or answer.get('code')


def apikeys(jim):
    jim.get('/documents/apikey/new')
    check_sane(jim)
    jim.send(__name='Bad Name')
    jim.is_(422, 'a key with a bad name')
    jim.has('is told at its field', 'id="f-name-problem"')
    ok(not secret_of(jim) and 'ear_' not in jim.page.html, 'and shows no secret')
    jim.fills(**{'/name': 'sender', '/prefix': 'acme', '/description': '<b>x</b>',
                 '/expires': '2126-01-01T00:00:00Z', '/scope/listeners': 'keyed\nphone/*'})
    for field in jim.field('/scope/verbs'):
        field['on'] = field.get('value') == 'deliver'
    jim.press()
    jim.is_(200, 'a key is made')
    same(jim.path, '/apikeys/secret/sender', 'its address has no secret')
    secret = secret_of(jim)
    ok(re.fullmatch(r'acme_[A-Za-z0-9]+', secret), 'which is shown', jim.page.html[-1500:])
    ok('no-store' in jim.headers['Cache-Control'], 'nobody keeps the page', jim.headers)
    jim.has('and goes from it', 'data-once')
    jim.get('/apikeys/secret/sender')
    ok(secret not in jim.page.html and 'shown already' in jim.page.html, 'it is shown once')
    ok(secret not in export() + earshot('apikey', 'list', '--json'), 'and stored nowhere')
    same(show('apikey', 'sender')['scope'], {'listeners': ['keyed', 'phone/*'], 'verbs': ['deliver']},
         'what it opens')
    apply({'kind': 'listener', 'key': 'keyed', 'type': 'data', 'automation': 'user', 'group': 'usage',
           'apiKey': 'sender', 'target': {'match': 'email', 'parameter': 'email'}})
    same(opens(secret), 'applied', 'it opens a listener')
    jim.get('/documents/apikey/edit/sender')
    jim.has('its page has the listener', '/listeners/edit/keyed')
    jim.has('its last use', 'keyed: applied')
    jim.lacks('and no secret', secret)
    jim.get('/documents/apikey')
    jim.has('the list has it', '>sender</a>')
    jim.get('/documents/apikey/edit/sender')
    jim.send(__description='Changed', __expires='2126-02-01T00:00:00Z')
    same(show('apikey', 'sender')['expires'], '2126-02-01T00:00:00Z', 'its end is changed')
    same(opens(secret), 'applied', 'and its secret is the same')
    jim.get('/apikeys/rotate/sender')
    jim.has('a new secret is asked about', 'How long the old secret goes on')
    jim.fill('overlap', '1h')
    jim.press()
    second = secret_of(jim)
    ok(second.startswith('acme_') and second != secret, 'a new secret')
    same((opens(secret), opens(second)), ('applied', 'applied'), 'the old one goes on for a while')
    jim.get('/apikeys/rotate/sender')
    jim.fill('overlap', '0')
    jim.press()
    third = secret_of(jim)
    same((opens(second), opens(third)), ('api-key-expired', 'applied'), 'or ends at once')
    jim.get('/apikeys/revoke/sender')
    jim.has('revoking tells who wants it', '/listeners/edit/keyed')
    jim.press()
    same(opens(third), 'api-key-disabled', 'a key that is revoked opens nothing')
    jim.get('/documents/apikey/edit/sender')
    jim.has('and says so', '<span class="state revoked">revoked</span>')
    jim.get('/documents/apikey/remove/sender')
    jim.has('it cannot be removed', 'It cannot be removed yet')


# ---- who may

def rights(jim):
    apply({'kind': 'user', 'email': 'pam@acme.example'},
          {'kind': 'user', 'email': 'vic@acme.example', 'roles': ['viewer']})
    earshot('project', 'set', 'phone', 'managers+=pam@acme.example')
    pam, vic = Manager('pam@acme.example'), Manager('vic@acme.example')
    before = state() + earshot('apikey', 'list', '--json')
    for who, browser in (('a manager of a project', pam), ('a viewer', vic)):
        csrf = {}
        browser.get('/you')
        csrf = next(f['value'] for form in browser.page.forms for f in form['fields']
                    if f['name'] == 'csrf')

        def post(path, **values):
            browser.open(BASE + path, urllib.parse.urlencode(
                [('csrf', csrf)] + [(k.replace('__', '/'), v) for k, v in values.items()]).encode())
            return browser.status
        same([post('/documents/apikey/new', __name='x'), post('/apikeys/rotate/demo', overlap='0'),
              post('/apikeys/revoke/demo')], [403] * 3, who + ' makes, changes and ends no API key')
        browser.get('/apikeys/secret/demo')
        same(browser.status, 403, who + ' sees no page of secrets')
        ok(post('/documents/setting/edit/setting', __community='x') in (403, 422),
           who + ' sets nothing of the community')
        ok(post('/documents/macro/new', __key='x', __automation='user',
                **{'__actions__0__action': 'delete-user'}) in (403, 422),
           who + ' makes no macro of the community')
        ok(post('/documents/macro/edit/award', __name='x') == 403, who + ' changes none')
        post('/documents/macro/edit/award', __name='x', ask='try', **{'trial__who': 'ann'})
        same(browser.status, 403, who + ' does not try it either by its form')
        post('/documents/macro/edit/award', ask='html 0', **{'trial__who': 'ann@mail.example'})
        same(browser.status, 403, who + ' gets no e-mail of it')
    pam.get('/documents/macro/new?automation=feedback&project=phone')
    pam.fills(**{'/key': 'pams', '/actions/0/action': 'set-status'})
    pam.press('draw')
    pam.fills(**{'/actions/0/status': 'Closed', 'trial/who': '1042'})
    pam.press('try')
    pam.has('she tries what is hers', 'set-status')
    pam.fill('/project', '')
    pam.press('try')
    ok('set-status' not in pam.page.texts.get('tried', ''), 'and not what is everybody\'s',
       pam.page.texts.get('part-trial'))
    pam.get('/documents/macro/new?automation=user&project=phone')
    pam.fills(**{'/key': 'spy', '/actions/0/action': 'email'})
    pam.press('draw')
    stranger = next(json.loads(line)['email'] for line in export('user').split('\n')
                    if line and 'phone' not in line and 'odd' in line)
    pam.fills(**{'/actions/0/to': 'target', '/actions/0/subject': '{{user.lastName}}',
                 '/actions/0/text': 'x', 'trial/who': stranger})
    pam.press('try')
    ok('The e-mail to' not in pam.page.html, 'nor on people who are none of hers',
       pam.page.texts.get('part-trial'))
    same(state() + earshot('apikey', 'list', '--json'), before, 'nothing of that was done')


# ---- in company

def company():
    """Each has a macro of his own, and changes, tries and counts on it at once with all others."""
    people = list(range(8))
    apply(*[{'kind': 'user', 'email': 'man%d@acme.example' % i, 'roles': ['admin'],
             'firstName': 'Man%d' % i} for i in people],
          *[{'kind': 'macro', 'key': 'own%d' % i, 'automation': 'user', 'actions': [
              {'action': 'add-note', 'text': 'start %d' % i}]} for i in people])
    wrong = []

    def work(i):
        try:
            browser = Manager('man%d@acme.example' % i)
            for turn in range(6):
                browser.get('/documents/macro/edit/own%d' % i)
                browser.fill('/actions/0/text', 'man %d turn %d {{user.firstName}}' % (i, turn))
                browser.fill('trial/who', 'man%d@acme.example' % i)
                browser.press('try')
                if '<dt>add-note</dt>' not in browser.page.html:
                    wrong.append((i, turn, browser.page.texts.get('main', '')[:400]))
                browser.press()
                got = browser.status, ('own%d is changed' % i) in browser.page.html
                if got != (200, True):
                    wrong.append((i, turn, got, browser.page.texts.get('main', '')[:400]))
        except Exception as error:
            wrong.append((i, repr(error)))
    threads = [threading.Thread(target=work, args=(i,)) for i in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ok(not wrong, 'eight people at once, each with his own form, trial and answer', *wrong[:4])
    same([show('macro', 'own%d' % i)['actions'][0]['text'] for i in people],
         ['man %d turn 5 {{user.firstName}}' % i for i in people], 'each has what he typed last')

    # One document that all want: who looked first and is told so, loses nothing.
    apply({'kind': 'team', 'key': 'shared', 'name': 'Start'})
    browsers = [Manager('man%d@acme.example' % i) for i in people]
    for browser in browsers:
        browser.get('/documents/team/edit/shared')

    def save(i):
        browsers[i].send(__name='By %d' % i)
    threads = [threading.Thread(target=save, args=(i,)) for i in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    good = [i for i in people if browsers[i].status == 200]
    told = [i for i in people if browsers[i].status == 422 and
            'Stored meanwhile: <q>By %d</q>' % good[0] in browsers[i].page.html and
            browsers[i].value('/name') == 'By %d' % i]
    same((len(good), len(told)), (1, 7), 'of eight who save the same one wins, and seven are told')
    same(show('team', 'shared')['name'], 'By %d' % good[0], 'it is his')


def main():
    make_documents()
    jim = Manager('jim@acme.example')
    round_trips(jim)
    by_cards(jim, 'user')
    by_cards(jim, 'feedback', 'phone')
    moves(jim)
    complaints(jim)
    tags(jim)
    senders(jim)
    trials(jim)
    hostile_trials(jim)
    conflicts(jim)
    names(jim)
    schedules(jim)
    settings(jim)
    apikeys(jim)
    rights(jim)
    company()
    finish()


if __name__ == '__main__':
    main()
