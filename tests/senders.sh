#!/bin/sh
# SPDX-License-Identifier: ISC
# The curl command of each listener's description, run as a person would: with
# the API key and the secret in the environment, and nothing else changed.
. "$(dirname "$0")/rig.sh"
port=$(free_port)
EARSHOT_HOME=$tmp/home
NO_COLOR=1
export EARSHOT_HOME NO_COLOR
earshot=$build/src/earshot

"$earshot" init >/dev/null || exit 99
API_KEY=$("$earshot" apikey create app --verb deliver --verb describe)
SECRET='a $ecret, "quoted" `and` odd'
export API_KEY SECRET

standard=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
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
	# Keys in base64
	for key in standard-webhooks svix; do
		printf '{"kind":"listener","key":"%s","type":"data","automation":"user","sender":{"preset":"%s","secrets":["%s"]},"target":{"match":"email","parameter":"mail"},"group":"g"}\n' \
		    "$key" "$key" "$standard"
	done
} | sed "s/\"key\":\"it's\"/\"key\":\"g\"/" >"$tmp/documents"
says 'the listeners are declared' "$("$earshot" apply "$tmp/documents" 2>&1)" '14 created'

"$top/examples/serve" lighttpd --port "$port" --home "$EARSHOT_HOME" --bindir "$build/cgi-bin" \
    >"$tmp/log" 2>&1 &
server=$!
await "$port"

for key in $(printf '%s\n' "$senders" | cut -d' ' -f1); do
	curl -s -H "Authorization: Bearer $API_KEY" "http://127.0.0.1:$port/listen/data.fcgi/$key" |
	    python3 -c 'import json, sys; print(json.load(sys.stdin)["curl"])' >"$tmp/curl"
	says "$key: its description's command" "$(sh "$tmp/curl" 2>&1)" '"outcome":"applied"'
done
for key in standard-webhooks svix; do
	curl -s -H "Authorization: Bearer $API_KEY" "http://127.0.0.1:$port/listen/data.fcgi/$key" |
	    python3 -c 'import json, sys; print(json.load(sys.stdin)["curl"])' >"$tmp/curl"
	says "$key: its description's command" "$(SECRET=$standard sh "$tmp/curl" 2>&1)" '"outcome":"applied"'
done
SECRET=wrong
says 'which needs the right secret' "$(sh "$tmp/curl" 2>&1)" '"code":"bad-signature"'
echo "1..$n"
exit $bad
