#!/bin/sh
# SPDX-License-Identifier: ISC
# Scenarios behind every server in every mode: the cells of the table in README.md,
# so that nothing is said there that is not run. Behind lighttpd, which starts the
# programs itself, each scenario is a test of its own.
top=${TOP_SRCDIR:-$(cd "$(dirname "$0")/.." && pwd)}
tmp=$(mktemp -d "${TMPDIR:-/tmp}/earshot-servers.XXXXXX") || exit 99
jobs=
trap 'kill $jobs 2>/dev/null; wait; rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

"$top/tests/cells" >"$tmp/cells"
n=1 bad=0
count=$(wc -l <"$tmp/cells")
if [ "$count" -ge 9 ]; then
	echo "ok $n - the table in README.md has $count cells"
else
	echo "not ok $n - the table in README.md has $count cells, all of which are run"
	bad=1
fi

sed -i '/^lighttpd spawned /d' "$tmp/cells"
# A sanitizer maps more addresses than the small host of `shared` lets a program have.
if grep -q -e __asan_init -e __tsan_init "${BUILDDIR:-$top/build}/src/earshot"; then
	sed -i '/ shared /d' "$tmp/cells"
fi
count=$(wc -l <"$tmp/cells")

# Two at a time: plain CGI waits a lot.
job()
{
	cases=$top/tests/cases
	# Each in a store of its own; what no server can change is left to lighttpd.
	setpriv --pdeathsig TERM -- "$top/tests/runcase" "$1" "$2" "$cases/hostile.case" "$cases/outcomes.case" \
	    "$cases/payloads.case" "$cases/wire.case" >"$tmp/$1-$2" 2>&1 &&
	    setpriv --pdeathsig TERM -- "$top/tests/runcase" "$1" "$2" "$cases"/sender-*.case >>"$tmp/$1-$2" 2>&1
	echo $? >"$tmp/$1-$2.rc"
}

while read -r server mode file; do
	job "$server" "$mode" &
	jobs="$jobs $!"
	if [ $((count % 2)) -eq 0 ]; then
		wait
		jobs=
	fi
	count=$((count - 1))
done <"$tmp/cells"
wait
jobs=

while read -r server mode file; do
	n=$((n + 1))
	good=$(grep -c '^ok' "$tmp/$server-$mode")
	if [ "$(cat "$tmp/$server-$mode.rc")" = 0 ] && [ -f "${BUILDDIR:-$top/build}/$file" ]; then
		echo "ok $n - $server $mode ($file): $good checks"
	else
		echo "not ok $n - $server $mode ($file)"
		grep -v '^ok' "$tmp/$server-$mode" | sed 's/^/# /'
		bad=1
	fi
done <"$tmp/cells"
echo "1..$n"
exit $bad
