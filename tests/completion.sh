#!/bin/sh
# SPDX-License-Identifier: ISC
# A person at a terminal with bash types and presses the tabulator: the table of
# commands tells what comes.
top=${TOP_SRCDIR:-$(cd "$(dirname "$0")/.." && pwd)}
build=${BUILDDIR:-$top/build}
exec python3 - "$top/conf/earshot.bash" "$build/src" "$top/src/cli/cli.c" <<'END'
import os, pty, re, select, subprocess, sys, tempfile, time

script, programs, table = sys.argv[1:]
directory = tempfile.mkdtemp(prefix="earshot-complete.")
os.chdir(directory)
open("people.csv", "w").close()
count = failed = 0


def check(good, name, detail=""):
    global count, failed
    count += 1
    failed += not good
    print("%s %d - %s" % ("ok" if good else "not ok", count, name))
    if not good:
        print("# " + repr(detail))


pid, terminal = pty.fork()
if pid == 0:
    os.environ.update(PATH=programs + ":" + os.environ["PATH"], TERM="dumb", HOME=directory,
                      INPUTRC="/dev/null", HISTFILE="", LC_ALL="C.UTF-8", COLUMNS="400")
    os.environ.pop("EARSHOT_HOME", None)  # there is no store, and none is needed
    os.execvp("bash", ["bash", "--norc", "-i"])


def read_until(pattern):
    text, end = "", time.time() + 60
    while time.time() < end and not re.search(pattern, text):
        if select.select([terminal], [], [], 0.1)[0]:
            text += os.read(terminal, 4096).decode("utf-8", "replace")
    return text


def typed(keys, pattern):
    """What the line becomes; ^U clears it afterwards."""
    os.write(terminal, keys.encode())
    text = read_until(pattern)
    os.write(terminal, b"\x15")
    return text


os.write(terminal, ("PS1='% '; bind 'set enable-bracketed-paste off'; stty columns 400; . "
                    + script + "; echo rea''dy\n").encode())
read_until("ready\r\n% ")
for keys, becomes in (("earshot li\t", "earshot listener "),
                      ("earshot listener en\t", "earshot listener enable "),
                      ("earshot apikey create app --pre\t", "create app --prefix "),
                      ("earshot --home /tmp us\t", "--home /tmp user "),
                      ("earshot outbox retry a\t", "outbox retry all "),
                      ("earshot stat --pr\t", "stat --prometheus "),
                      ("earshot import users peo\t", "users people.csv ")):
    text = typed(keys, re.escape(becomes))
    check(becomes in text, keys.strip(), text)
text = typed("earshot apikey \t\t", r"show[^%]*% earshot apikey ")
check(sorted(re.findall(r"[a-z]+", text.split("\n", 1)[-1].split("%")[0]))
      == ["create", "edit", "example", "list", "remove", "revoke", "rotate", "set", "show"],
      "two tabulators list what is possible",
      text)
os.write(terminal, b"\x04")
os.waitpid(pid, 0)


def words(*args):
    return subprocess.run([os.path.join(programs, "earshot"), "complete", "--", *args],
                          capture_output=True, text=True, check=False).stdout.split()


# Every row of the table, by its words.
with open(table, encoding="utf-8") as file:
    rows = re.findall(r'^\t\{ "([a-z][^"]*)"', file.read(), re.M)
rows = [row for row in rows if " " in row and not row.startswith("complete")]
check(len(rows) > 20, "the table has rows", rows)
for row in rows:
    commands, options = re.findall(r"^[a-z|]+(?: [a-z|]+)?", row)[0].split(), \
        re.findall(r"--([a-z-]+)", row)
    before = []
    for word in commands:
        for choice in word.split("|"):
            if choice not in words(*before, ""):
                check(False, " ".join(before + [choice]) + " is proposed")
        before.append(word.split("|")[0])
    missing = [o for o in options if "--" + o not in words(*before, "-")]
    check(not missing, " ".join(before) + ": its words and options are proposed", missing)
check(words("user", "lst", "") == [], "nothing follows what is wrong")
os.remove("people.csv")
os.rmdir(directory)
print("1..%d" % count)
sys.exit(failed > 0)
END
