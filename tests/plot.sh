#!/bin/sh
# SPDX-License-Identifier: ISC
# The curves that the benchmarks draw: what stands in the JSON is where it is drawn. Nothing is
# measured here.
. "$(dirname "$0")/rig.sh"

# refused NAME ERROR OPTIONS...: nothing is drawn, and it says why.
refused()
{
	name=$1 error=$2
	shift 2
	"$top/tests/bench/run" "$@" >"$tmp/said" 2>&1
	code=$?
	[ $code -ne 0 ] && grep -qF -e "$error" "$tmp/said" && ! grep -q Traceback "$tmp/said"
	verdict $? "$name" "$tmp/said"
}

cat >"$tmp/make.py" <<'END'
import json, sys
def row(system, connections, rate, p99):
    return {"system": system, "connections": connections, "rate": rate, "rateMin": rate / 2,
            "rateMax": rate * 1.5, "p99Us": p99, "p99MinUs": p99 / 2, "p99MaxUs": p99 * 2}
def run(name, rows, kernel="6"):
    with open(name, "w") as file:
        json.dump({"rows": rows, "repeats": 3, "seconds": 2, "machine": {
            "processors": 2, "model": "A & B <x>", "kernel": kernel, "fileSystem": "ext"}}, file)
few = [row(name, n, rate * n, 1000 * n) for n in (1, 16, 256) for name, rate in (
    ("nginx/own", 20), ("lighttpd/own", 18), ("nginx/null", 40), ("express", 5), ("nginx/hot", 9))]
run("a.json", few + [{"system": "append", "connections": 1, "p50Us": 1, "p99Us": 2}])
run("more.json", [row("nginx/own", n, 20 * n, 1000 * n) for n in (4, 64)])
run("b.json", [row("nginx/own", n, 10 * n, 500 * n) for n in (1, 16, 256)], "7")
END
cd "$tmp" && python3 make.py
run=$top/tests/bench/run
{ "$run" --plot a.svg a.json && "$run" --plot hot.svg --only nginx/hot a.json &&
    "$run" --plot joined.svg a.json more.json; } >said 2>&1 && [ ! -s said ]
verdict $? 'JSON of earlier runs is drawn' said
"$run" --plot both.svg a.json b.json >said 2>&1
verdict $? 'that of two revisions, too'
says 'runs that are not alike are told' "$(cat said)" 'do not compare'
refused 'what is no JSON of a run is named' 'make.py is not what --json has written' \
    --plot x.svg make.py
refused 'so is what is missing' 'none.json: No such file' --plot x.svg none.json
refused 'and a directory that is not there, before anything is measured' \
    'there is no directory for none/x.svg' --plot none/x.svg
refused 'and what nobody has measured' 'there is no rate of php to plot' \
    --plot x.svg --only php a.json
refused 'JSON without --plot is refused' 'goes with --plot' a.json

cat >look.py <<'END'
import importlib.machinery, importlib.util, os, re, sys
import xml.etree.ElementTree as tree
bench = sys.argv[1]
sys.path.insert(0, bench)
sys.dont_write_bytecode = True
from tap import check, finish
def read(name):
    """What is told, and by panel the lines as lists of points, and names at their ends."""
    with open(name) as file:
        text = file.read()
    root = tree.fromstring(text)
    strip = lambda tag: tag.rpartition("}")[2]
    panels, names = [], []
    for element in root:
        if element.get("class") == "title":
            panels.append([])
            names.append([])
        elif strip(element.tag) == "polyline":
            panels[-1].append([tuple(map(float, p.split(","))) for p in
                               element.get("points").split()])
        elif strip(element.tag) == "text" and re.match(r"c\d", element.get("class") or ""):
            names[-1].append((element.text, float(element.get("y"))))
    return text, panels, names
text, panels, names = read("a.svg")
wanted = ["express", "lighttpd/own", "nginx/null", "nginx/own"]
check("rates and 99th percentiles of ours, the ceiling and peers are drawn, with their names",
      [sorted(name for name, _ in some) for some in names] == [wanted] * 2, names)
check("each at every number of connections", [len(line) for line in panels[0] + panels[1]] == [3] * 8,
      panels)
def even(line, by):
    steps = [b[by] - a[by] for a, b in zip(line, line[1:])]
    return all(abs(step - steps[0]) < 0.3 for step in steps)
check("sixteen times as many are as far on everywhere",
      all(even(line, 0) for line in panels[0] + panels[1]), panels)
own, _, null, _ = panels[0]
zero = own[0][1] + (own[0][1] - own[1][1]) / 15      # it grows with the connections
check("rates begin at zero: the double is twice as high",
      all(abs((zero - b[1]) - 2 * (zero - a[1])) < 1 for a, b in zip(own, null)), (zero, own, null))
check("latencies are drawn by their logarithm, the longer above",
      all(even(line, 1) and line[0][1] > line[-1][1] for line in panels[1]), panels[1])
check("names do not stand upon each other", all(
    abs(a[1] - b[1]) > 12 for some in names for a in some for b in some if a != b), names)
check("a point tells its numbers", "nginx/own, 16 connections: 320/s (160-480), "
      "p99 16.00 ms (8.00-32.00)" in text, text)
check("the machine is told as it is called", "2 processors, A &amp; B &lt;x&gt;, Linux 6" in text, text)
check("it has colours for dark pages", "@media (prefers-color-scheme:dark)" in text)
_, _, names = read("hot.svg")
check("--only says what is drawn", [[name for name, _ in some] for some in names] ==
      [["nginx/hot"]] * 2, names)
_, panels, names = read("joined.svg")
check("connections that another run has measured join in",
      sorted(map(len, panels[0])) == [3, 3, 3, 5], panels)
check("and stand in their order", all(line == sorted(line) for line in panels[0]), panels)
_, _, names = read("both.svg")
check("what both have measured stands beside each other", sorted(name for name, _ in names[0]) ==
      ["express", "lighttpd/own", "nginx/null", "nginx/own, a", "nginx/own, b"], names)
loader = importlib.machinery.SourceFileLoader("soak", os.path.join(bench, "soak"))
soak = importlib.util.module_from_spec(importlib.util.spec_from_loader("soak", loader))
loader.exec_module(soak)
with open("soak.svg", "w") as file:
    file.write(soak.plot([{"minutes": m, "rate": 400 + m, "p99Ms": 3, "rssMb": 60, "ownMb": 20}
                          for m in (1, 2, 3)], 400, "Half an hour"))
text, panels, _ = read("soak.svg")
check("soak draws its three panels, with what was wanted and without pages of the store",
      [list(map(len, panel)) for panel in panels] == [[3, 2], [3], [3, 3]], panels)
finish()
END
COUNT=$n PYTHONPATH=$top/tests python3 look.py "$top/tests/bench" || bad=1
exit $bad
