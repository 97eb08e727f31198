# SPDX-License-Identifier: ISC
"""Macros by deliveries through a web server: what they change, and what leaves."""

import json
import os
import pty
import random
import re
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request

from community import EARSHOT, children, documents, ok, same, until
from receivers import Relay, Web
from rig import Rig

TICKETS = 40
SETTLES_S = 120
DOCUMENTS = [
    {'kind': 'project', 'key': 'app', 'name': 'App'},
    {'kind': 'rank', 'key': 'closer', 'name': 'Closer', 'points': 5},
    {'kind': 'user', 'email': 'boss@acme.example', 'firstName': 'Boss', 'roles': ['admin']},
    {'kind': 'user', 'email': 'sub@mail.example', 'firstName': 'Sub'},
] + [{'kind': 'feedback', 'id': 't%d' % i, 'project': 'app', 'title': 'Ticket %d' % i,
      'status': 'Open', 'submitter': 'sub@mail.example'} for i in range(TICKETS)]


def six(web, last):
    """Four actions on the store, an e-mail, a webhook; last: the author of a comment."""
    return {'kind': 'macro', 'key': 'six', 'automation': 'feedback', 'project': 'app', 'actions': [
        {'action': 'email', 'to': 'submitter', 'subject': 'mail {{feedback.id}}',
         'text': '{{payload.note}}'},
        {'action': 'webhook', 'url': web.url + '/six/{{feedback.id}}',
         'body': '{"note":"{{payload.note}}"}'},
        {'action': 'set-status', 'status': 'Closed'},
        {'action': 'set-field', 'field': 'note', 'value': '{{payload.note}}'},
        {'action': 'add-rank', 'to': 'submitter', 'rank': 'closer', 'reason': '{{feedback.id}}'},
        {'action': 'add-comment', 'author': last, 'text': 'Done: {{payload.note}}'}]}


def listener(key, macro):
    return {'kind': 'listener', 'key': key, 'type': 'macro', 'automation': 'feedback',
            'project': 'app', 'apiKey': 'demo', 'macro': macro,
            'target': {'match': 'id', 'parameter': 'ticket'}}


class Service(Rig):
    """A store behind lighttpd and earshotd, which sends to a relay and a web server."""

    def __init__(self, name, *docs, **more):
        self.relay, self.web = Relay(), Web(look=self.look)
        self.seen = []           # (path, status of the ticket when it was called)
        self.looking = False
        super().__init__(name, '[limits]\nfree_bytes = 0\n[mail]\nfrom = beta@acme.example\n'
                         'tls = off\nurl = %s\n[hooks]\nallow_http = true\n'
                         'allow = 127.0.0.0/8\n' % self.relay.url, **more)
        self.apply(*DOCUMENTS, *docs)

    def close(self):
        super().close()
        self.relay.close()
        self.web.close()

    def apply(self, *docs):
        path = os.path.join(self.path, 'apply.jsonl')
        with open(path, 'w') as file:
            file.write(''.join(json.dumps(doc) + '\n' for doc in docs))
        self.run('apply', path)

    def look(self, path):
        if self.looking:
            self.seen.append((path, self.ticket(path.split('/')[-1])['status']))

    def ticket(self, id):
        return documents(self.run('--json', 'feedback', 'show', id))[0]

    def deliver(self, key, ticket, id=None, **body):
        """The status and the answer; id: sent again until it is settled, or that takes too long."""
        request = urllib.request.Request(
            'http://127.0.0.1:%d/listen/macro.fcgi/projects/app/%s' % (self.port, key),
            json.dumps(dict(body, ticket=ticket)).encode(),
            {'Authorization': 'Bearer ' + self.key, 'Content-Type': 'application/json'})
        if id:
            request.add_header('Idempotency-Key', id)
        end = time.monotonic() + (SETTLES_S if id else 0)
        while True:
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    return answer.status, json.load(answer)
            except urllib.error.HTTPError as error:
                if time.monotonic() > end or error.code < 500:
                    return error.code, json.load(error)
            except OSError:
                if time.monotonic() > end:
                    raise
            time.sleep(0.1)

    def parcels(self):
        return documents(self.run('outbox', 'list', '--jsonl'))

    def settle(self):
        """Waits until all parcels are; those that are not."""
        until(lambda: {parcel['state'] for parcel in self.parcels()} == {'sent'}, 60)
        return [parcel for parcel in self.parcels() if parcel['state'] != 'sent']


def subjects(relay):
    return sorted(line.split(b' ', 1)[1].decode() for mail in relay.mail
                  for line in mail[2].split(b'\r\n') if line.startswith(b'Subject: '))


def check_six(top):
    """Six actions by one delivery: all or nothing, and what leaves leaves after that."""
    with Service('six') as service:
        service.looking = True
        service.apply(six(service.web, 'sub@mail.example'), listener('six', 'six'))
        before = service.run('export')
        status, answer = service.deliver('six', 't1', note='x')
        same((status, answer['code']), (422, 'unknown-author'),
             'the sixth action of a delivery fails: ' + answer.get('detail', ''))
        same((service.run('export'), service.parcels()), (before, []),
             'then nothing was done, and nothing waits to be sent')
        service.apply(six(service.web, 'boss@acme.example'))
        status, answer = service.deliver('six', 't2', note='żółw "1"')
        same((status, [effect['action'] for effect in answer['actions']]),
             (200, ['email', 'webhook', 'set-status', 'set-field', 'add-rank', 'add-comment']),
             'when none fails all six are done')
        same(service.settle(), [], 'what it sends is sent')
        ticket = service.ticket('t2')
        same((ticket['status'], ticket['fields']['note'], ticket['comments']),
             ('Closed', 'żółw "1"', 1), 'the ticket was changed')
        same((subjects(service.relay), service.web.paths()), (['mail t2'], ['/six/t2']),
             'one e-mail and one webhook left, none of the delivery that failed')
        same(service.web.requests[0][3].decode(), '{"note":"żółw \\"1\\""}',
             'with values of the request')
        same(service.seen, [('/six/t2', 'Closed')],
             'when the webhook arrived the rest was in the store')


def check_kills(top):
    """The same while the owner of the store is killed."""
    with Service('kills') as service:
        service.apply(six(service.web, 'boss@acme.example'), listener('six', 'six'))
        answers = {}

        def post(first):
            for i in range(first, TICKETS, 4):
                answers[i] = service.deliver('six', 't%d' % i, id='d%d' % i, note='n')[0]

        clients = [threading.Thread(target=post, args=(first,), daemon=True)
                   for first in range(4)]
        for client in clients:
            client.start()
        kills = 0
        while any(client.is_alive() for client in clients):
            time.sleep(random.uniform(0.02, 0.15))
            if kills < 5 and service.daemon.poll() is None:
                victim = service.owner()
                os.kill(victim, signal.SIGKILL)
                if victim == service.daemon.pid:
                    service.daemon.wait()
                kills += 1
            if service.daemon.poll() is not None:
                service.start_daemon()
        if service.daemon.poll() is not None:
            service.start_daemon()
        same(set(answers.values()), {200}, 'all deliveries are taken, though the owner of the '
             'store is killed %d times' % kills)
        same(service.settle(), [], 'what they send is sent')
        whole = ['t%d' % i for i in range(TICKETS)]
        tickets = [service.ticket(id) for id in whole]
        same({(ticket['status'], ticket['fields'].get('note'), ticket['comments'])
              for ticket in tickets}, {('Closed', 'n', 1)}, 'each ticket was changed, once')
        user = documents(service.run('--json', 'user', 'show', 'sub@mail.example'))[0]
        same(user['score'] + sum(user['scores'].values()), 5 * TICKETS, 'its submitter got a rank each')
        same(set(subjects(service.relay)), {'mail ' + id for id in whole}, 'an e-mail each left')
        same(set(service.web.paths()), {'/six/' + id for id in whole}, 'and a webhook each')
        ids = {}
        for _, path, headers, _ in service.web.requests:
            ids.setdefault(path, set()).add(headers['webhook-id'])
        same({len(own) for own in ids.values()}, {1}, 'under one id, however often')


def check_restart(top):
    """An error of the disk ends the owner, which executes itself anew."""
    with Service('restart', shim=True) as service:
        service.apply(six(service.web, 'boss@acme.example'), listener('six', 'six'))
        service.shim.fail(1, False)
        status, _ = service.deliver('six', 't1', id='d1', note='n')
        service.shim.heal()
        same((status, service.shim.get('failed')), (200, 1),
             'a delivery is taken in spite of an error of the disk')
        same(service.settle(), [], 'what it sends is sent')
        same((subjects(service.relay), set(service.web.paths())), (['mail t1'], {'/six/t1'}),
             'by the daemon that has started itself anew')


def check_loop(top):
    """A webhook to our own listener, whose macro sends it again."""
    with Service('loop') as service:
        service.apply({'kind': 'macro', 'key': 'again', 'automation': 'feedback',
                       'project': 'app', 'actions': [
                           {'action': 'add-rank', 'to': 'submitter', 'rank': 'closer'},
                           {'action': 'webhook', 'body': '{"ticket":"{{feedback.id}}"}',
                            'url': 'http://127.0.0.1:%d/listen/macro.fcgi/projects/app/again'
                            % service.port, 'headers': {'X-API-Key': service.key}}]},
                      listener('again', 'again'))
        service.deliver('again', 't1')
        ok(until(lambda: any(parcel['state'] == 'dead' for parcel in service.parcels())),
           'a loop of webhooks ends')
        parcels = service.parcels()
        dead = [parcel for parcel in parcels if parcel['state'] == 'dead']
        same((len(parcels), len(dead)), (6, 1), 'after the fifth that caused another')
        ok('loop' in dead[0].get('lastError', ''), 'which is said: ' + dead[0].get('lastError', ''))
        deliveries = documents(service.run('delivery', 'list', '--listener', 'app/again', '--jsonl'))
        same([delivery['outcome'] for delivery in deliveries], ['applied'] * 6,
             'our own listener was called')


def check_schedule(top):
    """The daemon runs what is due."""
    macro = {'kind': 'macro', 'key': 'award', 'automation': 'user',
             'actions': [{'action': 'add-rank', 'rank': 'closer'}]}
    with Service('schedule', macro, {
            'kind': 'schedule', 'key': 'daily', 'macro': 'award', 'every': 'daily',
            'filter': 'user.email == "sub@mail.example"', 'start': '2020-01-01'}) as service:
        def score():
            return documents(service.run('--json', 'user', 'show', 'sub@mail.example'))[0]['score']

        ok(until(lambda: score() > 0), 'earshotd runs a schedule that is due')
        same(score(), 5, 'once, though it was missed for years')


def check_bar(top):
    """What a person at a terminal sees of a macro on many."""
    with Service('bar', {'kind': 'macro', 'key': 'award', 'automation': 'user',
                         'actions': [{'action': 'add-rank', 'rank': 'closer'}]}) as service:
        users = os.path.join(service.path, 'users.csv')
        with open(users, 'w') as file:
            file.write('email\n' + ''.join('bar%d@mail.example\n' % i for i in range(40000)))
        service.run('import', 'users', users)
        terminal, end = pty.openpty()
        running = subprocess.Popen([EARSHOT, 'macro', 'run', 'award', '--filter',
                                    'user.email.startsWith("bar")'],
                                   env=dict(service.env, TERM='xterm', LC_ALL='C.UTF-8'),
                                   stdout=subprocess.PIPE, stderr=end)
        service.clients.append(running)
        os.close(end)
        shown = b''
        while part := read(terminal):
            shown += part
        ok(re.search(rb'running.*%', shown), 'a run on many shows how far it has come')
        same(running.communicate()[0], b'40000 matched: 40000 applied, 0 skipped, 0 failed\n',
             'and what it did')


def read(terminal):
    """What is on it; nothing once nobody writes to it any more."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b''


def check_keeper(top):
    """A process keeps a courier running; without it the courier keeps one itself."""
    with Service('keeper') as service:
        service.apply(six(service.web, 'boss@acme.example'), listener('six', 'six'))
        keeper, = children(service.daemon.pid)
        until(lambda: children(keeper))
        for i in range(2):
            courier, = children(keeper)
            os.kill(keeper, signal.SIGKILL)
            same(until(lambda: children(courier)), True,
                 'a courier without a keeper has become one')
            service.deliver('six', 't%d' % i, id='d%d' % i, note='n')
            keeper = courier
        courier, = children(keeper)
        os.kill(courier, signal.SIGKILL)
        same(until(lambda: children(keeper) not in ([], [courier])), True,
             'and starts another courier')
        service.deliver('six', 't2', id='d2', note='n')
        same(service.settle(), [], 'all is sent meanwhile')
        same(sorted(set(subjects(service.relay))), ['mail t%d' % i for i in range(3)],
             'an e-mail each left')
        courier, = children(keeper)
        service.daemon.terminate()
        service.daemon.wait(60)
        same(until(lambda: not os.path.exists('/proc/%d' % keeper) and
                   not os.path.exists('/proc/%d' % courier)), True,
             'both end with the daemon')
