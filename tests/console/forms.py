# SPDX-License-Identifier: ISC
"""Documents by their forms, as a browser without script has them: what is not touched comes
back to the letter, macros are put together of cards and tried on somebody, and nobody does
more than he may."""

import json
import re
import subprocess
import sys
import threading
import urllib.parse

from browser import Browser, Page

EARSHOT, HOME, BASE = sys.argv[1:4]
count = bad = 0
lock = threading.Lock()

NAUGHTY = [
    '<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "' onmouseover='x",
    '</textarea><script>x</script>', '&amp;&lt;', '\u202egnirts', 'a\u2028b',
    '%00%0d%0aSet-Cookie: x=1', '\\u0000', 'x' * 200, 'e\u0301\u200b\ufeffe',
    '\U0001f469\u200d\U0001f52c', '  spaces  ', '1; DROP', '"quoted"', 'a: b', '***', '42', 'true',
]


def ok(good, name, *more):
    global count, bad
    with lock:
        count += 1
        print('%sok %d - %s' % ('' if good else 'not ', count, name.replace('\n', ' ')))
        if not good:
            bad = 1
            for text in more:
                print('# ' + '\n# '.join(str(text).splitlines()[:40]))
        sys.stdout.flush()
    return good


def same(got, expected, name):
    return ok(got == expected, name, 'got      %r' % (got,), 'expected %r' % (expected,))


def earshot(*args, text=None):
    done = subprocess.run([EARSHOT, '--home', HOME, *args], input=text, text=True,
                          capture_output=True, timeout=120)
    if done.returncode != 0:
        raise RuntimeError('%r: %s%s' % (args, done.stdout, done.stderr))
    return done.stdout


def apply(*documents):
    earshot('apply', '-', text='\n'.join(json.dumps(doc) for doc in documents))


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
        ok(text in self.page.html, '%s: %s' % (self.path[:60], name), text,
           re.sub(r'\s*\n\s*', '\n', self.page.texts.get('main', self.page.html))[:3000])

    def lacks(self, name, text):
        ok(text not in self.page.html, '%s: %s' % (self.path[:60], name), text)

    def is_(self, status, name):
        same(self.status, status, '%s: %s' % (self.path[:60], name))
        if self.status != status:
            print('# ' + self.page.texts.get('main', '')[:1500].replace('\n', '\n# '))

    def send(self, **values):
        """The form with these, in which "/" stands for "__"."""
        for name, value in values.items():
            self.fill(name.replace('__', '/'), value)
        return self.press()


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
            if jim.status == 200:
                jim.press()
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


def main():
    make_documents()
    jim = Manager('jim@acme.example')
    round_trips(jim)
    by_cards(jim, 'user')
    by_cards(jim, 'feedback', 'phone')
    moves(jim)
    complaints(jim)
    tags(jim)
    print('1..%d' % count)
    return bad


if __name__ == '__main__':
    sys.exit(main())
