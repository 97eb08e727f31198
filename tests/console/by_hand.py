# SPDX-License-Identifier: ISC
"""Values and comments changed by hand, trial e-mails, figures, links and sessions of others, as a
browser without script has them."""

import json
import re
import subprocess
import threading
import urllib.parse
import urllib.request

from browser import Browser
from checks import BASE, EARSHOT, HOME, apply, earshot, finish, ok, same


def records(kind):
    return [json.loads(line) for line in earshot('export', kind).splitlines()]


class Person(Browser):
    """Somebody who is signed in; `to` says which form of a page is meant, by its action: without it
    the one that posts to the page itself."""

    def __init__(self, user):
        super().__init__(BASE)
        self.user, self.to = user, ''
        if user:
            self.by_link(earshot('console', 'link', user).strip())

    def by_link(self, link):
        self.open(BASE + '/sign-in/link', ('token=' + link.split('token=')[1]).encode())

    def with_cookie(self, path, name, value):
        """The page as it is shown with one cookie more."""
        more = '%s=%s' % (name, urllib.parse.quote(value if isinstance(value, str) else json.dumps(value), safe=''))
        mine = '; '.join('%s=%s' % (cookie.name, cookie.value) for cookie in self.jar)
        request = urllib.request.Request(BASE + path, headers={'Cookie': '%s; %s' % (mine, more)})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read().decode()

    def form(self):
        for form in self.page.forms:
            if form['method'] == 'post' and (self.to in form['action'] if self.to
                                             else form['action'] == ''):
                return form
        raise AssertionError('%s has no form for %r' % (self.path, self.to))

    def at(self, path, to=''):
        self.to = to
        return self.get(path)

    def has(self, text, name):
        return ok(text in self.page.html, name, text, self.main())

    def lacks(self, text, name):
        return ok(text not in self.page.html, name, text, self.main())

    def main(self):
        return '%d %s\n%s' % (self.status, self.path, self.page.html[self.page.html.find('<main'):])

    def post(self, path, **fields):
        """A form that no page has shown."""
        self.get('/you')
        csrf = re.search(r'name="csrf" value="(\w+)"', self.page.html)[1]
        fields['csrf'] = csrf
        return self.open(BASE + path, urllib.parse.urlencode(fields).encode())


def change(name, **by):
    """The newest change of this document"""
    return json.loads(earshot('audit', 'list', '--kind', by['kind'], '--name', name, '--limit', '1',
                              '--jsonl').splitlines()[0])


def fields(*types):
    return [{'label': label, 'parameter': parameter, 'type': kind} for label, parameter, kind in types]


FIELDS = fields(('Plan', '/account/plan', 'string'), ('Launches', 'launches', 'integer'),
                ('Paying', 'paying', 'boolean'), ('Last seen', 'seen', 'datetime'),
                ('<b>"Odd"', 'a~b', 'string'))
PLAN = '/values/~1account~1plan'


def world():
    apply({'kind': 'project', 'key': 'phone', 'managers': ['pam@acme.example']},
          {'kind': 'project', 'key': 'watch', 'name': 'Watch', 'managers': ['wim@acme.example']},
          {'kind': 'team', 'key': 'crew', 'project': 'phone', 'name': 'Crew'},
          {'kind': 'user', 'email': 'pam@acme.example'}, {'kind': 'user', 'email': 'wim@acme.example'},
          {'kind': 'user', 'email': 'vic@acme.example', 'roles': ['viewer']},
          {'kind': 'user', 'email': 'mae@acme.example', 'roles': ['manager']},
          {'kind': 'user', 'email': 'kim@mail.example', 'teams': ['phone/crew']},
          {'kind': 'group', 'key': 'kit', 'name': 'Kit', 'automation': 'user', 'fields': FIELDS},
          {'kind': 'group', 'key': 'kit', 'project': 'phone', 'name': 'Phone kit', 'automation': 'user',
           'fields': FIELDS},
          {'kind': 'group', 'key': 'sync', 'project': 'phone', 'name': 'Sync', 'automation': 'feedback',
           'fields': fields(('Remote id', 'remote', 'string'))},
          {'kind': 'group', 'key': 'build', 'name': 'Builds', 'automation': 'project',
           'fields': fields(('Number', 'n', 'integer'))},
          {'kind': 'feedback', 'id': 'p1', 'project': 'phone', 'title': 'It rings'},
          {'kind': 'value', 'group': 'kit', 'user': 'kim@mail.example', 'at': '2026-01-02T03:04:05Z',
           'values': {'/account/plan': 'a\r\nb', 'launches': 41, 'seen': '2026-01-02T03:04:05.678901Z'}})


def values_of(group, whose, project=None):
    for doc in records('value'):
        if doc['group'] == group and doc.get('project') == project and \
                whose in (doc.get('user'), doc.get('feedback'), doc.get('target')):
            return doc
    return None


def test_values(jim):
    jim.at('/people/kim@mail.example')
    link = '/values/people/kim%40mail.example?group=kit'
    jim.has(link, 'the page of a user leads to the form of each group')
    jim.at(link, '/values/')
    jim.has('type="datetime-local" value="2026-01-02T03:04:05"', 'a time has a field of its type')
    jim.has('inputmode="numeric"', 'so has a number')
    same([field['options'] for field in jim.field('/values/paying')], [['', 'true', 'false']],
         'and yes or no')
    ok(jim.field(PLAN)[0]['kind'] == 'textarea', 'and a text')
    jim.has('&lt;b&gt;&quot;Odd&quot;', 'labels are shown as they are')
    jim.press()
    jim.has('Nothing was changed', 'what nobody touches stays')
    same(values_of('kit', 'kim@mail.example')['at'], '2026-01-02T03:04:05Z', 'with its time')

    jim.at(link, '/values/')
    jim.fill('/values/launches', 'many')
    jim.fill('/values/paying', 'true')
    jim.press()
    same(jim.status, 422, 'a number that is none is refused')
    jim.has('id="f-value-1-problem">Launches: An integer is expected', 'at its field')
    same(jim.value('/values/paying'), 'true', 'with what was typed')
    same(values_of('kit', 'kim@mail.example').get('values').get('paying'), None, 'and nothing is stored')
    jim.fill('/values/launches', ' 42 ')
    jim.fill('/values/a~0b', 'two\nlines')
    jim.press()
    jim.has('The values of Kit are saved', 'then it is')
    doc = values_of('kit', 'kim@mail.example')
    same(doc['values'], {'/account/plan': 'a\r\nb', 'launches': 42, 'paying': True, 'a~b': 'two\nlines',
                         'seen': '2026-01-02T03:04:05.678901Z'}, 'what was changed is stored by its type')
    same((doc['set']['seen']['at'] if 'seen' in doc.get('set', {}) else '2026-01-02T03:04:05Z'),
         '2026-01-02T03:04:05Z', 'and nothing else is set anew')
    entry = change('kit/kim@mail.example', kind='value')
    same((entry['who'], entry['by']['via'], entry['change']), ('jim@acme.example', 'console', 'changed'),
         'the log of changes has it')

    jim.at('/audit?kind=value&name=kit%2Fkim@mail.example')
    jim.has(entry['id'], 'the history of the values leads there')
    jim.at('/audit/undo/' + entry['id'], '/audit/undo')
    jim.press()
    same(values_of('kit', 'kim@mail.example')['values'], {'/account/plan': 'a\r\nb', 'launches': 41,
         'seen': '2026-01-02T03:04:05.678901Z'}, 'which is undone as others are')

    jim.at(link, '/values/')
    jim.fill('/values/seen', '2026-03-04T05:06')
    jim.fill(PLAN, '')
    jim.press()
    same(values_of('kit', 'kim@mail.example')['values'], {'launches': 41, 'seen': '2026-03-04T05:06:00Z'},
         'a time is in UTC, and what is emptied is cleared')
    jim.at(link, '/values/')
    jim.fill('/values/seen', 'soon')
    jim.press()
    same(jim.status, 422, 'a time that is none is refused')

    # Others meanwhile: a delivery to another field, and to the same
    jim.at(link, '/values/')
    jim.fill(PLAN, 'pro')
    apply({'kind': 'value', 'group': 'kit', 'user': 'kim@mail.example', 'values': {'launches': 99}})
    jim.press()
    same(values_of('kit', 'kim@mail.example')['values']['launches'], 99,
         'what came meanwhile in another field stays')
    jim.at(link, '/values/')
    jim.fill(PLAN, 'edu')
    apply({'kind': 'value', 'group': 'kit', 'user': 'kim@mail.example',
           'values': {'/account/plan': 'plus', 'launches': 100}})
    jim.press()
    same(jim.status, 422, 'what came in the same field is told')
    jim.has('Plan: It was set to &quot;plus&quot; meanwhile', 'with what it is')
    same((jim.value(PLAN), jim.value('/values/launches')), ('edu', '100'),
         'what was typed stands there, and of the others what is stored')
    jim.press()
    same(values_of('kit', 'kim@mail.example')['values'], {'launches': 100, '/account/plan': 'edu',
         'seen': '2026-03-04T05:06:00Z'}, 'and takes its place when it is sent again')

    # Likewise by a command
    apply({'kind': 'value', 'group': 'kit', 'user': 'kim@mail.example', 'at': '2026-05-01T00:00:00Z',
           'values': {'launches': 1, 'a~b': 'x'}})
    earshot('value', 'set', 'kit/kim@mail.example', 'values.launches:=2')
    doc = values_of('kit', 'kim@mail.example')
    same((doc['values']['launches'], doc['values']['a~b'], doc['set']['a~b']['at']), (2, 'x', '2026-05-01T00:00:00Z'),
         'set by a command, the others stay with their times')
    ok(doc['at'] > '2026-05-02' and doc['set'].get('launches', doc)['at'] == doc['at'], 'and it has its own', doc)

    # Where there is nothing yet
    jim.at('/values/people/ann@mail.example')
    jim.has('group=kit"', 'groups without values are offered')
    jim.has('group=phone/kit"', 'of projects, too')
    jim.lacks('group=phone/sync"', 'but not those of tickets')
    jim.at('/values/people/ann@mail.example?group=kit', '/values/')
    jim.fill('/values/paying', 'false')
    jim.press()
    same(values_of('kit', 'ann@mail.example')['values'], {'paying': False}, 'and get their first')
    same(change('kit/ann@mail.example', kind='value')['change'], 'created', 'as a change')
    jim.at('/values/tickets/p1?group=phone/sync', '/values/')
    jim.fill('/values/remote', '=1+1')
    jim.press()
    same(values_of('sync', 'p1', 'phone')['values'], {'remote': '=1+1'}, 'so do tickets')
    jim.at('/documents/project/edit/phone')
    jim.has('/values/projects/phone"', 'and projects')
    jim.at('/values/projects/phone?group=build', '/values/')
    jim.fill('/values/n', '7')
    jim.press()
    same(values_of('build', 'phone')['values'], {'n': 7}, 'which have values, too')
    jim.at('/documents/value/edit/build/phone')
    ok(jim.path.startswith('/values/projects/phone'), 'each document of values leads to its form', jim.path)
    for path, name in (('/values/people/ann@mail.example?group=phone/sync', 'a group of others'),
                       ('/values/people/nobody@mail.example?group=kit', 'nobody'),
                       ('/values/people/ann@mail.example?group=none', 'no group'),
                       ('/values/cats/tom?group=kit', 'what is no record')):
        jim.at(path)
        same(jim.status, 404, '%s has no form' % name)


def test_values_rights():
    pam, wim, vic = Person('pam@acme.example'), Person('wim@acme.example'), Person('vic@acme.example')
    link = '/values/people/kim%40mail.example?group='
    pam.at('/people/kim@mail.example')
    pam.lacks(link + 'kit"', 'who manages a project is not offered what is of the community')
    pam.at('/values/people/kim@mail.example')
    pam.has('group=phone/kit"', 'but the groups of hers')
    pam.lacks('group=kit"', 'and no others')
    pam.at(link + 'phone/kit', '/values/')
    pam.fill('/values/launches', '5')
    pam.press()
    same(values_of('kit', 'kim@mail.example', 'phone')['values'], {'launches': 5}, 'in which she sets values')
    same(change('phone/kit/kim@mail.example', kind='value')['who'], 'pam@acme.example', 'in her name')
    before = records('value')
    pam.post('/values/people/kim@mail.example', group='kit', **{'/values/launches': '5'})
    same(pam.status, 403, 'nor does she change what is of the community by a form of her own')
    wim.at(link + 'phone/kit')
    same(wim.status, 403, 'another manager has no form')
    wim.post('/values/people/kim@mail.example', group='phone/kit', **{'/values/launches': '6'})
    ok(wim.status in (403, 422), 'nor does he set them', wim.main())
    vic.at(link + 'kit')
    same(vic.status, 403, 'who only looks has none')
    vic.post('/values/people/kim@mail.example', group='kit', **{'/values/launches': '7'})
    same(vic.status, 403, 'and sets nothing')
    nobody = Person(None)
    nobody.get(link + 'kit')
    ok(nobody.path.startswith('/sign-in'), 'nobody signs in first', nobody.path)
    same(records('value'), before, 'and nothing was changed')


def test_values_at_once():
    """Many who set values of one user each, and all of them of one."""
    people = ['many%d@mail.example' % i for i in range(8)]
    apply(*({'kind': 'user', 'email': email} for email in people))
    managers = [Person('jim@acme.example') for _ in people]
    wrong = []

    def work(person, email, n):
        for i in range(4):
            person.at('/values/people/%s?group=kit' % email, '/values/')
            person.fill('/values/launches', str(n * 100 + i))
            person.press()
            if person.status != 200:
                wrong.append(person.main())
    threads = [threading.Thread(target=work, args=(person, email, n))
               for n, (person, email) in enumerate(zip(managers, people))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    same(wrong[:1], [], 'many at once are answered')
    same([values_of('kit', email)['values'] for email in people],
         [{'launches': n * 100 + 3} for n in range(len(people))], 'each value is where it belongs')


def comments(whose):
    return [doc for doc in records('comment') if whose in (doc.get('feedback'), doc.get('user'))]


def test_comments(jim):
    pam, vic = Person('pam@acme.example'), Person('vic@acme.example')
    jim.post('/comment/tickets/p1', text='It rigns.')
    pam.at('/tickets/p1')
    link = re.search(r'href="/listen/console(/documents/comment/edit/p1/[^"]*)"', pam.page.html)[1]
    pam.at(link.replace('&amp;', '&'))
    pam.has('<h1>Change this comment</h1>', 'a comment of a ticket is changed there')
    same([field['name'] for field in pam.form()['fields'] if field['kind'] != 'hidden'], ['/text'],
         'its text alone')
    pam.fill('/text', '')
    pam.press()
    same(pam.status, 422, 'not to nothing')
    mails = len(earshot('outbox', 'list', '--jsonl').splitlines())
    pam.fill('/text', 'It rings.\n<b>')
    pam.press()
    ok(pam.path.startswith('/tickets/p1') and 'The comment is changed' in pam.page.html, 'back to the ticket',
       pam.main())
    pam.has('It rings.\n&lt;b&gt;', 'which has the new text')
    said = pam.page.html.split('<ol class="comments">')[1].split('</li>')[0]
    ok(re.search('jim@acme.example</a>.*· changed .* by pam@acme.example', said, re.S) is not None,
       'and says who has changed it', said)
    doc, = comments('p1')
    same((doc['text'], doc['author'], len(comments('p1'))), ('It rings.\n<b>', 'jim@acme.example', 1),
         'it is by whom it was')
    same(len(earshot('outbox', 'list', '--jsonl').splitlines()), mails, 'nobody is written to again')
    name = 'p1/' + doc['id']
    entry = change(name, kind='comment')
    same((entry['who'], entry['members']), ('pam@acme.example', ['text']), 'the log of changes has the text')
    stale = Person('jim@acme.example')
    stale.at('/documents/comment/edit/%s?back=/tickets/p1' % name)
    stale.fill('/text', 'From before')
    pam.at('/audit/undo/' + entry['id'], '/audit/undo')
    pam.press()
    same(comments('p1')[0]['text'], 'It rigns.', 'and is undone')
    stale.press()
    same(stale.status, 422, 'who looked before is told that it was changed')
    same(comments('p1')[0]['text'], 'It rigns.', 'and it stays')
    exported = earshot('export', 'comment')
    earshot('apply', '-', text=exported)
    same(earshot('export', 'comment'), exported, 'what is exported is taken back as it is')

    pam.post('/comment/people/kim@mail.example', text='Has a phnoe', project='phone')
    doc, = comments('kim@mail.example')
    pam.at('/documents/comment/edit/kim@mail.example/%s?back=/people/kim@mail.example' % doc['id'])
    pam.fill('/text', 'Has a phone')
    pam.press()
    same(comments('kim@mail.example')[0]['text'], 'Has a phone', 'what she wrote about a participant is hers')
    jim.post('/comment/people/kim@mail.example', text='Of the community')
    own, = (doc for doc in comments('kim@mail.example') if 'project' not in doc)
    pam.at('/people/kim@mail.example')
    pam.lacks('/documents/comment/edit/kim%%40mail.example/%s' % own['id'], 'others are not')
    for person in (pam, vic):
        before = comments('kim@mail.example')
        person.post('/documents/comment/edit/kim@mail.example/' + own['id'], **{'/text': 'x', 'version': ''})
        ok(person.status in (403, 422) and comments('kim@mail.example') == before,
           '%s does not change it by a form of her own' % person.user, person.main())


def told(person):
    """What became of the trial: the post is asked to send."""
    for _ in range(600):
        person.get(person.path)
        if 'on its way' not in person.page.html:
            return
        subprocess.run([EARSHOT, '--home', HOME, 'tick'], capture_output=True, timeout=120)


def test_mail(jim):
    jim.at('/documents/setting/edit/setting', '/mail/trial')
    same(jim.value('to'), 'jim@acme.example', 'the settings send a trial e-mail')
    jim.press()
    jim.has('on its way', 'it goes by the outbox')
    told(jim)
    jim.has('The mail server has taken it', 'and is taken')
    jim.has('<dt>The server said</dt><dd><code>250 2.0.0 kept', 'in the words of the server')
    jim.at('/mail/trial', '/mail/trial')
    jim.fill('to', 'reject@mail.example')
    jim.press()
    told(jim)
    jim.has('550 5.1.1 nobody here', 'a refusal is told in the words of the server')
    id = jim.path.split('/')[-1]
    jim.at('/mail/trial', '/mail/trial')
    jim.fill('to', 'later@mail.example')
    jim.press()
    told(jim)
    jim.has('450 4.2.0 try again', 'so is one for now')
    jim.has('It is not tried again', 'and nothing comes later')
    same([json.loads(earshot('outbox', 'show', one, '--json'))['state'] for one in (id, jim.path.split('/')[-1])],
         ['dropped', 'dropped'], 'they are given up')
    ok('given up' not in earshot('attention'), 'which needs nobody', earshot('attention'))
    jim.at('/mail/trial', '/mail/trial')
    jim.fill('to', 'not an address')
    jim.press()
    same(jim.status, 422, 'what is no address is refused')
    jim.has('id="f-mail-to-problem"', 'at its field')
    jim.at('/mail/trial/' + '0' * 8)
    same(jim.status, 404, 'what is no trial is none')
    for person in (Person('mae@acme.example'), Person('pam@acme.example'), Person('vic@acme.example')):
        person.at('/mail/trial')
        same(person.status, 403, '%s sends none' % person.user)
        person.post('/mail/trial', to='kim@mail.example')
        same(person.status, 403, 'nor by a form of her own')


def test_figures(jim):
    jim.at('/figures')
    same(jim.status, 200, 'figures')
    users = len(records('user'))
    ok(re.search(r'>People</a></td><td data-label="How many" class="number">%d<' % users, jim.page.html)
       is not None, 'tell how many people there are: %d' % users, jim.main())
    jim.has('>Tickets</a></td><td data-label="How many"', 'and tickets')
    jim.has('The last 24 hours', 'what came in')
    jim.has('<dt>Needs a person</dt><dd>nothing', 'that nothing needs a person')
    jim.has('<dt>The store</dt><dd>is worked on by', 'what runs')
    jim.has('<dt>Free on the disk</dt>', 'and what is left')
    for person in (Person('mae@acme.example'), Person('vic@acme.example')):
        person.at('/figures')
        same(person.status, 403, '%s has none' % person.user)


def sessions(user):
    return json.loads('[%s]' % ','.join(earshot('console', 'sessions', user, '--jsonl').splitlines()))


def test_sign_ins(jim):
    vic, mae = Person('vic@acme.example'), Person('mae@acme.example')
    jim.at('/people/vic@acme.example')
    jim.has('/sign-ins/vic%40acme.example"', 'the page of a user leads to their sessions')
    jim.at('/sign-ins/vic@acme.example', '/sign-ins/link/')
    jim.has('signed in <strong>as vic@acme.example</strong>', 'what a link does is said before')
    jim.press()
    link = re.search(r'<code id="link">([^<]*)</code>', jim.page.html)[1]
    ok(link.startswith(BASE + '/sign-in/link?token='), 'a link is made', link)
    jim.has('signed in <strong>as vic@acme.example</strong>', 'and said what it does')
    ok(link.split('token=')[1] not in jim.path, 'its address does not have it', jim.path)
    same(jim.headers['Cache-Control'], 'no-store', 'nor does a cache')
    jim.get(jim.path)
    ok(link not in jim.page.html and 'was shown already' in jim.page.html, 'it is shown once', jim.main())
    for name, value, shown in (
            ('what waits for a page is shown there', {'name': 'vic@acme.example', 'value': {'token': 'waits'}}, True),
            ('and on that of nobody else', {'name': 'mae@acme.example', 'value': {'token': 'waits'}}, False),
            ('it may be anything', 'waits', False), ('even too deep', '[' * 1500 + 'waits', False)):
        told = jim.with_cookie('/sign-ins/link/vic@acme.example', 'earshot-once', value)
        same(('token=waits' in told, 'was shown already' in told), (shown, not shown), name)
    entry = change('vic@acme.example', kind='user')
    same((entry['change'], entry['who'], entry['by']['via']), ('link made', 'jim@acme.example', 'console'),
         'who has made it is told')
    jim.at('/audit/' + entry['id'])
    jim.has('A link was made that signs in as this user', 'in words')
    jim.lacks('/audit/undo/', 'and is nothing to undo')
    jim.post('/audit/undo/' + entry['id'])
    same(jim.status, 422, 'not by hand either')
    other = Person(None)
    other.by_link(link)
    other.get('/you')
    other.has('vic@acme.example', 'it signs in')
    other.get('/figures')
    same(other.status, 403, 'with the rights of that person')
    again = Person(None)
    again.by_link(link)
    again.get('/you')
    ok(again.path.startswith('/sign-in'), 'once', again.path)
    jim.at('/sign-ins/kim@mail.example', '/sign-ins/link/')
    jim.press()
    same(jim.status, 422, 'not for who has no role')
    jim.has('may not sign in', 'which is told')

    had = len(sessions('vic@acme.example'))
    ok(had >= 2, 'several sessions', had)
    jim.at('/sign-ins/vic@acme.example', '/sign-ins/end/')
    jim.press()
    same(len(sessions('vic@acme.example')), had - 1, 'one is ended')
    jim.to = '/sign-ins/end/'
    jim.post('/sign-ins/end/vic@acme.example')
    same(len(sessions('vic@acme.example')), 0, 'and all')
    jim.has('Nowhere.', 'which the page tells')
    for person in (vic, other):
        person.get('/you')
        ok(person.path.startswith('/sign-in'), 'they are out', person.path)
    same(change('vic@acme.example', kind='user')['change'], 'sessions ended', 'that is told, too')
    kept = sessions('jim@acme.example')
    for person in (mae, Person('pam@acme.example'), Person('vic@acme.example')):
        person.at('/sign-ins/jim@acme.example')
        same(person.status, 403, '%s does not see where others are signed in' % person.user)
        person.post('/sign-ins/link/jim@acme.example')
        same(person.status, 403, 'nor makes a link')
        person.post('/sign-ins/end/jim@acme.example')
        same(person.status, 403, 'nor ends anything')
    same(sessions('jim@acme.example'), kept, 'the sessions are as they were')


world()
admin = Person('jim@acme.example')
test_values(admin)
test_values_rights()
test_values_at_once()
test_comments(admin)
test_mail(admin)
test_figures(admin)
test_sign_ins(admin)
finish()
