# SPDX-License-Identifier: ISC
"""Checks in Python, told as TAP. What is a part of a shell test goes on from its $COUNT."""
import os, sys

count, failed = int(os.environ.get("COUNT", 0)), 0


def check(name, good, said=""):
    """said: what is told when it is not good, of much the end."""
    global count, failed
    count += 1
    failed += not good
    print("%s %d - %s" % ("ok" if good else "not ok", count, name), flush=True)
    if not good:
        for line in str(said).strip().splitlines()[-25:]:
            print("#   " + line)
    return good


def finish():
    print("1..%d" % count, flush=True)
    sys.exit(failed > 0)
