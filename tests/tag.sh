#!/bin/sh
# SPDX-License-Identifier: ISC
# examples/listener_tag.c, a fourth listener type with its main, behind lighttpd:
# declared, posted to, seen in the store, without a change elsewhere.
top=${TOP_SRCDIR:-$(cd "$(dirname "$0")/.." && pwd)}
build=${BUILDDIR:-$top/build}
dir=$(mktemp -d) || exit 99
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
EARSHOT_HOME=$dir/home
export EARSHOT_HOME
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
	if printf '%s' "$2" | grep -qF "$3"; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		printf '%s\n' "$2" | sed 's/^/#   /'
		bad=1
	fi
}

post()
{
	curl -s -H "Authorization: Bearer $key" -H 'Content-Type: application/json' \
	    -d "$2" "http://127.0.0.1:$port/listen/tag.fcgi$1"
}

"$earshot" init >/dev/null || exit 99
key=$("$earshot" apikey create crm)
cat >"$dir/lighttpd.conf" <<END
server.port = $port
server.bind = "127.0.0.1"
server.document-root = "$dir"
server.modules = ( "mod_fastcgi" )
fastcgi.server = ( "/listen/tag.fcgi" => (( "socket" => "$dir/tag.sock",
	"bin-path" => "$build/examples/tag.fcgi", "max-procs" => 1,
	"bin-environment" => ( "EARSHOT_HOME" => "$EARSHOT_HOME" ), "check-local" => "disable" )) )
END
lighttpd -D -f "$dir/lighttpd.conf" 2>"$dir/log" &
server=$!
tries=0
until curl -s -o "$dir/none" "http://127.0.0.1:$port/" || [ $tries -gt 100 ]; do
	tries=$((tries + 1))
	sleep 0.1
done

check 'a person is told what the program is' \
    "$("$build/examples/tag.fcgi" --help)" 'listeners of type tag'
check 'a listener of the type is declared' "$("$earshot" apply - <<'END'
{"kind":"user","email":"ann@mail.example","roles":["tester"]}
{"kind":"listener","key":"segment","type":"tag","automation":"user","apiKey":"crm","target":{"match":"email","parameter":"email"},"field":"segment","value":"/customer/segment"}
END
)" '2 created'
check 'GET describes it' "$(curl -s -H "Authorization: Bearer $key" \
    "http://127.0.0.1:$port/listen/tag.fcgi/segment")" '/customer/segment'
check 'a delivery is applied' \
    "$(post /segment '{"email":"ann@mail.example","customer":{"segment":"gold"}}')" \
    '"result":"segment = gold"'
check 'the user has the tag' "$("$earshot" user show ann@mail.example)" 'gold'
check 'what is missing is named' "$(post /segment '{"email":"ann@mail.example"}')" \
    '"code":"missing-parameter"'
check 'what is wrong is named' \
    "$(post /segment '{"email":"ann@mail.example","customer":{"segment":7}}')" \
    '"code":"bad-value"'
echo "1..$n"
exit $bad
