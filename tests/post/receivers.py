# SPDX-License-Identifier: ISC
"""A mail relay and a web server of our own: they keep what they get, and
misbehave on request."""

import base64
import http.server
import socket
import socketserver
import ssl
import threading
import time


class Relay(socketserver.ThreadingTCPServer):
    """SMTP. What it does follows from the recipient: reject@… gets 550,
    later@… 450, hangup@… a closed connection after the message."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, tls=None, login=None):
        self.mail = []           # (from, to, message, over TLS)
        self.logins = []
        self.connections = 0
        self.commands = []
        self.tls = tls           # SSLContext: STARTTLS is offered
        self.login = login       # (user, password): asked for
        super().__init__(('127.0.0.1', 0), Dialogue)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def close(self):
        self.shutdown()
        self.server_close()


class Dialogue(socketserver.BaseRequestHandler):
    def say(self, text):
        self.file.write(text.encode() + b'\r\n')
        self.file.flush()

    def handle(self):
        self.server.connections += 1
        self.secure = False
        self.known = self.server.login is None
        self.open(self.request)
        self.say('220 relay.example')
        try:
            while self.command():
                pass
        except (OSError, ValueError):
            pass

    def open(self, sock):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = sock
        self.file = sock.makefile('rwb')

    def command(self):
        line = self.file.readline()
        if not line.endswith(b'\r\n'):
            return False
        line = line.decode().strip()
        verb = line.split(' ')[0].upper()
        self.server.commands.append(line)
        reply = getattr(self, 'do_' + verb.lower(), None)
        if reply is None:
            self.say('502 what?')
            return True
        return reply(line) is not False

    def do_ehlo(self, line):
        self.say('250-relay.example')
        self.say('250-SIZE 1000000')
        if self.server.tls and not self.secure:
            self.say('250-STARTTLS')
        if self.server.login:
            self.say('250-AUTH PLAIN')
        self.say('250 8BITMIME')

    def do_starttls(self, line):
        if not self.server.tls:
            self.say('502 no')
            return
        self.say('220 go ahead')
        self.open(self.server.tls.wrap_socket(self.sock, server_side=True))
        self.secure = True

    def do_auth(self, line):
        words = line.split(' ')
        if len(words) == 2:
            self.say('334 ')
            words.append(self.file.readline().decode().strip())
        user = base64.b64decode(words[2]).decode().split('\0')[1:]
        self.server.logins.append((user, self.secure))
        self.known = tuple(user) == self.server.login
        self.say('235 welcome' if self.known else '535 5.7.8 who are you?')

    def do_mail(self, line):
        self.sender = line[10:].split('>')[0].strip('<')
        self.to = None
        self.say('250 ok' if self.known else '530 5.7.0 log in first')

    def do_rcpt(self, line):
        to = line[8:].split('>')[0].strip('<')
        if to.startswith('reject@'):
            self.say('550 5.1.1 nobody here')
        elif to.startswith('later@'):
            self.say('450 4.2.0 try again')
        else:
            self.to = to
            self.say('250 ok')

    def do_data(self, line):
        if self.to is None:
            self.say('503 to whom?')
            return
        self.say('354 go on')
        message = []
        while True:
            line = self.file.readline()
            if line in (b'.\r\n', b''):
                break
            message.append(line[1:] if line.startswith(b'.') else line)
        if self.to.startswith('hangup@'):
            self.sock.shutdown(socket.SHUT_RDWR)
            return False
        self.server.mail.append((self.sender, self.to, b''.join(message), self.secure))
        self.say('250 2.0.0 kept')

    def do_rset(self, line):
        self.say('250 ok')

    def do_noop(self, line):
        self.say('250 ok')

    def do_quit(self, line):
        self.say('221 bye')
        return False


class Web(http.server.ThreadingHTTPServer):
    """What it answers follows from the first word of the path."""

    daemon_threads = True

    def __init__(self):
        self.requests = []       # (method, path, headers, body)
        self.connections = 0
        self.at_once = self.most = 0
        self.failing = set()     # paths that get 500
        self.lock = threading.Lock()
        super().__init__(('127.0.0.1', 0), Answer)
        self.port = self.server_address[1]
        self.url = 'http://127.0.0.1:%d' % self.port
        threading.Thread(target=self.serve_forever, daemon=True).start()

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
    location = None

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
        with server.lock:
            server.requests.append((self.command, self.path, self.headers, body))
            server.at_once += 1
            server.most = max(server.most, server.at_once)
        try:
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
            self.give(200, (str(self.headers) + '\n').encode() + body)
        elif word == 'json':
            self.give(200, b'{"id":"R-7","count":41,"wrong":[1]}')
        else:
            self.give(200, b'ok')


def certificate(key, path):
    """An SSLContext of a certificate that nobody vouches for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path, key)
    return context
