# shellcheck shell=sh disable=SC2034,SC2154
# SPDX-License-Identifier: ISC
# What tests of a group share, sourced behind rig.sh: where its sites a, b and c listen, each with
# its home in $tmp, and their daemons, which end with the test.
PATH=$build/src:$PATH
sites="a 127.0.0.1:$(free_port), b 127.0.0.1:$(free_port), c 127.0.0.1:$(free_port)"
trap 'for site in a b c; do stop $site; done; end' EXIT

# at SITE COMMAND...
at() { site=$1; shift; earshot --home "$tmp/$site" "$@"; }
start() { earshotd --home "$tmp/$1" >>"$tmp/$1.log" 2>&1 & echo $! >"$tmp/$1.pid"; }
# stop SITE [SIGNAL]
stop()
{
	[ -s "$tmp/$1.pid" ] || return 0
	kill "-${2-TERM}" "$(cat "$tmp/$1.pid")" 2>/dev/null
	wait "$(cat "$tmp/$1.pid")" 2>/dev/null
	rm -f "$tmp/$1.pid"
}
# A minute of patience, for the command to succeed; what it says is in $tmp/out
until_good()
{
	for _ in $(seq 300); do
		"$@" >"$tmp/out" 2>&1 && return 0
		sleep 0.2
	done
	return 1
}
# posts SITE TEXT: a comment to a plain CGI program there, by the API key $key
posts()
{
	body="{\"user_email\":\"ann@mail.example\",\"author_name\":\"jim@acme.example\",\"comment_text\":\"$2\"}"
	printf %s "$body" | SCRIPT_NAME=/comment.fcgi PATH_INFO=/milestone QUERY_STRING='' \
	    REQUEST_URI=/comment.fcgi/milestone GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=POST \
	    CONTENT_TYPE=application/json REMOTE_ADDR=127.0.0.1 CONTENT_LENGTH=${#body} \
	    HTTP_AUTHORIZATION="Bearer $key" EARSHOT_HOME=$tmp/$1 \
	    "$build/cgi-bin/comment.fcgi" >"$tmp/out" 2>&1
	grep -q 'Status: 200' "$tmp/out"
	verdict $? "a delivery at $1: $2" "$tmp/out"
}
