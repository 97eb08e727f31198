#!/bin/sh
# SPDX-License-Identifier: ISC
# Long lists are one answer each, and whole: whoever owned the store is killed twice
# while they are read, by several readers at once, and their bytes are those of a list
# that nobody disturbed.
. "$(dirname "$0")/rig.sh"
export LC_ALL=C.UTF-8
cd "$tmp" || exit 99
export EARSHOT_HOME="$tmp/home"

python3 - >documents <<'END'
import json
for i in range(12000):
    print(json.dumps({"kind": "user", "email": "u%d@mail.example" % i, "firstName": "%05d" % (i * 7919 % 12000),
                      "fields": {"note": 'say "x",\n' + "n" * 900, "n": i % 97}}))
print(json.dumps({"kind": "view", "key": "some", "name": "Some", "automation": "user",
                  "columns": ["firstName", "fields.note"], "sort": "-fields.n"}))
END
"$build/src/earshot" init >out 2>&1 && "$build/src/earshot" apply documents >out 2>&1
verdict $? 'many users are made' out

python3 - "$build/src/earshot" "$EARSHOT_HOME" <<'END'
import json, os, signal, subprocess, sys, threading, time

earshot, home = sys.argv[1:]
lock = os.stat(os.path.join(home, "owner.lock"))
number = 1
failed = False


def verdict(good, name):
    global number, failed
    number += 1
    failed = failed or not good
    print("%s %d - %s" % ("ok" if good else "not ok", number, name))


def owner():
    for _ in range(1000):
        for line in open("/proc/locks"):
            words = line.split()
            if words[1] == "POSIX" and "->" not in words and words[3] == "WRITE" and \
                    words[5].endswith(":%d" % lock.st_ino) and int(words[4]) > 0:
                return int(words[4])
        time.sleep(0.01)
    raise SystemExit("nobody owns the store")


asked = [
    ["user", "list", "--csv"],
    ["user", "list", "--jsonl"],
    ["user", "list", "--json", "--columns", "email,fields.note"],
    ["user", "list", "--csv", "--sort", "-firstName", "--columns", "firstName,fields.note"],
    ["user", "list", "--csv", "--sort", "fields.note", "--columns", "id,fields.note"],
    ["user", "list", "--csv", "--view", "some"],
    ["user", "list", "--jsonl", "--limit", "9000"],
    ["user", "list", "--csv", "--filter", "user.fields.n < 90", "--columns", "email,fields.note"],
]
whole = [subprocess.run([earshot, *words], stdout=subprocess.PIPE, check=True).stdout
         for words in asked]
verdict(all(len(out) > 8000000 for out in whole[1:]), "lists of many megabytes")

readers = [subprocess.Popen([earshot, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
           for words in asked]
read = [b"" for _ in asked]
for part in 0.2, 0.5:
    for i, reader in enumerate(readers):
        while len(read[i]) < part * len(whole[i]):
            read[i] += reader.stdout.read1(1 << 16)
    os.kill(owner(), signal.SIGKILL)


def finish(i):
    read[i] += readers[i].stdout.read()


threads = [threading.Thread(target=finish, args=(i,)) for i in range(len(asked))]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
for i, reader in enumerate(readers):
    said = reader.stderr.read()
    code = reader.wait()
    verdict(code == 0 and read[i] == whole[i], "whole after two owners died: " + " ".join(asked[i]))
    if code != 0 or read[i] != whole[i]:
        print("# exit %d, %d bytes of %d: %s" % (code, len(read[i]), len(whole[i]), said[:300]))
print("1..%d" % number)
sys.exit(failed)
END
[ $? -eq 0 ] && [ "$bad" -eq 0 ]
