# SPDX-License-Identifier: ISC
"""What the tests of the console by a browser without script share: checks, told as TAP, and the
command line. PROGRAM EARSHOT HOME URL"""

import json
import subprocess
import sys
import threading

EARSHOT, HOME, BASE = sys.argv[1:4]
count = bad = 0
lock = threading.Lock()


def ok(good, name, *more):
    global count, bad
    with lock:
        count += 1
        print('%sok %d - %s' % ('' if good else 'not ', count, name.replace('\n', ' ')))
        if not good:
            bad = 1
            for text in more:
                print('# ' + '\n# '.join(str(text).splitlines()[:40]))
        sys.stdout.flush()
    return good


def same(got, expected, name):
    return ok(got == expected, name, 'got      %r' % (got,), 'expected %r' % (expected,))


def finish():
    print('1..%d' % count)
    sys.exit(bad)


def earshot(*args, text=None):
    done = subprocess.run([EARSHOT, '--home', HOME, *args], input=text, text=True,
                          capture_output=True, timeout=120)
    if done.returncode != 0:
        raise RuntimeError('%r: %s%s' % (args, done.stdout, done.stderr))
    return done.stdout


def apply(*documents):
    earshot('apply', '-', text='\n'.join(json.dumps(doc) for doc in documents))
