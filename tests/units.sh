#!/bin/sh
# SPDX-License-Identifier: ISC
# The units for systemd are well formed and strict, and the programs behave as
# they expect. tests/package runs them under systemd itself.
. "$(dirname "$0")/rig.sh"

# Says whether the command succeeds, and what it said when it does not.
check()
{
	name=$1
	shift
	"$@" >"$tmp/out" 2>&1
	verdict $? "$name" "$tmp/out"
}

silent()
{
	[ -z "$("$@" 2>&1 | tee "$tmp/said")" ] || { cat "$tmp/said"; return 1; }
}

# An installation in a directory; its programs exist for systemd-analyze.
check 'units are installed' make -C "$build" -s install-data-local DESTDIR="$tmp/root" \
    with_systemd=/usr/lib bindir=/usr/bin sbindir=/usr/sbin cgibindir=/usr/libexec/earshot \
    earshothome=/var/lib/earshot
check 'with the paths of the installation' sh -c "! grep -r /usr/local '$tmp/root/usr/lib'"
units=$tmp/root/usr/lib/systemd/system
mkdir -p "$tmp/root/usr/bin" "$tmp/root/usr/sbin" "$tmp/root/usr/libexec/earshot"
ln -s /bin/true "$tmp/root/usr/bin/earshot"
ln -s /bin/true "$tmp/root/usr/sbin/earshotd"
for type in macro comment data; do
	ln -s /bin/true "$tmp/root/usr/libexec/earshot/$type.fcgi"
done
sed -i "s#=/usr/#=$tmp/root/usr/#" "$units"/*
cp "$units/earshot@.socket" "$units/earshot@macro.socket"
cp "$units/earshot@.service" "$units/earshot@macro.service"
for unit in earshotd.service earshot@macro.socket earshot@macro.service earshot-tick.timer; do
	check "$unit is well formed" silent systemd-analyze verify --man=no "$units/$unit"
done
for unit in earshotd.service earshot@macro.service earshot-tick.service; do
	check "$unit gives up what it does not need" \
	    systemd-analyze security --offline=true --threshold=20 "$units/$unit"
done

# Readiness, the socket as descriptor 0, the journal's priorities, confinement.
cat >"$tmp/start.py" <<'END'
import json, os, socket, subprocess, sys, time
build, top, tmp = sys.argv[1:]
sys.dont_write_bytecode = True
from tap import check, finish
home = os.path.join(tmp, "home")
env = dict(os.environ, EARSHOT_HOME=home, JOURNAL_STREAM="1:2")
def earshot(*words):
    return subprocess.run([build + "/src/earshot", *words], env=env, check=True,
                          capture_output=True, text=True).stdout
def confined(pid):
    with open("/proc/%d/status" % pid) as file:
        return "NoNewPrivs:\t1" in file.read()
def lines(name):
    with open(os.path.join(tmp, name)) as file:
        return file.read().splitlines()
earshot("init")
key = json.loads(earshot("apikey", "create", "demo", "--json"))["secret"]
earshot("apply", top + "/examples/demo.jsonl")
said = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
said.bind(tmp + "/notify")
said.settimeout(60)
with open(tmp + "/daemon", "w") as log:
    daemon = subprocess.Popen([build + "/src/earshotd"], stderr=log,
                              env=dict(env, NOTIFY_SOCKET=tmp + "/notify"))
check("earshotd says that it is ready, in one datagram", said.recv(99) == b"READY=1")
check("and has the store open then", earshot("user", "list") and True)
listening = socket.socket(socket.AF_UNIX)
listening.bind(tmp + "/comment.sock")
listening.listen(64)
with open(tmp + "/front", "w") as log:
    front = subprocess.Popen([build + "/cgi-bin/comment.fcgi"], stdin=listening, env=env,
                             stderr=log, stdout=subprocess.DEVNULL)
body = ('{"user_email":"ann@mail.example","author_name":"jim@acme.example",'
        '"comment_text":"by a socket"}')
answer = subprocess.run(
    ["cgi-fcgi", "-bind", "-connect", tmp + "/comment.sock"], input=body, text=True,
    capture_output=True, env={"REQUEST_METHOD": "POST", "PATH_INFO": "/milestone",
                              "SCRIPT_NAME": "/comment.fcgi", "REMOTE_ADDR": "192.0.2.9",
                              "CONTENT_TYPE": "application/json", "PATH": os.environ["PATH"],
                              "REQUEST_URI": "/comment.fcgi/milestone", "CONTENT_LENGTH":
                              str(len(body)), "HTTP_AUTHORIZATION": "Bearer " + key}).stdout
check("a program with the socket as descriptor 0 takes a delivery", '"applied"' in answer, answer)
check("daemon and program can gain no privileges", confined(daemon.pid) and confined(front.pid))
front.terminate()
check("the program ends in order", front.wait(60) == 0)
daemon.terminate()
check("so does the daemon", daemon.wait(60) == 0)
check("lines in the journal have their priority",
      any(line.startswith("<6>comment.fcgi: delivery=") for line in lines("daemon")), lines("daemon"))
finish()
END
# As whom the store belongs to.
COUNT=$n PYTHONPATH=$top/tests python3 "$tmp/start.py" "$build" "$top" "$tmp" || bad=1
exit $bad
