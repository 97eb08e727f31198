#!/bin/sh
# SPDX-License-Identifier: ISC
# Lists of people and tickets in the console by curl, as a browser without script has them:
# filters, columns, order, views, pages, CSV; who may see what; hostile strings; and many
# clients at once, of whom each gets his own.
. "$(dirname "$0")/rig.sh"
. "$(dirname "$0")/console-rig.sh"

settings <<-EOF
	[console]
	address = $url
EOF
start

# same NAME FILE FILE
same()
{
	diff "$2" "$3" >"$tmp/diff"
	verdict $? "$1" "$tmp/diff"
}
# ids of the rows of the last page, in their order
rows()
{
	grep -o 'name="id" value="[^"]*"' "$tmp/page" | cut -d '"' -f 4
}
# post PATH NAME=VALUE…: a form, as who has the jar
post()
{
	path=$1
	shift
	for pair in "$@"; do
		set -- "$@" --data-urlencode "$pair"
		shift
	done
	page "$path" --data-urlencode "csrf=$token" "$@"
}
# status NAME N: of the last page
status()
{
	sed -n '1s/^HTTP[^ ]* \([0-9]*\).*/\1/p' "$tmp/page" | grep -qx "$2"
	verdict $? "$1: $2" "$tmp/page"
}
# listed KIND OPTION…: their ids, by the command line
listed()
{
	kind=$1
	shift
	earshot "$kind" list --columns id --csv "$@" 2>"$tmp/none" | tr -d '\r' | sed 1d
}
row='name="id" value='

evil='<script>alert(1)</script>"'"'"'{{site.csrf}}=1+1'
python3 - >"$tmp/more.jsonl" <<-'EOF'
	import json
	def put(**doc): print(json.dumps(doc))
	put(kind="project", key="book", name="Book beta", managers=["bea@acme.example"])
	put(kind="user", email="bea@acme.example", firstName="Bea")
	put(kind="user", email="vic@acme.example", roles=["viewer"])
	put(kind="team", key="readers", project="book", name="Readers")
	put(kind="user", id="evil", email="evil@mail.example", teams=["book/readers"],
	    firstName="<script>alert(1)</script>\"'{{site.csrf}}", lastName="=1+1",
	    fields={"a b<i>": "‮x", "plan": "pro"})
	put(kind="user", email="rea@mail.example", teams=["book/readers"], firstName="Rea")
	put(kind="feedback", id="b1", project="book", title="<b>\"'{{page}}\u202e", submitter="evil@mail.example")
	put(kind="feedback", id="b2", project="book", title="The cover is torn", status="New")
EOF
earshot apply "$tmp/more.jsonl" >"$tmp/said" 2>&1
verdict $? 'more people' "$tmp/said"
sign_in jim@acme.example
token=$(csrf)

# ---- the list

answers 'people' 200 /people
counts 'a page of them' "$row" 50
has 'a column' '>E-mail</a></th>'
has 'a row leads to its record' 'jim%40acme.example">jim@acme.example</a>'
has 'what more there is' 'rel="next">More</a>'
for list in people tickets; do
	kind=user
	[ $list = people ] || kind=feedback
	path=/$list
	: >"$tmp/all"
	while [ -n "$path" ]; do
		page "$path"
		rows >>"$tmp/all"
		path=$(sed -n 's/.*href="\/listen\/console\([^"]*after=[^"]*\)" rel="next".*/\1/p' "$tmp/page" |
		    sed 's/&amp;/\&/g')
	done
	listed $kind >"$tmp/expected"
	same "page by page, every one of the $list once" "$tmp/expected" "$tmp/all"
done
answers 'in an order' 200 '/people?sort=-score'
rows >"$tmp/all"
listed user --sort -score --limit 50 >"$tmp/expected"
same 'as the command line has it' "$tmp/expected" "$tmp/all"
has 'which is told' 'aria-sort="descending"'
answers 'by a name, which no index knows' 200 '/people?sort=lastName'
rows >"$tmp/all"
listed user --sort lastName --limit 50 >"$tmp/expected"
same 'those, too' "$tmp/expected" "$tmp/all"
answers 'other columns' 200 '/people?column=email&column=fields.device&column=data.usage.plan&column=createdAt'
has 'a field of their own' '<th scope="col"><a href="/listen/console/people?column=email&amp;column=fields.device'
has 'one of a data group' '>Product usage: Plan</a></th>'
has 'a time' '<time datetime='
answers 'a column that is none' 200 '/people?column=nonsense'
has 'is told' 'there is no column'
answers 'a filter' 200 '/people?filter=user.score%20%3E%2090'
rows | sort >"$tmp/all"
listed user --filter 'user.score > 90' | sort >"$tmp/expected"
same 'those' "$tmp/expected" "$tmp/all"
has 'is shown as a row of the form' '<option value="user.score" selected>'
answers 'a filter that is none' 200 '/people?filter=user.scoer%20%3E%2090'
has 'is told' 'did you mean'
answers 'a filter that nobody matches' 200 '/people?filter=user.score%20%3E%20900000'
has 'is told' 'Nothing matches the filter.'
answers 'a position that is none' 200 '/people?after=00'
lacks 'brings no rows' "$row"
answers 'a view that is none' 404 '/people?view=nonsense'
answers 'people of a project' 200 '/people?project=book'
counts 'its participants' "$row" 2
answers 'tickets of a project' 200 '/tickets?project=book'
counts 'those' "$row" 2
has 'a macro can be run on some' '<form method="post" action="/listen/console/macros/run" class="rows">'
has 'or on all: those of the project alone' 'name="filter" value="feedback.project == &#39;book&#39;"'
page '/people?project=book&filter=user.score%20%3C%201'
has 'that match' 'name="filter" value="(&#39;book&#39; in user.projects) &amp;&amp; (user.score &lt; 1)"'
page '/people'
has 'or on everybody' 'name="filter" value="true"'

# ---- hostile strings

answers 'who has a hostile name' 200 '/people?project=book&column=firstName&column=lastName&column=%2Ffields%2Fa%20b%3Ci%3E'
has 'shown as it is' '&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;{{site.csrf}}'
has 'a direction that turns is written out' '\xe2\x80\xaex'
lacks 'no script' '<script>alert'
answers 'a hostile title' 200 '/tickets?project=book'
has 'shown as it is' '&lt;b&gt;&quot;&#39;{{page}}\xe2\x80\xae'
for name in filter sort column view project after; do
	page "/people" -G --data-urlencode "$name=$evil"
	lacks "a hostile $name is shown as it is" '<script>alert'
done
page "/people" -G --data-urlencode "filter=user.firstName == '$(printf '%0500d' 0)'"
status 'a long filter' 200

# ---- as CSV

page '/list/people/csv?project=book&column=email&column=firstName&column=lastName&column=score'
cat >"$tmp/expected" <<'EOF'
email,firstName,lastName,score
evil@mail.example,"<script>alert(1)</script>""'{{site.csrf}}",'=1+1,0
rea@mail.example,Rea,,0
EOF
sed '1,/^$/d' "$tmp/page" | sort >"$tmp/all"
same 'CSV, in which no cell is a formula' "$tmp/expected" "$tmp/all"
grep -qx 'Content-Disposition: attachment; filename="people-20[0-9][0-9]-[01][0-9]-[0-3][0-9]\.csv"' "$tmp/page"
verdict $? 'a file to save' "$tmp/page"
page '/list/people/csv?sort=email'
sed '1,/^$/d' "$tmp/page" >"$tmp/all"
earshot user list --sort email --columns email,firstName,lastName,score,teams --spreadsheet | tr -d '\r' >"$tmp/expected"
same 'all of them, as the command line has it' "$tmp/expected" "$tmp/all"
answers 'CSV by a filter that is none' 400 '/list/people/csv?filter=%28'

# ---- another filter

post /list/people 'ask=filter-add' 'column=email'
status 'a condition more' 200
has 'with an empty row' 'name="filter/0/field"'
post /list/people 'ask=filter' 'filter/as=rows' 'filter/all=all' 'filter/0/field=user.score'
has 'which fits the field' '<option value="at-least">'
post /list/people 'ask=count' 'filter/as=rows' 'filter/all=all' 'filter/0/field=user.score' \
    'filter/0/is=more' 'filter/0/value=90'
has 'how many they are' "<strong>$(listed user --filter 'user.score > 90' | wc -l)</strong>"
post /list/people 'ask=filter-expression' 'filter/as=rows' 'filter/all=all' 'filter/0/field=user.score' \
    'filter/0/is=more' 'filter/0/value=90'
has 'as an expression' 'user.score &gt; 90'
post /list/people 'filter/as=rows' 'filter/all=all' 'filter/0/field=user.score' \
    'filter/0/is=more' 'filter/0/value=many' 'column=email'
status 'a value that is none' 422
has 'is told at its row' 'must be a number'
has 'and kept' 'value="many"'
post /list/people 'filter/as=rows' 'filter/all=all' 'filter/0/field=user.score' \
    'filter/0/is=more' 'filter/0/value=90' 'column=email' 'column=score' 'sort=-score'
status 'shown' 303
leads_to >"$tmp/all"
echo '/people?filter=user.score%20%3E%2090&sort=-score&column=email&column=score' >"$tmp/expected"
same 'at an address that says it all' "$tmp/expected" "$tmp/all"
lacks 'what is sent is not offered' 'value="payload"'
page '/tickets'
lacks 'nor are submitters' 'value="user.'
post "/list/people" 'csrf=wrong' 'filter/as=rows'
status 'a form of somebody else' 403

# ---- views

view()
{
	post "$1" 'filter/as=expression' "/filter=$2" 'column=email' 'column=score' 'sort=-score' "save=$3" \
	    "view/name=$4" "view=$5" "version=$6"
}
view /list/people 'user.score > 90' new 'Busy ones' '' ''
status 'a view' 303
leads_to >"$tmp/all"
echo '/people?view=busy-ones' >"$tmp/expected"
same 'is opened' "$tmp/expected" "$tmp/all"
earshot view show busy-ones --json | python3 -c '
import json, sys
doc = json.load(sys.stdin)
print({name: doc.get(name) for name in ("key", "name", "automation", "filter", "columns", "sort")})' >"$tmp/all"
echo "{'key': 'busy-ones', 'name': 'Busy ones', 'automation': 'user', 'filter': 'user.score > 90', 'columns': ['email', 'score'], 'sort': '-score'}" >"$tmp/expected"
same 'is one document' "$tmp/expected" "$tmp/all"
answers 'shown' 200 '/people?view=busy-ones'
rows >"$tmp/all"
listed user --view busy-ones >"$tmp/expected"
same 'as the command line shows it' "$tmp/expected" "$tmp/all"
has 'it is told which' 'View Busy ones'
version=$(hidden version)
answers 'with another order' 200 '/people?view=busy-ones&sort=email'
has 'that is told' 'changed here and not saved'
view /list/people 'user.score > 100' view '' busy-ones "$version"
status 'changed' 303
earshot view show busy-ones --json | grep -q '"filter": *"user.score > 100"'
verdict $? 'is changed'
view /list/people 'user.score > 1' view '' busy-ones "$version"
status 'changed by who has looked before' 422
has 'is told' 'Somebody else has changed it'
view /list/people 'user.score > 90' new 'Busy ones' '' ''
status 'the same name again' 422
view /list/people 'user.score > 90' new '!!' '' ''
status 'no name' 422
has 'is told' 'Say what the view is called'
view '/list/tickets?project=book' "feedback.status == 'New'" new 'New ones' '' ''
status 'a view with a column that tickets do not have' 422
post '/list/tickets?project=book' 'filter/as=expression' "/filter=feedback.status == 'New'" \
    'column=title' 'save=new' 'view/name=New ones'
leads_to >"$tmp/all"
echo '/tickets?view=book%2Fnew-ones&project=book' >"$tmp/expected"
same 'one of a project' "$tmp/expected" "$tmp/all"
answers 'shown' 200 '/tickets?view=book/new-ones'
counts 'with its rows' "$row" 1
answers 'removing it is asked about' 200 /documents/view/remove/busy-ones
post /documents/view/remove/busy-ones
status 'removed' 303
answers 'is gone' 404 '/people?view=busy-ones'

# ---- one user, one ticket

deliver data/usage '{"email":"ann@mail.example","launches":7}'
deliver macro/projects/phone/jira-status \
    '{"issue":{"key":"PHN-7","fields":{"status":{"name":"Done"}}}}'
earshot macro run praise --to ann@mail.example >"$tmp/said" 2>&1 ||
    earshot macro run award --to ann@mail.example >"$tmp/said" 2>&1
delivery=$(earshot delivery list --listener usage --limit 1 --json | grep -o '"id":"[^"]*' | head -n 1 | cut -d '"' -f 4)
answers 'a user' 200 /people/ann@mail.example
has 'by name' '<h1>Ann Lee</h1>'
has 'a member' '<dt>Username</dt><dd>ann </dd>'
has 'teams lead to who is in them' "/people?filter=%27phone%2Fvip%27%20in%20user.teams"
has 'external data' '<td data-label="Value">7</td>'
has 'with the delivery that has set them' "/deliveries/$delivery\">the delivery"
has 'the deliveries about them' '<code>usage</code>'
answers 'by the id, too' 200 /people/3
answers 'nobody' 404 /people/nobody@mail.example
answers 'a ticket' 200 /tickets/1042
has 'by title' '<h1>Ticket 1042: Crash on rotate</h1>'
has 'who has sent it' '/people/ann%40mail.example">ann@mail.example</a>'
has 'a comment' 'Seen again this morning.'
has 'what touched it' '<code>phone/jira-status</code>'
answers 'the submitter, who got mail' 200 /people/ann@mail.example
has 'which is told' '<h2 id="parcels">'
earshot outbox list --json | grep -q '"to": *"ann@mail.example"' && has 'with its state' '<td data-label="State"><span class="state'
answers 'no such ticket' 404 /tickets/nothing
answers 'a hostile user' 200 /people/evil
has 'is shown as it is' '&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;{{site.csrf}} =1+1</h1>'
has 'what turns is written out' '\xe2\x80\xaex'
lacks 'no script' '<script>alert'
answers 'a hostile ticket' 200 /tickets/b1
has 'is shown as it is' 'Ticket b1: &lt;b&gt;&quot;&#39;{{page}}\xe2\x80\xae'

answers 'changing a user' 200 '/people/rea@mail.example?change=1'
version=$(hidden version)
has 'in a form of its members' 'name="/firstName" type="text" value="Rea"'
post /people/rea@mail.example "version=$version" '/email=rea@mail.example' '/firstName=Reah' \
    '/teams=book/readers'
status 'changed' 303
leads_to >"$tmp/all"
echo '/people/rea%40mail.example' >"$tmp/expected"
same 'back to the user' "$tmp/expected" "$tmp/all"
earshot user show rea@mail.example --json | grep -q '"firstName": *"Reah"'
verdict $? 'is changed'
post /people/rea@mail.example "version=$version" '/email=rea@mail.example' '/firstName=Reb'
status 'changed by who has looked before' 422
has 'is told' 'Somebody else has changed it'
has 'with what was typed' 'name="/firstName" type="text" value="Reb"'
post /people/rea@mail.example "version=$(hidden version)" '/email=nonsense'
status 'a wrong address' 422
has 'is told at its field' 'id="f-email-problem"'
answers 'changing a ticket' 200 '/tickets/b2?change=1'
post /tickets/b2 "version=$(hidden version)" '/title=The cover is torn' '/status=Open'
status 'changed' 303

post /comment/tickets/1042 'text=Thank you & <b>well done</b>'
status 'a comment on a ticket' 303
answers 'which is told' 200 /tickets/1042
has 'as it was written' 'Thank you &amp; &lt;b&gt;well done&lt;/b&gt;'
has 'by whom' '/people/jim%40acme.example">jim@acme.example</a>'
earshot audit list --json >"$tmp/audit" 2>&1
grep -q '"kind":"comment"' "$tmp/audit"
verdict $? 'the log of changes has it' "$tmp/audit"
earshot outbox list --json >"$tmp/parcels"
grep -q 'New comment on 1042' "$tmp/parcels"
verdict $? 'and those who follow the ticket are written to' "$tmp/parcels"
page /people/bjorn.akesson@mail.example
has 'which their page tells' '<td data-label="Subject">New comment on 1042: Crash on rotate</td>'
post /comment/tickets/1042 'text='
status 'an empty comment' 422
has 'is told' 'A comment must be 1 to 65536 characters'
post /comment/people/rea@mail.example 'text=Has read it twice' 'project=book'
status 'a comment on a user' 303
page /people/rea@mail.example
has 'of a project' 'project book</span>'
away=$(sed -n 's/.*href="\/listen\/console\(\/documents\/comment\/remove\/[^"]*\)".*/\1/p' "$tmp/page" |
    head -n 1)
page "$away"
has 'that it is removed is asked, with its words' 'Has read it twice'
has 'whoever keeps it is led back' '<a href="/listen/console/people/rea@mail.example">Keep it</a>'
back=$(hidden back)
page "${away%%\?*}?back=%2F%2Fevil.example"
has 'and nowhere else' '<a href="/listen/console/">Keep it</a>'
page "$(echo "${away%%\?*}" | sed 's/remove/edit/')?back=%2F%2Fevil.example"
has 'nor whoever does not change it' '<a href="/listen/console/">Cancel</a>'
post "${away%%\?*}" "back=$back"
status 'it is removed' 303
grep -q '^Location: /listen/console/people/rea@mail.example' "$tmp/page"
verdict $? 'one comes back to the user' "$tmp/page"
page /people/rea@mail.example
lacks 'and it is gone' 'Has read it twice'
earshot value create usage/rea@mail.example values.launches:=3 >"$tmp/said" 2>&1
verdict $? 'external data of somebody' "$tmp/said"
page /people/rea@mail.example
away=$(sed -n 's/.*href="\/listen\/console\(\/documents\/value\/remove\/[^"]*\)".*/\1/p' "$tmp/page" |
    head -n 1)
page "$away"
status 'that external data are removed is asked' 200
post "${away%%\?*}" "back=$(hidden back)"
status 'they are' 303
page /people/rea@mail.example
has 'and gone' 'No other system has stored anything here.'
i=0
while [ $i -lt 12 ]; do
	i=$((i + 1))
	post /comment/tickets/b2 "text=Comment number $i."
done
page /tickets/b2
counts 'ten comments at once' '<li><p class="by">' 10
older=$(sed -n 's/.*href="\/listen\/console\([^"#]*comments=[^"#]*\)#comments">Older.*/\1/p' "$tmp/page")
page "$older"
counts 'older ones behind them' '<li><p class="by">' 2
has 'the first one' 'Comment number 1.'
page "/tickets/b1?comments=$(echo "$older" | sed 's/.*comments=//')"
counts 'not of another ticket' '<li><p class="by">' 0

# ---- the search box

# finds NAME QUERY TEXT…: the page has these links, and no others
finds()
{
	name=$1
	page /search -G --data-urlencode "q=$2"
	shift 2
	printf '%s\n' "$@" | grep . | sort >"$tmp/expected"
	sed -n '/<ul class="found">/,/<\/ul>/s/^<li><a href="\/listen\/console\([^"]*\)".*/\1/p' "$tmp/page" |
	    sort >"$tmp/all"
	same "$name" "$tmp/expected" "$tmp/all"
}
finds 'an address' ann@mail.example /people/ann%40mail.example
finds 'how one begins, in any case' 'BJORN.A' /people/bjorn.akesson%40mail.example
finds 'a name' 'ann lee' /people/ann%40mail.example
finds 'the beginnings of its words, in any order' 'ÅKE bj' /people/bjorn.akesson%40mail.example
finds 'the number of a ticket' 1042 /tickets/1042
finds 'as people write it' '#1042' /tickets/1042
finds 'words of a title' 'rotate crash' /tickets/1042
finds 'a key of Jira' phn-7 /tickets/1042
finds 'a listener, by a path that every server takes' 'jira status' /listeners/edit/phone/jira-status
finds 'a delivery by the beginning of its id' "$(echo "$delivery" | cut -c 1-18)" "/deliveries/$delivery"
curl -s -H "Authorization: Bearer $key" -H 'Content-Type: application/json' \
    -H 'Idempotency-Key: sent-as-4711' -d '{"email":"ann@mail.example","launches":8}' \
    "http://127.0.0.1:$port/listen/data/usage" >"$tmp/answer"
sent=$(grep -o '"delivery":"[^"]*' "$tmp/answer" | cut -d '"' -f 4)
finds 'by the id that its sender gave it' sent-as-4711 "/deliveries/$sent"
finds 'what changed a moment ago' reah /people/rea%40mail.example
finds 'not what it was before' 'rea reb' ''
answers 'many' 200 '/search?q=l'
counts 'five of a kind' '<li><a href="/listen/console/people/' 5
more=$(sed -n 's/.*href="\/listen\/console\([^"]*kind=user\)" rel="next".*/\1/p' "$tmp/page" | sed 's/&amp;/\&/g')
: >"$tmp/all"
while [ -n "$more" ]; do
	page "$more"
	sed -n 's/^<li><a href="\/listen\/console\/people\/\([^"]*\)".*/\1/p' "$tmp/page" | sed 's/%40/@/' >>"$tmp/all"
	more=$(sed -n 's/.*href="\/listen\/console\([^"]*after=[^"]*\)" rel="next".*/\1/p' "$tmp/page" |
	    sed 's/&amp;/\&/g')
done
sort -o "$tmp/all" "$tmp/all"
earshot user list --columns email,firstName,lastName,username --csv | tr -d '\r' | sed 1d |
    grep -i -E '^l|,l|[ -]l' | cut -d , -f 1 | sort >"$tmp/expected"
same 'all of them, page by page' "$tmp/expected" "$tmp/all"
earshot search l --kind user --limit 1000 --json | grep -o '"name":"[^"]*' | cut -d '"' -f 4 | sort >"$tmp/all"
same 'as the command line finds them' "$tmp/expected" "$tmp/all"
answers 'nothing to look for' 200 '/search?q=%20'
has 'is told how' 'People are found by their address'
answers 'a position that is none' 200 '/search?q=ann&kind=user&after=00'
has 'is told' 'belongs to another question'
answers 'a kind that is none' 200 '/search?q=ann&kind=nonsense'
page /search -G --data-urlencode "q=$evil"
lacks 'a hostile question is shown as it is' '<script>alert'
page /search -G --data-urlencode "q=script alert"
has 'and so is a hostile name' '&lt;script&gt;alert(1)&lt;/script&gt;'
page /search -G --data-urlencode "q=$(printf '%0300d' 0)"
has 'what is too long is told' 'must be 1 to 200 bytes'
page /search -G --data-urlencode "q=a b c d e f g h i j k l m n o p q"
has 'and too many words' 'at most 16 words'

# ---- who may see what

sign_in bea@acme.example
token=$(csrf)
answers 'a manager: people' 200 /people
counts 'those of her project' "$row" 2
lacks 'nobody else' 'ann@mail.example'
answers 'tickets' 200 /tickets
counts 'those of her project' "$row" 2
answers 'of another project' 200 '/tickets?project=phone'
lacks 'none' "$row"
has 'she is told' 'needs the right to read project phone'
answers 'as CSV' 403 '/list/people/csv?project=phone'
finds 'of people her participants' rea /people/rea%40mail.example
finds 'nobody else by name' 'ann lee' ''
finds 'nor by the whole address' ann@mail.example ''
finds 'of tickets her own' 'cover torn' /tickets/b2
finds 'no other one' 1042 ''
finds 'no listener of others' 'jira status' ''
finds 'nor deliveries' "$sent" ''
answers 'a participant of hers' 200 /people/rea@mail.example
answers 'somebody else' 403 /people/ann@mail.example
answers 'a ticket of hers' 200 /tickets/b2
answers 'another' 403 /tickets/1042
post /comment/tickets/b2 'text=From Bea'
status 'a comment of hers' 303
post /comment/tickets/1042 'text=From Bea'
status 'but not elsewhere' 403
post /comment/people/rea@mail.example 'text=From Bea' 'project=book'
status 'on a participant, in her project' 303
post /comment/people/rea@mail.example 'text=From Bea'
status 'but not in the community' 422
post /comment/people/ann@mail.example 'text=From Bea' 'project=book'
status 'nor on others' 403
post /people/rea@mail.example 'version=' '/email=rea@mail.example' '/firstName=R'
status 'nor does she change accounts' 422
answers 'of the community by a view of hers' 200 '/tickets?view=book/new-ones&project='
lacks 'none of others' 'href="/listen/console/documents/feedback/edit/1042"'
view '/list/tickets?project=phone' 'true' new 'Mine' '' ''
status 'a view for another project' 422
has 'she may not' 'needs the right to change project phone'
sign_in vic@acme.example
token=$(csrf)
answers 'a viewer: people' 200 /people
has 'all of them' 'jim%40acme.example'
lacks 'and runs no macros' 'macros/run'
post /comment/tickets/b2 'text=From Vic'
status 'nor comments' 403
post /list/people 'filter/as=expression' '/filter=user.score > 90' 'save=new' 'view/name=Mine'
status 'nor saves views' 422
rm -f "$jar"
answers 'nobody: people' 303 /people
answers 'nor CSV' 303 /list/people/csv

# ---- many clients at once

sign_in jim@acme.example
cp "$jar" "$tmp/jar-jim"
sign_in bea@acme.example
cp "$jar" "$tmp/jar-bea"
# client N: what it asks for is its own, and the answer is compared with that of one alone
ask()
{
	i=$1
	case $((i % 6)) in
	4) who=jim path="/search?q=$(printf 'abcdefghijklmnopqrstuvwxyz' | cut -c $((i % 26 + 1)))" ;;
	5) who=bea path="/search?q=$(printf 'rebcovtor' | cut -c $((i % 9 + 1)))" ;;
	0) who=jim path="/list/people/csv?filter=user.score%20%3E%20$((i % 120))&sort=email" ;;
	1) who=jim path="/list/people/csv?sort=-score&column=email&column=id&column=score" ;;
	2) who=bea path="/list/tickets/csv?column=id&column=title&sort=id" ;;
	3) who=bea path="/list/people/csv?project=phone&column=id$i" ;;
	esac
	curl -s -m 60 -b "$tmp/jar-$who" "$url$path" | tr -d '\r'
}
i=0
while [ $i -lt 40 ]; do
	ask $i | grep -v 'page.here\|id[0-9]' >"$tmp/alone.$i"
	i=$((i + 1))
done
pids='' i=0
while [ $i -lt 40 ]; do
	{ ask $i | grep -v 'page.here\|id[0-9]' >"$tmp/among.$i"; } &
	pids="$pids $!" i=$((i + 1))
done
# shellcheck disable=SC2086 # words
wait $pids
i=0 wrong=0
while [ $i -lt 40 ]; do
	[ -s "$tmp/alone.$i" ] && cmp -s "$tmp/alone.$i" "$tmp/among.$i" || wrong=$((wrong + 1))
	i=$((i + 1))
done
[ $wrong -eq 0 ]
verdict $? "forty clients at once, each with its own answer ($wrong wrong)"

stop
echo "1..$n"
exit $bad
