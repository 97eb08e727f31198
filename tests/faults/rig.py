# SPDX-License-Identifier: ISC
"""What the fault tests stand on: a store behind lighttpd and earshotd, clients
that keep books, the shim before disk and clock, and the comparison of books
and store. BUILDDIR names the build, KEEP_LOG=1 shows what the programs said.
"""
import argparse, contextlib, importlib.machinery, importlib.util, json, mmap, multiprocessing, os, re, shutil, signal
import socket, struct, subprocess, sys, tempfile, threading, time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.append(os.path.join(TOP, "tests"))
from ports import free_port  # noqa: E402
BUILD = os.path.abspath(os.environ.get("BUILDDIR", os.path.join(TOP, "build")))
EARSHOT = os.path.join(BUILD, "src", "earshot")
DAEMON = os.path.join(BUILD, "src", "earshotd")
LEDGER = os.path.join(BUILD, "tests", "faults", "ledger")
HONEST = os.path.join(BUILD, "tests", "faults", "honest")
CROWD = os.path.join(BUILD, "tests", "faults", "crowd")
FRONTS = ("comment.fcgi", "macro.fcgi", "data.fcgi")
READERS = ("lookup.fcgi", "package.fcgi")
SKIPPED = 77
FOR_EVER = (1 << 63) - 1
# A library comes first, and whole stacks tell leaks of Berkeley DB (sanitizers.h).
ASAN_OPTIONS = "verify_asan_link_order=0:fast_unwind_on_malloc=0"
reports = []    # lines of sanitizers and assertions
# Held up this long is hanging. How long it really takes is told, never judged.
HANGS_MS = 15000
COMMAND_S = 300
TRY_AGAIN = 75
ENDS = (signal.SIGTERM, signal.SIGHUP)
MAIN = os.getpid()


def leave(number, _):
    """Told to end: what was started is ended first, by whoever has started it."""
    if os.getpid() != MAIN:     # a child has started nothing
        os._exit(128 + number)
    for one in ENDS:
        signal.signal(one, signal.SIG_IGN)
    for child in multiprocessing.active_children():
        child.kill()
    sys.exit(1)


for end in ENDS:
    if signal.getsignal(end) == signal.SIG_DFL:
        signal.signal(end, leave)


def program(name):
    """Another of these tests, as a module."""
    loader = importlib.machinery.SourceFileLoader(name, os.path.join(HERE, name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


def options_of(doc, **defaults):
    """Options with their first values, False for a switch. Prints doc as --help."""
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in defaults.items():
        if value is False:
            parser.add_argument("--" + name, action="store_true")
            continue
        parser.add_argument("--" + name, default=value,
                            type=int if value is None else type(value))
    return parser.parse_args()


def skip(why):
    print("skipped: " + why)
    sys.exit(SKIPPED)


def finish(figures, *broken):
    """The one line of figures; broken: sentences, empty ones count as kept promises."""
    broken = [sentence for sentence in broken if sentence] + reports
    if broken:
        figures["broken"] = broken
    print(json.dumps(figures))
    sys.exit(bool(broken))


def comment(text):
    """The body of a delivery to the listener milestone of examples/demo.jsonl."""
    return json.dumps({"user_email": "ann@mail.example", "author_name": "jim@acme.example",
                       "comment_text": text}).encode()


def fcgi_request(target, body, key, keep=False):
    """A whole request to comment.fcgi, as a web server sends it."""
    def record(kind, content=b""):
        return struct.pack(">BBHHBB", 1, kind, 1, len(content), 0, 0) + content

    params = b""
    for name, value in (("REQUEST_METHOD", "POST"), ("SCRIPT_NAME", "/listen/comment.fcgi"),
                        ("REQUEST_URI", "/listen/comment.fcgi" + target), ("PATH_INFO", target),
                        ("CONTENT_TYPE", "application/json"), ("REMOTE_ADDR", "127.0.0.1"),
                        ("CONTENT_LENGTH", str(len(body))),
                        ("HTTP_AUTHORIZATION", "Bearer " + key)):
        params += bytes((len(name), len(value))) + name.encode() + value.encode()
    return (record(1, struct.pack(">HB5x", 1, keep)) + record(4, params) + record(4) +
            record(5, body) + record(5))


def sanitized():
    with open(EARSHOT, "rb") as program:
        return re.search(rb"__[at]san_init", program.read()) is not None


def hear(said):
    """What a program said; of that, what none should say breaks a promise."""
    for line in re.findall(r"(?m)^.*(?:Sanitizer|runtime error|Assertion).*$", said):
        if line not in reports and len(reports) < 20:
            reports.append(line)


class Shim:
    """shim.c, compiled, with its control block."""
    FIELDS = ("syncs", "fail_from", "fail_to", "failed", "failed_at", "shift", "victim",
              "calls", "from", "to", "hits", "busy")
    VICTIMS = ("nobody", "malloc", "open", "write", "sync", "mmap", "connect", "thread", "fork")

    def __init__(self, directory, home, record=False):
        library = os.path.join(directory, "shim.so")
        block = os.path.join(directory, "control")
        self.malloc = not sanitized()
        subprocess.run([os.environ.get("CC", "cc"), "-D_GNU_SOURCE", "-O2", "-shared", "-fPIC",
                        *(["-DFAIL_MALLOC"] if self.malloc else []), "-o", library,
                        os.path.join(HERE, "shim.c"), "-ldl"], check=True)
        with open(block, "wb") as file:
            file.write(bytes(4096))
        with open(block, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), 4096)
        self.env = {"LD_PRELOAD": library, "FAULT_HOME": home, "FAULT_CONTROL": block,
                    "ASAN_OPTIONS": ASAN_OPTIONS}
        if record:
            self.record = self.env["FAULT_RECORD"] = os.path.join(directory, "record")
            open(self.record, "wb").close()

    def get(self, field):
        return struct.unpack_from("q", self.memory, 8 * self.FIELDS.index(field))[0]

    def set(self, field, value):
        struct.pack_into("q", self.memory, 8 * self.FIELDS.index(field), value)

    def fail(self, after, ever):
        """From the after-th call on fsync fails: that one, or all."""
        self.set("failed", 0)
        self.set("failed_at", 0)
        first = self.get("syncs") + after
        self.set("fail_to", FOR_EVER if ever else first + 1)
        self.set("fail_from", first)

    def strike(self, victim, number, ever=False):
        """The call of that number from now on fails, or all from there on."""
        for field in ("victim", "calls", "hits"):
            self.set(field, 0)
        self.set("from", number)
        self.set("to", FOR_EVER if ever else number + 1)
        self.set("victim", self.VICTIMS.index(victim))

    def spare(self):
        """No call fails any more; how many were counted, and how many failed."""
        self.set("victim", 0)
        return self.get("calls"), self.get("hits")

    def heal(self):
        self.set("fail_from", FOR_EVER)
        self.set("fail_to", 0)


class Log(threading.Thread):
    """Reads what our programs say; keeps it, and counts our lines a second."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path = path
        self.read_end, self.write_end = os.pipe()
        self.seconds = {}
        self.start()

    def run(self):
        with open(self.read_end, "rb") as pipe, open(self.path, "ab", 0) as file:
            for line in pipe:
                file.write(line)
                if re.match(rb"\S+Z \S+ (?!info: delivery=)", line):
                    second = int(time.monotonic())
                    self.seconds[second] = self.seconds.get(second, 0) + 1

    def text(self):
        with open(self.path, errors="replace") as file:
            return file.read()

    def most(self):
        return max(self.seconds.values(), default=0)


class Rig:
    """A running service. settings: lines of earshot.conf; mount: options of a tmpfs
    for the store; base: (home, key) to begin with a copy of."""

    def __init__(self, name, settings="", shim=False, record=False, mount=None, base=None,
                 server="lighttpd"):
        self.directory = tempfile.TemporaryDirectory(prefix="earshot-%s." % name)
        self.path = os.path.realpath(self.directory.name)
        self.home = os.path.join(self.path, "home")
        self.book = os.path.join(self.path, "book")
        self.env = dict(os.environ, EARSHOT_HOME=self.home, ASAN_OPTIONS=ASAN_OPTIONS)
        self.mounted = False
        self.daemon = self.server = self.shim = None
        self.clients = []
        self.log = Log(os.path.join(self.path, "log"))
        self.port = free_port()
        self.server_name = server
        try:
            if mount:
                os.mkdir(self.home, 0o700)
                self.mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", mount, "tmpfs",
                                               self.home], capture_output=True).returncode == 0
                if not self.mounted:
                    skip("a small tmpfs cannot be mounted here (that needs root)")
            if base:
                copy_of(base[0], self.home)
                self.key = base[1]
            else:
                self.prepare(settings)
            if shim or record:
                self.shim = Shim(self.path, self.home, record)
                self.shim.heal()
        except BaseException:
            self.close()
            raise

    def prepare(self, settings):
        self.run("init")
        with open(os.path.join(self.home, "earshot.conf"), "w") as file:
            file.write(settings)
        self.key = json.loads(self.run("apikey", "create", "demo", "--json"))["secret"]
        self.run("apply", os.path.join(TOP, "examples", "demo.jsonl"))

    def __enter__(self):
        try:
            self.go()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def go(self):
        """Starts everything."""
        self.start_daemon()
        self.server = self.start(os.path.join(TOP, "examples", "serve"), self.server_name,
                                 "--port", str(self.port), "--home", self.home,
                                 "--bindir", os.path.join(BUILD, "cgi-bin"))
        self.wait()

    def run(self, *words, home=None, good=(0,)):
        """An earshot command; its output."""
        env = dict(self.env, EARSHOT_HOME=home or self.home)
        for _ in range(5):
            with subprocess.Popen([EARSHOT, *words], env=env, stdout=subprocess.PIPE, text=True,
                                  stderr=subprocess.PIPE, start_new_session=True) as program:
                try:
                    out, err = program.communicate(timeout=COMMAND_S)
                except subprocess.TimeoutExpired:
                    os.killpg(program.pid, signal.SIGKILL)  # with the owner that it started
                    raise RuntimeError("earshot %s does not end" % " ".join(words)) from None
            if program.returncode != TRY_AGAIN:
                break
            time.sleep(0.5)
        if program.returncode not in good:
            raise RuntimeError("earshot %s: %s" % (" ".join(words), err.strip()))
        return out

    def start(self, *words, stdin=None):
        env = dict(self.env, **(self.shim.env if self.shim else {}))
        return subprocess.Popen(words, env=env, stdin=stdin, stdout=self.log.write_end,
                                stderr=self.log.write_end, start_new_session=True)

    def start_daemon(self):
        self.daemon = self.start(DAEMON, "--home", self.home)

    def wait(self):
        """Until the server answers and all of our programs run."""
        end = time.time() + 60
        while time.time() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                if all(self.pids(name) for name in FRONTS + ("earshotd",)):
                    return
            except OSError:
                pass
            time.sleep(0.05)
        raise RuntimeError("the server did not start:\n" + self.log.text())

    def pids(self, name=None):
        """Processes of ours on this store that run this program, or any."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                exe = os.path.basename(os.readlink("/proc/%s/exe" % pid))
                with open("/proc/%s/environ" % pid, "rb") as file:
                    env = file.read().split(b"\0")
            except OSError:
                continue
            if b"EARSHOT_HOME=" + self.home.encode() in env and (
                    exe == name if name else
                    exe.startswith("earshot") or exe in FRONTS + READERS):
                found.append(int(pid))
        return found

    def kill(self, name):
        pids = self.pids(name)
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        if name == "earshotd" and self.daemon:
            self.daemon.kill()  # when it began so lately that its words are not there yet
            self.daemon.wait()
        # Who is told to go still writes until he is gone.
        for pid in pids:
            with contextlib.suppress(OSError):
                while os.readlink("/proc/%d/exe" % pid):
                    time.sleep(0.001)
        return len(pids)

    def owner(self):
        """The pid of the owner of the store, by its lock file."""
        with open(os.path.join(self.home, "owner.lock"), "rb") as file:
            return int(file.read(256).split()[3])

    def post(self, mark, seconds, clients=16, count=0, ids=False,
             path="/listen/comment.fcgi/milestone"):
        """Clients that post comments and keep the book; a process for figures().
        ids: each has an id and is sent again until it is settled."""
        words = [LEDGER, "--port", str(self.port), "--path", path, "--key", self.key,
                 "--clients", str(clients), "--seconds", str(seconds), "--count", str(count), "--book", self.book, "--mark", mark]
        self.clients.append(subprocess.Popen(words + (["--ids"] if ids else []),
                                             stdout=subprocess.PIPE, text=True))
        return self.clients[-1]

    def post_alone(self, text, timeout, shimmed=True):
        """One comment by a plain CGI program; its status, None when it died."""
        body = comment(text)
        env = dict(self.env, GATEWAY_INTERFACE="CGI/1.1",
                   REQUEST_METHOD="POST", SCRIPT_NAME="/comment.fcgi", PATH_INFO="/milestone",
                   REQUEST_URI="/comment.fcgi/milestone", QUERY_STRING="",
                   CONTENT_TYPE="application/json", CONTENT_LENGTH=str(len(body)),
                   REMOTE_ADDR="127.0.0.1", HTTP_AUTHORIZATION="Bearer " + self.key)
        if shimmed:
            env.update(self.shim.env)
        with subprocess.Popen([os.path.join(BUILD, "cgi-bin", "comment.fcgi")], env=env,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=self.log.write_end) as program:
            try:
                out, _ = program.communicate(body, timeout)
            except subprocess.TimeoutExpired:
                program.kill()
                raise
        return int(out.split()[1]) if out.startswith(b"Status: ") else None

    def books(self):
        """Acknowledged and failed: {text: monotonic µs}."""
        acknowledged, failed = {}, {}
        with open(self.book) as file:
            for line in file:
                if not line.endswith("\n"):
                    break   # it is being written
                words = line.split()
                (acknowledged if words[0] == "A" else failed)[words[1]] = int(words[2])
        return acknowledged, failed

    def resumed(self, since, number):
        """Monotonic µs of the first answer after `since`: from the book, else by clients
        that try until it would be hanging. None: none came."""
        for attempt in range(HANGS_MS // 1000):
            times = [t for t in self.books()[0].values() if t > since]
            if times:
                return min(times)
            self.post("resume" + "again" * attempt + str(number), 1).communicate()
        return None

    def stored(self, home=None):
        """Texts of the comments in the store that were posted: {text: times}. What is no
        comment stands there as it is: it comes from nowhere."""
        found = {}
        for line in self.run("export", "comment", home=home).splitlines():
            try:
                text = json.loads(line)["text"]
                posted = re.fullmatch(r"[a-z]+\d+-\d+-\d+", text)
            except (ValueError, TypeError, KeyError):
                text, posted = line, True
            if posted:
                found[text] = found.get(text, 0) + 1
        return found

    def problems(self, home=None):
        return json.loads(self.run("check", "--json", home=home, good=(0, 1))
                          .splitlines()[-1])["problems"]

    def audit(self, figures):
        """Compares books and store, into the figures; the broken promises."""
        acknowledged, failed = self.books()
        stored = self.stored()
        figures["acknowledged"] = len(acknowledged)
        figures["lost"] = len(set(acknowledged) - set(stored))
        figures["doubled"] = sum(count > 1 for count in stored.values())
        figures["unknown"] = len(set(stored) - set(acknowledged) - set(failed))
        figures["problems"] = self.problems()
        return ["%d %s" % (figures[name], name)
                for name in ("lost", "doubled", "unknown", "problems") if figures[name]] + (
                    [] if acknowledged else ["nothing was acknowledged"])

    def cut(self):
        """Nothing of ours gets another word in."""
        self.server.kill()
        for pid in self.pids():     # nor takes the place of another
            try:
                os.kill(pid, signal.SIGSTOP)
            except ProcessLookupError:
                pass
        for _ in range(3):
            self.kill(None)
        self.server.wait()
        self.daemon.wait()
        self.server = self.daemon = None

    def stop(self):
        """In order; what does not end within its time is killed."""
        for process in (self.server, self.daemon):
            if process is None:
                continue
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.server = self.daemon = None

    def close(self):
        for client in self.clients:
            client.kill()
            client.wait()
        self.stop()
        self.kill(None)
        os.close(self.log.write_end)
        self.log.join(5)
        said = self.log.text()
        hear(said)
        if os.environ.get("KEEP_LOG"):
            sys.stderr.write(said)
        for _ in range(50):
            if not self.mounted:
                break
            self.mounted = subprocess.run(["umount", self.home],
                                          capture_output=True).returncode != 0
            if self.mounted:
                time.sleep(0.1)
        self.directory.cleanup()


def cells(only):
    """(server, mode) of each cell in the table."""
    modes, found = [], []
    with open(os.path.join(TOP, "README.md"), encoding="utf-8") as file:
        for line in file:
            columns = [column.strip() for column in line.split("|")[1:-1]]
            if columns[:1] == ["Server"]:
                modes = re.findall(r"`(\w+)`", line)
            elif not columns:
                modes = []
            elif modes and columns[0].startswith("`"):
                server = columns[0].strip("`")
                found += [(server, mode) for mode, name in zip(modes, columns[1:]) if name]
    if sanitized():  # maps more addresses than a small host lets a program have
        found.remove(("apache", "shared"))
    return [cell for cell in found if only in ("", cell[0], "/".join(cell))]


class Site(Rig):
    """The store behind one server, without the daemon."""

    def __init__(self, server, mode, name="servers", settings=""):
        self.words = [os.path.join(TOP, "examples", "serve"), server, "--mode", mode]
        self.bindir = os.path.join(BUILD, "cgi-bin")
        super().__init__(name, settings)

    def prepare(self, settings):
        os.chmod(self.path, 0o755)
        os.mkdir(self.home, 0o700)
        if os.geteuid() == 0:
            shutil.chown(self.home, "www-data", "www-data")
        super().prepare(settings)

    def go(self):
        self.server = self.start(*self.words, "--port", str(self.port), "--home", self.home,
                                 "--bindir", self.bindir)
        self.wait()

    def wait(self):
        end = time.time() + 20
        while time.time() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("the server did not start:\n" + self.log.text())

    def reload(self):
        self.server.send_signal(signal.SIGUSR1)

    def restart(self):
        """Milliseconds until it has ended, and how many had to be killed."""
        began = time.monotonic()
        self.server.terminate()
        killed = 0
        try:
            self.server.wait(20)
        except subprocess.TimeoutExpired:
            killed = 1
            self.server.kill()
            self.server.wait()
        self.go()
        return int((time.monotonic() - began) * 1000), killed

    def apply(self, documents):
        path = os.path.join(self.path, "documents")
        with open(path, "w") as file:
            file.writelines(json.dumps(document) + "\n" for document in documents)
        self.run("apply", path)


def figures(client, end=False):
    """What a client of Rig.post() has counted, when it has finished or is told to end."""
    if end:
        client.send_signal(signal.SIGTERM)
    return json.loads(client.communicate()[0])


def copy_of(path, to):
    """A copy of a home without its sockets."""
    shutil.copytree(path, to, ignore=lambda directory, names: [
        name for name in names if name == "socket" or name.startswith(".socket")])
