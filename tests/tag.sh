#!/bin/sh
# SPDX-License-Identifier: ISC
# examples/listener_tag.c, a fourth listener type with its main, behind lighttpd:
# declared, posted to, seen in the store, without a change elsewhere.
. "$(dirname "$0")/rig.sh"
port=$(free_port)
EARSHOT_HOME=$tmp/home
export EARSHOT_HOME
earshot=$build/src/earshot

post()
{
	curl -s -H "Authorization: Bearer $key" -H 'Content-Type: application/json' \
	    -d "$2" "http://127.0.0.1:$port/listen/tag.fcgi$1"
}

"$earshot" init >/dev/null || exit 99
key=$("$earshot" apikey create crm)
cat >"$tmp/lighttpd.conf" <<END
server.port = $port
server.bind = "127.0.0.1"
server.document-root = "$tmp"
server.modules = ( "mod_fastcgi" )
fastcgi.server = ( "/listen/tag.fcgi" => (( "socket" => "$tmp/tag.sock",
	"bin-path" => "$build/examples/tag.fcgi", "max-procs" => 1,
	"bin-environment" => ( "EARSHOT_HOME" => "$EARSHOT_HOME" ), "check-local" => "disable" )) )
END
lighttpd -D -f "$tmp/lighttpd.conf" 2>"$tmp/log" &
server=$!
await "$port"

says 'a person is told what the program is' \
    "$("$build/examples/tag.fcgi" --help)" 'listeners of type tag'
says 'a listener of the type is declared' "$("$earshot" apply - <<'END'
{"kind":"user","email":"ann@mail.example","roles":["tester"]}
{"kind":"listener","key":"segment","type":"tag","automation":"user","apiKey":"crm","target":{"match":"email","parameter":"email"},"field":"segment","value":"/customer/segment"}
END
)" '2 created'
says 'GET describes it' "$(curl -s -H "Authorization: Bearer $key" \
    "http://127.0.0.1:$port/listen/tag.fcgi/segment")" '/customer/segment'
says 'a delivery is applied' \
    "$(post /segment '{"email":"ann@mail.example","customer":{"segment":"gold"}}')" \
    '"result":"segment = gold"'
says 'the user has the tag' "$("$earshot" user show ann@mail.example)" 'gold'
says 'what is missing is named' "$(post /segment '{"email":"ann@mail.example"}')" \
    '"code":"missing-parameter"'
says 'what is wrong is named' \
    "$(post /segment '{"email":"ann@mail.example","customer":{"segment":7}}')" \
    '"code":"bad-value"'
echo "1..$n"
exit $bad
