# SPDX-License-Identifier: ISC
"""What is measured: stores, the systems and how each is started, and the load."""
import atexit, glob, hashlib, http.client, json, os, re, shutil, socket, sqlite3, subprocess
import tempfile, threading, time

from rig import (BACKLOG, BIN, BUILD, DAEMON, EARSHOT, HERE, MADE, Group, Trouble, bytes_written,
                 cpu_seconds, fill, free_port, memory, php_fpm, read, stop_all, write)

AUTHOR = "author@bench.example"
EXACT, EXACT_CLIENTS = 200, 8


# ---- web servers, with the files that we ship

def snippet(name, directory, bindir, home):
    text = read(BUILD, "conf", name)   # made by the build
    for ours, theirs in (("/usr/local/libexec/earshot", bindir),
                         ("/usr/local/var/lib/earshot", home), ("/run/earshot", directory)):
        text = text.replace(ours, theirs)
    return text


def start_nginx(group, server_block, workers):
    port, at = free_port(), group.directory
    conf = write(os.path.join(at, "nginx.conf"), """%sdaemon off;
worker_processes %d;
pid "%s/nginx.pid";
error_log stderr;
events { worker_connections 4096; }
http {
	access_log off;
	keepalive_requests 100000000;
	client_body_temp_path "%s/body";
	fastcgi_temp_path "%s/fastcgi";
	proxy_temp_path "%s/proxy";
	uwsgi_temp_path "%s/uwsgi";
	scgi_temp_path "%s/scgi";
%s
}
""" % ("user root;\n" if os.geteuid() == 0 else "", workers, at, at, at, at, at, at,
       server_block.replace("listen 80;", "listen 127.0.0.1:%d;" % port)))
    group.start(["nginx", "-p", at, "-e", "stderr", "-c", conf], group.front)
    group.wait_for_port(port)
    return port


def start_lighttpd(group, text, workers):
    port = free_port()
    conf = write(os.path.join(group.directory, "lighttpd.conf"), """server.modules = ()
server.bind = "127.0.0.1"
server.port = %d
server.document-root = "%s"
server.upload-dirs = ( "%s" )
server.max-keep-alive-requests = 65535
server.max-connections = 2048
server.max-fds = 8192
%s
%s""" % (port, os.path.join(group.directory, "empty"), group.directory,
         "server.max-worker = %d" % workers if workers > 1 else "", text))
    os.makedirs(os.path.join(group.directory, "empty"), exist_ok=True)
    group.start(["lighttpd", "-D", "-f", conf], group.front)
    group.wait_for_port(port)
    return port


# ---- stores

class Store:
    """Ours: made once for a number of users, copied for every run."""

    def __init__(self, directory, users):
        self.home, self.users = os.path.join(directory, "store"), users
        run_earshot(self.home, "init")
        made = json.loads(run_earshot(self.home, "apikey", "create", "bench", "--json"))
        self.key = made["secret"]
        listener = {"kind": "listener", "automation": "user", "apiKey": "bench",
                    "target": {"match": "email", "parameter": "author_email"}}
        fields = [{"label": p.title(), "parameter": p, "type": t} for p, t in
                  (("level", "integer"), ("premium", "boolean"), ("source", "string"))]
        documents = [
            {"kind": "user", "email": AUTHOR, "roles": ["admin"]},
            {"kind": "group", "key": "values", "name": "Values", "automation": "user",
             "fields": fields},
            dict(listener, key="bench", type="comment", name="Comments", author="author",
                 comment="comment"),
            dict(listener, key="values", type="data", name="Values", group="values"),
        ]
        path = write(os.path.join(directory, "documents.jsonl"),
                     "".join(json.dumps(d) + "\n" for d in documents))
        run_earshot(self.home, "apply", path)
        path = os.path.join(directory, "users.csv")
        with open(path, "w") as file:
            file.write("email\n")
            file.writelines("user%08d@bench.example\n" % i for i in range(users))
        start = time.time()
        run_earshot(self.home, "import", "users", path)
        self.import_rate = users / (time.time() - start)
        os.unlink(path)

    def copy(self, directory):
        home = os.path.join(directory, "home")
        subprocess.run(["cp", "-a", self.home, home], check=True)
        return home


def run_earshot(home, *words):
    done = subprocess.run([EARSHOT, "--home", home, *words], capture_output=True, text=True,
                          env=dict(os.environ, NO_COLOR="1"))
    if done.returncode:
        raise Trouble("earshot %s: %s" % (" ".join(words), done.stderr.strip()))
    return done.stdout


def listed(home, since):
    """Deliveries of the log since then that were applied."""
    words = [EARSHOT, "--home", home, "delivery", "list", "--since", since, "--outcome",
             "applied", "--limit", "1000000000", "--jsonl"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        lines, size = 0, 0
        for line in process.stdout:
            lines, size = lines + 1, size + len(line)
        if process.wait():
            raise Trouble("earshot delivery list: " + process.stderr.read().decode())
    return lines, size


class Peers:
    """The store of the peers: sqlite with the same users and an API key."""

    def __init__(self, directory, users, key):
        self.path, self.key = os.path.join(directory, "peers.db"), key
        db = sqlite3.connect(self.path)
        db.executescript(read(HERE, "schema.sql"))
        db.execute("insert into apikeys values ('bench', ?)",
                   (hashlib.sha256(key.encode()).hexdigest(),))
        db.executemany("insert into listeners values (?, 'bench')", [("bench",), ("values",)])
        db.execute("insert into users (email) values (?)", (AUTHOR,))
        db.executemany("insert into users (email) values (?)",
                       (("user%08d@bench.example" % i,) for i in range(users)))
        db.commit()
        db.execute("pragma wal_checkpoint(truncate)")
        db.close()

    def copy(self, directory):
        return shutil.copy(self.path, os.path.join(directory, "peers.db"))


# ---- systems

def settled(counts):
    """What counts() returns twice alike: requests that wrk left behind are still ending."""
    before = None
    while (now := counts()) != before:
        before = now
        time.sleep(0.2)
    return now


class System:
    """One thing to measure. start() returns (port, path) of a running one; stored()
    counts what it kept, None when it keeps nothing."""
    needs = ()
    mode = "spread"           # which users
    only_connections = None   # the few that make sense

    def __init__(self, name):
        self.name = name

    def stored(self, bench, group):
        return None

    def cached(self):
        """Bytes that a store's cache may hold at most: its pages."""
        return 0


class Null(System):
    def __init__(self, name, server, variant):
        super().__init__(name)
        self.server, self.variant, self.needs = server, variant, ("cc", server)

    def start(self, bench, group):
        group.start_on("comment", [os.path.join(MADE, "null"), self.variant])
        return behind(bench, group, self.server, "-"), "/listen/comment/bench"


def behind(bench, group, server, home):
    if server == "nginx":
        return start_nginx(group, snippet("nginx.conf", group.directory, BIN, home),
                           bench.workers)
    text = snippet("lighttpd.conf", group.directory, BIN, home)
    text = re.sub(r'^.*"(bin-path|bin-environment|max-procs)".*\n', "", text, flags=re.M)
    return start_lighttpd(group, text, bench.workers)


class Ours(System):
    """comment.fcgi or data.fcgi behind a server. forward: earshotd owns the store,
    and all the binaries run."""

    def __init__(self, name, server, type_="comment", mode="spread", forward=False):
        super().__init__(name)
        self.server, self.type, self.mode, self.forward = server, type_, mode, forward
        self.needs = (server,)
        self.path = "/listen/%s/%s" % (type_, "bench" if type_ == "comment" else "values")

    def prepare(self, bench, group):
        if bench.filled:   # too large to copy, or to read comment by comment
            self.home = bench.store.home
            time.sleep(1)  # whole seconds tell the deliveries from earlier ones
        else:
            self.home = bench.store.copy(group.directory)
        self.since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        # As the store chooses it when it is opened, without cache_bytes in earshot.conf;
        # Berkeley DB adds a quarter to what is asked for.
        most = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGESIZE") // 16
        self.cache = 5 * max(16 << 20, min(max(2 * self.pages(), 64 << 20), most, 1 << 30)) // 4

    def pages(self):
        return sum(map(os.path.getsize, glob.glob(os.path.join(self.home, "*.db"))))

    def start(self, bench, group):
        self.prepare(bench, group)
        env = {"EARSHOT_HOME": self.home}
        if self.forward:
            group.start([*bench.under, DAEMON], group.back, env)
            group.wait_for("earshotd", lambda: owner_answers(self.home))
        for type_ in ("comment", "data", "macro") if self.forward else (self.type,):
            group.start_on(type_, [*bench.under, os.path.join(BIN, type_ + ".fcgi")], env)
        group.wait_for("the store", lambda: owner_answers(self.home))
        return behind(bench, group, self.server, self.home), self.path

    def stored(self, bench, group):
        count, size = settled(lambda: listed(self.home, self.since))
        group.log_bytes = size / count if count else 0
        if self.type == "comment" and not bench.filled:
            comments = run_earshot(self.home, "export", "comment").count("\n")
            if comments != count:
                raise Trouble("%s: %d deliveries, %d comments" % (self.name, count, comments))
        return count

    def cached(self):
        return min(self.pages(), self.cache)


def owner_answers(home):
    try:
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(os.path.join(home, "socket"))
            return True
    except OSError:
        return False


class Cgi(Ours):
    """Plain CGI behind lighttpd; with an owner alive, or by itself."""
    needs = ("lighttpd",)

    def __init__(self, name, owner):
        super().__init__(name, "lighttpd")
        self.owner = owner
        self.only_connections = None if owner else (1,)

    def start(self, bench, group):
        self.prepare(bench, group)
        if self.owner:
            group.start([DAEMON], group.back, {"EARSHOT_HOME": self.home})
            group.wait_for("earshotd", lambda: owner_answers(self.home))
        text = snippet("lighttpd-cgi.conf", group.directory, BIN, self.home)
        return start_lighttpd(group, text, bench.workers), "/listen/comment/bench"


class NullCgi(System):
    needs = ("lighttpd", "cc")

    def start(self, bench, group):
        text = snippet("lighttpd-cgi.conf", group.directory, os.path.join(MADE, "null-cgi"), "-")
        return start_lighttpd(group, text, bench.workers), "/listen/comment/bench"


class Sqlite(System):
    """A peer that keeps its rows in sqlite."""

    def __init__(self, name, type_="comment"):
        super().__init__(name)
        self.type = type_
        self.path = "/listen/%s/%s" % (type_, "bench" if type_ == "comment" else "values")

    def stored(self, bench, group):
        db = sqlite3.connect(self.database)
        count, comments = settled(lambda: db.execute(
            "select (select count(*) from deliveries), (select count(*) from comments)"
            ).fetchone())
        db.close()
        if self.type == "comment" and comments != count:
            raise Trouble("%s: %d deliveries, %d comments" % (self.name, count, comments))
        return count


class Express(Sqlite):
    needs = ("node", "npm")

    def start(self, bench, group):
        self.database = bench.peers.copy(group.directory)
        port = free_port()
        group.start(["node", "server.js", str(port), self.database], group.back,
                    {"NODE_ENV": "production"}, cwd=os.path.join(MADE, "express"))
        group.wait_for_port(port)
        return port, self.path


class Php(Sqlite):
    needs = ("php-fpm", "nginx")

    def start(self, bench, group):
        self.database = bench.peers.copy(group.directory)
        at, root = group.directory, os.geteuid() == 0
        conf = write(os.path.join(at, "fpm.conf"), """[global]
daemonize = no
error_log = /dev/stderr
[www]
%slisten = %s/php.sock
listen.backlog = %d
pm = static
pm.max_children = 8
clear_env = no
""" % ("user = root\ngroup = root\n" if root else "", at, BACKLOG))
        group.start([php_fpm(), *(["-R"] if root else []), "-F", "-y", conf,
                     "-d", "opcache.enable=1", "-d", "opcache.validate_timestamps=0"],
                    group.back)
        group.wait_for("php-fpm", lambda: os.path.exists(at + "/php.sock"))
        block = """server {
	listen 80;
	location / {
		include /etc/nginx/fastcgi_params;
		fastcgi_pass unix:%s/php.sock;
		fastcgi_param SCRIPT_FILENAME %s/php/index.php;
		fastcgi_param PATH_INFO $uri;
		fastcgi_param BENCH_DATABASE %s;
	}
}""" % (at, HERE, self.database)
        return start_nginx(group, block, bench.workers), self.path


class Webhook(Sqlite):
    def __init__(self, name, hook):
        super().__init__(name)
        self.hook, self.keeps = hook, hook == "sqlite"
        self.needs = ("webhook", "sqlite3")

    def start(self, bench, group):
        self.database = bench.peers.copy(group.directory)
        hooks = write(os.path.join(group.directory, "hooks.json"),
                      fill(read(HERE, "webhook", "hooks.json"), KEY=bench.store.key,
                           DATABASE=self.database, HERE=os.path.join(HERE, "webhook")))
        port = free_port()
        group.start(["webhook", "-hooks", hooks, "-ip", "127.0.0.1", "-port", str(port)],
                    group.back)
        group.wait_for_port(port)
        return port, "/hooks/" + self.hook

    def stored(self, bench, group):
        return super().stored(bench, group) if self.keeps else None


def systems():
    """In the order of measuring: each stands beside what it is compared with."""
    list_ = []
    for server in ("nginx", "lighttpd"):
        list_ += [
            Null(server + "/null", server, "threads"),
            Ours(server + "/own", server),
            Null(server + "/null-loop", server, "loop"),
            Ours(server + "/forward", server, forward=True),
            Ours(server + "/hot", server, mode="hot"),
            Ours(server + "/data", server, "data"),
        ]
    return list_ + [
        Express("express"), Express("express-data", "data"),
        Php("php"), Php("php-data", "data"),
        Webhook("webhook-true", "true"), Webhook("webhook-sqlite", "sqlite"),
        NullCgi("lighttpd/null-cgi"), Cgi("lighttpd/cgi", True),
        Cgi("lighttpd/cgi-alone", False),
    ]


# ---- load

class Load:
    """One run of wrk, and what it made the processes use."""

    def __init__(self, bench, system, group, port, path, connections, seconds, pause=0.0):
        env = dict(os.environ, BENCH_KEY=bench.store.key, BENCH_USERS=str(bench.users),
                   BENCH_MODE=system.mode, BENCH_PAUSE_MS=repr(pause))
        words = ["wrk", "-t", str(min(bench.threads, connections)), "-c", str(connections),
                 "-d", "%ds" % seconds, "--timeout", "10s", "-s",
                 os.path.join(HERE, "load.lua"), "http://127.0.0.1:%d%s" % (port, path)]
        before = [cpu_seconds(group.front), cpu_seconds(group.back),
                  bytes_written(group.front + group.back)]
        done = subprocess.run(words, env=env, capture_output=True, text=True)
        after = [cpu_seconds(group.front), cpu_seconds(group.back),
                 bytes_written(group.front + group.back)]
        found = re.search(r"^RESULT (.*)$", done.stdout, re.M)
        if not found:
            raise Trouble("wrk: %s%s%s" % (done.stdout, done.stderr, group.log()))
        result = json.loads(found.group(1))
        self.connections = connections
        self.requests, self.refused = result["requests"], result["refused"]
        self.broken = result["broken"]
        self.good = self.requests - self.refused
        self.rate = self.good / result["seconds"]
        self.p50, self.p90, self.p99, self.max = (
            result[k] for k in ("p50Us", "p90Us", "p99Us", "maxUs"))
        per = max(1, self.requests)
        self.cpu_front = 1e6 * (after[0] - before[0]) / per
        self.cpu_back = 1e6 * (after[1] - before[1]) / per
        self.written = (after[2] - before[2]) / per
        self.memory = dict(memory(group.back), cache=system.cached())


def exact(bench, system, port, path):
    """A few deliveries, each waited for: the number of 2xx is exact."""
    user = "user%08d@bench.example" % (bench.users // 2)
    body = json.dumps({"author_email": user, "author": AUTHOR, "comment": "Counted.",
                       "level": 12, "premium": True, "source": "phone"})
    headers = {"Authorization": "Bearer " + bench.store.key, "Content-Type": "application/json"}
    good = []

    def client():
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for _ in range(EXACT // EXACT_CLIENTS):
            link.request("POST", path, body, headers)
            answer = link.getresponse()
            answer.read()
            good.append(200 <= answer.status < 300)
        link.close()
    clients = [threading.Thread(target=client) for _ in range(EXACT_CLIENTS)]
    for thread in clients:
        thread.start()
    for thread in clients:
        thread.join()
    return sum(good)


class Bench:
    """What all systems of one run share."""

    def __init__(self, users, workers=1, threads=1, directory=None):
        self.users, self.workers, self.threads = users, workers, threads
        self.filled = False   # with earlier deliveries
        self.under = []       # words before our programs: a profiler
        directory = directory or os.environ.get("TMPDIR", "/var/tmp")
        self.directory = tempfile.mkdtemp(prefix="earshot-bench.", dir=directory)
        os.chmod(self.directory, 0o755)
        atexit.unregister(stop_all)
        atexit.register(shutil.rmtree, self.directory, True)
        atexit.register(stop_all)
        self.store = self.peers = None

    def make_stores(self, peers=True):
        self.store = Store(self.directory, self.users)
        if peers:
            self.peers = Peers(self.directory, self.users, self.store.key)

    def group(self, name):
        path = os.path.join(self.directory, name.replace("/", "-"))
        shutil.rmtree(path, True)
        os.makedirs(path)
        return Group(path)


def body_bytes():
    """Size of the body that load.lua sends."""
    text = read(HERE, "load.lua")
    parts = re.search(r"local before = (.*?)\nlocal number", text, re.S).group(1)
    return sum(len(p) for p in re.findall(r"'([^']*)'", parts)) + 8
