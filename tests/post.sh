#!/bin/sh
# SPDX-License-Identifier: ISC
# What macros send, to real receivers: tests/post/post.py.
top=${TOP_SRCDIR:-$(cd "$(dirname "$0")/.." && pwd)}
BUILDDIR=${BUILDDIR:-$top/build}
export BUILDDIR
if ! /usr/bin/python3 -c 'import aiosmtpd' 2>/dev/null; then
	echo 'Bail out! /usr/bin/python3 has no aiosmtpd; examples/packages install test'
	exit 99
fi
exec /usr/bin/python3 -W ignore "$top/tests/post/post.py"
