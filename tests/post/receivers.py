# SPDX-License-Identifier: ISC
"""A mail relay (aiosmtpd) and a web server that keep what they get, and misbehave
on request."""

import asyncio
import base64
import hashlib
import hmac
import http.server
import logging
import ssl
import threading
import time

from aiosmtpd.smtp import SMTP, AuthResult

logging.getLogger('mail.log').setLevel(logging.CRITICAL)


class Dialogue(SMTP):
    """One connection."""

    def connection_made(self, transport):
        self.event_handler.connections += not self._over_ssl and self.transport is None
        super().connection_made(transport)


class Relay:
    """SMTP. What it does follows from the recipient: reject@… gets 550, later@… 450,
    hangup@… a closed connection after the message."""

    def __init__(self, tls=None, login=None, address='127.0.0.1'):
        self.mail = []           # (from, to, message, over TLS)
        self.logins = []         # (user, password, over TLS)
        self.connections = self.begun = 0
        self.login = login       # (user, password): asked for
        self.loop = asyncio.new_event_loop()
        options = {'hostname': 'relay.example', 'data_size_limit': 1000000,
                   'tls_context': tls}
        if login:
            options.update(authenticator=self.authenticate, auth_required=True,
                           auth_require_tls=False)
        self.server = self.loop.run_until_complete(self.loop.create_server(
            lambda: Dialogue(self, loop=self.loop, **options), address, 0))
        self.port = self.server.sockets[0].getsockname()[1]
        self.url = 'smtp://%s:%d' % (address, self.port)
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def authenticate(self, server, session, envelope, mechanism, data):
        login = (data.login.decode(), data.password.decode())
        self.logins.append(login + (session.ssl is not None,))
        # handled would mean that we have answered.
        return AuthResult(success=login == self.login, handled=False)

    async def handle_MAIL(self, server, session, envelope, address, options):
        self.begun += 1
        envelope.mail_from = address
        return '250 ok'

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith('reject@'):
            return '550 5.1.1 nobody here'
        if address.startswith('long@'):
            return '550-5.7.26 Your mail is not authenticated.\r\n550-5.7.26 SPF failed.\r\n' \
                   '550 5.7.26 See https://relay.example/dmarc'
        if address.startswith('later@'):
            return '450 4.2.0 try again'
        envelope.rcpt_tos.append(address)
        return '250 ok'

    async def handle_DATA(self, server, session, envelope):
        if envelope.rcpt_tos[0].startswith('hangup@'):
            server.transport.abort()
            return '421 bye'
        self.mail.append((envelope.mail_from, envelope.rcpt_tos[0], envelope.content,
                          session.ssl is not None))
        return '250 2.0.0 kept'

    def close(self):
        def end():
            self.server.close()
            for task in asyncio.all_tasks(self.loop):
                task.cancel()
            self.loop.call_soon(self.loop.stop)
        self.loop.call_soon_threadsafe(end)
        self.thread.join(10)


def verify(secret, headers, body, tolerance=300):
    """A receiver's side of Standard Webhooks (symmetric): an error, or None."""
    id, stamp = headers['webhook-id'], headers['webhook-timestamp']
    if not id or not stamp or not headers['webhook-signature']:
        return 'a header is missing'
    if abs(int(stamp) - time.time()) > tolerance:
        return 'too old or too new'
    mac = hmac.new(base64.b64decode(secret.removeprefix('whsec_')),
                   b'.'.join([id.encode(), stamp.encode(), body]), hashlib.sha256).digest()
    for signature in headers['webhook-signature'].split(' '):
        version, _, encoded = signature.partition(',')
        if version == 'v1' and hmac.compare_digest(base64.b64decode(encoded), mac):
            return None
    return 'no signature matches'


class Web(http.server.ThreadingHTTPServer):
    """What it answers follows from the first word of the path. tls: (key, certificate)
    files; secret: requests without a signature that verify() accepts get 401; look is
    called with each request before it is answered."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, tls=None, address='127.0.0.1', port=0, secret=None, look=None):
        self.requests = []       # (method, path, headers, body)
        self.connections = 0
        self.at_once = self.most = 0
        self.failing = set()     # paths that get 500
        self.lock = threading.Lock()
        self.secret, self.look = secret, look
        super().__init__((address, port), Answer)
        self.port = self.server_address[1]
        self.url = 'http%s://%s:%d' % ('s' if tls else '', address, self.port)
        if tls:
            self.socket = tls_context(tls).wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False)
        # The interval is how long close() waits.
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def get_request(self):
        self.connections += 1
        return super().get_request()

    def handle_error(self, request, client_address):
        pass

    def paths(self):
        return [request[1] for request in self.requests]

    def close(self):
        self.shutdown()
        self.server_close()


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    disable_nagle_algorithm = True

    def log_message(self, *args):
        pass

    def give(self, status, body=b'', headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer(self):
        server = self.server
        body = self.rfile.read(int(self.headers.get('Content-Length') or 0))
        if server.look:
            server.look(self.path)
        with server.lock:
            server.requests.append((self.command, self.path, self.headers, body))
            server.at_once += 1
            server.most = max(server.most, server.at_once)
        try:
            wrong = server.secret and verify(server.secret, self.headers, body)
            if wrong:
                self.give(401, wrong.encode())
            else:
                self.behave(self.path.split('/')[1].split('?')[0], body)
        finally:
            with server.lock:
                server.at_once -= 1

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def behave(self, word, body):
        if self.path in self.server.failing:
            self.give(500)
        elif word.isdigit():
            headers = [('Retry-After', '40')] if word in ('429', '503') else []
            if word == '302':
                headers.append(('Location', self.server.url + '/redirected'))
            self.give(int(word), b'status ' + word.encode(), headers)
        elif word == 'slow':
            time.sleep(4)
            self.give(200)
        elif word == 'nap':
            time.sleep(0.2)
            self.give(200)
        elif word == 'cut':
            self.send_response(200)
            self.send_header('Content-Length', '100')
            self.end_headers()
            self.wfile.write(b'half')
            self.close_connection = True
        elif word == 'silent':
            self.close_connection = True
        elif word == 'endless':
            self.send_response(200)
            self.send_header('Content-Length', str(1 << 30))
            self.end_headers()
            for _ in range(1 << 14):
                self.wfile.write(b'x' * 65536)
        elif word == 'echo':
            self.give(200, (self.path + '\n' + str(self.headers) + '\n').encode() + body)
        elif word == 'json':
            self.give(200, b'{"id":"R-7","count":41,"wrong":[1]}')
        else:
            self.give(200, b'ok')


def tls_context(files):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files[1], files[0])
    return context
