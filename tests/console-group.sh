#!/bin/sh
# SPDX-License-Identifier: ISC
# The console of a group: at the machine of a replica as at the master's, who keeps up is on
# its first page, for who runs it.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/rig.sh"
. "$(dirname "$0")/console-rig.sh"

for site in b c; do mkdir -m 700 "$tmp/$site"; done
ln -s "$home" "$tmp/a"
sites="a 127.0.0.1:$(free_port), b 127.0.0.1:$(free_port), c 127.0.0.1:$(free_port)"
for site in a b c; do
	settings <<-CONF
		[console]
		address = $url
		[group]
		site = $site
		sites = $sites
	CONF
	[ $site = a ] || mv "$home/earshot.conf" "$tmp/$site"
done
settings <<-CONF
	[console]
	address = $url
	[group]
	site = a
	sites = $sites
CONF
earshot group key >"$tmp/said" && earshot group found >>"$tmp/said"
verdict $? 'a group is founded' "$tmp/said"
for site in b c; do
	cp -p "$home/group.key" "$home/secret.key" "$tmp/$site"
	"$build/src/earshot" --home "$tmp/$site" group join >"$tmp/said"
done
daemon() { "$build/src/earshotd" --home "$tmp/$1" >>"$tmp/$1.log" 2>&1 & eval "daemon_$1=$!"; }
end() { eval "kill \$daemon_$1 2>/dev/null; wait \$daemon_$1 2>/dev/null"; }
ends()
{
	stop
	for site in a b c; do end $site; done
	rm -rf "$tmp"
}
trap ends EXIT
for site in a b c; do daemon $site; done
# until_group WORDS: so many times in earshot group stat
until_group()
{
	for _ in $(seq 300); do
		[ "$(earshot group stat 2>/dev/null | grep -c "$2")" -ge "$1" ] && return 0
		sleep 0.2
	done
	return 1
}
until_group 2 'replica  *0 bytes'
verdict $? 'it is whole'

row()
{
	grep -q "<td data-label=\"Machine\">$1</td><td data-label=\"Role\">$2</td><td data-label=\"State\"><span class=\"[a-z ]*\">$3</span>" \
	    "$tmp/page"
	verdict $? "home: $1, $2, $3" "$tmp/page"
}
start
sign_in jim@acme.example
answers 'home' 200 /
row a master 'keeps up'
row b replica 'keeps up'
row c replica 'keeps up'
earshot stat --json >"$tmp/said" && grep -q '"group":{"master":"a"' "$tmp/said"
verdict $? 'stat tells it' "$tmp/said"
end c
until_group 1 away
verdict $? 'one is away'
answers 'home then' 200 /
row c replica away
has 'it needs a person' 'c is away or behind'

earshot apply - >"$tmp/said" <<-JSONL
	{"kind":"user","email":"pam@acme.example"}
	{"kind":"project","key":"phone","managers":["pam@acme.example"]}
JSONL
verdict $? 'a manager of a project' "$tmp/said"
sign_in pam@acme.example
answers 'her home' 200 /
lacks 'tells of no machines' 'Machines'

# Behind the web server of a replica
daemon c
until_group 2 'replica  *0 bytes'
verdict $? 'all are there again'
stop
home=$tmp/b
start
sign_in jim@acme.example
answers 'home at a replica' 200 /
row a master 'keeps up'
row b replica 'keeps up'

echo "1..$n"
exit $bad
