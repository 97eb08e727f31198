#!/bin/sh
# SPDX-License-Identifier: ISC
# The tree shows the architecture: the folders of src/ stand in the table of
# src/README.md from the bottom up, and a folder knows only itself and those above
# it in the table: by its includes, and by the symbols of its objects, where what
# is declared by hand shows. Outside libraries are met behind their one door.
set -eu
top=${TOP_SRCDIR:-$(cd "$(dirname "$0")/.." && pwd)}
build=${BUILDDIR:-$top/build}
exec python3 - "$top" "$build" <<'END'
import glob, os, re, subprocess, sys

top, build = sys.argv[1:]
source = os.path.join(top, "src")
count = failed = 0


def check(name, wrong):
    global count, failed
    count += 1
    failed += bool(wrong)
    print("%s %d - %s" % ("not ok" if wrong else "ok", count, name))
    for line in sorted(wrong):
        print("# " + line)


with open(os.path.join(source, "README.md"), encoding="utf-8") as file:
    storey = {name: level for level, name in
              enumerate(re.findall(r"^\| `([a-z]+)/` \|", file.read(), re.M))}
folders = {name for name in os.listdir(source) if os.path.isdir(os.path.join(source, name))}
check("the table of src/README.md has every folder with sources",
      ["%s is not in the table" % name for name in folders - set(storey) - {"manual"}] +
      ["%s is no folder" % name for name in set(storey) - folders])

files = {os.path.relpath(path, source): open(path, encoding="utf-8").read()
         for folder in storey for path in glob.glob(os.path.join(source, folder, "*.[ch]"))}
up, private, flat = [], [], []
edges = {}
for name, text in files.items():
    folder = name.split("/")[0]
    for other in re.findall(r'^#include "([^"]+)"', text, re.M):
        if other not in files:
            flat.append("%s includes %s" % (name, other))
            continue
        if storey[other.split("/")[0]] > storey[folder]:
            up.append("%s includes %s" % (name, other))
        if other.endswith("_private.h") and other.split("/")[0] != folder:
            private.append("%s includes %s" % (name, other))
        # A header and its source are one room.
        edges.setdefault(re.sub(r"(_private)?\.[ch]$", "", name), set()).add(
            (re.sub(r"(_private)?\.[ch]$", "", other), name))
check("every include names a folder and a header of it", flat)
check("no folder includes one that stands below it in the table", up)
check("private headers stay in their folder", private)

# Headers alone must form no circle.
heads = {name: [other for other in re.findall(r'^#include "([^"]+)"', text, re.M)]
         for name, text in files.items() if name.endswith(".h")}
circles, state = [], {}


def visit(name, path):
    if state.get(name) == 2:
        return
    if state.get(name) == 1:
        circles.append(" -> ".join(path + [name]))
        return
    state[name] = 1
    for other in heads.get(name, ()):
        visit(other, path + [name])
    state[name] = 2


for name in heads:
    visit(name, [])
check("headers form no circle", circles)

doors = {r"<db\.h>": {"store"}, r"<fcgiapp\.h>": {"serve"}, r"<curl/": {"post"},
         r"<(sodium|nettle)": {"base"}, r"<pcre2": {"lang"},
         r"<csv\.h>": {"record"}}
check("outside libraries are behind their doors",
      ["%s has %s" % (name, pattern) for name, text in files.items()
       for pattern, allowed in doors.items()
       if re.search("^#include " + pattern, text, re.M) and name.split("/")[0] not in allowed])

# What the objects want of each other.
home, wants = {}, []
for folder in storey:
    for path in glob.glob(os.path.join(build, "src", folder, "*.o")):
        name = os.path.relpath(path, os.path.join(build, "src"))
        if not os.path.exists(os.path.join(source, name[:-2] + ".c")):
            continue
        for line in subprocess.run(["nm", "-P", path], stdout=subprocess.PIPE, text=True,
                                   check=True).stdout.splitlines():
            symbol, kind = line.split()[:2]
            if kind in "TDBRC":
                home[symbol] = folder
            elif kind == "U":
                wants.append((name, folder, symbol))
check("the objects are there to be read", [] if len(home) > 500 else ["%d symbols" % len(home)])
check("no object needs a symbol of a folder that stands below its own in the table",
      ["%s needs %s of %s" % (name, symbol, home[symbol]) for name, folder, symbol in wants
       if symbol in home and symbol != "main" and storey[home[symbol]] > storey[folder]])
print("1..%d" % count)
sys.exit(failed > 0)
END
