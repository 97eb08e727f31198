#!/bin/sh
# SPDX-License-Identifier: ISC
# What the console refuses, behind every server in every mode: the cells of the table in
# README.md.
top=${TOP_SRCDIR:-$(cd "$(dirname "$0")/.." && pwd)}
tmp=$(mktemp -d "${TMPDIR:-/tmp}/earshot-console.XXXXXX") || exit 99
jobs=
trap 'kill $jobs 2>/dev/null; wait; rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

"$top/tests/cells" >"$tmp/cells"
# A sanitizer maps more addresses than the small host of `shared` lets a program have.
if grep -q -e __asan_init -e __tsan_init "${BUILDDIR:-$top/build}/src/earshot"; then
	sed -i '/ shared /d' "$tmp/cells"
fi

# Two at a time: most of it is waiting.
job()
{
	setpriv --pdeathsig TERM -- sh "$top/tests/console.sh" "$1" "$2" refusals >"$tmp/$1-$2" 2>&1
	echo $? >"$tmp/$1-$2.rc"
}
count=0
while read -r server mode file; do
	job "$server" "$mode" &
	jobs="$jobs $!"
	count=$((count + 1))
	[ $((count % 2)) -eq 1 ] || { wait; jobs=; }
done <"$tmp/cells"
wait
jobs=

n=0 bad=0
while read -r server mode file; do
	n=$((n + 1))
	good=$(grep -c '^ok' "$tmp/$server-$mode")
	if [ "$(cat "$tmp/$server-$mode.rc")" = 0 ] && [ "$good" -gt 50 ]; then
		echo "ok $n - $server $mode ($file): $good checks"
	else
		echo "not ok $n - $server $mode ($file)"
		grep -v '^ok' "$tmp/$server-$mode" | sed 's/^/# /'
		bad=1
	fi
done <"$tmp/cells"
n=$((n + 1))
[ $n -ge 9 ] || bad=1
[ $n -ge 9 ] && echo "ok $n - the table in README.md has its cells" ||
    echo "not ok $n - the table in README.md has its cells"
echo "1..$n"
exit $bad
