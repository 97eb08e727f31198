#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Whether pages of the console are harmless, whatever stands in them.

    harmless.py send KEY URL        posts hostile strings in all that a delivery can set
    harmless.py check FILE...       pages as curl -i has written them

A page is harmless when it has no element and no attribute that our templates have not, no
program but ours, no address that runs one, and every element is closed where it was opened.
"""
import html.parser
import json
import re
import sys
import urllib.request

WORD = "x" * 10000
HOSTILE = [
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' autofocus onfocus='alert(1)",
    "</textarea><script>alert(1)</script>", "</title><svg onload=alert(1)>", "<!--", "]]>", "-->",
    "javascript:alert(1)", "{{site.csrf}}", "{{{me}}}", "{{>layout}}", "{{#page}}", "%3Cscript%3E",
    "&lt;script&gt;", "&#60;b&#62;", "\u202e\u2066gpj.exe", "\u200b\u200d\ufeff", "\x01\x07\x1b[31m\x7f",
    "a\u0000b", "\u0085\u2028\u2029", "\ud7ff\U0010ffff", "Ṱ̺̺̕o͞ ̷i̲̬͇̪͙n̝̗͕v̟̜̘̦͟o̶̙̰̠kè͚̮̺̪̹̱̤", "שלום مرحبا",
    "'; DROP TABLE users; --", "../../../../etc/passwd", "\r\nSet-Cookie: evil=1", WORD,
    "🏳️‍🌈" * 300, "<a href=javascript:alert(1)>x</a>", "<form action=//evil.example>",
    "<base href=//evil.example>", "<iframe src=//evil.example>", "<style>*{display:none}</style>",
]
ELEMENTS = set("""html head meta title link script body a header nav ul li form label input datalist
    option button details summary main p h1 h2 h3 h4 strong dl dt dd div time footer table thead tbody tr
    th td span code svg path rect select textarea fieldset legend pre ol progress iframe
    optgroup q section""".split())
ATTRIBUTES = set("""lang charset name content rel href src defer class id method action for list value
    autocomplete placeholder aria-label aria-current aria-hidden aria-describedby aria-invalid
    aria-required aria-labelledby aria-live aria-busy tabindex role datetime title scope data-label
    data-copy data-live data-portion hidden type spellcheck checked selected disabled open
    formnovalidate formaction novalidate inputmode rows max min step viewbox width height d x y sandbox
    autofocus popover popovertarget required readonly maxlength data-ask data-part data-count
    data-insert data-once formtarget autocapitalize label""".split())
EMPTY = {"meta", "link", "input", "path", "rect", "br"}


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.wrong, self.open, self.scripts = [], [], 0

    def handle_starttag(self, tag, attrs):
        if tag not in ELEMENTS:
            self.wrong.append(f"an element {tag}")
        if tag not in EMPTY:
            self.open.append(tag)
        self.scripts += tag == "script"
        for name, value in attrs:
            if name not in ATTRIBUTES:
                self.wrong.append(f"an attribute {name} of {tag}")
            if name in ("href", "src", "action", "formaction") and not re.match(
                    r"(/listen/console/|#|\?after=[0-9a-f]|data:image/svg\+xml,)", value or ""):
                self.wrong.append(f"{name} leads to {value[:60]}")
        if tag == "iframe" and dict(attrs).get("sandbox") != "":
            self.wrong.append("a frame without a sandbox")

    def handle_endtag(self, tag):
        if tag in EMPTY:
            return
        while self.open and self.open[-1] in ("li", "option") and self.open[-1] != tag:
            self.open.pop()
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes what it has not opened, at {self.getpos()}")

    def handle_comment(self, data):
        self.wrong.append("a comment")

    def handle_pi(self, data):
        self.wrong.append("an instruction")


Page.handle_startendtag = lambda self, tag, attrs: (
    self.handle_starttag(tag, attrs), self.handle_endtag(tag) if tag not in EMPTY else None)


def check(name):
    raw = open(name, "rb").read().decode()
    head, _, text = raw.partition("\n\n")
    page = Page()
    if re.search(r"^set-cookie: evil", head, re.I | re.M):
        page.wrong.append("a header of somebody else")
    if "script-src 'self'" not in head:
        page.wrong.append("no policy")
    if "<!DOCTYPE html>" not in text:
        page.wrong.append("no page: " + raw[:200])
    # CR was taken by the test
    control = re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", text)
    if control:
        page.wrong.append(f"the character U+{ord(control[0]):04X}, behind "
                          + repr(text[max(0, control.start() - 60):control.start()]))
    page.feed(text.replace("<!DOCTYPE html>", ""))
    page.close()
    if page.scripts != 1:
        page.wrong.append(f"{page.scripts} scripts")
    if page.open:
        page.wrong.append(f"not closed: {page.open}")
    for wrong in page.wrong[:5]:
        print(f"{name}: {wrong}")
    return not page.wrong


def post(key, url, body, headers):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {"Authorization": "Bearer " + key, "Content-Type": "application/json"}
    sent.update(headers)
    request = urllib.request.Request(url, data, sent)
    try:
        urllib.request.urlopen(request, timeout=60).read()
    except urllib.error.HTTPError as error:
        error.read()


def send(key, url):
    for hostile in HOSTILE:
        body = {"email": "ann@mail.example", "feature": hostile, hostile or "name": hostile,
                "nested": {hostile: [hostile, {hostile: hostile}]}, "secret": hostile}
        header = re.sub(r"[^\x20-\x7e]", "", hostile)[:200]
        sent = {"Idempotency-Key": header or "none"}
        post(key, url + "/macro/award", body, sent)
        post(key, url + "/data/crm", body, {})
        post(key, url + "/data/usage", dict(body, launches=hostile), {})
        post(key, url + "/data/usage", {"email": hostile, "launches": 1}, {})
        post(key, url + "/comment/milestone", {"user_email": "ann@mail.example", "author_name":
             "jim@acme.example", "comment_text": hostile}, {})
        post(key, url + "/comment/milestone", {"user_email": "ann@mail.example", "author_name":
             hostile, "comment_text": "x"}, {})
        post(key, url + "/macro/hook", body, {})
        post(key, url + "/data/usage", ("launches=" + hostile).encode(),
             {"Content-Type": "text/plain; x=\"" + header.replace('"', "") + "\""})
        post(key, url + "/data/usage/" + urllib.parse.quote(hostile[:500], safe=""),
             {"launches": 1}, {"User-Agent": header or "x"})
    post(key, url + "/macro/award", b"\xff\xfe<script>", {})


if __name__ == "__main__":
    if sys.argv[1] == "send":
        send(sys.argv[2], sys.argv[3])
    else:
        sys.exit(not all([check(name) for name in sys.argv[2:]]))
