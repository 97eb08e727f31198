# SPDX-License-Identifier: ISC
"""A browser without script: pages, the forms on them, and what it sends when a button of one
is pressed."""

import http.cookiejar
import urllib.error
import urllib.parse
import urllib.request
from html.parser import HTMLParser


class Page(HTMLParser):
    """What of a page a form sends, and what tests look at."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.html = html
        self.ids, self.described, self.links, self.scripts = [], [], [], []
        self.forms, self.form, self.select, self.area = [], None, None, None
        self.texts, self.open, self.title, self.labels, self.handlers = {}, [], '', [], []
        self.feed(html)

    VOID = {'area', 'base', 'br', 'col', 'hr', 'img', 'input', 'link', 'meta', 'rect'}

    def handle_starttag(self, tag, attributes):
        a = {name: value if value is not None else '' for name, value in attributes}
        self.handlers += [name for name in a if name.startswith('on') or name == 'style']
        if 'id' in a:
            self.ids.append(a['id'])
        self.described += a.get('aria-describedby', '').split()
        if tag == 'a':
            self.links.append(a.get('href', ''))
        if tag == 'label':
            self.labels.append(a.get('for', ''))
        if tag in ('script', 'style', 'iframe', 'object'):
            self.scripts.append((tag, a.get('src', '')))
        if tag not in self.VOID:
            self.open.append((tag, a.get('id')))
        if tag == 'form':
            self.form = {'action': a.get('action', ''), 'method': a.get('method', 'get'),
                         'fields': [], 'buttons': []}
            self.forms.append(self.form)
        if self.form is None:
            return
        if tag == 'input' and a.get('type') in ('radio', 'checkbox'):
            self.field(a['name'], a['type'], a.get('value', 'on'), id=a.get('id'),
                       on='checked' in a)
        elif tag == 'input' and 'name' in a:
            # A line has no line breaks.
            value = a.get('value', '')
            if a.get('type') != 'hidden':
                value = value.replace('\r', '').replace('\n', '')
            self.field(a['name'], a.get('type', 'text'), value, id=a.get('id'))
        elif tag == 'select':
            self.select = self.field(a['name'], 'select', None, id=a.get('id'), options=[])
        elif tag == 'option' and self.select is not None:
            value = a.get('value', '')
            self.select['options'].append(value)
            if 'selected' in a or self.select['value'] is None:
                self.select['value'] = value
        elif tag == 'textarea':
            self.area = self.field(a['name'], 'textarea', '', id=a.get('id'))
        elif tag == 'button' and 'name' in a:
            self.form['buttons'].append((a['name'], a.get('value', '')))

    def field(self, name, kind, value, **more):
        one = dict(more, name=name, kind=kind, value=value)
        self.form['fields'].append(one)
        return one

    def handle_endtag(self, tag):
        if tag == 'form':
            self.form = None
        if tag == 'select':
            self.select = None
        if tag == 'textarea' and self.area is not None:
            if self.area['value'].startswith('\n'):
                self.area['value'] = self.area['value'][1:]
            self.area = None
        while self.open and self.open[-1][0] != tag:
            self.open.pop()
        if self.open:
            self.open.pop()

    def handle_data(self, text):
        if self.area is not None:
            self.area['value'] += text.replace('\r\n', '\n').replace('\r', '\n')
        for tag, id in self.open:
            if id:
                self.texts[id] = self.texts.get(id, '') + text
            if tag == 'title':
                self.title += text


class Still(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Browser:
    def __init__(self, base):
        self.base = base
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(self.jar), Still)
        self.page, self.status, self.path = None, 0, ''

    def open(self, url, data=None):
        request = urllib.request.Request(url, data=data)
        try:
            answer = self.opener.open(request, timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        self.status = answer.status if hasattr(answer, 'status') else answer.code
        self.headers = answer.headers
        body = answer.read().decode()
        if self.status == 303:
            target = urllib.parse.urljoin(url, answer.headers['Location'])
            return self.open(target)
        self.path = url[len(self.base):]
        self.page = Page(body)
        return self.page

    def get(self, path):
        return self.open(self.base + path)

    def form(self):
        return next(form for form in self.page.forms if form['method'] == 'post' and
                    '/listeners/' in form['action'])

    def field(self, name):
        return [field for field in self.form()['fields'] if field['name'] == name]

    def value(self, name):
        for field in self.field(name):
            if field['kind'] not in ('radio', 'checkbox') or field['on']:
                return field['value']
        return None

    def fill(self, name, value):
        """As a person does: what is not offered cannot be chosen."""
        fields = self.field(name)
        assert fields, '%s: there is no such field on %s' % (name, self.path)
        for field in fields:
            if field['kind'] == 'radio':
                field['on'] = field['value'] == value
            elif field['kind'] == 'select':
                assert value in field['options'], '%s has no %r: %r' % (name, value,
                                                                       field['options'])
                field['value'] = value
            else:
                field['value'] = value
        if fields[0]['kind'] == 'radio':
            assert any(field['on'] for field in fields), '%s has no %r' % (name, value)

    def fills(self, **values):
        for name, value in values.items():
            self.fill(name, value)

    def pairs(self):
        out = []
        for field in self.form()['fields']:
            if field['kind'] in ('radio', 'checkbox') and not field['on']:
                continue
            value = field['value'] if field['value'] is not None else ''
            out.append((field['name'], value.replace('\r\n', '\n').replace('\r', '\n')
                        .replace('\n', '\r\n')))
        return out

    def press(self, ask=None, more=()):
        form, pairs = self.form(), self.pairs() + list(more)
        if ask is not None:
            assert ('ask', ask) in form['buttons'], '%s is no button: %r' % (ask, form['buttons'])
            pairs.append(('ask', ask))
        url = urllib.parse.urljoin(self.base + self.path, form['action'])
        return self.open(url, urllib.parse.urlencode(pairs).encode())
