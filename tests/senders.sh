#!/bin/sh
# SPDX-License-Identifier: ISC
# The curl command of each listener's description, run as a person would: with
# the API key and the secret in the environment, and nothing else changed.
top=${TOP_SRCDIR:-$(cd "$(dirname "$0")/.." && pwd)}
build=${BUILDDIR:-$top/build}
dir=$(mktemp -d) || exit 99
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
EARSHOT_HOME=$dir/home
NO_COLOR=1
export EARSHOT_HOME NO_COLOR
earshot=$build/src/earshot
server=
n=0
bad=0

end()
{
	[ -z "$server" ] || { kill "$server"; wait "$server"; } 2>/dev/null
	rm -rf "$dir"
}
trap end EXIT

check()
{
	n=$((n + 1))
	if printf '%s' "$2" | grep -qF -e "$3"; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		printf '%s\n' "$2" | sed 's/^/#   /'
		bad=1
	fi
}

"$earshot" init >/dev/null || exit 99
API_KEY=$("$earshot" apikey create app)
SECRET='a $ecret, "quoted" `and` odd'
export API_KEY SECRET

# "KEY SENDER": every sender whose signature fits into a command.
senders='plain
github {"preset":"github"
gitlab {"preset":"gitlab"
jira {"preset":"jira"
bugzilla {"preset":"bugzilla"
stripe {"preset":"stripe"
slack {"preset":"slack"
shopify {"preset":"shopify"
sentry {"preset":"sentry"
own {"preset":"hmac","header":"X-Own-Signature","hash":"sha512","encoding":"base64","prefix":"v$1:","signed":"id.timestamp.body","timestampHeader":"X-Time","idHeader":"X-Id"'
{
	cat <<'END'
{"kind":"user","email":"ann@example.com"}
{"kind":"group","key":"it's","name":"G","automation":"user","fields":[{"label":"A","parameter":"it's","type":"string"}]}
END
	printf '%s\n' "$senders" | while read -r key sender; do
		[ -n "$sender" ] && sender="\"sender\":$sender,\"secrets\":[\"a \$ecret, \\\"quoted\\\" \`and\` odd\"]}," ||
		    sender='"apiKey":"app",'
		printf '{"kind":"listener","key":"%s","type":"data","automation":"user",%s"target":{"match":"email","parameter":"mail"},"group":"g"}\n' "$key" "$sender"
	done
} | sed "s/\"key\":\"it's\"/\"key\":\"g\"/" >"$dir/documents"
check 'the listeners are declared' "$("$earshot" apply "$dir/documents" 2>&1)" '12 created'

"$top/examples/serve" lighttpd --port "$port" --home "$EARSHOT_HOME" --bindir "$build/cgi-bin" \
    >"$dir/log" 2>&1 &
server=$!
tries=0
until curl -s -o "$dir/none" "http://127.0.0.1:$port/" || [ $tries -gt 100 ]; do
	tries=$((tries + 1))
	sleep 0.1
done

for key in $(printf '%s\n' "$senders" | cut -d' ' -f1); do
	curl -s -H "Authorization: Bearer $API_KEY" "http://127.0.0.1:$port/listen/data.fcgi/$key" |
	    python3 -c 'import json, sys; print(json.load(sys.stdin)["curl"])' >"$dir/curl"
	check "$key: its description's command" "$(sh "$dir/curl" 2>&1)" '"outcome":"applied"'
done
SECRET=wrong
check 'which needs the right secret' "$(sh "$dir/curl" 2>&1)" '"code":"bad-signature"'
echo "1..$n"
exit $bad
