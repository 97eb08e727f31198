# SPDX-License-Identifier: ISC
"""What the tests of the post stand on: TAP, and a store with one user."""

import contextlib
import datetime
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.abspath(os.environ.get('BUILDDIR', os.path.join(TOP, 'build')))
EARSHOT = os.path.join(BUILD, 'src', 'earshot')
DAEMON = os.path.join(BUILD, 'src', 'earshotd')
sys.path.append(os.path.join(os.path.dirname(HERE), 'faults'))
from rig import hear, reports  # noqa: E402, F401

results = {'count': 0, 'failed': 0}


def ok(good, name):
    results['count'] += 1
    results['failed'] += not good
    print('%s %d - %s' % ('ok' if good else 'not ok', results['count'], name), flush=True)
    return good


def same(got, expected, name):
    if not ok(got == expected, name):
        print('#      got: %r\n# expected: %r' % (got, expected))


def until(condition, seconds=60):
    """True as soon as the condition holds, False when it does not come to that."""
    end = time.time() + seconds
    while not condition():
        if time.time() > end:
            return False
        time.sleep(0.02)
    return True


def documents(text):
    decoder, at, found = json.JSONDecoder(), 0, []
    while at < len(text):
        value, at = decoder.raw_decode(text, at)
        found += value if isinstance(value, list) else [value]
        while at < len(text) and text[at].isspace():
            at += 1
    return found


def certificate(directory):
    """A key and a certificate for 127.0.0.1 that only who has it trusts."""
    key, path = os.path.join(directory, 'key.pem'), os.path.join(directory, 'cert.pem')
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2',
                    '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1',
                    '-keyout', key, '-out', path], check=True, stderr=subprocess.DEVNULL)
    return key, path


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
                 login='', outbox=''):
        with open(os.path.join(self.home, 'earshot.conf'), 'w') as file:
            file.write('[web]\nbase_url = https://beta.acme.example/listen\n'
                       '[limits]\nfree_bytes = 0\n'
                       '[mail]\nfrom = beta@acme.example\nurl = %s\ntls = %s\n%s'
                       '[hooks]\ntimeout = 2s\n%s[outbox]\n%s'
                       % (mail, tls, login, hooks, outbox))

    def run(self, *args, check=True, **more):
        done = subprocess.run([EARSHOT, '--home', self.home, *args],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)
        hear(done.stderr.decode())
        if check and done.returncode != 0:
            print('# %s: %s' % (' '.join(args), done.stderr.decode()))
        return done.stdout.decode()

    def apply(self, *docs):
        path = os.path.join(self.home, 'apply.jsonl')
        with open(path, 'w') as file:
            for doc in docs:
                file.write(json.dumps(doc) + '\n')
        self.run('apply', path)
        os.unlink(path)

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

    def many(self, count, text='Hi', url=None):
        """Queues e-mails, or with a URL webhooks, to so many addresses."""
        if url:
            actions = [{'action': 'webhook', 'url': '%s/n/%d' % (url, i), 'body': '{"a":1}'}
                       for i in range(count)]
        else:
            to = ['u%d@mail.example' % i for i in range(count)]
            actions = [{'action': 'email', 'subject': 'Hello', 'text': text,
                        'to': to[n:n + 50]} for n in range(0, count, 50)]
        for n in range(0, len(actions), 50):
            self.apply({'kind': 'macro', 'key': 'many', 'automation': 'user',
                        'actions': actions[n:n + 50]})
            self.run('macro', 'run', 'many', '--target', 'ann@mail.example')

    def hooks(self, *urls, **more):
        action = {'action': 'webhook', 'body': '{"a":1}'}
        return self.act(*({**action, 'url': url, **more} for url in urls))

    def hook(self, url, **more):
        return self.hooks(url, **more)[0]

    def parcels(self):
        return documents(self.run('outbox', 'list', '--limit', '1000000', '--jsonl'))

    def states(self):
        found = {}
        for parcel in self.parcels():
            found[parcel['state']] = found.get(parcel['state'], 0) + 1
        return found

    def show(self, id):
        return documents(self.run('--json', 'outbox', 'show', id))[0]

    def tick(self, **environment):
        self.run('tick', env=dict(os.environ, **environment))

    @contextlib.contextmanager
    def daemon(self):
        """earshotd, until the end of the block at the latest."""
        with open(self.home + '.log', 'ab') as log:
            daemon = subprocess.Popen([DAEMON, '--home', self.home], stdin=subprocess.DEVNULL,
                                      stderr=log)
        try:
            yield daemon
        finally:
            daemon.terminate()
            try:
                daemon.wait(60)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
                raise


def pause(parcel):
    """Seconds from the last try to the next."""
    tried, due = (datetime.datetime.fromisoformat(parcel[member].replace('Z', '+00:00'))
                  for member in ('tried', 'due'))
    return (due - tried).total_seconds()


def children(pid):
    """Those of a process, without theirs. Of earshotd it is the one that keeps a
    courier running, whose only child that is."""
    found = []
    for entry in filter(str.isdigit, os.listdir('/proc')):
        try:
            with open('/proc/%s/stat' % entry) as file:
                if int(file.read().rpartition(')')[2].split()[1]) == pid:
                    found.append(int(entry))
        except (OSError, IndexError):
            pass
    return found


def memory(pid):
    """Peak resident memory in MB."""
    with open('/proc/%d/status' % pid) as file:
        for line in file:
            if line.startswith('VmHWM'):
                return int(line.split()[1]) // 1024
    return 0
