# shellcheck shell=sh disable=SC2034
# SPDX-License-Identifier: ISC
# What the shell tests share, sourced: where things are, a directory $tmp and a
# process $server that go with the test, and its verdicts.
top=${TOP_SRCDIR:-$(cd "$(dirname "$0")/.." && pwd)}
build=${BUILDDIR:-$top/build}
tmp=$(mktemp -d "${TMPDIR:-/tmp}/earshot-test.XXXXXX") || exit 99
unset EARSHOT_HOME EARSHOT_DEMO
server=
n=0 bad=0

end()
{
	[ -z "$server" ] || { kill "$server"; wait "$server"; } 2>/dev/null
	rm -rf "$tmp"
}
trap end EXIT
# Else the shell dies of it, and whatever it has started lives on.
trap 'exit 1' HUP INT TERM

# verdict CODE NAME [FILE]: the file says why not.
verdict()
{
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		[ -z "${3-}" ] || sed 's/^/# /;50q' "$3"
		bad=1
	fi
}

# says NAME TEXT PART: the part stands in the text.
says()
{
	printf '%s\n' "$2" >"$tmp/text"
	grep -qF -e "$3" "$tmp/text"
	verdict $? "$1" "$tmp/text"
}

free_port()
{
	python3 "$top/tests/ports.py"
}

# Until the web server answers.
await()
{
	tries=0
	until curl -s -o "$tmp/none" "http://127.0.0.1:$1/" || [ $tries -gt 600 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
}
