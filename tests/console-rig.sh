# shellcheck shell=sh disable=SC2034,SC2154
# SPDX-License-Identifier: ISC
# What the tests of the console by curl share, sourced behind rig.sh: a demo store behind
# SERVER [MODE] of examples/serve, lighttpd when none is named, and a browser without script.
kind=${1:-lighttpd} mode=${2:-}
home=$tmp/home
# As whom everything is run: Apache runs no programs as root.
me='--pdeathsig TERM'
chmod 755 "$tmp"
if [ "$(id -u):$kind" = 0:apache ] && [ "$mode" != external ]; then
	me="$me --reuid www-data --regid www-data --clear-groups"
	mkdir "$home" && chown www-data:www-data "$home"
fi
earshot()
{
	# shellcheck disable=SC2086 # words
	setpriv $me -- "$build/src/earshot" --home "$home" "$@"
}
earshot init --demo >"$tmp/said" || exit 99
# The API key "demo", by which senders come
key=$(grep -o 'ear_[0-9A-Za-z]*' "$tmp/said" | head -n 1)
port=$(free_port)
listen=http://127.0.0.1:$port/listen
url=$listen/console
# The settings, with what stands on standard input
settings()
{
	{
		printf '[mail]\nurl = smtp://127.0.0.1:1\nfrom = beta@acme.example\n'
		cat
	} >"$home/earshot.conf" && chmod 600 "$home/earshot.conf" &&
	    chown --reference="$home" "$home/earshot.conf"
}
start()
{
	: >"$tmp/served"
	# shellcheck disable=SC2086 # words, or none
	setpriv $me -- "$top/examples/serve" "$kind" ${mode:+--mode "$mode"} \
	    --port "$port" --home "$home" --bindir "$build/cgi-bin" >"$tmp/served" 2>&1 &
	server=$!
	tries=0
	until grep -q 'is ready' "$tmp/served" || ! kill -0 "$server" 2>/dev/null || [ $tries -gt 600 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
	grep -q 'is ready' "$tmp/served"
	verdict $? "$kind is ready" "$tmp/served"
}
stop()
{
	kill "$server" 2>/dev/null
	wait "$server" 2>/dev/null
	server=
}

# deliver TYPE/NAME JSON [CURL OPTION...]: the answer is in $tmp/answer
deliver()
{
	at=$1 body=$2
	shift 2
	curl -s -m 60 -H "Authorization: Bearer $key" -H 'Content-Type: application/json' "$@" \
	    -d "$body" "$listen/$at" >"$tmp/answer"
}

jar=$tmp/jar
# page PATH [CURL OPTION...]: as who has the jar; the answer with its head is in $tmp/page
page()
{
	path=$1
	shift
	curl -s -i -m 60 -H Expect: -b "$jar" -c "$jar" "$@" "$url$path" | tr -d '\r' >"$tmp/page"
}
# answers NAME STATUS PATH [CURL OPTION...]
answers()
{
	name=$1 status=$2
	shift 2
	page "$@"
	sed -n '1s/^HTTP[^ ]* \([0-9]*\).*/\1/p' "$tmp/page" | grep -qx "$status"
	verdict $? "$name: $status" "$tmp/page"
}
has()
{
	grep -qF -e "$2" "$tmp/page"
	verdict $? "$1" "$tmp/page"
}
# The line as a whole
has_line()
{
	grep -qxF -e "$2" "$tmp/page"
	verdict $? "$1" "$tmp/page"
}
lacks()
{
	grep -qF -e "$2" "$tmp/page"
	verdict $((! $?)) "$1" "$tmp/page"
}
# The value of a hidden field on the last page
hidden()
{
	sed -n "s/.*name=\"$1\" value=\"\([^\"]*\)\".*/\1/p" "$tmp/page" | head -n 1
}
csrf()
{
	page /you
	hidden csrf
}
token_of_link()
{
	earshot console link "$1" | sed 's/.*token=//'
}
# sign_in USER: by a link, into an empty jar
sign_in()
{
	rm -f "$jar"
	page /sign-in/link -d "token=$(token_of_link "$1")"
}
