# SPDX-License-Identifier: ISC
"""What the benchmark stands on: programs that must be there, processes and what they use."""
import atexit, glob, os, re, shutil, signal, socket, subprocess, sys, time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.abspath(os.environ.get("BUILDDIR", os.path.join(TOP, "build")))
# Programs and node modules: beside what an archive of the source takes of the build directory.
MADE = os.path.join(BUILD, "bench")
BIN = os.path.join(BUILD, "cgi-bin")
EARSHOT = os.path.join(BUILD, "src", "earshot")
DAEMON = os.path.join(BUILD, "src", "earshotd")
TICK = os.sysconf("SC_CLK_TCK")
BACKLOG = 1024
os.environ["PATH"] += ":/usr/local/sbin:/usr/sbin:/sbin"


class Trouble(Exception):
    """The benchmark cannot go on; the text is for a person."""


def say(*words):
    print(*words, file=sys.stderr, flush=True)


# ---- what has to be there

def command_of(*patterns):
    """The first command of these names or patterns, None without one."""
    for pattern in patterns:
        found = shutil.which(pattern)
        if found:
            return found
        for path in sorted(glob.glob(pattern), reverse=True):
            if os.access(path, os.X_OK):
                return path
    return None


PACKAGES = {   # command: Debian package
    "wrk": "wrk", "cc": "gcc", "nginx": "nginx-light", "lighttpd": "lighttpd",
    "webhook": "webhook", "sqlite3": "sqlite3", "node": "nodejs", "npm": "npm",
    "php-fpm": "php-fpm",
}


def php_fpm():
    return command_of("php-fpm", "/usr/sbin/php-fpm[0-9]*")


def php_has_sqlite():
    return bool(glob.glob("/usr/lib/php/*/pdo_sqlite.so"))


def install(commands):
    """Installs the packages of the commands that are missing (root on Debian)."""
    missing = {PACKAGES[c] for c in commands
               if not (php_fpm() if c == "php-fpm" else command_of(c))}
    if "php-fpm" in commands and not php_has_sqlite():
        missing.add("php-sqlite3")
    if not missing:
        return
    names = sorted(missing)
    if os.geteuid() != 0 or not command_of("apt-get"):
        raise Trouble("please install: " + " ".join(names))
    policy, ours = "/usr/sbin/policy-rc.d", False
    if not os.path.exists(policy):   # nothing shall start by being installed
        with open(policy, "w") as file:
            file.write("#!/bin/sh\nexit 101\n")
        os.chmod(policy, 0o755)
        ours = True
    try:
        env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
        say("installing", *names)
        subprocess.run(["apt-get", "update", "-qq"], env=env, stdout=sys.stderr)
        done = subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends",
                               *names], env=env, stdout=sys.stderr)
    finally:
        if ours:
            os.unlink(policy)
    if done.returncode:
        raise Trouble("apt-get could not install " + " ".join(names))


def newer(target, *sources):
    return os.path.exists(target) and all(
        os.path.getmtime(target) >= os.path.getmtime(s) for s in sources)


def compile_programs():
    os.makedirs(os.path.join(MADE, "null-cgi"), exist_ok=True)
    for name, made, libs in (("null", "null", ["-lfcgi", "-lpthread"]), ("probe", "probe", []),
                             ("null_cgi", "null-cgi/comment.fcgi", [])):
        source, target = os.path.join(HERE, name + ".c"), os.path.join(MADE, made)
        if not newer(target, source):
            subprocess.run([os.environ.get("CC", "cc"), "-std=c11", "-D_GNU_SOURCE", "-O2",
                            "-o", target, source, *libs], check=True)


def node_modules():
    """Express and better-sqlite3 in the build directory, from npm."""
    directory = os.path.join(MADE, "express")
    source = os.path.join(HERE, "express", "package.json")
    marker = os.path.join(directory, "installed")
    os.makedirs(directory, exist_ok=True)
    shutil.copy(os.path.join(HERE, "express", "server.js"), directory)
    if newer(marker, source):
        return directory
    shutil.copy(source, directory)
    env = dict(os.environ)
    if os.path.exists("/usr/include/node/node.h"):
        env.setdefault("npm_config_nodedir", "/usr")
    say("installing express and better-sqlite3 with npm (may take minutes)")
    done = subprocess.run(["npm", "install", "--no-audit", "--no-fund"], cwd=directory,
                          env=env, stdout=sys.stderr)
    try_it = ["node", "-e", "new (require('better-sqlite3'))(':memory:'); require('express')"]
    if done.returncode or subprocess.run(try_it, cwd=directory).returncode:
        raise Trouble("npm could not install express and better-sqlite3")
    open(marker, "w").close()
    return directory


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def fill(text, **values):
    for name, value in values.items():
        text = text.replace("@%s@" % name, str(value))
    return text


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


# ---- what processes use

def stat_of(pid):
    """(parent, ticks of CPU with those of children that are gone), None when gone."""
    try:
        with open("/proc/%d/stat" % pid, "rb") as file:
            words = file.read().rpartition(b")")[2].split()
    except OSError:
        return None
    return int(words[1]), sum(map(int, words[11:15]))


def tree(roots):
    """These processes and all that come from them."""
    children = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            stat = stat_of(int(name))
            if stat:
                children.setdefault(stat[0], []).append(int(name))
    found, todo = [], list(roots)
    while todo:
        pid = todo.pop()
        found.append(pid)
        todo += children.get(pid, [])
    return found


def cpu_seconds(roots):
    return sum(stat[1] for stat in map(stat_of, tree(roots)) if stat) / TICK


def bytes_written(roots):
    total = 0
    for pid in tree(roots):
        try:
            with open("/proc/%d/io" % pid) as file:
                total += int(re.search(r"^write_bytes: (\d+)", file.read(), re.M).group(1))
        except OSError:
            pass
    return total


def memory(roots):
    """Bytes: resident, and proportional."""
    sums = {"rss": 0, "pss": 0}
    for pid in tree(roots):
        try:
            with open("/proc/%d/smaps_rollup" % pid) as file:
                for line in file:
                    if line.startswith(("Rss:", "Pss:")):
                        sums[line[:3].lower()] += int(line.split()[1]) << 10
        except OSError:
            pass
    return sums


# ---- processes of one system

class Group:
    """Started together, ended together, in a directory of their own."""
    all = set()

    def __init__(self, directory):
        self.directory, self.processes = directory, []
        self.front, self.back = [], []   # process ids: web server; what does the work
        Group.all.add(self)

    def start(self, words, to, env=None, stdin=subprocess.DEVNULL, cwd=None):
        log = open(os.path.join(self.directory, "log"), "ab")
        process = subprocess.Popen(words, stdin=stdin, stdout=log, stderr=log, cwd=cwd,
                                   env=dict(os.environ, **(env or {})))
        log.close()
        self.processes.append(process)
        to.append(process.pid)
        return process

    def start_on(self, name, words, env=None):
        """A FastCGI program with a listening socket as descriptor 0."""
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(os.path.join(self.directory, name + ".sock"))
            listening.listen(BACKLOG)
            return self.start(words, self.back, env, stdin=listening)

    def wait_for(self, what, ready):
        end = time.time() + 30
        while time.time() < end:
            for process in self.processes:
                if process.poll() is not None:
                    raise Trouble("%s ended:\n%s" % (process.args[0], self.log()))
            if ready():
                return
            time.sleep(0.02)
        raise Trouble("waited in vain for %s:\n%s" % (what, self.log()))

    def wait_for_port(self, port):
        def ready():
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return True
            except OSError:
                return False
        self.wait_for("port %d" % port, ready)

    def log(self):
        return read(self.directory, "log")[-2000:]

    def stop(self):
        """The web server first: it was started last."""
        Group.all.discard(self)
        for process in reversed(self.processes):
            if process.poll() is None:
                process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                say("%s does not end; killed" % process.args[0])
                process.kill()
                process.wait()
        self.processes = []


def stop_all():
    for group in list(Group.all):
        group.stop()


atexit.register(stop_all)
for number in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, lambda *_: sys.exit(1))
