#!/bin/sh
# SPDX-License-Identifier: ISC
# Listeners by the pages of the console: each type is created, changed and posted to.
. "$(dirname "$0")/rig.sh"

home=$tmp/home
port=$(free_port)
"$build/src/earshot" --home "$home" init --demo >"$tmp/said" || exit 99
printf '[web]\nbase_url = http://127.0.0.1:%s/listen\n' "$port" >"$home/earshot.conf"
setpriv --pdeathsig TERM -- "$top/examples/serve" lighttpd --port "$port" --home "$home" \
    --bindir "$build/cgi-bin" >"$tmp/served" 2>&1 &
server=$!
await "$port"
python3 "$top/tests/console/listener.py" "$build/src/earshot" "$home" \
    "http://127.0.0.1:$port/listen/console"
code=$?
[ $code -eq 0 ] || sed 's/^/# /;30q' "$tmp/served"
exit $code
