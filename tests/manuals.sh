#!/bin/sh
# SPDX-License-Identifier: ISC
# The manuals are well formed, and know what the programs know: every command
# and option, setting, code of an answer, kind of document and its members.
top=${TOP_SRCDIR:-$(cd "$(dirname "$0")/.." && pwd)}
build=${BUILDDIR:-$top/build}
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
manuals='earshot.1 earshot.conf.5 earshot-listener.7 earshotd.8 listener.fcgi.8'
n=0
bad=0

# Says whether the file is empty, and what is in it when it is not.
nothing()
{
	n=$((n + 1))
	if [ ! -s "$2" ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		sed 's/^/# /' "$2"
		bad=1
	fi
}

# A list that is empty would prove nothing.
at_least()
{
	[ "$(wc -l <"$2")" -ge "$1" ] || echo "only $(wc -l <"$2") were found in the source"
}

# As people read it, in one line and without what makes letters bold.
render()
{
	mandoc -Tascii -O width=1000 "$top/src/$1" | sed 's/.\x08//g' | tr '\n' ' ' |
	    sed -e 's/  */ /g' -e 's/ | /|/g'
}

# Those of the words on standard input that do not stand in the manual.
missing_from()
{
	while IFS= read -r word; do
		grep -q -e "\(^\|[^A-Za-z0-9_-]\)$word\($\|[^A-Za-z0-9_-]\)" "$dir/$1" ||
		    echo "$word"
	done
}

command -v mandoc >/dev/null || {
	echo '1..0 # SKIP mandoc is not installed'
	exit 0
}

for manual in $manuals; do
	mandoc -Tlint -W warning "$top/src/$manual" >"$dir/out" 2>&1
	nothing "$manual is well formed" "$dir/out"
	render "$manual" >"$dir/$manual"
done

# ---- the command

"$build/src/earshot" --help | sed -n 's/^  \([a-z]\)/\1/p' >"$dir/rows"
# The words of a row, without operands; the kinds stand for each other.
sed -e 's/ [[A-Z-].*//' -e 's/   .*//' -e 's/^[a-z]*|[a-z|]*/kind/' "$dir/rows" >"$dir/words"
{
	at_least 25 "$dir/words"
	missing_from earshot.1 <"$dir/words"
} >"$dir/out"
nothing 'earshot.1 has every command' "$dir/out"
sed -n 's/^\([a-z]*|[a-z|]*\) .*/\1/p' "$dir/rows" | tr '|' '\n' | sort -u >"$dir/kinds"
{
	at_least 8 "$dir/kinds"
	missing_from earshot.1 <"$dir/kinds"
} >"$dir/out"
nothing 'earshot.1 has every kind of object' "$dir/out"
sed -n '/struct cli_option options/,/^};/s/^	{ "\([a-z-]*\)",.*/--\1/p' \
    "$top/src/cli.c" >"$dir/options"
{
	at_least 20 "$dir/options"
	missing_from earshot.1 <"$dir/options"
} >"$dir/out"
nothing 'earshot.1 has every option' "$dir/out"

# ---- settings

# "name = default (1K to 1G)" or "name = default (one, two)"
awk '
/^# / { help = $0 }
/^#[a-z_]+ =/ {
	line = substr($0, 2)
	if (match(help, /[0-9][0-9A-Za-z]* to [0-9][0-9A-Za-z]*\.$/))
		line = line " (" substr(help, RSTART, RLENGTH - 1) ")"
	else if (match(help, /One of: .*\.$/))
		line = line " (" substr(help, RSTART + 8, RLENGTH - 9) ")"
	print line
}' "$top/conf/earshot.conf" >"$dir/settings"
{
	at_least 30 "$dir/settings"
	while IFS= read -r line; do
		grep -q -F -e " $line " "$dir/earshot.conf.5" || echo "$line"
	done <"$dir/settings"
} >"$dir/out"
nothing 'earshot.conf.5 has every setting with its default and bounds' "$dir/out"

# ---- documents, requests, answers

sed -n 's/^	\[FAULT_[A-Z_]*\] = { [0-9]*, "\([a-z-]*\)",.*/\1/p' "$top/src/fault.c" >"$dir/codes"
{
	at_least 40 "$dir/codes"
	missing_from earshot-listener.7 <"$dir/codes"
} >"$dir/out"
nothing 'earshot-listener.7 has every outcome and code' "$dir/out"
sed -n 's/^	\[FAULT_[A-Z_]*\] = { \([0-9]*\), "\([a-z-]*\)",.*/\2 \1/p' "$top/src/fault.c" |
    sed -e '/^usage /,$d' | missing_from earshot-listener.7 >"$dir/out"
nothing 'and the status of each' "$dir/out"
sed -n 's/^	&kind_\([a-z]*\),$/\1/p' "$top/src/kinds.c" >"$dir/words"
{
	at_least 13 "$dir/words"
	while read -r kind; do
		grep -q "^\.Ss $kind\$" "$top/src/earshot-listener.7" || echo "$kind"
	done <"$dir/words"
} >"$dir/out"
nothing 'a section for every kind of document' "$dir/out"
# Lists of members are written "!name:type", in all kinds and actions alike.
cat "$top"/src/*_kind*.c "$top"/src/people*.c "$top"/src/macro*.c "$top"/src/project.c \
    "$top"/src/template.c "$top"/src/schedule.c "$top"/src/apikey.c \
    "$top"/src/listener_[cdm]*.c |
    grep -o '"!\{0,1\}[a-zA-Z]*:[a-zA-Z*]"' | sed 's/"!\{0,1\}\([a-zA-Z]*\):.*/\1/' |
    sort -u >"$dir/words"
{
	at_least 90 "$dir/words"
	missing_from earshot-listener.7 <"$dir/words"
} >"$dir/out"
nothing 'every member of a document' "$dir/out"
sed -n 's/^	{ "\([a-z-]*\)", .*MEMBERS.*/\1/p' "$top"/src/macro_*.c >"$dir/words"
{
	at_least 14 "$dir/words"
	missing_from earshot-listener.7 <"$dir/words"
} >"$dir/out"
nothing 'every action of a macro' "$dir/out"
{
	sed -n 's/^		\.name = "\([a-z-]*\)",.*/\1/p' "$top/src/sender_presets.c"
	sed -n '/struct option options/,/^};/s/^	{ "\([a-zA-Z]*\)",.*/\1/p' \
	    "$top/src/sender_compile.c"
} >"$dir/words"
{
	at_least 24 "$dir/words"
	missing_from earshot-listener.7 <"$dir/words"
} >"$dir/out"
nothing 'every preset of a sender and its members' "$dir/out"
{
	sed -n 's/^	\[FILTER_[A-Z_]*\] = { "\([a-zA-Z]*\)", \(true\|false\),.*/\1/p' \
	    "$top/src/filter_check.c"
	sed -n 's/^	\[TAG_FORMAT_[A-Z]*\] = { "\([a-z]*\)",.*/\1/p' "$top/src/tag_format.c"
} >"$dir/words"
{
	at_least 16 "$dir/words"
	missing_from earshot-listener.7 <"$dir/words"
} >"$dir/out"
nothing 'every function of filters and format of tags' "$dir/out"

# The examples of the manual apply as they stand there.
EARSHOT_HOME=$dir/home
export EARSHOT_HOME
mandoc -Tascii -O width=120 "$top/src/earshot-listener.7" | sed 's/.\x08//g' |
    sed -n '/^ *\[{"kind"/,/}\]$/p' >"$dir/documents"
{
	"$build/src/earshot" init && "$build/src/earshot" apikey create app &&
	    "$build/src/earshot" apply "$dir/documents"
} >"$dir/said" 2>&1
grep -q '^8 created' "$dir/said" || cp "$dir/said" "$dir/other"
nothing 'its example can be applied' "$dir/other"
echo "1..$n"
exit $bad
