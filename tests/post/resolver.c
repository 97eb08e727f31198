/* SPDX-License-Identifier: ISC */
/*
 * A resolver for LD_PRELOAD whose answers the test chooses: RESOLVER is a name, '='
 * and addresses with commas between. Other names go to the system's.
 */
#include <dlfcn.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int resolve(const char *, const char *, const struct addrinfo *, struct addrinfo **);

int
getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
    struct addrinfo **result)
{
	static resolve *system_resolve;
	const char *rule = getenv("RESOLVER"), *answers = rule != NULL ? strchr(rule, '=') : NULL;
	struct addrinfo **end = result;
	char copy[256], *address, *rest = copy;

	if (system_resolve == NULL)
		*(void **)&system_resolve = dlsym(RTLD_NEXT, "getaddrinfo");
	if (node == NULL || answers == NULL || strlen(node) != (size_t)(answers - rule) ||
	    strncmp(node, rule, strlen(node)) != 0)
		return system_resolve(node, service, hints, result);
	snprintf(copy, sizeof copy, "%s", answers + 1);
	*result = NULL;
	while ((address = strsep(&rest, ",")) != NULL) {
		int rc = system_resolve(address, service, hints, end);

		if (rc != 0)
			return rc;
		while (*end != NULL)
			end = &(*end)->ai_next;
	}
	return 0;
}
