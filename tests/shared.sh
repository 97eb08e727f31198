#!/bin/sh
# SPDX-License-Identifier: ISC
# Shared hosting: installed by a user into one directory, run as plain CGI the way
# suexec runs programs, looked at by host-check.
. "$(dirname "$0")/rig.sh"

# Says whether the command succeeds, and what $tmp/out holds when it does not.
check()
{
	name=$1
	shift
	"$@"
	verdict $? "$name" "$tmp/out"
}

has()
{
	grep -q -e "$1" "$tmp/${2-out}"
}

not()
{
	! "$@"
}

# As the user of the host, who is nobody special.
me=
if [ "$(id -u)" -eq 0 ]; then
	me="setpriv --reuid www-data --regid www-data --clear-groups"
	chown www-data:www-data "$tmp"
	chmod 755 "$tmp"
fi
user()
{
	# shellcheck disable=SC2086 # words
	$me env -i PATH="$tmp/fake:/usr/bin:/bin" LC_ALL=C.UTF-8 "$@" >"$tmp/out" 2>&1
}

# Like suexec: an empty environment but for the request, the directory of the
# program, small limits. cgi PROGRAM METHOD PATH [VARIABLE=VALUE]...
cgi()
{
	program=$1 method=$2 path=$3
	shift 3
	(
		cd "$user/web" || exit 1
		umask 000
		ulimit -n 40
		ulimit -t 10
		ulimit -v "$memory"
		# shellcheck disable=SC2086 # words
		exec $me env -i PATH=/usr/local/bin:/usr/bin:/bin GATEWAY_INTERFACE=CGI/1.1 \
		    REQUEST_METHOD="$method" REQUEST_URI="/listen/$program$path" PATH_INFO="$path" \
		    SCRIPT_NAME="/listen/$program" QUERY_STRING= REMOTE_ADDR=192.0.2.7 \
		    SERVER_PROTOCOL=HTTP/1.1 "$@" "./$program"
	) >"$tmp/out" 2>"$tmp/err"
}

# A sanitizer maps more addresses than a small host lets a program have.
memory=200000 mode=shared
if grep -q -e __asan_init -e __tsan_init "$build/src/earshot"; then
	memory=unlimited mode=cgi
fi

mkdir "$tmp/fake"
printf '#!/bin/sh\n' >"$tmp/fake/crontab"
chmod 755 "$tmp/fake/crontab"
user=$tmp/user home=$tmp/user/store
make -C "$build" -s install-user DESTDIR="$tmp/built" >"$tmp/said" 2>&1
cp "$tmp/said" "$tmp/out"
check 'make install-user says what comes next' has 'bin/earshot tick'
check 'and refuses to guess where' not make -C "$build" -s install-user DESTDIR= 2>"$tmp/out"
debugged()
{
	for program in "$tmp"/built/bin/*; do
		readelf -S "$program" 2>/dev/null | grep -q '[.]debug_info' && echo "$program"
	done >"$tmp/out"
	[ -s "$tmp/out" ]
}
check 'the programs are stripped' not debugged

# Built in one place, used in another
mv "$tmp/built" "$user"
[ -z "$me" ] || chown -R www-data:www-data "$user"
check 'a store is made beside the programs, wherever they are' user "$user/bin/earshot" init
check 'there' has "the store is at $home\$"
check 'the web space gets its files' user "$user/bin/install-web" "$user/web"
built_in()
{
	grep -r -l "$tmp/built" "$user/bin" "$user/web" >"$tmp/out"
}
check 'nothing knows where it was built' not built_in
echo '# mine' >>"$user/web/.htaccess"
check 'it can be done again' user "$user/bin/install-web" "$user/web"
check 'what was changed in .htaccess is kept' has 'differs from ours and is kept'
mv "$user/web/.htaccess.new" "$user/web/.htaccess"
check 'files for another place name that' user "$user/bin/install-web" --place /home/ann/e "$user/far"
check 'in each program' test "$(grep -l "EARSHOT_HOME='/home/ann/e/store'" "$user"/far/*.fcgi | wc -l)" \
    -eq "$(ls "$build"/cgi-bin/*.fcgi | wc -l)"
check 'the store does not get inside the web space' not user "$user/bin/install-web" "$user"

# Small files, to see below that they go.
sed -i 's/^#* *log_file_bytes *=.*/log_file_bytes = 256K/' "$home/earshot.conf"
user "$user/bin/earshot" --home "$home" apikey create demo --json
key=$(sed -n 's/.*"secret": *"\([^"]*\)".*/\1/p' "$tmp/out")
check 'with a key' test -n "$key"
check 'and the demo' user "$user/bin/earshot" --home "$home" apply "$user/share/demo.jsonl"

body='{"user_email":"ann@mail.example","author_name":"jim@acme.example","comment_text":"by suexec"}'
echo "$body" | cgi comment.fcgi POST /milestone CONTENT_TYPE=application/json \
    CONTENT_LENGTH="${#body}" HTTP_AUTHORIZATION="Bearer $key"
check 'a delivery is applied with an empty environment and small limits' has '"outcome":"applied"'
lines()
{
	[ "$(wc -l <"$tmp/err")" -eq "$1" ] || { cp "$tmp/err" "$tmp/out"; return 1; }
}
check 'it has one line in the log' lines 1
check 'that tells what happened' has '^20[0-9T:-]*Z comment\.fcgi\[[0-9]*\] info: delivery=[0-9a-f-]\{36\} type=comment listener=milestone outcome=applied status=200 address=192\.0\.2\.7 apiKey=demo target=[0-9]*$' err
echo '{}' | cgi comment.fcgi POST "$(printf '/mile\nstone\033[31m forged: \377')" CONTENT_LENGTH=2 \
    HTTP_AUTHORIZATION="Bearer $key"
check 'a hostile request as well' lines 1
escaped()
{
	! LC_ALL=C grep -q '[^ -~]' "$tmp/err"
}
check 'in which nothing stands as it was sent' escaped
open_to_others()
{
	find "$home" -perm /077 ! -type s >"$tmp/out"
	[ ! -s "$tmp/out" ]
}
check 'whatever umask there is, the store is closed to others' open_to_others

# Many deliveries, and never an owner that stays: what they log is removed in time.
long=$(printf '%016000d' 0)
body='{"user_email":"ann@mail.example","author_name":"jim@acme.example","comment_text":"'$long'"}'
for i in $(seq 80); do
	echo "$body" | cgi comment.fcgi POST /milestone CONTENT_TYPE=application/json \
	    CONTENT_LENGTH="${#body}" HTTP_AUTHORIZATION="Bearer $key"
	has '"outcome":"applied"' || break
done
check 'many long deliveries are applied' test "$i" -eq 80 -a "$(grep -c applied "$tmp/out")" -eq 1
few_logs()
{
	ls "$home"/log.* >"$tmp/out"
	[ "$(wc -l <"$tmp/out")" -le 4 ]
}
check 'and leave few files of log' few_logs
printf '[limits]\nbody_timeout = 300ms\n' >"$home/earshot.conf"
[ -z "$me" ] || chown www-data:www-data "$home/earshot.conf"
rm "$tmp/out"
# Until it is answered
{
	printf '{"user_email":'
	tries=0
	until [ -s "$tmp/out" ] || [ $tries -gt 600 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
} | cgi comment.fcgi POST /milestone CONTENT_TYPE=application/json \
    CONTENT_LENGTH="${#body}" HTTP_AUTHORIZATION="Bearer $key"
check 'a body that does not come in time may be sent again' has '^Status: 408'
check 'and it is told what came' has 'only 14 bytes of the body'
rm "$home/earshot.conf"
check 'cron can run a round' user "$user/bin/earshot" --home "$home" tick

# ---- what the host lacks

hosts()
{
	user "$user/bin/host-check" --home "$home" --web "$user/web" "$@"
}
check 'host-check finds nothing missing' hosts
check 'it has looked' has 'ok .*comment.fcgi answers'
chmod 755 "$home"
check 'it finds a store that is open to others' not hosts
check 'and says how to close it' has 'MISSING .*chmod 700'
chmod 700 "$home"
chmod 644 "$user/web/data.fcgi"
check 'a program that cannot be executed' not hosts
check 'by its name' has 'MISSING .*data.fcgi is not executable'
chmod 777 "$user/web/data.fcgi"
check 'one that others may write to' not hosts
chmod 755 "$user/web/data.fcgi"
rm "$user/web/.htaccess"
check 'a missing .htaccess' not hosts
check 'a store inside the web space' not user "$user/bin/host-check" --home "$user/web/store" --web "$user/web"
rm "$tmp/fake/crontab"
check 'a host without cron' not hosts
check 'and only that' has 'MISSING  crontab'
printf '#!/bin/sh\n' >"$tmp/fake/crontab"
chmod 755 "$tmp/fake/crontab"

# serve PROGRAM: examples/serve, of one host or another
serve()
{
	port=$(free_port)
	BUILDDIR=$build "$1" apache --mode "$mode" --port "$port" --home "$home" >"$tmp/server" 2>&1 &
	server=$!
	for i in $(seq 600); do
		grep -q 'is ready' "$tmp/server" && break
		kill -0 "$server" 2>/dev/null || break
		sleep 0.1
	done
}
serve "$top/examples/serve"
url()
{
	user "$user/bin/host-check" --url "http://127.0.0.1:$port/$1"
}
check "host-check looks at the URL (try $i)" url listen
check 'finds that Authorization comes through' has 'ok .*Authorization reaches'
check 'and large bodies' has 'ok .*megabyte'
check 'a wrong URL is found' not url wrong
check 'and called so' has 'MISSING .*not the URL'

# ---- what hosts allow in an .htaccess

# host ALLOWED OPTIONS [SED]: a host with these AllowOverride and Options, and what the
# user has changed in his .htaccess. host-check goes to $tmp/out.
host()
{
	kill "$server" && wait "$server"
	rm -rf "$tmp/host"
	mkdir "$tmp/host"
	cp -R "$top/examples" "$top/conf" "$tmp/host"
	sed -i -e "s/AllowOverride FileInfo.*/AllowOverride $1/" -e "s/Options +ExecCGI/Options $2/" \
	    -e 's/authz_core cgi env mime rewrite/& negotiation/' "$tmp/host/examples/serve"
	[ -z "${3-}" ] || sed -i -e "$3" "$tmp/host/conf/htaccess.in"
	port=$(free_port)
	BUILDDIR=$build "$tmp/host/examples/serve" apache --mode "$mode" --port "$port" --home "$home" \
	    >"$tmp/server" 2>&1 &
	server=$!
	await "$port"
	url listen
}
# The first cause, and no second
one()
{
	[ "$(grep -c '^MISSING' "$tmp/out")" -eq 1 ] && has "MISSING .*$1"
}
delivered()
{
	curl -s -m 60 -H "Authorization: Bearer $key" -H 'Content-Type: application/json' \
	    -d '{"user_email":"ann@mail.example","author_name":"jim@acme.example","comment_text":"host"}' \
	    "http://127.0.0.1:$port/listen/comment/milestone" >"$tmp/out"
	has '"outcome":"applied"'
}
if [ "$mode" = shared ]; then
	for allowed in 'FileInfo AuthConfig Limit' 'FileInfo' 'FileInfo AuthConfig Limit Indexes' All; do
		for options in '+ExecCGI' '+ExecCGI +MultiViews +Indexes'; do
			check "AllowOverride $allowed, Options $options" host "$allowed" "$options"
			check 'a delivery is applied there' delivered
		done
	done
	check 'AllowOverride None is found' not host None +ExecCGI
	check 'by its name, and nothing else' one 'AllowOverride FileInfo'
	check 'so is a host where programs may not run' not host All '-ExecCGI'
	check 'by the line of .htaccess that helps' one 'Options +ExecCGI'
	check 'which does' host All '-ExecCGI' 's/^#Options/Options/'
	check 'and if the host forbids it' not host FileInfo '-ExecCGI' 's/^#Options/Options/'
	check 'that is told' one 'a line that this host forbids'
	check 'mod_rewrite may be missing' not host All +ExecCGI 's/^RewriteEngine/RewriteMachine/'
	check 'its line is to be looked for' one 'a line that this host forbids'
	check 'CGIPassAuth can be used instead' host All +ExecCGI \
	    's/^#CGIPassAuth/CGIPassAuth/;/HTTP_AUTHORIZATION/d'
	check 'a key that does not come through is found' not host All +ExecCGI '/HTTP_AUTHORIZATION/d'
	check 'and where to look' one 'CGIPassAuth in .htaccess'
fi

# ---- a host with mod_fcgid, and its usual limit for bodies

# posted SIZE STATUS
posted()
{
	head -c "$1" /dev/zero | curl -s -o "$tmp/out" -w '%{http_code}\n' -m 60 -X POST -H 'Expect:' \
	    -H 'Content-Type: application/json' -H "Authorization: Bearer $key" --data-binary @- \
	    "http://127.0.0.1:$port/listen/comment/milestone" >"$tmp/status"
	cat "$tmp/status" >>"$tmp/out"
	grep -q "^$2$" "$tmp/status"
}
if [ "$mode" = shared ]; then
	kill "$server" && wait "$server"
	rm -rf "$tmp/host"
	mkdir "$tmp/host"
	cp -R "$top/examples" "$top/conf" "$tmp/host"
	sed -i -e 's/^AddHandler cgi-script/AddHandler fcgid-script/' -e 's/^#Rewrite/Rewrite/' \
	    -e 's/^LimitRequestBody .*/LimitRequestBody 0/' "$tmp/host/conf/htaccess.in"
	sed -i "s/mpm_prefork authz_core cgi /mpm_prefork authz_core fcgid /" "$tmp/host/examples/serve"
	serve "$tmp/host/examples/serve"
	check "mod_fcgid takes what the host allows (try $i)" posted 131000 400
	for size in 132000 1500000 9000000; do
		check "and $size bytes are refused for good" posted $size 413
	done
	check 'host-check finds the limit' not url listen
	check 'and names it' has 'MISSING .*megabyte is answered 413'
fi
echo "1..$n"
exit $bad
