/* SPDX-License-Identifier: ISC */
#include "base/text.h"

#include <string.h>

#include <arpa/inet.h>

/* Where the IPv4 address lies in an IPv4-mapped one (RFC 4291 2.5.5.2). */
#define MAPPED_BITS 96
static const unsigned char mapped[MAPPED_BITS / 8] = { [10] = 0xff, [11] = 0xff };

/* Reads an address without bits; gives the bits that its family has. */
static bool
address_read(struct span text, unsigned char address[16], unsigned *bits_r)
{
	char copy[INET6_ADDRSTRLEN];

	if (text.n == 0 || text.n >= sizeof copy ||
	    memchr(text.p, '\0', text.n) != NULL)
		return false;
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	*bits_r = 128;
	if (inet_pton(AF_INET6, copy, address) == 1)
		return true;
	*bits_r = 32;
	memcpy(address, mapped, sizeof mapped);
	return inet_pton(AF_INET, copy, address + sizeof mapped) == 1;
}

static void
clear_host_bits(struct text_network *network)
{
	for (unsigned i = 0; i < 16; i++) {
		unsigned kept = network->bits > 8 * i ? network->bits - 8 * i : 0;

		if (kept < 8)
			network->address[i] &= (unsigned char)(0xff00 >> kept);
	}
}

bool
text_network(struct span text, struct text_network *network_r)
{
	const char *slash = text.n > 0 ? memchr(text.p, '/', text.n) : NULL;
	struct span address = text, tail = { NULL, 0 };
	struct text_network network;
	unsigned width;
	uint64_t bits;

	if (slash != NULL) {
		address.n = (size_t)(slash - text.p);
		tail = (struct span){ slash + 1, text.n - address.n - 1 };
	}
	if (!address_read(address, network.address, &width))
		return false;
	bits = width;
	if (slash != NULL && !text_unsigned(tail, width, &bits))
		return false;
	network.bits = (unsigned)bits + 128 - width;
	clear_host_bits(&network);
	*network_r = network;
	return true;
}

bool
text_network_is_ipv4(const struct text_network *network)
{
	return network->bits >= MAPPED_BITS && memcmp(network->address, mapped, sizeof mapped) == 0;
}

bool
text_network_has(const struct text_network *network, struct span address)
{
	struct text_network host = { .bits = 0 };
	unsigned width;

	if (!address_read(address, host.address, &width))
		return false;
	/* "::/0" is every IPv6 address, and no IPv4 one. */
	if (memcmp(host.address, mapped, sizeof mapped) == 0 &&
	    network->bits < MAPPED_BITS)
		return false;
	host.bits = network->bits;
	clear_host_bits(&host);
	return memcmp(host.address, network->address, 16) == 0;
}

bool
text_network_within(const struct text_network *network, const struct text_network *wider)
{
	struct text_network cut = *network;

	/* As above: what is wider than IPv4 as a whole has no address of it. */
	if (network->bits < wider->bits || (wider->bits < MAPPED_BITS &&
	    text_network_is_ipv4(network)))
		return false;
	cut.bits = wider->bits;
	clear_host_bits(&cut);
	return memcmp(cut.address, wider->address, 16) == 0;
}
