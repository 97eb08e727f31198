# SPDX-License-Identifier: ISC
"""What the accidents stand on: the service of faults/rig.py, kept as its units say
(conf/*.service), and what an operator does: looks at health, `stat`, `check` and the
log, and carries out the commands that a message names.
"""
import json, os, re, subprocess, sys, threading, time, urllib.error, urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "faults"))
import rig  # noqa: E402
from rig import BUILD, EARSHOT, TOP, comment, finish, skip  # noqa: E402,F401

PATIENCE_S = 60
SIGNED = {"kind": "listener", "key": "signed", "type": "comment", "automation": "user",
          "name": "Signed", "sender": {"preset": "github", "secrets": ["s3cret-s3cret"]},
          "target": {"match": "email", "parameter": "user_email"},
          "author": "author_name", "comment": "comment_text"}


def unit(name, setting):
    """The last value of a setting of a unit."""
    with open(os.path.join(TOP, "conf", name)) as file:
        found = re.findall(r"(?m)^%s=(.*)$" % setting, file.read())
    return found[-1] if found else None


def seconds(text):
    return float(text[:-2]) / 1000 if text.endswith("ms") else float(text.rstrip("s"))


class Keeper(threading.Thread):
    """earshotd under earshotd.service: started again while the unit says so."""

    def __init__(self, service):
        super().__init__(daemon=True)
        self.service, self.ending, self.codes, self.starts = service, False, [], []
        self.pause = seconds(unit("earshotd.service", "RestartSec"))
        self.limited = unit("earshotd.service", "StartLimitIntervalSec") != "0"
        self.start()

    def run(self):
        while not self.ending:
            self.starts.append(time.monotonic())
            self.service.start_daemon()
            code = self.service.daemon.wait()
            self.codes.append(code)
            recent = [at for at in self.starts if time.monotonic() - at < 10]
            if code == 0 or (self.limited and len(recent) >= 5):
                return
            time.sleep(self.pause)

    def end(self):
        self.ending = True
        self.service.daemon.terminate()
        self.join(PATIENCE_S)


class Accident(rig.Rig):
    def __init__(self, name, **more):
        super().__init__("operate." + name, **more)
        self.broken, self.count, self.keeper = [], 0, None
        self.env["PATH"] = os.path.join(BUILD, "src") + ":" + os.environ["PATH"]

    def check(self, name, good, said=""):
        """A promise; what was said instead when it is broken."""
        self.count += 1
        if not good:
            self.broken.append("%s: %s" % (name, str(said)[-1500:]))
        return good

    def tell(self):
        finish({"checks": self.count}, *self.broken)

    # ---- the service

    def go(self):
        self.begin()
        self.until("it serves", lambda: self.health()[0] == 200)

    def begin(self):
        """As the units would; nothing is waited for."""
        self.keeper = Keeper(self)
        self.server = self.start(os.path.join(TOP, "examples", "serve"), "lighttpd",
                                 "--port", str(self.port), "--home", self.home,
                                 "--bindir", os.path.join(BUILD, "cgi-bin"))

    def stop(self):
        if self.keeper:
            self.keeper.end()
            self.keeper = None
        super().stop()

    def until(self, name, true):
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            try:
                if true():
                    return self.check(name, True)
            except OSError:
                pass
            time.sleep(0.1)
        return self.check(name, False, self.log.text())

    # ---- what is seen from outside

    def request(self, path, body=None, headers=()):
        """(status, text); 0 when nobody answers."""
        call = urllib.request.Request("http://127.0.0.1:%d/listen/%s" % (self.port, path), body,
                                      dict(headers))
        try:
            with urllib.request.urlopen(call, timeout=PATIENCE_S) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def health(self, kind="comment"):
        return self.request("%s.fcgi/-/health" % kind)

    def send(self, text, path="comment.fcgi/milestone", **headers):
        return self.request(path, comment(text), {
            "Content-Type": "application/json", "Authorization": "Bearer " + self.key, **headers})

    def sign(self, text):
        """To the listener `signed`, as its sender does."""
        import hashlib, hmac
        mac = hmac.new(b"s3cret-s3cret", comment(text), hashlib.sha256).hexdigest()
        return self.request("comment.fcgi/signed", comment(text), {
            "Content-Type": "application/json", "X-Hub-Signature-256": "sha256=" + mac,
            "X-GitHub-Delivery": text})

    # ---- what the operator does

    def earshot(self, *words):
        """(exit code, all that it says)"""
        done = subprocess.run([EARSHOT, *words], env=self.env, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout

    def apply(self, *docs):
        path = os.path.join(self.path, "docs.jsonl")
        with open(path, "w") as file:
            file.writelines(json.dumps(doc) + "\n" for doc in docs)
        self.run("apply", path)

    def follow(self, said, begin, end="$", good=(0,), **fill):
        """Carries out the commands that stand in a message between these words; fill: what
        it leaves open. Their output."""
        found = re.findall("(?m)" + re.escape(begin) + "(.*?)" + end, said)
        if not self.check("the message names a command behind \"%s\"" % begin, found, said):
            return ""
        command = found[-1]
        for name, value in fill.items():
            command = command.replace(name, value)
        done = subprocess.run(["sh", "-c", command], env=self.env, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.check("which can be carried out: " + command, done.returncode in good, done.stdout)
        return done.stdout

    def last_error(self, part=""):
        """Of those that have this in them."""
        lines = [line for line in self.log.text().splitlines()
                 if " error: " in line and part in line]
        return lines[-1] if lines else ""

    def logged(self, text):
        return self.until("the log says: " + text, lambda: text in self.log.text())

    def whole(self, *texts):
        """Everything runs, and what was taken is there."""
        self.until("it serves again", lambda: self.health() == (200, '{"status":"ok"}\n'))
        status, said = self.send("after")
        self.check("a delivery is applied", status == 200 and '"applied"' in said, said)
        code, said = self.earshot("check")
        self.check("check finds nothing", code == 0 and " 0 problems" in said, said)
        code, said = self.earshot("export", "comment")
        for text in texts + ("after",):
            self.check("%s is there once" % text, said.count('"%s"' % text) == 1, said)
        self.until("earshotd owns the store", lambda: json.loads(
            self.run("stat", "--json"))["owner"]["program"] == "earshotd")
