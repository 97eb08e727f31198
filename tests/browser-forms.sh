#!/bin/sh
# SPDX-License-Identifier: ISC
# Forms of the console in Chromium: cards, tags at the caret, an e-mail that is tried and can do
# nothing, secrets that are shown once; every page of these at two widths, judged by axe-core.
. "$(dirname "$0")/rig.sh"

driver=playwright-core@1.65.1
rules=axe-core@4.14.1

skip()
{
	echo "1..0 # SKIP $*"
	exit 0
}
chromium=$(command -v chromium || command -v chromium-browser) ||
    skip 'Chromium is not installed (examples/packages install browser)'
for program in node npm; do
	command -v $program >"$tmp/said" || skip "$program is not installed (examples/packages install browser)"
done
modules=$build/browser
if [ "$(cat "$modules/has" 2>/dev/null)" != "$driver $rules" ]; then
	mkdir -p "$modules" && npm install --no-audit --no-fund --silent --prefix "$modules" \
	    $driver $rules >"$tmp/said" 2>&1 ||
	    skip "npm could not fetch $driver and $rules: $(head -n 1 "$tmp/said")"
	echo "$driver $rules" >"$modules/has"
fi

home=$tmp/home
port=$(free_port)
url=http://127.0.0.1:$port/listen
"$build/src/earshot" --home "$home" init --demo >"$tmp/made" || exit 99
printf '[web]\nbase_url = %s\n[console]\naddress = %s/console\n' "$url" "$url" >"$home/earshot.conf"
setpriv --pdeathsig TERM -- "$top/examples/serve" lighttpd --port "$port" --home "$home" \
    --bindir "$build/cgi-bin" >"$tmp/served" 2>&1 &
server=$!
await "$port"
HOME=$tmp node "$top/tests/console/forms.mjs" "$build/src/earshot" "$home" "$url/console" \
    "$chromium" "$modules" "$modules/forms"
code=$?
[ $code -eq 0 ] || sed 's/^/# /;30q' "$tmp/served"
exit $code
