# SPDX-License-Identifier: ISC
"""E-mails through a real relay and through a program."""

import email
import email.policy
import os
import subprocess

from receivers import Relay, tls_context
from community import HERE, Community, certificate, ok, pause, same, until

MANY = 2000


def message_of(relay):
    return email.message_from_bytes(relay.mail[-1][2], policy=email.policy.default)


def content(part):
    return part.get_content().replace('\r\n', '\n')


def check_message(top):
    relay = Relay()
    community = Community(top, 'message', mail=relay.url)
    text = ('Hi {{user.firstName}} – ✓\n.\n..two\nRCPT TO:<eve@x.example>\n' +
            'long ' * 400 + '\n')
    html = '<p title="a=b">Hi {{user.firstName}} 💡</p>\n'
    community.apply({'kind': 'template', 'key': 'thanks', 'automation': 'user',
                     'subject': 'Thank you, {{user.firstName}}: żółw ' + '✓' * 60,
                     'text': text, 'html': html, 'from': 'Zoë "Ż" Ōta <team@acme.example>',
                     'replyTo': 'Hilfe, für alle <help@other.example>'})
    id, = community.act({'action': 'email', 'to': 'target', 'template': 'thanks'})
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
    for header, name, address in (('From', 'Zoë "Ż" Ōta', 'team@acme.example'),
                                  ('Reply-To', 'Hilfe, für alle', 'help@other.example'),
                                  ('To', '', 'ann@mail.example')):
        only, = message[header].addresses
        same((only.display_name, only.addr_spec), (name, address), header + ' says who')
    ok(all(byte < 128 for byte in relay.mail[0][2]), 'all of it is ASCII on the way')
    ok(message['Date'] is not None, 'it has a date')
    same(message.get_content_type(), 'multipart/alternative', 'text and HTML are alternatives')
    parts = list(message.iter_parts())
    same(content(parts[0]), text.replace('{{user.firstName}}', 'Ann'),
         'the text arrives as it was, dots and long lines too')
    same(content(parts[1]), html.replace('{{user.firstName}}', 'Ann'), 'and the HTML')
    longest = max(len(line) for line in relay.mail[0][2].split(b'\r\n')
                  if not line.startswith(b'List-Unsubscribe: <https:'))
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
    community = Community(top, 'relay', mail=relay.url)
    rejected, long, later, hangup, *fine = community.mails(
        'reject@mail.example', 'long@mail.example', 'later@mail.example', 'hangup@mail.example',
        *('ok%d@mail.example' % i for i in range(12)))
    community.tick()
    parcel = community.show(rejected)
    same(parcel['state'], 'dead', 'a recipient that is refused is a dead letter')
    ok('550 5.1.1 nobody here' in parcel.get('lastError', ''),
       'with what the relay said: ' + parcel.get('lastError', ''))
    same(community.show(long)['lastError'], 'the relay answered: 550 5.7.26 Your mail is not '
         'authenticated. 5.7.26 SPF failed. 5.7.26 See https://relay.example/dmarc',
         'all that it said')
    parcel = community.show(later)
    same((parcel['state'], parcel['tries']), ('waiting', 1), '450 is tried again')
    ok(4.5 <= pause(parcel) <= 5.5, 'after about 5 seconds')
    same(community.show(hangup)['state'], 'waiting', 'a connection that is cut is tried again')
    states = {parcel['id']: parcel['state'] for parcel in community.parcels()}
    same({states[id] for id in fine}, {'sent'}, 'the others are sent')
    abroad, = community.mails('info@bücher.example')
    community.tick()
    same(community.show(abroad)['state'], 'sent', 'a host beyond ASCII needs no SMTPUTF8')
    same((relay.mail[-1][1], message_of(relay)['To'].addresses[0].addr_spec),
         ('info@xn--bcher-kva.example',) * 2, 'by the name that DNS has for it')
    ok(relay.connections < 13, 'over connections that are used again (%d)' % relay.connections)
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
    key, path = certificate(top)
    clear, secret = Relay(), Relay(tls=tls_context((key, path)))
    community = Community(top, 'tls')
    community.settings(mail=clear.url, tls='required')
    id = community.mail()
    community.tick()
    ok('STARTTLS' in community.show(id).get('lastError', ''), 'required: not without STARTTLS')
    same(clear.begun, 0, 'nothing was said in clear')
    community.settings(mail=clear.url, login='user = u\npassword = p\n', tls='opportunistic')
    community.run('outbox', 'retry', id)
    community.tick()
    same((clear.logins, clear.mail), ([], []), 'a login is not sent in clear either')
    community.settings(mail=secret.url, tls='required')
    community.run('outbox', 'retry', id)
    community.tick()
    same((community.show(id)['state'], secret.mail), ('waiting', []),
         'required: not to a relay that nobody vouches for')
    community.settings(mail=secret.url, tls='required', login='ca_file = %s\n' % path)
    community.run('outbox', 'retry', id)
    community.tick()
    same((community.show(id)['state'], [entry[3] for entry in secret.mail]), ('sent', [True]),
         'but to one that the settings vouch for')
    id = community.mail()
    community.settings(mail=secret.url, tls='opportunistic')
    community.run('outbox', 'retry', id)
    community.tick()
    same((community.show(id)['state'], [entry[3] for entry in secret.mail]),
         ('sent', [True, True]), 'opportunistic: STARTTLS is used')
    for relay in clear, secret:
        relay.close()
    knowing = Relay(login=('u', 'p§ss'))
    community.settings(mail=knowing.url, login='user = u\npassword = wrong\n')
    id = community.mail()
    community.tick()
    parcel = community.show(id)
    ok(parcel['state'] == 'waiting' and 'does not take the login: 535' in parcel.get('lastError', ''),
       'a wrong password is no fault of the mail: ' + parcel.get('lastError', ''))
    community.settings(mail=knowing.url, login='user = u\npassword = p§ss\n')
    community.run('outbox', 'retry', id)
    community.tick()
    same((community.show(id)['state'], knowing.logins[-1]), ('sent', ('u', 'p§ss', False)),
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


def check_opt_out(top):
    relay = Relay()
    community = Community(top, 'optout', mail=relay.url)
    later, essential = community.act(
        {'action': 'email', 'to': 'target', 'subject': 'a', 'text': 'a'},
        {'action': 'email', 'to': 'target', 'subject': 'b', 'text': 'b', 'essential': True})
    community.apply({'kind': 'user', 'email': 'ann@mail.example', 'optOut': True})
    community.tick()
    same([community.show(id)['state'] for id in (later, essential)], ['dropped', 'sent'],
         'who opts out while a mail waits does not get it, unless it is essential')
    relay.close()


def check_login_wanted(top):
    relay = Relay(login=('beta', 'secret'))
    community = Community(top, 'nologin', mail=relay.url)
    id = community.mail()
    community.tick()
    error = community.show(id).get('lastError', '')
    ok('530 5.7.0 Authentication required' in error, 'a relay that wants a login says so: ' + error)
    relay.close()


def check_test(top):
    relay = Relay()
    community = Community(top, 'mailtest', mail=relay.url)
    told = community.run('mail', 'test', 'ann@mail.example')
    ok('250 2.0.0 kept' in str(told), 'a test is sent at once, and what the relay said is told')
    same([entry[:2] for entry in relay.mail], [('beta@acme.example', 'ann@mail.example')],
         'with the right envelope')
    same(community.parcels(), [], 'the outbox knows nothing of it')
    told = community.run('--json', 'mail', 'test', 'reject@mail.example', check=False)
    ok('550 5.1.1 nobody here' in str(told), 'a refusal is told: ' + str(told))
    relay.close()


def check_unsubscribe(top):
    relay = Relay()
    community = Community(top, 'unsubscribe', mail=relay.url)
    community.act({'action': 'email', 'to': 'target', 'subject': 'a', 'text': 'a'},
                  {'action': 'email', 'to': 'target', 'subject': 'b', 'text': 'b',
                   'essential': True},
                  {'action': 'email', 'to': 'nobody@mail.example', 'subject': 'c', 'text': 'c'})
    community.tick()
    found = {}
    for _, _, content, _ in relay.mail:
        message = email.message_from_bytes(content, policy=email.policy.default)
        found[message['Subject']] = (message['List-Unsubscribe'], message['List-Unsubscribe-Post'])
    link, click = found['a']
    ok(link.startswith('<https://beta.acme.example') and '/macro.fcgi/-/unsubscribe/' in link,
       'what is not essential has a link: ' + str(link))
    same(click, 'List-Unsubscribe=One-Click', 'for one click')
    same((found['b'], found['c']), ((None, None),) * 2,
         'what is essential, or to nobody of the community, has none')
    relay.close()


def check_daemon(top):
    """Many, by the process beside the store's owner, which the daemon is."""
    relay = Relay()
    community = Community(top, 'many', mail=relay.url)
    community.many(MANY, 'Hi\n' * 100)
    with community.daemon():
        ok(until(lambda: len(relay.mail) >= MANY, 120), 'all of %d mails arrive' % MANY)
        same(len({entry[1] for entry in relay.mail}), MANY, 'each of them once')
        same(until(lambda: community.states() == {'sent': MANY}), True, 'and are noted as sent')
    relay.close()


def check_killed(top):
    done = subprocess.run([os.path.join(HERE, 'kill'), '--parcels', '1000'],
                          stdout=subprocess.PIPE, text=True)
    print('# ' + done.stdout.strip())
    same(done.returncode, 0, 'of 1000 parcels each arrives, however often the courier is killed')
