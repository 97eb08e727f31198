#!/bin/sh
# SPDX-License-Identifier: ISC
# How rates change as the store grows: for every size, that many users are
# imported and that many deliveries accepted, then deliveries to users all over
# the store are measured.
#
#   growth.sh [--json FILE] [SIZE]...    (10000 1000000 10000000)
#
# The largest size needs tens of gigabytes and an hour or so; TMPDIR (else /var/tmp) is
# where. The last line is the rate of each size over that of the first.

here=$(cd "$(dirname "$0")" && pwd) || exit 1
json=
case ${1-} in
--json)
	[ $# -gt 1 ] || { echo 'growth.sh: --json needs a file' >&2; exit 2; }
	json=$2
	shift 2 ;;
-*)
	echo 'usage: growth.sh [--json FILE] [SIZE]...' >&2
	exit 2 ;;
esac
[ $# -gt 0 ] || set -- 10000 1000000 10000000

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
for size in "$@"; do
	"$here/run" --only nginx/own --users "$size" --deliveries "$size" --connections 1,32,64 \
	    --warm 4 --seconds 3 --repeats 3 --json "$tmp/$size.json" >"$tmp/table" || {
		echo "growth.sh: size $size failed" >&2
		exit 1
	}
done
python3 - "$tmp" "$json" "$@" <<'END'
import json, sys

directory, target, sizes = sys.argv[1], sys.argv[2], sys.argv[3:]
results = []
for size in sizes:
    with open("%s/%s.json" % (directory, size)) as file:
        made = json.load(file)
    results.append({"size": int(size), "importRate": made["bulk"]["importRate"],
                    "fillRate": made["bulk"]["deliveryRate"],
                    "rates": {str(r["connections"]): r["rate"] for r in made["rows"]},
                    "p99Us": {str(r["connections"]): r["p99Us"] for r in made["rows"]}})
print("%10s %14s %14s %10s %10s %10s %12s" % (
    "size", "users/s", "filled with/s", "1 conn", "32 conn", "64 conn", "p99 us, 64"))
for r in results:
    print("%10d %14.0f %14.0f %10.0f %10.0f %10.0f %12.0f" % (
        r["size"], r["importRate"], r["fillRate"], r["rates"]["1"], r["rates"]["32"],
        r["rates"]["64"], r["p99Us"]["64"]))
ratios = {"%d/%d" % (r["size"], results[0]["size"]):
          round(r["rates"]["64"] / results[0]["rates"]["64"], 3) for r in results[1:]}
print(" ".join("%s %.2f" % pair for pair in ratios.items()))
if target:
    with open(target, "w") as file:
        json.dump({"ratios": ratios, "rows": results}, file, indent=1)
        file.write("\n")
END
