# SPDX-License-Identifier: ISC
# Makes a snippet of its template, for the types in the variable `types`: @types@
# becomes macro|comment|..., lines between #each type and #end stand there once for
# each, with @type@ for its name.
#
#	awk -v types="macro comment data" -f conf/types.awk conf/nginx.conf.in
BEGIN {
	count = split(types, type, " ")
	for (i = 1; i <= count; i++)
		all = all (i > 1 ? "|" : "") type[i]
}
{ gsub("@types@", all) }
/^#each type$/ { block = ""; inside = 1; next }
/^#end$/ {
	for (i = 1; i <= count; i++) {
		text = block
		gsub("@type@", type[i], text)
		printf "%s", text
	}
	inside = 0
	next
}
inside { block = block $0 "\n"; next }
{ print }
