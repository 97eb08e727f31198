# SPDX-License-Identifier: ISC
"""Webhooks to real receivers, and to those that should not be called."""

import base64
import json
import os
import subprocess
import time

from receivers import Web, verify
from community import HERE, Community, certificate, documents, ok, pause, same

SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'


def content(path):
    if not os.path.isfile(path):
        return b''
    with open(path, 'rb') as file:
        return file.read()


def check_hook(top):
    files = certificate(top)
    web = Web(tls=files, secret=SECRET)
    community = Community(top, 'hook')
    untrusted = community.hook(web.url, secret=SECRET)
    community.tick()
    parcel = community.show(untrusted)
    ok(parcel['state'] == 'waiting' and 'certificate' in parcel.get('lastError', ''),
       'a certificate that nobody vouches for: ' + parcel.get('lastError', ''))
    community.settings(hooks='allow = 127.0.0.1\nca_file = %s\n' % files[1])
    community.run('outbox', 'retry', untrusted)
    community.tick()
    same(community.show(untrusted)['state'], 'sent', 'one that the settings vouch for')
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
    same((headers['webhook-id'], verify(SECRET, headers, body), verify(SECRET, headers, b'{}')),
         (id, None, 'no signature matches'), 'signed, as the receiver verified')
    same(headers['X-Earshot-Hops'], '1', 'as the first of a chain')
    values = documents(community.run('export', 'value'))
    same([value['values'] for value in values], [{'remote': 'R-7', 'count': 41}],
         'values of the answer are stored')
    id = community.hook(web.url + '/json', secret=SECRET, returns={'group': 'sync',
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
    parcel = community.show(id)
    same((parcel['headers']['X-Api-Key'], parcel['auth'], parcel['sign'], parcel['body'],
          parcel['attempts'][-1]['status']),
         ('***', {'user': 'u', 'password': '***'}, '***', 'pass-word', 200),
         'and in the copy of what was sent')
    other = community.hook(web.url + '/ok', secret='whsec_' + base64.b64encode(b'x' * 32).decode())
    community.tick()
    same((community.show(other)['state'], community.show(other)['answer']),
         ('dead', 'no signature matches'), 'a receiver that does not know the secret says no')
    id = community.hook({'secret': web.url + '/echo/path-98765'}, secret=SECRET)
    community.tick()
    parcel = community.show(id)
    same((parcel['state'], parcel['url'], parcel['to'], web.paths()[-1]),
         ('sent', '***', web.url + '/***', '/echo/path-98765'),
         'a URL that is a secret is called and not shown')
    exported = community.run('export', 'macro')
    ok('98765' not in json.dumps(parcel) + exported +
       community.run('outbox', 'list', '--jsonl'), 'neither in an answer, an export or a list')
    community.apply(*documents(exported))
    same(community.run('export', 'macro'), exported, 'what is exported is taken back')
    kept = [name for name in os.listdir(community.home)
            if b'98765' in content(os.path.join(community.home, name))]
    same(kept, [], 'no file of the store holds the key or the path')
    web.close()


def check_peace(top):
    """Who asks to be left in peace gets it, and those that wait are told why."""
    web = Web()
    community = Community(top, 'peace')
    ids = community.hooks(*(web.url + '/429/%d' % i for i in range(40)))
    community.tick()
    parcels = [community.show(id) for id in ids]
    waiting = [parcel['lastError'] for parcel in parcels if parcel['tries'] == 0]
    ok(len(waiting) >= 20, 'most are not tried (%d of 40)' % len(waiting))
    ok(all('429' in error and error.endswith('and gets nothing for 40 s') for error in waiting),
       'and say why: ' + waiting[0])
    web.close()


def check_answers(top):
    web = Web()
    community = Community(top, 'answers')
    soon, never = (4.5, 5.5), None
    cases = {
        '500': ('waiting', soon), '503': ('waiting', (40, 40)), '429': ('waiting', (40, 40)),
        '408': ('waiting', soon), '302': ('waiting', soon), 'silent': ('waiting', soon),
        'cut': ('waiting', soon), 'slow': ('waiting', soon), 'down': ('waiting', soon),
        '204': ('sent', never), 'endless': ('sent', never), '410': ('dead', never),
        '400': ('dead', never), '404': ('dead', never),
    }
    nobody = Web()
    nobody.close()
    for word, (state, span) in cases.items():
        # One a round: the host would pause.
        id = community.hook('%s/%s' % (nobody.url if word == 'down' else web.url, word))
        community.tick()
        parcel = community.show(id)
        ok(parcel['state'] == state and (not span or span[0] <= pause(parcel) <= span[1]),
           '%s: %s (%s)' % (word, parcel['state'], parcel.get('lastError', '')))
    ok('/redirected' not in web.paths(), 'a redirect is not followed')
    community.hook(web.url + '/ok/../204')
    community.tick()
    ok('/ok/../204' in web.paths(), 'a path is sent as it is written')
    id = community.hook(web.url + '/500/2')
    pauses = []
    for _ in range(4):
        community.tick()
        pauses.append(pause(community.show(id)))
        community.run('outbox', 'retry', id)
    ok(all(a < b for a, b in zip(pauses, pauses[1:])) and 540 <= pauses[3] <= 660,
       'pauses grow: %s s' % ', '.join('%d' % pause for pause in pauses))
    same([attempt['status'] for attempt in community.show(id)['attempts']], [500] * 4,
         'each try is kept')
    community.settings(outbox='retry_span = 0\n')
    community.tick()
    same(community.show(id)['state'], 'dead', 'at the end of its time it is a dead letter')
    community.run('outbox', 'retry', id)
    community.tick()
    same(community.show(id)['state'], 'dead', 'tried once more by hand it is one again')
    healed = community.hook(web.url + '/heals')
    web.failing.add('/heals')
    community.tick()
    same(community.show(healed)['state'], 'dead', 'as is another')
    web.failing.clear()
    community.run('outbox', 'retry', healed)
    community.tick()
    same((community.show(healed)['state'], community.show(healed)['tries']), ('sent', 2),
         'which is sent by hand once the receiver is well')
    community.settings(outbox='retry_span = 0\nkeep = 0\n')
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


def check_breaker(top):
    web = Web()
    community = Community(top, 'breaker')
    down = Web()
    down.close()
    ids = community.hooks(*('%s/%d' % (down.url, i) for i in range(30)), web.url + '/ok')
    community.tick()
    tried = [parcel['tries'] for parcel in community.parcels() if parcel['id'] in ids[:30]]
    ok(5 <= sum(tried) <= 9, 'a host that does not answer is left in peace after 5 failures '
       '(%d tries for %d)' % (sum(tried), len(tried)))
    same((web.paths(), set(community.states())), (['/ok'], {'waiting', 'sent'}),
         'what is for it waits, others are served')
    web.close()


def check_rebinding(top):
    """A name whose address changes between two requests, and one that has two."""
    library = os.path.join(top, 'resolver.so')
    subprocess.run([os.environ.get('CC', 'cc'), '-D_GNU_SOURCE', '-shared', '-fPIC', '-o', library,
                    os.path.join(HERE, 'resolver.c'), '-ldl'], check=True)
    allowed = Web(address='127.0.0.2')
    private = Web(address='127.0.0.1', port=allowed.port)
    community = Community(top, 'rebinding', hooks='allow_http = true\nallow = 127.0.0.2\n')
    cases = (('127.0.0.2', 'sent', 1, 'the address that a name has is called'),
             ('127.0.0.1', 'dead', 1, 'once it is a private one, it is not'),
             ('127.0.0.1,127.0.0.2', 'sent', 2, 'of two the one that may be called is'))
    for answers, state, calls, name in cases:
        id = community.hook('http://rebind.example:%d/' % allowed.port)
        community.tick(LD_PRELOAD=library, RESOLVER='rebind.example=' + answers,
                       ASAN_OPTIONS='verify_asan_link_order=0:detect_leaks=0')
        same((community.show(id)['state'], allowed.connections, private.connections),
             (state, calls, 0), name)
    allowed.close()
    private.close()
