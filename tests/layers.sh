#!/bin/sh
# SPDX-License-Identifier: ISC
# The tree shows the architecture: every file of src/ belongs to a room of the
# table in src/README.md; a room includes only rooms of lower storeys, or of its
# own without a circle; outside libraries are met behind their one door.
set -eu
top=${TOP_SRCDIR:-$(cd "$(dirname "$0")/.." && pwd)}
cd "$top/src"

awk -v files="$(ls ./*.c ./*.h | tr '\n' ' ')" '
function room_of(name,   part) { # the longest listed prefix in steps of "_"
	part = name
	while (part != "" && !(part in storey))
		part = match(part, /_[^_]*$/) ? substr(part, 1, RSTART - 1) : ""
	return part
}
function check(good, text) {
	printf "%s %d - %s\n", good ? "ok" : "not ok", ++count, text
	bad += !good
}
function circle(room,   other, key, pair) {
	if (state[room] == 2) return 0
	if (state[room] == 1) { print "# circle through " room; return 1 }
	state[room] = 1
	for (key in edge) {
		split(key, pair, SUBSEP)
		if (pair[1] == room && circle(pair[2])) { print "#   from " room; return 1 }
	}
	state[room] = 2
	return 0
}
BEGIN {
	while ((getline line < "README.md") > 0) {
		if (line !~ /^\| [0-9]/) continue
		split(line, cell, "|")
		split(cell[2], word, " ")
		level = word[1]
		n = split(cell[3], quoted, "`")
		for (i = 2; i <= n; i += 2) storey[quoted[i]] = level
	}
	n = split(files, file, " ")
	for (i = 1; i <= n; i++) {
		name = file[i]; sub(/^\.\//, "", name)
		base = name; sub(/\.[ch]$/, "", base)
		room = room_of(base)
		if (room == "") { print "# no room for " name; lost++; continue }
		while ((getline line < name) > 0) {
			if (match(line, /^#include "[a-z_0-9]+\.h"/)) {
				other = line; sub(/^#include "/, "", other); sub(/\.h".*/, "", other)
				door = room_of(other)
				if (door == "" || door == room) continue
				if (storey[door] > storey[room]) {
					print "# " name " (" storey[room] ") includes " other ".h (" storey[door] ")"
					up++
				} else if (storey[door] == storey[room]) edge[room, door] = 1
				if (other ~ /_private$/) { print "# " name " includes " other ".h"; peek++ }
			}
			if (line ~ /^#include <db\.h>/ && room != "store") { print "# db.h in " name; doors++ }
			if (line ~ /^#include <fcgiapp\.h>/ && room != "fastcgi") { print "# fcgiapp.h in " name; doors++ }
			if (line ~ /^#include <curl\// && room !~ /^(courier|mail|hook)$/) { print "# curl in " name; doors++ }
			if (line ~ /^#include <(sodium|nettle)/ && room != "secret") { print "# crypto in " name; doors++ }
			if (line ~ /^#include <pcre2/ && room != "filter") { print "# pcre2 in " name; doors++ }
		}
		close(name)
	}
	check(!lost, "every file has a room")
	check(!up, "no room includes one of a higher storey")
	check(!peek, "private headers stay in their family")
	check(!doors, "outside libraries are behind their doors")
	for (room in storey) if (!turning && circle(room)) turning = 1
	check(!turning, "includes form no circle")
	print "1.." count
	exit bad > 0
}'
