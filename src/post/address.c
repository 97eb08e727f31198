/* SPDX-License-Identifier: ISC */
#include "post/address.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <string.h>

static const struct {
	const char *network;
	const char *what;
} special[] = {
	{ "0.0.0.0/8", "this network" },
	{ "10.0.0.0/8", "a private network" },
	{ "100.64.0.0/10", "a carrier's network" },
	{ "127.0.0.0/8", "this machine" },
	{ "168.63.129.16/32", "a metadata service" },
	{ "169.254.169.254/32", "a metadata service" },
	{ "169.254.0.0/16", "the local link" },
	{ "172.16.0.0/12", "a private network" },
	{ "192.0.0.0/24", "a reserved network" },
	{ "192.0.2.0/24", "a network for documentation" },
	{ "192.88.99.0/24", "a relay between IPv4 and IPv6" },
	{ "192.168.0.0/16", "a private network" },
	{ "198.18.0.0/15", "a network for benchmarks" },
	{ "198.51.100.0/24", "a network for documentation" },
	{ "203.0.113.0/24", "a network for documentation" },
	{ "224.0.0.0/4", "a multicast network" },
	{ "240.0.0.0/4", "a reserved network" },
	{ "::1/128", "this machine" },
	{ "::/96", "this network" },
	{ "::ffff:0:0:0/96", "a translation of IPv4" },
	{ "64:ff9b::/96", "a translation of IPv4" },
	{ "64:ff9b:1::/48", "a translation of IPv4" },
	{ "100::/64", "the discard network" },
	{ "2001::/23", "a reserved network" },
	{ "2001:db8::/32", "a network for documentation" },
	{ "2002::/16", "a translation of IPv4" },
	{ "3fff::/20", "a network for documentation" },
	{ "5f00::/16", "a reserved network" },
	{ "fc00::/7", "a private network" },
	{ "fe80::/10", "the local link" },
	{ "fec0::/10", "a private network" },
	{ "ff00::/8", "a multicast network" },
};

/* Behind any prefix: a tunnel's interface identifier holds where it leads (RFC 5214, 6.1). */
static const char *
behind_isatap(const struct text_network *host)
{
	static const unsigned char local[] = { 0, 0, 0x5e, 0xfe }, global[] = { 2, 0, 0x5e, 0xfe };
	char text[INET_ADDRSTRLEN];

	if ((memcmp(host->address + 8, local, 4) != 0 &&
	    memcmp(host->address + 8, global, 4) != 0) ||
	    inet_ntop(AF_INET, host->address + 12, text, sizeof text) == NULL)
		return NULL;
	return address_special(span_of(text));
}

const char *
address_special(struct span address)
{
	struct text_network network, host;

	if (!text_network(address, &host))
		return "no network at all";
	for (size_t i = 0; i < sizeof special / sizeof special[0]; i++)
		if (text_network(span_of(special[i].network), &network) &&
		    text_network_has(&network, address))
			return special[i].what;
	return behind_isatap(&host);
}

static bool
same_address(const struct sockaddr *own, struct span address)
{
	char text[INET6_ADDRSTRLEN];
	struct text_network network;
	const void *bytes;

	if (own == NULL || (own->sa_family != AF_INET && own->sa_family != AF_INET6))
		return false;
	bytes = own->sa_family == AF_INET
	    ? (const void *)&((const struct sockaddr_in *)(const void *)own)->sin_addr
	    : (const void *)&((const struct sockaddr_in6 *)(const void *)own)->sin6_addr;
	return inet_ntop(own->sa_family, bytes, text, sizeof text) != NULL &&
	    text_network(span_of(text), &network) && text_network_has(&network, address);
}

/* What listens on a public address may still trust this machine alone. */
static bool
is_own(struct span address)
{
	struct ifaddrs *all;
	bool own = false;

	if (getifaddrs(&all) != 0)
		return false;
	for (struct ifaddrs *one = all; one != NULL && !own; one = one->ifa_next)
		own = same_address(one->ifa_addr, address);
	freeifaddrs(all);
	return own;
}

const char *
address_refused(struct span address, const struct text_network *allow,
    size_t allow_count)
{
	const char *what;

	for (size_t i = 0; i < allow_count; i++)
		if (text_network_has(&allow[i], address))
			return NULL;
	what = address_special(address);
	return what == NULL && is_own(address) ? "this machine" : what;
}
