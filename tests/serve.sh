#!/bin/sh
# SPDX-License-Identifier: ISC
# The first tries of somebody new: examples/serve with every server, for root with a
# store of root's and for somebody else, and examples/quickstart where its port is taken.
. "$(dirname "$0")/rig.sh"

# serve USER SERVER [OPTION...]: until it says that it is ready, or ends.
serve()
{
	user=$1
	shift
	port=$(free_port)
	: >"$tmp/said"
	# shellcheck disable=SC2086 # words
	setpriv $user -- "$top/examples/serve" "$@" --port "$port" --home "$home" \
	    --bindir "$build/cgi-bin" >"$tmp/said" 2>&1 &
	server=$!
	tries=0
	until grep -q 'is ready' "$tmp/said" || ! kill -0 "$server" 2>/dev/null || [ $tries -gt 600 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
}

# Of each program, at once after it was said to be ready.
all_healthy()
{
	grep -q 'is ready' "$tmp/said" || return
	for program in "$build"/cgi-bin/*.fcgi; do
		type=${program##*/}
		curl -s -f -m 60 "http://127.0.0.1:$port/listen/${type%.fcgi}/-/health" >>"$tmp/said" 2>&1 ||
		    { echo "$type is not well" >>"$tmp/said"; return 1; }
	done
}

quit()
{
	kill "$server" 2>/dev/null
	wait "$server" 2>/dev/null
	server=
}

# all NAME USER: every server, with the store $home
all()
{
	for with in 'lighttpd --mode spawned' 'apache --mode external' nginx caddy; do
		# shellcheck disable=SC2086 # words
		serve "$2" $with
		all_healthy
		verdict $? "$1, $with: ready, and every program answers" "$tmp/said"
		quit
	done
}

home=$tmp/home
"$build/src/earshot" --home "$home" init >/dev/null || exit 99
me=--pdeathsig\ TERM
if [ "$(id -u)" -eq 0 ]; then
	all "root with a store of root's" "$me"
	serve "$me" apache --mode spawned
	says 'Apache that cannot serve it says what can' "$(cat "$tmp/said")" '--mode external'
	chmod 755 "$tmp"
	home=$tmp/other
	mkdir "$home" && chown www-data:www-data "$home"
	"$build/src/earshot" --home "$home" init >/dev/null || exit 99
	me='--reuid www-data --regid www-data --clear-groups'
fi
all 'somebody with a store of his' "$me"

# ---- a server that ends is no matter of others

# shellcheck disable=SC2086 # words
setpriv $me -- sleep 600 &
bystander=$!
serve "$me" apache --mode shared
all_healthy
verdict $? 'Apache as a host of many: ready, and every program answers' "$tmp/said"
quit
kill "$bystander" 2>"$tmp/said"
verdict $? 'who runs beside it in its process group and as its user goes on when it ends' "$tmp/said"

# ---- not ready before every program is well

mkdir "$tmp/bin"
cp "$build"/cgi-bin/*.fcgi "$tmp/bin"
for program in "$tmp"/bin/*.fcgi; do :; done
cp /bin/false "$program"
BUILDDIR='' timeout 60 setpriv --pdeathsig TERM "$top/examples/serve" nginx --port "$(free_port)" \
    --home "$home" --bindir "$tmp/bin" >"$tmp/said" 2>&1
verdict $((! $?)) 'a program that does not answer is no success' "$tmp/said"
says 'it is named' "$(cat "$tmp/said")" "$(basename "$program" .fcgi) says"

# ---- quickstart where somebody else has its port

python3 - >"$tmp/taken" <<'END' &
import socket, time
try:
    taken = socket.create_server(("127.0.0.1", 8080))
except OSError:
    pass   # by somebody else: just as well
print("taken", flush=True)
time.sleep(600)
END
server=$!
until [ -s "$tmp/taken" ]; do
	sleep 0.1
done
said=$(BUILDDIR=$build "$top/examples/quickstart" --once 2>&1)
says 'quickstart takes another port and says so' "$said" 'Port 8080 is taken: serving on 80'
says 'and carries out all that it shows' "$said" '"outcome":"applied","listener":"usage"'
said=$(BUILDDIR=$build "$top/examples/quickstart" --once --port 8080 2>&1)
says 'but not another than the one that is asked for' "$said" 'something else listens on port 8080'
echo "1..$n"
exit $bad
