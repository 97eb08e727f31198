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
# counts NAME TEXT N: so many lines of the last page have it
counts()
{
	grep -c -F -e "$2" "$tmp/page" >"$tmp/count"
	[ "$(cat "$tmp/count")" -eq "$3" ]
	verdict $? "$1: $3, got $(cat "$tmp/count")" "$tmp/page"
}
# Where the last answer leads to, below the console
leads_to()
{
	sed -n 's/^Location: \/listen\/console//p' "$tmp/page"
}
# The number beside this word on the last page
tile()
{
	sed -n "s/.*<dt>$1<\/dt><dd>\([0-9,]*\)<.*/\1/p" "$tmp/page" | tr -d ,
}
# is NAME WANTED GOT
is()
{
	[ "$2" = "$3" ]
	verdict $? "$1: $2, got $3" "$tmp/page"
}
# The store has what $tmp/before has
unchanged()
{
	earshot export >"$tmp/now"
	cmp "$tmp/before" "$tmp/now" >"$tmp/differs" 2>&1
	verdict $? "$1" "$tmp/differs"
}
# filled PATH [FIELD=VALUE...]: the form of the last page that is posted there, as it stands but
# for these, in $tmp/form; FIELD=- leaves one out
filled()
{
	python3 -c '
import sys
from urllib.parse import urlencode
sys.path.insert(0, sys.argv[1])
from browser import Browser, Page
browser, path = Browser("http://127.0.0.1"), sys.argv[3].split("?")[0]
browser.page = Page(open(sys.argv[2]).read())
one = next(form for form in browser.page.forms if form["method"] == "post" and
           form["action"].split("?")[0].endswith(path))
browser.form = lambda: one
given = [pair.split("=", 1) for pair in sys.argv[4:]]
names = {name for name, _ in given}
print(urlencode([pair for pair in browser.pairs() if pair[0] not in names] +
                [pair for pair in given if pair[1] != "-"]), end="")
' "$top/tests/console" "$tmp/page" "$@" >"$tmp/form" || exit 99
}
# form NAME STATUS PATH [FIELD=VALUE...]: it is sent
form()
{
	name=$1 status=$2 path=$3
	shift 2
	filled "$@"
	answers "$name" "$status" "$path" -d "@$tmp/form"
}

# comes NAME STATE PATH: an import is in that state; its page is the last one
comes()
{
	tries=0
	page "$3"
	until grep -q "class=\"state $2\"" "$tmp/page" || [ $tries -gt 1200 ]; do
		tries=$((tries + 1))
		sleep 0.1
		page "$3"
	done
	grep -q "class=\"state $2\"" "$tmp/page"
	verdict $? "$1: $2" "$tmp/page"
}
# sends NAME KIND FILE [CURL OPTION...]: a file, as who has $csrf; it is looked at, and its page is
# $to and the last one
keys=0
sends()
{
	sent=$1 of=$2 file=$3
	shift 3
	keys=$((keys + 1))
	answers "$sent is sent" 303 /imports -F "csrf=$csrf" -F "key=$keys" -F "kind=$of" \
	    -F "file=@$file" "$@"
	to=$(leads_to)
	comes "$sent" checked "$to"
}
# imports NAME: what was sent last
imports()
{
	answers "$1 is imported" 303 "$to/start" -d "csrf=$csrf"
	comes "$1" done "$to"
}

# The process that owns the store, when it is one of the programs of the web server
owner()
{
	earshot stat --json | sed -n 's/.*"owner":{"pid":\([0-9]*\),"program":"[a-z]*\.fcgi".*/\1/p'
}
# kills NAME: it is killed
kills()
{
	tries=0
	until pid=$(owner) && [ -n "$pid" ] && kill -9 "$pid" 2>>"$tmp/said" || [ $tries -gt 600 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
	[ $tries -le 600 ]
	verdict $? "$1 is killed" "$tmp/said"
}
# Until all programs answer: for those that were killed the web server does so by itself, with 503,
# until it has replaced them.
served()
{
	for program in "$build"/cgi-bin/*.fcgi; do
		type=${program##*/}
		tries=0
		until curl -s -f -m 60 -o "$tmp/none" "$listen/${type%.fcgi}/-/health" || [ $tries -gt 600 ]; do
			tries=$((tries + 1))
			sleep 0.1
		done
	done
}
