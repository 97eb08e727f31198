#!/bin/sh
# SPDX-License-Identifier: ISC
# The console by curl, as a browser without script has it: what is refused; signing in by link,
# mail, password and the web server; lists and forms. Behind lighttpd, or
#
#	tests/console.sh nginx                      SERVER [MODE [refusals]] of examples/serve
#
# With the word "refusals" only what each server could let through: tests/console-servers.sh.
. "$(dirname "$0")/rig.sh"
. "$(dirname "$0")/console-rig.sh"
only=${3:-}

settings <<-EOF
	[console]
	address = $url
EOF
start

# ---- nobody is signed in

answers 'home without a session' 303 /
has_line 'leads to the sign-in' 'Location: /listen/console/sign-in'
answers 'a page' 303 '/automation/user?project=phone'
has_line 'is where one comes to afterwards' \
    'Location: /listen/console/sign-in?to=%2Fautomation%2Fuser%3Fproject%3Dphone'
for path in /sign-in /nothing / /automation/user; do
	page "$path"
	has "no frame shows $path" "frame-ancestors 'none'"
	has_line 'nor in older browsers' 'X-Frame-Options: DENY'
done
answers 'the page to sign in' 200 /sign-in
for header in "Content-Security-Policy: default-src 'none'; style-src 'self'; script-src 'self'" \
    'X-Frame-Options: DENY' 'Referrer-Policy: same-origin' 'Cache-Control: no-store' \
    'X-Content-Type-Options: nosniff'; do
	has "with $header" "$header"
done
lacks 'no style is inline' '<style'
asset=$(sed -n 's/.*href="[^"]*\(\/assets\/[^"]*css\)".*/\1/p' "$tmp/page")
answers 'the style sheet' 200 "$asset"
has_line 'is kept for ever' 'Cache-Control: public, max-age=31536000, immutable'
answers 'an older one' 404 /assets/console.000000000000.css
answers 'what there is not' 404 /nothing
answers 'an unknown method' 405 /sign-in -X DELETE
answers 'a form without a session' 303 /you/sessions/end -d csrf=x
answers 'health' 200 /-/health

# ---- by a link

token=$(token_of_link jim@acme.example)
answers 'a link that is looked at' 200 "/sign-in/link?token=$token"
answers 'and once more, as mail scanners do' 200 "/sign-in/link?token=$token"
answers 'one that was asked for on the way to a page' 200 "/sign-in/link?token=$token&to=%2Fyou%3Fa%3D1"
has 'remembers it' '<input type="hidden" name="to" value="/you?a=1">'
answers 'one that would lead elsewhere' 200 "/sign-in/link?token=$token&to=%2F%2Fevil.example"
lacks 'does not' evil.example
answers 'is used by its button' 303 /sign-in/link -d "token=$token" -d to=/you
has_line 'leads to where one wanted' 'Location: /listen/console/you'
has 'the cookie is for no script' 'HttpOnly; SameSite=Lax'
has 'a plain name over plain HTTP' 'Set-Cookie: earshot-session='
answers 'home' 200 /
has 'tells who it is' 'Jim Ito'
rm -f "$jar"
answers 'the link is used up' 422 /sign-in/link -d "token=$token"
answers 'a token that was made up' 422 /sign-in/link -d token=0000
answers 'a link from another site' 403 /sign-in/link -d token=0000 -H 'Origin: https://evil.example'
for to in //evil.example https://evil.example '/\evil.example' '/
X-Evil: y'; do
	rm -f "$jar"
	answers "leading elsewhere by $to" 303 /sign-in/link \
	    -d "token=$(token_of_link jim@acme.example)" --data-urlencode "to=$to"
	has_line 'comes to nothing' 'Location: /listen/console/'
	lacks 'and adds no header' 'X-Evil'
done
earshot console link ann@mail.example >"$tmp/said" 2>&1
verdict $((! $?)) 'a tester gets no link' "$tmp/said"
says 'and it is said how' "$(cat "$tmp/said")" 'roles+=admin'

# A session of somebody's own making is none.
printf '127.0.0.1\tFALSE\t/\tFALSE\t0\tearshot-session\t%064d\n' 0 >"$jar"
answers 'a session that was made up' 303 /
has 'is taken away' 'Max-Age=0'
sign_in jim@acme.example
before=$(grep -o '[0-9a-f]\{64\}' "$jar")
page /sign-in/link -d "token=$(token_of_link jim@acme.example)"
after=$(grep -o '[0-9a-f]\{64\}' "$jar")
[ "$before" != "$after" ] && [ -n "$after" ]
verdict $? 'signing in renews the token' "$jar"
cp "$jar" "$tmp/second"
printf '127.0.0.1\tFALSE\t/\tFALSE\t0\tearshot-session\t%s\n' "$before" >"$jar"
answers 'and the one before is none any more' 303 /you
cp "$tmp/second" "$jar"

# ---- who asks

csrf=$(csrf)
answers 'a form without its token' 403 /you/sessions/end -d x=y
answers 'with another' 403 /you/sessions/end -d "csrf=$(echo "$csrf" | tr 0-9a-f 1-9a-f0)"
answers 'from another origin' 403 /you/sessions/end -d "csrf=$csrf" -H 'Origin: https://evil.example'
answers 'from none' 403 /you/sessions/end -d "csrf=$csrf" -H 'Origin: null'
answers 'from another site' 403 /you/sessions/end -d "csrf=$csrf" -H 'Sec-Fetch-Site: cross-site'
answers 'as JSON' 415 /you/sessions/end -H 'Content-Type: application/json' -d '{}'
{
	printf 'csrf=%s' "$csrf"
	seq -f '&f%.0f=' 80000
} | tr -d '\n' >"$tmp/long"
answers 'a form of 80,000 fields' 413 /you/sessions/end -d "@$tmp/long"
sed 's/^csrf=[^&]*&//' "$tmp/long" >"$tmp/stranger"
answers 'and from a stranger' 413 /sign-in/mail -b none -d "@$tmp/stranger"
answers 'from its own' 303 /you/sessions/end -d "csrf=$csrf" \
    -H "Origin: http://127.0.0.1:$port" -H 'Sec-Fetch-Site: same-origin'

# ---- a session that ends takes nothing with it that was typed

ours="Origin: http://127.0.0.1:$port"
typed="-d /key=kept -d roles=a -d roles=b --data-urlencode /name=Kept<b>"
cp "$jar" "$tmp/second"
rm "$jar"
# shellcheck disable=SC2086 # words
answers 'a form without a session, of our own page' 403 /documents/team/new $typed -H "$ours" -d csrf=x
has 'says so' '<h1>You are not signed in any more</h1>'
has 'leads to the sign-in beside it' 'href="/listen/console/sign-in" target="_blank"'
has 'keeps what was typed' 'name="/name" value="Kept&lt;b&gt;"'
has 'all of it' 'name="roles" value="b"'
lacks 'for no session' 'name="csrf"'
answers 'a password' 303 /you/password -H "$ours" -d csrf=x -d 'password=twelve letters' -d 'repeat=twelve letters'
has_line 'is kept nowhere' 'Location: /listen/console/sign-in'
cp "$tmp/second" "$jar"
# shellcheck disable=SC2086 # words
answers 'sent in another session' 403 /documents/team/new $typed -H "$ours" -d csrf=x
has 'it asks once more' '<h1>Send it once more</h1>'
has 'in this one' "name=\"csrf\" value=\"$csrf\""
has 'to the same page' 'action="/listen/console/documents/team/new"'
# shellcheck disable=SC2086 # words
answers 'and then it is done' 303 /documents/team/new $typed -H "$ours" -d "csrf=$csrf"
# shellcheck disable=SC2086 # words
answers 'a form of whoever' 403 /documents/team/new $typed -d csrf=x
lacks 'gets no token' 'name="csrf"'

# ---- roles

earshot user set ann@mail.example 'roles:=["viewer"]' >"$tmp/said"
sign_in ann@mail.example
answers 'a viewer looks' 200 /automation/user
lacks 'and has no button' 'Create an external listener'
answers 'no form' 403 /documents/group/new
csrf=$(csrf)
answers 'and no change' 403 /documents/listener/switch/milestone -d "csrf=$csrf"
earshot user set ann@mail.example 'roles:=["tester"]' >"$tmp/said"
answers 'without a role the session is none' 303 /automation/user

earshot project set phone 'managers+=pam@acme.example' >"$tmp/said" 2>&1
echo '{"kind":"user","email":"pam@acme.example"}
{"kind":"macro","key":"own","project":"phone","automation":"user","actions":[{"action":"add-points","points":1}]}
{"kind":"macro","key":"others","project":"watch","automation":"user","actions":[{"action":"add-points","points":1}]}
{"kind":"listener","key":"others","project":"watch","automation":"user","type":"macro","macro":"others","sender":{"preset":"github","secrets":["a long secret of theirs"]}}
{"kind":"macro","key":"everybodys","automation":"user","actions":[{"action":"add-points","points":1}]}' |
    earshot apply - >>"$tmp/said" 2>&1
earshot project set phone 'managers+=pam@acme.example' >>"$tmp/said"
sign_in pam@acme.example
csrf=$(csrf)
answers 'a manager of a project' 200 /
has 'has it' '>Phone beta<'
lacks 'and no other' 'Watch beta'
answers 'what belongs to it' 200 /documents/macro
has 'stands in the list' 'phone/own'
lacks 'other projects do not' 'watch/'
lacks 'nor what belongs to the community' 'everybodys'
answers 'his own' 200 /documents/macro/edit/phone/own
answers 'he changes' 303 /documents/macro/switch/phone/own -d "csrf=$csrf" -d back=/
for what in listener/edit/watch/others listener/remove/watch/others user/edit/jim@acme.example; do
	answers "the form of $what" 403 "/documents/$what"
done
for what in edit ready duplicate; do
	answers "the page of a listener of others: $what" 403 "/listeners/$what/watch/others"
	lacks 'without their secret' 'a long secret of theirs'
done
answers 'a change of it by hand' 403 /listeners/edit/watch/others -d "csrf=$csrf" -d /name=mine \
    -d /automation=user -d /type=macro
listener="-d csrf=$csrf -d /key=mine -d /automation=user -d /type=macro -d /macro=others"
# shellcheck disable=SC2086 # words
answers 'one of his own making there' 422 /listeners/new $listener -d /project=watch
has 'is refused by name' 'project watch'
# shellcheck disable=SC2086 # words
answers 'or for everybody' 422 /listeners/new $listener
for what in watch/others everybodys; do
	answers "the page of $what" 403 "/documents/macro/edit/$what"
	answers "a hand-made change of $what" 403 "/documents/macro/switch/$what" -d "csrf=$csrf"
	answers "removing $what by hand" 403 "/documents/macro/remove/$what" -d "csrf=$csrf"
done
earshot macro show everybodys >"$tmp/page"
has 'nothing of that was done' everybodys
answers 'a rule of the community' 422 /documents/macro/new -d "csrf=$csrf" -d /key=x -d /automation=user
answers 'the settings' 403 /documents/setting/edit/setting

# ---- through a proxy that has ended TLS

sign_in jim@acme.example
cp "$jar" "$tmp/second"
answers 'a session' 200 /you
stop
settings <<-EOF
	[console]
	address = https://beta.acme.example/listen/console
	[web]
	trusted_proxies = 127.0.0.1
EOF
start
rm -f "$jar"
answers 'under the address of the console, which is https' 303 /sign-in/link \
    -d "token=$(token_of_link jim@acme.example)" -H 'Host: beta.acme.example'
has 'the cookie is of the host alone' 'Set-Cookie: __Host-earshot='
rm -f "$jar"
proto='X-Forwarded-Proto: https'
# Caddy believes no client of its own either, and says what it has itself.
[ "$kind" != caddy ] || proto='Host: beta.acme.example'
answers 'behind TLS' 303 /sign-in/link -d "token=$(token_of_link jim@acme.example)" -H "$proto"
has 'the cookie is of the host alone' 'Set-Cookie: __Host-earshot='
has 'and goes over TLS alone' '; Secure'
plain=$(grep -o '[0-9a-f]\{64\}' "$tmp/second")
answers 'a cookie of plain HTTP is none under TLS' 303 /you -b "earshot-session=$plain" \
    -H 'Host: beta.acme.example'
host=127.0.0.1:$port
[ "$kind" != caddy ] || host=beta.acme.example
answers 'a form of the same host over plain HTTP' 403 /sign-in/link -d token=0000 -H "$proto" \
    -H "Origin: http://$host"
answers 'and its own' 422 /sign-in/link -d token=0000 -H "$proto" -H "Origin: https://$host"
earshot console link jim@acme.example >"$tmp/page"
has 'links have the address' 'https://beta.acme.example/listen/console/sign-in/link?token='

# ---- whom the web server has signed in: as a CGI server hands it over

stop
# by_server USER [COOKIE]
by_server()
{
	# shellcheck disable=SC2086 # words
	setpriv $me -- env -i PATH="$PATH" EARSHOT_HOME="$home" GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=GET \
	    REQUEST_URI=/listen/console/you REMOTE_ADDR=127.0.0.1 HTTP_HOST=localhost \
	    ${1:+"REMOTE_USER=$1"} ${2:+"HTTP_COOKIE=$2"} "$build/cgi-bin/console.fcgi" \
	    </dev/null 2>"$tmp/said" | tr -d '\r' >"$tmp/page"
}
by_server jim@acme.example
has_line 'REMOTE_USER counts for nothing' 'Location: /listen/console/sign-in?to=%2Fyou'
settings <<-EOF
	[console]
	trust_remote_user = true
EOF
by_server jim@acme.example
has_line 'unless the settings say so' 'Location: /listen/console/you'
cookie=$(grep -o 'earshot-session=[0-9a-f]*' "$tmp/page")
by_server jim@acme.example "$cookie"
has 'then it signs in' 'Jim Ito'
by_server ann@mail.example "$cookie"
has_line 'who has no role does not come in, nor by another cookie' 'Status: 403 Forbidden'
by_server '' "$cookie"
has_line 'a session that it has begun ends with it' 'Location: /listen/console/sign-in?to=%2Fyou'

# A form of whom the server has signed in, whose session here has ended
printf 'csrf=x&/key=remote&/name=Remote' >"$tmp/form"
# remote_form [COOKIE]: the form, as a CGI server hands it over
remote_form()
{
	# shellcheck disable=SC2086 # words
	setpriv $me -- env -i PATH="$PATH" EARSHOT_HOME="$home" GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=POST \
	    REQUEST_URI=/listen/console/documents/team/new REMOTE_ADDR=127.0.0.1 HTTP_HOST=localhost \
	    HTTP_ORIGIN=http://localhost CONTENT_TYPE=application/x-www-form-urlencoded \
	    CONTENT_LENGTH="$(wc -c <"$tmp/form")" REMOTE_USER=jim@acme.example ${1:+"HTTP_COOKIE=$1"} \
	    "$build/cgi-bin/console.fcgi" <"$tmp/form" 2>"$tmp/said" | tr -d '\r' >"$tmp/page"
}
remote_form
has 'is kept, too' 'name="/name" value="Remote"'
cookie=$(grep -o 'earshot-session=[0-9a-f]*' "$tmp/page")
printf 'csrf=%s&/key=remote&/name=Remote' "$(hidden csrf)" >"$tmp/form"
remote_form "$cookie"
has_line 'and done in the session that is begun' 'Status: 303 See Other'

# What a client says of itself is nobody, where no server has asked him.
start
for header in 'Remote-User: jim@acme.example' 'Remote_User: jim@acme.example' \
    'REMOTE_USER: jim@acme.example' 'X-Remote-User: jim@acme.example' \
    'X-Forwarded-User: jim@acme.example' \
    "Authorization: Basic $(printf 'jim@acme.example:x' | base64)"; do
	rm -f "$jar"
	answers "by the header ${header%%:*}" 303 /you -H "$header"
	has_line 'nobody is signed in' 'Location: /listen/console/sign-in?to=%2Fyou'
done
stop

if [ "$only" = refusals ]; then
	echo "1..$n"
	exit $bad
fi

settings <<-EOF
	[console]
	address = $url
EOF
start
sign_in jim@acme.example

# ---- lists and forms

answers 'user automation' 200 /automation/user
has 'has the listeners' 'Milestones of testers'
has 'their type in words' 'Add Comment'
answers 'of a project' 200 '/automation/feedback?project=phone'
lacks 'has no other' '<code>watch/'
answers 'of nothing' 404 /automation/nothing
for what in setting project rank team user feedback template group filter view macro listener \
    schedule apikey; do
	answers "documents of kind $what" 200 "/documents/$what"
	answers "a new $what" 200 "/documents/$what/new"
done
answers 'a kind that there is not' 404 /documents/nothing
answers 'a name that is a program' 404 '/documents/group/edit/%3Cscript%3Ealert(1)%3C%2Fscript%3E'
lacks 'is told harmless' '<script>alert'

csrf=$(csrf)
new="-d csrf=$csrf -d /key=signals -d /automation=user"
field='-d /fields/0/label=Signal -d /fields/0/parameter=signal -d /fields/0/type=string'
# shellcheck disable=SC2086 # words
answers 'a form with mistakes' 422 /documents/group/new -d "csrf=$csrf" -d '/key=Not a key' \
    -d /automation=user -d /fields/0/type=integer \
    --data-urlencode '/name=<script>alert(1)</script>'
has 'comes back with a title that says so' '<title>Error: New: External Data Group'
has 'says that there is a problem' 'There is a problem'
has 'leads to the field' '<a href="#f-key">'
has 'has a message at it' 'id="f-key-problem"'
has 'that is tied to it' 'aria-describedby="f-key-help f-key-problem" aria-invalid="true"'
has 'also in a row' 'id="f-fields-0-parameter-problem"'
has 'keeps what was typed, harmless' 'value="&lt;script&gt;alert(1)&lt;/script&gt;"'
lacks 'no program comes back' '<script>alert'
# shellcheck disable=SC2086 # words
answers 'one more row, without script' 200 /documents/group/new $new $field -d 'ask=add /fields'
has 'there it is' 'name="/fields/1/label"'
has 'beside what was typed' 'value="Signal"'
seq -f '&/fields/%.0f/label=x' 0 499 | tr -d '\n' >"$tmp/rows"
# shellcheck disable=SC2086 # words
answers 'a form with hundreds of mistakes' 422 /documents/group/new $new -d "@$tmp/rows"
has 'tells of some' 'There is more that is wrong'
# shellcheck disable=SC2086 # words
answers 'a good form' 303 /documents/group/new $new $field -d /name=Signals
answers 'the list' 200 /documents/group
has 'says so, once' 'signals is made.'
answers 'and the next time' 200 /documents/group
lacks 'no more' 'signals is made.'
earshot group show signals --json >"$tmp/page" 2>&1
has 'it is in the store' '"signal"'
# shellcheck disable=SC2086 # words
answers 'the same once more' 422 /documents/group/new $new $field -d /name=Signals
has 'is refused at its key' 'There is a group &quot;signals&quot; already'

answers 'its form' 200 /documents/group/edit/signals
version=$(hidden version)
change="-d csrf=$csrf -d version=$version -d /automation=user"
# shellcheck disable=SC2086 # words
answers 'a change' 303 /documents/group/edit/signals $change $field -d '/name=Other signals'
# shellcheck disable=SC2086 # words
answers 'a change of what somebody has changed meanwhile' 422 /documents/group/edit/signals \
    $change $field -d /name=Mine
has 'is told' 'Somebody else has changed it'
has 'keeps what was typed' 'value="Mine"'
answers 'removing' 200 /documents/group/remove/signals
has 'leads back to its own page' '<a href="/listen/console/groups/edit/signals">Keep it</a>'
answers 'what is used' 422 /documents/group/remove/usage -d "csrf=$csrf"
has 'is told by whom' 'listener usage'
answers 'what is not' 303 /documents/group/remove/signals -d "csrf=$csrf"
has_line 'and then to the list of groups' 'Location: /listen/console/groups'
answers 'is gone' 404 /documents/group/edit/signals
for odd in %2F a%2F %2F%2F '*' %20; do
	answers "a form of what can have no such name, $odd" 404 "/documents/group/edit/$odd" \
	    --path-as-is
	answers "and a change of it" 404 "/documents/group/edit/$odd" --path-as-is \
	    -d "csrf=$csrf" -d version=0
done

answers 'switching a listener off' 303 /documents/listener/switch/milestone -d "csrf=$csrf" \
    -d back=/automation/user
earshot listener list --columns key,enabled --csv >"$tmp/page"
has 'is in the store' 'milestone,false'
answers 'and on' 303 /documents/listener/switch/milestone -d "csrf=$csrf" -d on=1 -d back=//evil.example
has_line 'back to where it was done, and nowhere else' 'Location: /listen/console/'

# ---- by mail, by password

rm -f "$jar"
answers 'a mail to no address' 422 /sign-in/mail -d user=
has 'is asked for at its field' '<a href="#f-user">Type your e-mail address.</a>'
answers 'a mail to who may' 200 /sign-in/mail -d user=jim@acme.example
sed 's/jim@acme\.example/X/; /^Date\|^X-Earshot-Delivery\|^Content-Length/d' "$tmp/page" >"$tmp/known"
answers 'a mail to nobody' 200 /sign-in/mail -d user=nobody@mail.example
sed 's/nobody@mail\.example/X/; /^Date\|^X-Earshot-Delivery\|^Content-Length/d' "$tmp/page" >"$tmp/unknown"
diff "$tmp/known" "$tmp/unknown" >"$tmp/page" 2>&1
verdict $? 'are answered the same' "$tmp/page"
earshot outbox list --columns id,to,subject --csv >"$tmp/page"
has 'one is on its way' 'jim@acme.example,Sign in to'
lacks 'the other is not' nobody@mail.example
id=$(sed -n 's/^\([0-9a-f-]*\),jim@acme.*Sign in.*/\1/p' "$tmp/page" | head -n 1)
earshot outbox show "$id" >"$tmp/page"
has 'who looks into the outbox sees it' jim@acme.example
lacks 'and cannot use it' token=
for i in 1 2 3 4; do
	answers "mail is asked for, time $i" 200 /sign-in/mail -d user=jim@acme.example
done
earshot outbox list --columns to,subject --csv | grep -c 'jim@acme.example,Sign in' >"$tmp/page"
[ "$(cat "$tmp/page")" -le 3 ]
verdict $? 'and not sent each time' "$tmp/page"

sign_in jim@acme.example
csrf=$(csrf)
answers 'a short password' 422 /you/password -d "csrf=$csrf" -d password=short -d repeat=short
has 'is told at its field' '<p class="wrong-text" id="f-password-problem">'
answers 'one that is typed differently' 422 /you/password -d "csrf=$csrf" \
    -d 'password=correct horse battery' -d 'repeat=correct horse batterie'
answers 'a good one' 303 /you/password -d "csrf=$csrf" -d 'password=correct horse battery' \
    -d 'repeat=correct horse battery'
rm -f "$jar"
answers 'a wrong password' 422 /sign-in/password -d user=jim@acme.example -d password=wrong
has 'is told without saying which part' 'name and password do not belong together'
answers 'of nobody' 422 /sign-in/password -d user=nobody@mail.example -d password=wrong
has 'likewise' 'name and password do not belong together'
answers 'the right one' 303 /sign-in/password -d user=jim@acme.example \
    -d 'password=correct horse battery'
answers 'signs in' 200 /you
has 'by that' '<td data-label="By">password</td>'
csrf=$(csrf)
answers 'no password any more' 303 /you/password -d "csrf=$csrf" -d remove=1
rm -f "$jar"
answers 'opens nothing' 422 /sign-in/password -d user=jim@acme.example \
    -d 'password=correct horse battery'
for i in 1 2 3 4 5 6 7 8 9 10; do
	page /sign-in/password -d user=nobody@mail.example -d "password=guess $i"
done
answers 'too many guesses' 422 /sign-in/password -d user=nobody@mail.example -d password=guess
has 'are told' 'wait for a quarter of an hour'

# ---- sessions

sign_in jim@acme.example
cp "$jar" "$tmp/first"
sign_in jim@acme.example
csrf=$(csrf)
answers 'all others end' 303 /you/sessions/end -d "csrf=$csrf"
answers 'this one goes on' 200 /you
cp "$jar" "$tmp/second"
cp "$tmp/first" "$jar"
answers 'the other does not' 303 /you
cp "$tmp/second" "$jar"
earshot console sessions --columns user,by --csv >"$tmp/page"
has 'the command line lists them' 'jim@acme.example,link'
answers 'signing out' 303 /sign-out -d "csrf=$csrf"
cp "$tmp/second" "$jar"
answers 'ends it, also for who has kept the cookie' 303 /you
sign_in jim@acme.example
earshot console end jim@acme.example >"$tmp/said"
verdict $? 'the command line ends them' "$tmp/said"
answers 'and they are' 303 /you
echo '{"kind":"user","email":"eve@acme.example","roles":["admin"]}' | earshot apply - >"$tmp/said" 2>&1
sign_in eve@acme.example
answers 'somebody else' 200 /you
earshot user remove eve@acme.example --yes >>"$tmp/said" 2>&1
answers 'a deleted account' 303 /you

# ---- in company: each sees himself, while owners of the store are killed

people='1 2 3 4 5 6 7 8'
for i in $people; do
	echo "{\"kind\":\"user\",\"email\":\"person$i@acme.example\",\"roles\":[\"viewer\"]}"
done | earshot apply - >"$tmp/said"
for i in $people; do
	sign_in "person$i@acme.example"
	mv "$jar" "$tmp/jar.$i"
done
# look N: one's own page, again and again; what is not one's own is told. Where the owner that
# is killed is the console itself, the web server answers 5xx for what it was about.
look()
{
	for turn in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		curl -s -m 60 --retry 60 --retry-delay 1 -b "$tmp/jar.$1" -o "$tmp/look.$1" "$url/you"
		grep -q "<dd>person$1@acme.example</dd>" "$tmp/look.$1" || {
			echo "person$1, turn $turn:"
			cat "$tmp/look.$1"
		} >>"$tmp/wrong"
		sleep 0.1
	done
}
: >"$tmp/wrong"
lookers=
for i in $people; do
	look "$i" &
	lookers="$lookers $!"
done
by_cgi()
{
	[ "$mode" = cgi ] || [ "$mode" = shared ]
}
# By plain CGI each request has an owner of its own.
for i in 1 2 3; do
	! by_cgi || break
	sleep 0.7
	kills "owner $i"
done
# shellcheck disable=SC2086 # process ids
wait $lookers
[ ! -s "$tmp/wrong" ]
verdict $? "160 pages of 8 people, and 3 owners killed" "$tmp/wrong"
recovered()
{
	[ "$(grep -c 'owns the store after recovery' "$tmp/served")" -ge 3 ]
}
tries=0
until by_cgi || recovered || [ $tries -gt 600 ]; do
	tries=$((tries + 1))
	sleep 0.1
done
by_cgi || recovered
verdict $? 'they were' "$tmp/served"

# ---- switched off

stop
settings <<-EOF
	[console]
	enabled = false
EOF
start
answers 'a console that is switched off' 404 /
has 'says who switches it on' 'earshot.conf'

echo "1..$n"
exit $bad
