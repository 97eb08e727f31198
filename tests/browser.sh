#!/bin/sh
# SPDX-License-Identifier: ISC
# The console in a real browser: the stories of console/stories, what people do there, and
# every page at two widths, by day and by night.
#
#	tests/browser.sh [STORY...]	those of tests/run, or these
#	tests/browser.sh --all		every page, too: the walks, which take minutes
#	tests/browser.sh --shots	leaves screenshots of all that is looked at, not only of
#					what is wrong, in browser/shots of the build directory
#	tests/browser.sh --pictures	makes those of README.md and of the guides anew
. "$(dirname "$0")/rig.sh"

# Of npm; they live in the build directory.
driver=playwright-core@1.65.1
rules=axe-core@4.14.1

skip()
{
	echo "1..0 # SKIP $*"
	exit 0
}
# The shell draws the same for half the work, as it has no windows.
chromium=$(command -v chromium-headless-shell || command -v chromium || command -v chromium-browser) ||
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

rm -rf "$modules/shots"
HOME=$tmp node "$top/tests/console/chromium.mjs" "$build" "$tmp" "$chromium" "$modules" "$@" &
server=$!
wait "$server"
code=$?
server=
exit $code
