#!/bin/sh
# SPDX-License-Identifier: ISC
# The console in a real browser: what a manager does there, every page at two widths, by day
# and by night, by keyboard alone, and what hostile names do. Screenshots of what it has seen are
# in browser/shots of the build directory.
#
#	tests/browser.sh --pictures	makes those of README.md anew
. "$(dirname "$0")/rig.sh"

pictures=
[ "${1-}" != --pictures ] || pictures=$top/examples/guides/images

# Of npm; they live in the build directory.
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
key=$(grep -o 'ear_[A-Za-z0-9_]*' "$tmp/made")
printf '[web]\nbase_url = %s\n[console]\naddress = %s/console\n' "$url" "$url" >"$home/earshot.conf"
setpriv --pdeathsig TERM -- "$top/examples/serve" lighttpd --port "$port" --home "$home" \
    --bindir "$build/cgi-bin" >"$tmp/served" 2>&1 &
server=$!
await "$port"
rm -rf "$modules/shots"
HOME=$tmp node "$top/tests/console/chromium.mjs" "$build/src/earshot" "$home" "$url/console" \
    "$chromium" "$modules" "$modules/shots" "$key" ${pictures:+"$pictures"}
code=$?
[ $code -eq 0 ] || sed 's/^/# /;30q' "$tmp/served"
exit $code
