#!/bin/sh
# SPDX-License-Identifier: ISC
# What is written down twice: Makefile.am knows every source, the snippets of
# conf/ have the default paths, and the programs for web servers stay small.
cd "${TOP_SRCDIR:-$(dirname "$0")/..}" || exit 99
BUILDDIR=${BUILDDIR:-$PWD/build}
n=0

# Says whether $2 is empty, and what it is when it is not.
nothing()
{
	n=$((n + 1))
	if [ -z "$2" ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		echo "$2" | sed 's/^/# /'
	fi
}

unlisted()
{
	for file in src/*/*.[ch] cgi-bin/*.c cgi-bin/pages/* tests/unit/*.[ch] tests/unit/*/*.[ch] tests/cases/*.case \
	    tests/*.sh tests/console/* tests/console/*/* conf/* src/manual/* examples/guides/* conf/debian/* conf/debian/source/* tests/faults/* tests/operate/*; do
		name=$file
		case $file in
		*\**) continue ;;
		cgi-bin/pages/*) ;;
		cgi-bin/*) name=${file%.c}.fcgi ;;
		conf/types.awk) name=conf/types\.awk.* ;;
		conf/*.in) name=${file%.in} ;;
		tests/faults/ledger.c | tests/faults/honest.c | tests/faults/crowd.c) name=${file%.c} ;;
		tests/faults/__pycache__ | tests/operate/__pycache__) continue ;;
		# a test, or what tests share
		tests/unit/*.c) name=${file%.c}'\.[ct]' ;;
		tests/console/*/*) ;;
		tests/console/__pycache__) continue ;;
		tests/console/*) grep -qwF -e "$file" Makefile.am || echo "$file"; continue ;;
		esac
		[ -d "$file" ] || grep -q -e "	$name\( \\\\\)\{0,1\}\$" -e "= .*$name" \
		    Makefile.am src/*/sources.am || echo "$file"
	done
}

# The folders and programs of tests/ that its page does not name; shell tests as a whole
untold()
{
	for file in tests/*; do
		name=${file#tests/}
		case $name in
		README.md | __pycache__) continue ;;
		esac
		[ -d "$file" ] && name=$name/
		grep -q -F -e "\`$name\`" tests/README.md ||
		    { [ "$name" != "${name%.sh}" ] && grep -q -F -e "	$file" Makefile.am; } || echo "$file"
	done
}

# A built-in rule of make takes X.sh for the source of X, also where X is a directory that the archive has.
shadowing()
{
	for file in tests/*.sh; do
		grep -q -e "	${file%.sh}\( \\\\\)\{0,1\}\$" Makefile.am && echo "$file"
	done
}

# A fault that is a test says how it is run in short, and what says so is a test.
faults_out_of_step()
{
	grep -l '^# in short:' tests/faults/* tests/operate/* | sort >"$BUILDDIR/faults.said"
	sed -n '/^\(long\|fault\)_tests/,/^$/s/^	\(tests\/faults[a-z\/]*\).*/\1/p
	    /^operate_tests/,/^$/s/^	\(tests[a-z\/-]*\).*/\1/p' Makefile.am | sort |
	    comm -3 - "$BUILDDIR/faults.said"
	rm "$BUILDDIR/faults.said"
}

# A bug cannot be planted where the source has changed.
plants_astray()
{
	said=$(python3 -B tests/faults/planted --look 2>&1) || echo "$said"
}

# Each type of the register, each that reads and each front has a program, and nobody else one
programs_out_of_step()
{
	{
		sed -n 's/^#define LISTENER_TYPES(TYPE) //p' src/listen/listener.h |
		    grep -o '([a-z]*)' | tr -d '()'
		sed -n 's/^const char \*const reading_types.*{\(.*\), NULL };/\1/p' src/command/read.c |
		    grep -o '[a-z]*'
		sed -n 's/.*front_main(argc, argv, "\([a-z]*\)".*/\1/p' cgi-bin/*.c
	} | sort >"$BUILDDIR/types"
	sed -n 's/^	cgi-bin\/\(.*\)\.fcgi\( \\\)*$/\1/p' Makefile.am | sort | comm -3 - "$BUILDDIR/types"
	[ "$(wc -l <"$BUILDDIR/types")" -ge 5 ] || echo "the register was not found"
	rm "$BUILDDIR/types"
}

# In what is set up, the register and Makefile.am name the types, and nothing else
types_named()
{
	for type in $(ls cgi-bin/*.c | sed 's/.*\/\(.*\)\.c$/\1/'); do
		grep -n -w -e "$type\.fcgi" -e "$type\.sock" -e "earshot@$type" -e "listen/$type" \
		    -e "$type|" -e "|$type" -r conf examples/serve
	done | grep -v -e ':[0-9]*:[[:space:]]*#' -e lintian-overrides: -e README.Debian:
}

curl_in_listeners()
{
	for program in "$BUILDDIR"/cgi-bin/*.fcgi; do
		[ -x "$program" ] || echo "$program is not built"
		ldd "$program" | grep -E 'lib(curl|ssl|crypto)' | sed "s|^|$program: |"
	done
}

nothing 'Makefile.am lists every source, test, manual and snippet' "$(unlisted)"
nothing 'no test shadows a directory of the archive' "$(shadowing)"
nothing 'tests/README.md tells what is in tests/' "$(untold)"
nothing 'faults that say how they run in short are tests' "$(faults_out_of_step)"
nothing 'planted bugs follow the source' "$(plants_astray)"
nothing 'the types of the register are the programs' "$(programs_out_of_step)"
nothing 'types are named in the register alone' "$(types_named)"
nothing 'no CGI program links libcurl or OpenSSL' "$(curl_in_listeners)"
echo "1..$n"
