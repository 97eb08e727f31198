# SPDX-License-Identifier: ISC
"""Who hears of what needs a hand: by mail, once an hour, and when it is well again."""

import datetime
import email
import email.policy
import json
import os
import re
import subprocess

from receivers import Relay
from community import BUILD, Community, hear, ok, same
from rig import Shim

MINUTE = 60 * 1000000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Watched(Community):
    """A community with people who run and manage it, and a clock of its own."""

    def __init__(self, top, name, alerts='', **settings):
        self.alerts = alerts
        self.home = os.path.join(top, name)
        self.at = 0
        self.shim = Shim(top, self.home)
        super().__init__(top, name, **settings)
        key = json.loads(self.run('apikey', 'create', 'app', '--json'))
        self.secret = key['secret']
        target = {'match': 'email', 'parameter': 'who'}
        self.apply(
            {'kind': 'setting', 'community': 'Acme Beta'},
            {'kind': 'project', 'key': 'phone', 'name': 'Phone'},
            {'kind': 'project', 'key': 'tablet', 'name': 'Tablet'},
            {'kind': 'team', 'key': 'all', 'project': 'phone', 'name': 'All'},
            {'kind': 'user', 'email': 'ann@mail.example', 'teams': ['phone/all']},
            {'kind': 'user', 'email': 'jim@acme.example', 'roles': ['admin']},
            {'kind': 'user', 'email': 'kim@acme.example', 'roles': ['manager']},
            {'kind': 'user', 'email': 'pia@acme.example'},
            {'kind': 'user', 'email': 'tom@acme.example'})
        self.apply(
            {'kind': 'project', 'key': 'phone', 'managers': ['pia@acme.example']},
            {'kind': 'project', 'key': 'tablet', 'managers': ['tom@acme.example']},
            *({'kind': 'listener', 'type': 'comment', 'automation': 'user', 'apiKey': 'app',
               'target': target, 'author': 'by', 'comment': 'text', **more}
              for more in ({'key': 'news', 'project': 'phone'}, {'key': 'notes'})))

    def settings(self, **settings):
        super().settings(**settings)
        with open(os.path.join(self.home, 'earshot.conf'), 'a') as file:
            file.write('[alerts]\n' + self.alerts)

    def run(self, *args, **more):
        more.setdefault('env', dict(os.environ, **self.shim.env))
        return super().run(*args, **more)

    def tick(self, **environment):
        super().tick(**self.shim.env, **environment)

    def later(self, time):
        """So much time passes."""
        self.at += time
        self.shim.set('shift', self.at)

    def request(self, path, body='', kind='application/json', method='POST', key=True):
        """To the program for comments, run as plain CGI; status and body of the answer."""
        env = dict(os.environ, **self.shim.env, EARSHOT_HOME=self.home, GATEWAY_INTERFACE='CGI/1.1',
                   REQUEST_METHOD=method, SCRIPT_NAME='/listen/comment.fcgi', PATH_INFO=path,
                   REQUEST_URI='/listen/comment.fcgi' + path, QUERY_STRING='',
                   CONTENT_TYPE=kind, CONTENT_LENGTH=str(len(body)), REMOTE_ADDR='127.0.0.1',
                   SERVER_PROTOCOL='HTTP/1.1')
        if key:
            env['HTTP_AUTHORIZATION'] = 'Bearer ' + (self.secret if key is True else key)
        done = subprocess.run([os.path.join(BUILD, 'cgi-bin', 'comment.fcgi')], env=env,
                              input=body.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        hear(done.stderr.decode())
        head, _, rest = done.stdout.decode().partition('\r\n\r\n')
        status = re.search(r'(?m)^Status: (\d+)', head)
        return int(status.group(1)) if status else 200, rest

    def deliver(self, listener, who, times=1):
        path = '/projects/' + listener if '/' in listener else '/' + listener
        body = json.dumps({'who': who, 'by': 'jim@acme.example', 'text': 'hello'})
        return [self.request(path, body)[0] for _ in range(times)]

    def attention(self, *args):
        return json.loads(self.run('attention', '--json', *args))

    def conditions(self):
        return [(one['condition'], one.get('subject', '')) for one in
                self.attention()['conditions']]


class Mailbox:
    """What has come to a relay since it was looked at last, by address."""

    def __init__(self, relay):
        self.relay, self.seen = relay, 0

    def new(self):
        found = {}
        for _, to, content, _ in self.relay.mail[self.seen:]:
            found.setdefault(to.partition('@')[0], []).append(
                email.message_from_bytes(content, policy=email.policy.default))
        self.seen = len(self.relay.mail)
        return found


def text_of(message):
    return ' '.join(message.get_body(('plain',)).get_content().split())


def check_failing(top):
    relay = Relay()
    community = Watched(top, 'failing', mail=relay.url)
    box = Mailbox(relay)
    same(community.deliver('phone/news', 'nobody@mail.example', 2), [422, 422], 'two fail')
    same(community.conditions(), [], 'two failures are no condition yet')
    community.deliver('phone/news', 'nobody@mail.example')
    same(community.conditions(), [('listener-failing', 'phone/news')], 'a third makes it one')
    community.tick()
    same(box.new(), {}, 'it is not mailed before it has lasted a minute')
    community.later(2 * MINUTE)
    community.tick()
    mail = box.new()
    same({who: len(list) for who, list in mail.items()}, {'jim': 1, 'pia': 1},
         'then to the admin and the manager of its project, and to nobody else')
    message = mail['pia'][0]
    same(message['Subject'], 'Acme Beta: 1 thing needs a hand', 'the subject says what it is')
    said = text_of(message)
    ok('listener phone/news: 3 of its last 3 deliveries failed' in said and
       'the last one with unknown-target No user or ticket matches.' in said and
       'https://beta.acme.example/listen/console/deliveries?listener=phone%2Fnews&outcome=failed' in said,
       'the text says what, why, and what explains it: ' + said)
    ok('nobody@mail.example' not in said, 'and nothing of what was sent')
    community.tick()
    community.deliver('notes', 'nobody@mail.example', 3)
    community.later(30 * MINUTE)
    community.tick()
    mail = box.new()
    same({who: len(list) for who, list in mail.items()}, {'kim': 1},
         'another one is told to a manager of the community, who heard nothing within the hour')
    ok('listener notes' in text_of(mail['kim'][0]), 'as it is of no project')
    community.later(40 * MINUTE)
    community.tick()
    mail = box.new()
    same({who: len(list) for who, list in mail.items()}, {'jim': 1},
         'after the hour to the admin, too')
    ok('listener notes' in text_of(mail['jim'][0]) and 'phone' not in text_of(mail['jim'][0]),
       'what was told is not told again')
    same(community.deliver('phone/news', 'ann@mail.example', 2), [200, 200], 'two succeed')
    same(('listener-failing', 'phone/news') in community.conditions(), True,
         'two good ones do not end it')
    community.deliver('phone/news', 'ann@mail.example')
    same(community.conditions(), [('listener-failing', 'notes')], 'a third does')
    same([one['subject'] for one in community.attention()['over']], ['phone/news'],
         'which is told for a while')
    community.later(61 * MINUTE)
    community.tick()
    mail = box.new()
    same({who: len(list) for who, list in mail.items()}, {'jim': 1, 'pia': 1},
         'who heard of it hears that it is well again')
    same(mail['pia'][0]['Subject'], 'Acme Beta: 1 is well again', 'as the subject says')
    ok('listener phone/news: its deliveries succeed again' in text_of(mail['pia'][0]),
       'and the text: ' + text_of(mail['pia'][0]))
    community.later(2 * HOUR)
    community.tick()
    same(box.new(), {}, 'once')
    stat = json.loads(community.run('stat', '--json'))
    same([one['subject'] for one in stat['attention']], ['notes'], 'stat has the same list')
    ok(any(one.startswith('listener notes: ') for one in stat['problems']), 'in sentences, too')
    same(json.loads(community.request('/-/health', method='GET', key=False)[1]),
         {'status': 'ok', 'attention': ['listener-failing']}, 'and health its codes')
    community.run('listener', 'disable', 'notes')
    community.tick()
    same(community.conditions(), [], 'a listener that is switched off fails no more')
    mail = box.new()
    ok('listener notes was switched off' in text_of(mail['kim'][0]),
       'of which who heard of it hears')
    relay.close()


def check_mixed(top):
    """One failure in two is failing, one in ten is not."""
    relay = Relay()
    community = Watched(top, 'mixed', mail=relay.url)
    for number in range(20):
        community.deliver('notes', 'ann@mail.example' if number % 10 else 'nobody@mail.example')
    same(community.conditions(), [], 'one failure in ten begins nothing')
    for number in range(3):
        community.deliver('notes', 'nobody@mail.example', 2)
        community.deliver('notes', 'ann@mail.example')
    same(community.conditions(), [('listener-failing', 'notes')], 'two in three do')
    community.deliver('notes', 'ann@mail.example')
    same(community.conditions(), [('listener-failing', 'notes')], 'a good one does not end it')
    told, = community.attention()['conditions']
    same((told['count'], told['deliveries'], told['outcome']), (6, 10, 'unknown-target'),
         'how many failed of how many is told')
    relay.close()


def check_others(top):
    relay = Relay()
    community = Watched(top, 'others', mail=relay.url)
    box = Mailbox(relay)
    rejected, = community.mails('reject@mail.example')
    community.tick()
    same(community.conditions(), [('parcel-dead', 'm1')], 'a dead parcel is a condition')
    told, = community.attention()['conditions']
    same((told['count'], told['parcel'], '550 5.1.1 nobody here' in told['detail']),
         (1, rejected, True), 'with its last error')
    community.run('apikey', 'create', 'soon', '--expires', '3d')
    community.run('apikey', 'create', 'then', '--expires', '30d')
    community.apply({'kind': 'listener', 'key': 'fair', 'project': 'tablet', 'type': 'comment',
                     'automation': 'user', 'apiKey': 'soon', 'author': 'by', 'comment': 'text',
                     'target': {'match': 'email', 'parameter': 'who'}})
    community.tick()
    community.later(2 * MINUTE)
    community.tick()
    mail = box.new()
    same({who: len(list) for who, list in mail.items()}, {'jim': 1, 'kim': 1, 'tom': 1},
         'each who is concerned has one mail about all of it')
    said = text_of(mail['jim'][0])
    ok('API key soon ends at' in said and 'macro m1: 1 e-mail or webhook was given up' in said and
       'then' not in said.split('You get')[0], 'an end within a week is told: ' + said)
    ok('API key soon' in text_of(mail['tom'][0]) and 'm1' not in text_of(mail['tom'][0]),
       'also who manages the project of a listener that needs the key')
    community.run('outbox', 'drop', rejected)
    community.run('apikey', 'set', 'soon', 'expires=')
    community.later(2 * HOUR)
    community.tick()
    same(community.conditions(), [], 'dropped and put off, nothing is left')
    said = text_of(box.new()['jim'][0])
    ok('macro m1: no e-mail or webhook is given up any more' in said and
       'API key soon does not end soon any more' in said, 'which is told: ' + said)
    # Half a day from now, whenever this is: each tick below is many hours late for it.
    hour = (datetime.datetime.now(datetime.timezone.utc).hour + 14) % 24
    community.apply({'kind': 'macro', 'key': 'sweep', 'automation': 'user', 'actions': [
                        {'action': 'add-note', 'text': 'x'}]},
                    {'kind': 'schedule', 'key': 'nightly', 'macro': 'sweep', 'every': 'daily',
                     'start': '2020-01-01T%02d:00:00Z' % hour})
    community.tick()
    same(community.conditions(), [], 'a new schedule has missed nothing')
    community.later(3 * DAY)
    community.tick()
    told, = community.attention()['conditions']
    same((told['condition'], told['subject'], told['sentence'].split(', and ')[1][:16]),
         ('schedule-missed', 'nightly', 'was made up for '), 'one that ran days late has')
    community.later(DAY)
    community.tick()
    ok('schedule nightly was due at' in text_of(box.new()['jim'][0]), 'as the admin hears')
    relay.close()


def check_opt_out(top):
    relay = Relay()
    community = Watched(top, 'alertsoff', mail=relay.url)
    box = Mailbox(relay)
    community.deliver('notes', 'nobody@mail.example', 3)
    community.later(2 * MINUTE)
    community.tick()
    message = box.new()['kim'][0]
    link, click = message['List-Unsubscribe'], message['List-Unsubscribe-Post']
    same(click, 'List-Unsubscribe=One-Click', 'a mail has a link for one click')
    path = re.search(r'/macro\.fcgi(/-/unsubscribe/[^>]+)>', link).group(1)
    same(community.request(path, method='GET', key=False)[0], 200, 'which asks')
    status, page = community.request(path, 'List-Unsubscribe=One-Click',
                                     'application/x-www-form-urlencoded', key=False)
    ok(status == 200 and 'what needs a hand' in page, 'and switches off this mail alone')
    user = json.loads(community.run('user', 'show', 'kim@acme.example', '--json'))
    same((user.get('alerts'), user.get('optOut')), (False, None), 'as his document says')
    community.deliver('notes', 'ann@mail.example', 3)
    community.mails('kim@acme.example')
    community.later(2 * HOUR)
    community.tick()
    mail = box.new()
    same({who: [message['Subject'] for message in list] for who, list in mail.items()},
         {'kim': ['Hello'], 'jim': ['Acme Beta: 1 is well again']},
         'he hears no more of it, but gets other mail')
    community.apply({'kind': 'user', 'email': 'kim@acme.example', 'alerts': True})
    community.deliver('notes', 'nobody@mail.example', 3)
    community.later(2 * HOUR)
    community.tick()
    same(sorted(box.new()), ['jim', 'kim'], 'until it is switched on again')
    relay.close()
