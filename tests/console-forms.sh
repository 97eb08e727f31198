#!/bin/sh
# SPDX-License-Identifier: ISC
# Forms of documents in the console: each kind comes back to the letter; macros of every action,
# by buttons alone, tried on somebody before they are saved; rights; many at once.
. "$(dirname "$0")/rig.sh"
. "$(dirname "$0")/console-rig.sh"

settings <<-CONF
	[console]
	address = $url
	[web]
	base_url = http://127.0.0.1:$port/listen
CONF
start >/dev/null
python3 "$top/tests/console/forms.py" "$build/src/earshot" "$home" "$url"
code=$?
[ $code -eq 0 ] || sed 's/^/# /;30q' "$tmp/served"
exit $code
