#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""E-mails and webhooks from the outbox to real receivers on loopback.

    BUILDDIR=build tests/post/post.py [--many N]

Speaks TAP. Starts everything itself and leaves nothing behind."""

import base64
import email
import email.policy
import hashlib
import hmac
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from receivers import Relay, Web, certificate

BIN = os.path.join(os.environ.get('BUILDDIR', '.'), 'src')
MANY = int(sys.argv[2]) if sys.argv[1:2] == ['--many'] else 2000
SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
count = failed = 0


def ok(good, name):
    global count, failed
    count += 1
    failed += not good
    print('%s %d - %s' % ('ok' if good else 'not ok', count, name), flush=True)
    return good


def same(got, expected, name):
    if not ok(got == expected, name):
        print('#      got: %r\n# expected: %r' % (got, expected))


def documents(text):
    decoder, at, found = json.JSONDecoder(), 0, []
    while at < len(text):
        value, at = decoder.raw_decode(text, at)
        found += value if isinstance(value, list) else [value]
        while at < len(text) and text[at].isspace():
            at += 1
    return found


class Community:
    """A store with one user and macros of one action each."""

    def __init__(self, top, name, **settings):
        self.home = os.path.join(top, name)
        self.macros = 0
        os.mkdir(self.home, 0o700)
        self.settings(**settings)
        self.run('init')
        self.apply({'kind': 'user', 'email': 'ann@mail.example', 'firstName': 'Ann'})

    def settings(self, mail='', hooks='allow_http = true\nallow = 127.0.0.0/8\n', tls='off',
                 login=''):
        with open(os.path.join(self.home, 'earshot.conf'), 'w') as file:
            file.write('[web]\nbase_url = https://beta.acme.example/listen\n'
                       '[limits]\nfree_bytes = 0\n'
                       '[mail]\nfrom = beta@acme.example\nurl = %s\ntls = %s\n%s'
                       '[hooks]\ntimeout = 2s\n%s' % (mail, tls, login, hooks))

    def run(self, *args, check=True, **more):
        done = subprocess.run([os.path.join(BIN, 'earshot'), '--home', self.home, *args],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)
        if check and done.returncode != 0:
            print('# %s: %s' % (' '.join(args), done.stderr.decode()))
        return done.stdout.decode()

    def apply(self, *docs):
        path = os.path.join(self.home, 'apply.jsonl')
        with open(path, 'w') as file:
            for doc in docs:
                file.write(json.dumps(doc) + '\n')
        self.run('apply', path)

    def act(self, *actions):
        """Runs a macro of these actions; the ids of its parcels."""
        before = {parcel['id'] for parcel in self.parcels()}
        self.macros += 1
        key = 'm%d' % self.macros
        self.apply({'kind': 'macro', 'key': key, 'automation': 'user',
                    'actions': list(actions)})
        self.run('macro', 'run', key, '--target', 'ann@mail.example')
        return sorted(parcel['id'] for parcel in self.parcels()
                      if parcel['id'] not in before)

    def mails(self, *to, **more):
        action = {'action': 'email', 'subject': 'Hello', 'text': 'Hi'}
        return self.act(*({**action, 'to': address, **more} for address in to))

    def mail(self, to='ann@mail.example', **more):
        return self.mails(to, **more)[0]

    def hooks(self, *urls, **more):
        action = {'action': 'webhook', 'body': '{"a":1}'}
        return self.act(*({**action, 'url': url, **more} for url in urls))

    def hook(self, url, **more):
        return self.hooks(url, **more)[0]

    def parcels(self):
        return documents(self.run('outbox', 'list', '--jsonl'))

    def show(self, id):
        return documents(self.run('--json', 'outbox', 'show', id))[0]

    def tick(self, **environment):
        self.run('tick', env=dict(os.environ, **environment))

    def due_in(self, parcel):
        text = re.sub(r'(\.\d+)?Z$', '+0000', parcel['due'])
        return time.mktime(time.strptime(text, '%Y-%m-%dT%H:%M:%S%z')) - time.timezone - \
            time.time()


def message_of(relay):
    return email.message_from_bytes(relay.mail[-1][2], policy=email.policy.default)


def content(part):
    return part.get_content().replace('\r\n', '\n')


def check_message(top):
    relay = Relay()
    community = Community(top, 'message', mail='smtp://127.0.0.1:%d' % relay.port)
    text = ('Hi {{user.firstName}} – ✓\n.\n..two\nRCPT TO:<eve@x.example>\n' +
            'long ' * 400 + '\n')
    html = '<p title="a=b">Hi {{user.firstName}} 💡</p>\n'
    id = community.mail(subject='Thank you, {{user.firstName}}: żółw ' + '✓' * 60, text=text,
                        html=html)
    community.tick()
    parcel = community.show(id)
    same((parcel['state'], parcel.get('status'), parcel['tries']), ('sent', 250, 1),
         'a mail is sent')
    same([entry[:2] for entry in relay.mail], [('beta@acme.example', 'ann@mail.example')],
         'once, with the right envelope')
    message = message_of(relay)
    same(message['Subject'], 'Thank you, Ann: żółw ' + '✓' * 60, 'its subject')
    same(message['Message-ID'], '<%s@beta.acme.example>' % id, 'its id is the parcel\'s')
    same(message['Auto-Submitted'], 'auto-generated', 'it says that no person wrote it')
    same((message['From'], message['To']), ('beta@acme.example', 'ann@mail.example'),
         'who writes to whom')
    ok(message['Date'] is not None, 'it has a date')
    same(message.get_content_type(), 'multipart/alternative', 'text and HTML are alternatives')
    parts = list(message.iter_parts())
    same(content(parts[0]), text.replace('{{user.firstName}}', 'Ann'),
         'the text arrives as it was, dots and long lines too')
    same(content(parts[1]), html.replace('{{user.firstName}}', 'Ann'), 'and the HTML')
    longest = max(len(line) for line in relay.mail[0][2].split(b'\r\n'))
    ok(longest <= 78, 'no line is longer than 78 (%d)' % longest)
    community.apply({'kind': 'user', 'email': 'ann@mail.example',
                     'fields': {'note': 'A\r\nBcc: eve@x.example\r\n\r\nbody'}})
    community.mail(subject='{{user.fields.note}}')
    community.tick()
    message = message_of(relay)
    same((message['Bcc'], len(relay.mail)), (None, 2), 'a line break makes no header')
    ok('Bcc: eve@x.example' in message['Subject'], 'it stays in the subject, as a space')
    relay.close()


def check_relay(top):
    relay = Relay()
    community = Community(top, 'relay', mail='smtp://127.0.0.1:%d' % relay.port)
    rejected, later, hangup, *fine = community.mails(
        'reject@mail.example', 'later@mail.example', 'hangup@mail.example',
        *('ok%d@mail.example' % i for i in range(12)))
    community.tick()
    parcel = community.show(rejected)
    same(parcel['state'], 'dead', 'a recipient that is refused is a dead letter')
    ok('550 5.1.1 nobody here' in parcel.get('lastError', ''),
       'with what the relay said: ' + parcel.get('lastError', ''))
    parcel = community.show(later)
    same((parcel['state'], parcel['tries']), ('waiting', 1), '450 is tried again')
    ok(2 < community.due_in(parcel) <= 7, 'after about 5 seconds')
    same(community.show(hangup)['state'], 'waiting', 'a connection that is cut is tried again')
    states = {parcel['id']: parcel['state'] for parcel in community.parcels()}
    same({states[id] for id in fine}, {'sent'}, 'the others are sent')
    ok(relay.connections < 12, 'over connections that are used again (%d)' % relay.connections)
    relay.close()
    refused = community.mails(*('r%d@mail.example' % i for i in range(20)))
    community.tick()
    parcels = [parcel for parcel in community.parcels() if parcel['id'] in refused]
    same({parcel['state'] for parcel in parcels}, {'waiting'}, 'mail waits for a dead relay')
    tried = sum(parcel['tries'] for parcel in parcels)
    ok(5 <= tried <= 9, 'which is left in peace after 5 failures (%d tries for 20)' % tried)
    nobody = Community(top, 'norelay')
    id = nobody.mail()
    nobody.tick()
    ok('[mail] url' in nobody.show(id).get('lastError', ''),
       'mail without a relay waits and says why')


def check_tls(top):
    key, path = os.path.join(top, 'key.pem'), os.path.join(top, 'cert.pem')
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2',
                    '-subj', '/CN=127.0.0.1', '-keyout', key, '-out', path], check=True,
                   stderr=subprocess.DEVNULL)
    clear, secret = Relay(), Relay(tls=certificate(key, path))
    community = Community(top, 'tls')
    url = {relay: 'smtp://127.0.0.1:%d' % relay.port for relay in (clear, secret)}
    community.settings(mail=url[clear], tls='required')
    id = community.mail()
    community.tick()
    ok('STARTTLS' in community.show(id).get('lastError', ''), 'required: not without STARTTLS')
    ok(not any(line.startswith('MAIL') for line in clear.commands), 'nothing was said in clear')
    community.settings(mail=url[clear], login='user = u\npassword = p\n', tls='opportunistic')
    community.run('outbox', 'retry', id)
    community.tick()
    same((clear.logins, clear.mail), ([], []), 'a login is not sent in clear either')
    community.settings(mail=url[secret], tls='required')
    community.run('outbox', 'retry', id)
    community.tick()
    same((community.show(id)['state'], secret.mail), ('waiting', []),
         'required: not to a relay that nobody vouches for')
    community.settings(mail=url[secret], tls='opportunistic')
    community.run('outbox', 'retry', id)
    community.tick()
    same((community.show(id)['state'], [entry[3] for entry in secret.mail]), ('sent', [True]),
         'opportunistic: STARTTLS is used')
    for relay in clear, secret:
        relay.close()
    knowing = Relay(login=('u', 'p§ss'))
    url = 'smtp://127.0.0.1:%d' % knowing.port
    community.settings(mail=url, login='user = u\npassword = wrong\n')
    id = community.mail()
    community.tick()
    same(community.show(id)['state'], 'waiting', 'a wrong password is no fault of the mail')
    community.settings(mail=url, login='user = u\npassword = p§ss\n')
    community.run('outbox', 'retry', id)
    community.tick()
    same((community.show(id)['state'], knowing.logins[-1]), ('sent', (['u', 'p§ss'], False)),
         'the right one is taken')
    knowing.close()


def check_program(top):
    program, kept = os.path.join(top, 'sendmail'), os.path.join(top, 'kept')
    with open(program, 'w') as file:
        file.write('#!/bin/sh\n{ printf "%%s\\n" "$*"; env; } >%s.args\n'
                   'case "$*" in *nobody@*) echo "no such user" >&2; exit 67;; '
                   '*busy@*) exit 75;; *crash@*) kill -9 $$;; esac\ncat >%s\n' % (kept, kept))
    os.chmod(program, 0o755)
    community = Community(top, 'program', mail='sendmail:' + program)
    id = community.mail(text='one\n.\ntwo\n')
    community.tick(EARSHOT_SECRET='x')
    same(community.show(id)['state'], 'sent', 'a program can send')
    with open(kept + '.args') as file:
        lines = file.read().splitlines()
    same(lines[0], '-i -f beta@acme.example -- ann@mail.example', 'with these arguments')
    ok(not any('EARSHOT' in line for line in lines), 'and nothing of our environment')
    with open(kept, 'rb') as file:
        message = email.message_from_bytes(file.read(), policy=email.policy.default)
    same(content(message), 'one\n.\ntwo\n', 'it gets the message')
    for to, state, error in (('nobody@mail.example', 'dead', 'no such user'),
                             ('busy@mail.example', 'waiting', '75'),
                             ('crash@mail.example', 'waiting', 'signal 9')):
        id = community.mail(to=to)
        community.tick()
        parcel = community.show(id)
        ok(parcel['state'] == state and error in parcel.get('lastError', ''),
           '%s: %s (%s)' % (to, state, parcel.get('lastError', '')))


def signature(id, stamp, body):
    key = base64.b64decode(SECRET[6:])
    mac = hmac.new(key, b'.'.join([id.encode(), stamp.encode(), body]), hashlib.sha256)
    return 'v1,' + base64.b64encode(mac.digest()).decode()


def check_hook(top):
    web = Web()
    community = Community(top, 'hook')
    community.apply({'kind': 'group', 'key': 'sync', 'name': 'Sync', 'automation': 'user',
                     'fields': [{'label': 'Remote', 'parameter': 'remote', 'type': 'string'},
                                {'label': 'Count', 'parameter': 'count', 'type': 'integer'}]})
    id = community.hook(web.url + '/json/{{user.firstName}}', method='PUT',
                        headers={'X-Key': 'k-12345', 'X-Plain': 'p'}, secret=SECRET,
                        auth={'user': 'u', 'password': 'pass-word'},
                        body='{"who":"{{user.firstName}}"}',
                        returns={'group': 'sync', 'fields': {'remote': '/id', 'count': '/count'}})
    community.tick(http_proxy='http://127.0.0.1:1', HTTP_PROXY='http://127.0.0.1:1',
                   ALL_PROXY='http://127.0.0.1:1')
    same((community.show(id)['state'], community.show(id).get('status')), ('sent', 200),
         'a webhook is sent, whatever proxy the environment names')
    method, path, headers, body = web.requests[-1]
    same((method, path, body), ('PUT', '/json/Ann', b'{"who":"Ann"}'), 'as the macro says')
    same((headers['Content-Type'], headers['X-Key'], headers['X-Plain']),
         ('application/json', 'k-12345', 'p'), 'with its headers')
    same(headers['Authorization'], 'Basic ' + base64.b64encode(b'u:pass-word').decode(),
         'with its login')
    same((headers['webhook-id'], headers['webhook-signature']),
         (id, signature(id, headers['webhook-timestamp'], body)), 'signed')
    ok(abs(int(headers['webhook-timestamp']) - time.time()) < 20, 'just now')
    same(headers['X-Earshot-Hops'], '1', 'as the first of a chain')
    values = documents(community.run('export', 'value'))
    same([value['values'] for value in values], [{'remote': 'R-7', 'count': 41}],
         'values of the answer are stored')
    id = community.hook(web.url + '/json', returns={'group': 'sync',
                                                    'fields': {'remote': '/wrong'}})
    community.tick()
    parcel = community.show(id)
    ok(parcel['state'] == 'sent' and '/wrong' in parcel.get('lastError', ''),
       'a value of another type is told: ' + parcel.get('lastError', ''))
    values = documents(community.run('export', 'value'))
    same([value['values'] for value in values], [{'remote': 'R-7', 'count': 41}],
         'and changes nothing')
    id = community.hook(web.url + '/echo', headers={'X-Api-Key': 'k-98765'}, secret=SECRET,
                        auth={'user': 'u', 'password': 'pass-word'}, body='pass-word')
    community.tick()
    answer = community.show(id).get('answer', '')
    ok('k-98765' not in answer and 'pass-word' not in answer and '***' in answer,
       'secrets are masked in what is kept of an answer')
    web.close()


def check_answers(top):
    web = Web()
    community = Community(top, 'answers')
    cases = {
        '500': ('waiting', 2, 7), '503': ('waiting', 38, 42), '429': ('waiting', 38, 42),
        '408': ('waiting', 2, 7), '302': ('waiting', 2, 7), 'silent': ('waiting', 2, 7),
        'cut': ('waiting', 2, 7), 'slow': ('waiting', 2, 7), '204': ('sent', None, None),
        'endless': ('sent', None, None), '410': ('dead', None, None),
        '400': ('dead', None, None), '404': ('dead', None, None),
    }
    for word, (state, low, high) in cases.items():
        # One a round: the host would pause.
        id = community.hook('%s/%s' % (web.url, word))
        began = time.time()
        community.tick()
        parcel = community.show(id)
        good = parcel['state'] == state and time.time() - began < 5
        if low is not None:
            # due since the report, which a slow machine looks at later
            good = good and low - 2 <= community.due_in(parcel) <= high
        ok(good, '%s: %s (%s)' % (word, parcel['state'], parcel.get('lastError', '')))
    ok('/redirected' not in web.paths(), 'a redirect is not followed')
    id = community.hook(web.url + '/500/2')
    pauses = []
    for _ in range(4):
        community.tick()
        pauses.append(community.due_in(community.show(id)))
        community.run('outbox', 'retry', id)
    ok(all(a < b for a, b in zip(pauses, pauses[1:])) and 500 < pauses[3] < 700,
       'pauses grow: %s s' % ', '.join('%d' % pause for pause in pauses))
    with open(os.path.join(community.home, 'earshot.conf'), 'a') as file:
        file.write('[outbox]\nretry_span = 0\n')
    community.tick()
    same(community.show(id)['state'], 'dead', 'at the end of its time it is a dead letter')
    with open(os.path.join(community.home, 'earshot.conf'), 'a') as file:
        file.write('keep = 0\n')
    time.sleep(0.1)
    community.tick()
    states = {parcel['state'] for parcel in community.parcels()}
    ok('dead' in states and 'sent' not in states,
       'what was sent goes after its time, dead letters stay')
    web.close()


def check_addresses(top):
    web = Web()
    port = web.port
    community = Community(top, 'addresses', hooks='allow_http = true\n')
    hosts = ('127.0.0.1', 'localhost', '0x7f000001', '2130706433', '127.1', '0', '[::1]',
             '[::ffff:127.0.0.1]', '[::]')
    ids = community.hooks(*('http://%s:%d/' % (host, port) for host in hosts))
    community.tick()
    for host, id in zip(hosts, ids):
        parcel = community.show(id)
        ok(parcel['state'] == 'dead', '%s: %s' % (host, parcel.get('lastError', '')))
    same(web.connections, 0, 'nothing was called')
    community.settings(hooks='allow = 127.0.0.0/8\n')
    id = community.hook(web.url)
    community.tick()
    same((community.show(id)['state'], web.connections), ('dead', 0), 'nor without TLS')
    web.close()


def check_order(top):
    web, other = Web(), Web()
    community = Community(top, 'order')
    web.failing.add('/first')
    first = community.hook(web.url + '/first', ordered=True)
    # One macro for one target: another address in the same order.
    community.apply({'kind': 'macro', 'key': 'm1', 'automation': 'user', 'actions': [
        {'action': 'webhook', 'url': web.url + '/next', 'ordered': True}]})
    for _ in range(3):
        community.run('macro', 'run', 'm1', '--target', 'ann@mail.example')
    community.hook(other.url + '/elsewhere', ordered=True)
    community.tick()
    same((web.paths(), other.paths()), (['/first'], ['/elsewhere']),
         'what comes behind a failed one waits, others go on')
    web.failing.clear()
    community.run('outbox', 'retry', first)
    community.tick()
    same(web.paths(), ['/first', '/first', '/next', '/next', '/next'],
         'all go when the first has gone')
    ids = [headers['webhook-id'] for _, _, headers, _ in web.requests[1:]]
    same(ids, sorted(ids), 'in their order')
    web.failing.add('/next')
    community.run('macro', 'run', 'm1', '--target', 'ann@mail.example')
    community.tick()
    blocked = [parcel['id'] for parcel in community.parcels() if parcel['state'] == 'waiting']
    web.failing.clear()
    community.run('macro', 'run', 'm1', '--target', 'ann@mail.example')
    community.tick()
    same(len(web.requests), 6, 'a later one waits again')
    community.run('outbox', 'drop', blocked[0])
    for parcel in community.parcels():
        if parcel['state'] == 'waiting':
            community.run('outbox', 'retry', parcel['id'])
    community.tick()
    same(len(web.requests), 7, 'until a person drops the one before it')
    web.close()
    other.close()


def check_fairness(top):
    slow, fast = Web(), Web()
    community = Community(top, 'fair')
    community.hooks(*(slow.url + '/nap/%d' % i for i in range(40)), fast.url + '/ok')
    community.tick()
    same(fast.paths(), ['/ok'], 'a slow host does not keep others waiting')
    ok(1 < slow.most <= 4, 'at most 4 requests to one host at once (%d)' % slow.most)
    ok(slow.connections <= 8, 'connections are used again (%d)' % slow.connections)
    slow.close()
    fast.close()


def memory_of(pid):
    """Peak resident memory in MB of a process and its children."""
    most = 0
    for entry in os.listdir('/proc'):
        if not entry.isdigit():
            continue
        try:
            with open('/proc/%s/status' % entry) as file:
                status = dict(line.split(':', 1) for line in file)
        except (OSError, ValueError):
            continue
        if entry == str(pid) or status.get('PPid', '').strip() == str(pid):
            most = max(most, int(status.get('VmHWM', '0').split()[0]) // 1024)
    return most


def check_many(top):
    relay = Relay()
    community = Community(top, 'many', mail='smtp://127.0.0.1:%d' % relay.port)
    actions = [{'action': 'email', 'subject': 'Hello', 'text': 'Hi\n' * 100,
                'to': ['u%d@mail.example' % i for i in range(n, min(n + 50, MANY))]}
               for n in range(0, MANY, 50)]
    for n in range(0, len(actions), 50):
        community.act(*actions[n:n + 50])
    # Beside the store's owner, which the daemon is.
    daemon = subprocess.Popen([os.path.join(BIN, 'earshotd'), '--home', community.home],
                              stdin=subprocess.PIPE)
    began = time.time()
    while len(relay.mail) < MANY and time.time() - began < 60 + MANY / 50:
        time.sleep(0.2)
    took = time.time() - began
    memory = memory_of(daemon.pid)
    time.sleep(1)
    daemon.stdin.close()
    daemon.send_signal(signal.SIGTERM)
    daemon.wait(20)
    same(len(relay.mail), MANY, 'all of %d mails arrive (%.1f s)' % (MANY, took))
    same(len({entry[1] for entry in relay.mail}), MANY, 'each of them once')
    ok(0 < memory < 150, 'with bounded memory (%d MB)' % memory)
    states = {parcel['state'] for parcel in community.parcels()}
    same(states, {'sent'}, 'and all are noted as sent')
    relay.close()


def main():
    top = tempfile.mkdtemp(prefix='earshot-post-')
    try:
        for check in (check_message, check_relay, check_tls, check_program, check_hook,
                      check_answers, check_addresses, check_order, check_fairness,
                      check_many):
            try:
                check(top)
            except (KeyError, IndexError, ValueError) as error:
                ok(False, '%s came to its end: %r' % (check.__name__, error))
    finally:
        shutil.rmtree(top, ignore_errors=True)
    print('1..%d' % count)
    return failed != 0


sys.exit(main())
