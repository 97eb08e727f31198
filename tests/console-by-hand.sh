#!/bin/sh
# SPDX-License-Identifier: ISC
# What managers change by hand in the console, as a browser without script has it: external data by
# their types, the text of comments; and what admins have: a trial e-mail, figures, links that sign
# others in, and sessions of others. Whoever may not does not.
. "$(dirname "$0")/rig.sh"
. "$(dirname "$0")/console-rig.sh"

/usr/bin/python3 "$top/tests/console/mailbox.py" $$ >"$tmp/mails" &
relay=$!
trap 'kill $relay 2>/dev/null; end' EXIT
tries=0
until grep -q smtp: "$tmp/mails" || [ $tries -gt 600 ]; do
	tries=$((tries + 1))
	sleep 0.1
done
settings <<-CONF
	tls = off
	[console]
	address = $url
CONF
sed -i "s|^url = smtp.*|url = $(head -n 1 "$tmp/mails")|" "$home/earshot.conf"
start >/dev/null
python3 "$top/tests/console/by_hand.py" "$build/src/earshot" "$home" "$url"
code=$?
[ $code -eq 0 ] || sed 's/^/# /;30q' "$tmp/served"
exit $code
