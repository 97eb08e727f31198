#!/bin/sh
# SPDX-License-Identifier: ISC
# The fault tests in short; each prints its figures and stands by itself for
# longer runs: tests/faults/NAME --help.
top=${TOP_SRCDIR:-$(cd "$(dirname "$0")/.." && pwd)}
n=0 bad=0

# fault NAME OPTIONS...: one of tests/faults/
fault()
{
	name=$1
	shift
	n=$((n + 1))
	said=$("$top/tests/faults/$name" "$@" 2>&1)
	case $? in
	0) echo "ok $n - $name $*" ;;
	77) echo "ok $n - $name # SKIP ${said#skipped: }" ;;
	*)
		echo "not ok $n - $name $*"
		bad=1 ;;
	esac
	echo "$said" | sed 's/^/# /'
}

fault kill --rounds 4
fault kill --rounds 4 --ids 1
fault batch --rounds 4
fault fsync --rounds 4 --seconds 2
fault diskfull --rounds 2 --seconds 4
fault hang --rounds 1
fault backup --rounds 2 --seconds 2
fault clock --rounds 4
fault clients --seconds 4
fault servers --rounds 1 --seconds 2
fault sweep --each 5
fault powercut --cuts 32 --each 16 --deliveries 600
fault powercut --cuts 16 --each 8 --deliveries 600 --eio 1
fault powercut --alone 1 --cuts 32 --each 16 --deliveries 600
echo "1..$n"
exit $bad
