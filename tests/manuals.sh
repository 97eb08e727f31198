#!/bin/sh
# SPDX-License-Identifier: ISC
# The manuals are well formed, and know what the programs know: every command
# and option, setting, code of an answer, kind of document and its members.
top=${TOP_SRCDIR:-$(cd "$(dirname "$0")/.." && pwd)}
build=${BUILDDIR:-$top/build}
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
manuals='console.fcgi.8 earshot.1 earshot.conf.5 earshot-group.7 earshot-listener.7 earshotd.8 listener.fcgi.8 lookup.fcgi.8'
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
	mandoc -Tascii -O width=1000 "$top/src/manual/$1" | sed 's/.\x08//g' | tr '\n' ' ' |
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

for program in mandoc groff; do
	command -v $program >/dev/null || {
		echo "1..0 # SKIP $program is not installed"
		exit 0
	}
done

for manual in $manuals; do
	mandoc -Tlint -W warning "$top/src/manual/$manual" >"$dir/out" 2>&1
	nothing "$manual is well formed" "$dir/out"
	# Debian's man, which lays out in its own way, and tells what it could not
	groff -K utf8 -mandoc -Tutf8 -ww -rLL=78n "$top/src/manual/$manual" 2>"$dir/out" >"$dir/page"
	[ -s "$dir/page" ] || echo 'groff printed nothing' >>"$dir/out"
	nothing "$manual is well formed for groff" "$dir/out"
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
# Each command with exactly its options, as the program itself proposes them.
# --member stands for the members of the kind, which the other manual has.
python3 - "$build/src/earshot" "$top/src/manual/earshot.1" "$dir/rows" \
    "$top/src/manual/earshot-listener.7" >"$dir/out" <<'END'
import re, subprocess, sys

program, manual, rows, documents = sys.argv[1:]
with open(documents, encoding="utf-8") as file:
    documents = file.read()


def is_member(option):
    """"target-match" is the member match of target, "api-key" apiKey."""
    parts = option.split("-")
    return any(re.search(r"\b%s\b" % (parts[i] + "".join(p.title() for p in parts[i + 1:])), documents)
               for i in range(len(parts)))


OUTPUT = {"columns", "csv", "spreadsheet", "jsonl", "safe-integers", "limit"}
with open(manual, encoding="utf-8") as file:
    text = file.read().replace("\\\n", " ")
text = re.sub(r"\.It Xo\n(.*?)\.Xc", lambda m: ".It" + ("\n" + m[1]).replace("\n.", " "), text,
              flags=re.S)
entries = []
for item in re.findall(r"^\.It (?:(?:Ar kind )?Cm) (?:.*)$", text, re.M):
    words = re.match(r"\.It (Ar kind )?(?:Cm )?((?:[a-z]+ ?\|? ?)+)(?= |$)", item)
    named = words[2].replace(" | ", "|").split()
    options = set(re.findall(r"Fl \\-([a-z-]+)", item))
    entries.append((["kind"] if words[1] else [], named,
                    options | (OUTPUT if re.search(r"Ar output", item) else set())))
count = 0
for row in open(rows, encoding="utf-8"):
    words = re.match(r"[a-z|]+(?: [a-z|]+)?(?= |$)", row.rstrip())[0].split()
    given = [word.split("|")[0] for word in words]
    # "report OF" and "report list": what is no word of a command is its operand.
    if re.match(r"report [A-Z]", row):
        given.append("user")
    said = subprocess.run([program, "complete", "--", *given, "--"], capture_output=True,
                          text=True, check=True).stdout.split()
    options = {word[2:] for word in said} - {"home", "json", "help", "version"}
    told, found = set(), False
    for kind, named, more in entries:
        full = kind + named
        if len(full) == len(words) and all(
                a == b or (a == "kind" and "|" in b) for a, b in zip(full, words)):
            found, told = True, told | more
    count += 1
    if not found:
        print("no entry for", row.strip())
    elif told == {"member"}:
        wrong = [option for option in options if not is_member(option)]
        if wrong or len(options) < 4:
            print(row.strip(), "- not in the manual of documents:", wrong or "hardly any option")
    elif told != options:
        print(row.strip(), "- only in the manual:", sorted(told - options),
              "only in the program:", sorted(options - told))
if count < 30:
    print("only %d commands were found" % count)
END
nothing 'earshot.1 has each command with its options, and no others' "$dir/out"

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

sed -n 's/^	\[FAULT_[A-Z_]*\] = { [0-9]*, "\([a-z-]*\)",.*/\1/p' "$top/src/base/fault.c" >"$dir/codes"
{
	at_least 40 "$dir/codes"
	missing_from earshot-listener.7 <"$dir/codes"
} >"$dir/out"
nothing 'earshot-listener.7 has every outcome and code' "$dir/out"
sed -n 's/^	\[FAULT_[A-Z_]*\] = { \([0-9]*\), "\([a-z-]*\)",.*/\2 \1/p' "$top/src/base/fault.c" |
    sed -e '/^usage /,$d' | missing_from earshot-listener.7 >"$dir/out"
nothing 'and the status of each' "$dir/out"
sed -n 's/^	&kind_\([a-z]*\),$/\1/p' "$top/src/listen/register.c" >"$dir/words"
{
	at_least 13 "$dir/words"
	while read -r kind; do
		grep -q "^\.Ss $kind\$" "$top/src/manual/earshot-listener.7" || echo "$kind"
	done <"$dir/words"
} >"$dir/out"
nothing 'a section for every kind of document' "$dir/out"
# Tables of members have rows { "name", MEMBER_…; they stand in the sections of the
# kinds of the same file or family of files.
python3 - "$top/src" >"$dir/out" <<'END'
import glob, os, re, sys

sections = {}
with open(sys.argv[1] + "/manual/earshot-listener.7", encoding="utf-8") as file:
    for section in re.split(r"^\.S[sh] ", file.read(), flags=re.M):
        sections[section.split("\n")[0]] = section
kinds = {"macro": ["MACROS"], "sender": ["SENDERS"], "schema": ["setting", "user", "feedback", "project"]}
members = {}
for path in glob.glob(sys.argv[1] + "/*/*.c"):
    family = re.split(r"[_.]", os.path.basename(path))[0]
    with open(path, encoding="utf-8") as file:
        source = file.read()
    kinds.setdefault(family, []).extend(
        re.findall(r"^const struct kind kind_(\w+) = \{", source, re.M))
    members.setdefault(family, set()).update(re.findall(r'\{ "([a-zA-Z]+)", MEMBER_', source))
count = 0
for family in members:
    told = "\n".join(sections[kind] for kind in kinds[family] if kind in sections) or \
        "\n".join(sections.values())
    for member in members[family] - {"kind"}:
        count += 1
        if not re.search(r"\b%s\b" % member, told):
            print(family, member)
if count < 90:
    print("only %d members were found" % count)
END
nothing 'every member of a document, in the section of its kind' "$dir/out"
sed -n 's/^	{ "\([a-z-]*\)", [a-z_]*members.*/\1/p' "$top"/src/act/macro_*.c >"$dir/words"
{
	at_least 14 "$dir/words"
	missing_from earshot-listener.7 <"$dir/words"
} >"$dir/out"
nothing 'every action of a macro' "$dir/out"
{
	sed -n 's/^		\.name = "\([a-z-]*\)",.*/\1/p' "$top/src/http/sender_presets.c"
	sed -n '/struct option options/,/^};/s/^	{ "\([a-zA-Z]*\)",.*/\1/p' \
	    "$top/src/http/sender_compile.c"
} >"$dir/words"
{
	at_least 24 "$dir/words"
	missing_from earshot-listener.7 <"$dir/words"
} >"$dir/out"
nothing 'every preset of a sender and its members' "$dir/out"

# A body as each of them sends it: the preset of a listener, and then a file of examples/payloads.
sed -n 's/^		\.name = "\([a-z-]*\)",.*/\1/p' "$top/src/http/sender_presets.c" >"$dir/words"
at_least 10 "$dir/words" >"$dir/out"
sed -n -e 's/.*"preset":"\([a-z-]*\)".*/= \1/p' -e 's/^> .*@\(FILE\|FORM\):.*/body/p' \
    "$top/tests/cases/payload-senders.case" |
    awk '$1 == "=" { preset = $2 } $1 == "body" { print preset }' >"$dir/posted"
grep -v -x -F -f "$dir/posted" "$dir/words" >>"$dir/out"
nothing 'every preset has a body of its sender posted in payload-senders.case' "$dir/out"
{
	sed -n 's/^	\[FILTER_[A-Z_]*\] = { "\([a-zA-Z]*\)", \(true\|false\),.*/\1/p' \
	    "$top/src/lang/filter_check.c"
	sed -n 's/^	\[TAG_FORMAT_[A-Z]*\] = { "\([a-z]*\)",.*/\1/p' "$top/src/lang/tag_format.c"
} >"$dir/words"
{
	at_least 16 "$dir/words"
	missing_from earshot-listener.7 <"$dir/words"
} >"$dir/out"
nothing 'every function of filters and format of tags' "$dir/out"
sed -n 's/^	{ "\([^"]*\)", "[a-z]*" },$/\1/p' "$top/src/record/words.c" >"$dir/words"
{
	at_least 10 "$dir/words"
	while read -r word; do
		grep -q "^\.It.*$word.* Ta" "$top/src/manual/earshot-listener.7" || echo "$word"
	done <"$dir/words"
} >"$dir/out"
nothing 'every word that is read for ours' "$dir/out"

# The examples of the manual apply as they stand there.
EARSHOT_HOME=$dir/home
export EARSHOT_HOME
mandoc -Tascii -O width=120 "$top/src/manual/earshot-listener.7" | sed 's/.\x08//g' |
    sed -n '/^ *\[{"kind"/,/}\]$/p' >"$dir/documents"
{
	"$build/src/earshot" init && "$build/src/earshot" apikey create app &&
	    "$build/src/earshot" apply "$dir/documents"
} >"$dir/said" 2>&1
grep -q '^8 created' "$dir/said" || cp "$dir/said" "$dir/other"
nothing 'its example can be applied' "$dir/other"
echo "1..$n"
exit $bad
