#!/bin/sh
# SPDX-License-Identifier: ISC
# What the manuals show is carried out, too.
top=${TOP_SRCDIR:-$(cd "$(dirname "$0")/.." && pwd)}
exec "$top/tests/rundoc" "$top"/src/manual/*.[1578]
