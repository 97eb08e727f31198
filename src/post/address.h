/* SPDX-License-Identifier: ISC */
/*
 * Addresses that outgoing webhooks do not go to: whoever can write a macro
 * could otherwise reach what trusts this machine. The table follows the
 * special-purpose registries of RFC 6890, knows the clouds' metadata services, and
 * closes what leads to an IPv4 address by way of IPv6: mapped, compatible, translated
 * (SIIT, NAT64 with the well-known prefixes), 6to4, Teredo, ISATAP. NAT64 with a prefix of
 * the site's own looks like any other address: the site's router must refuse. Asked for every connection, with the address after resolution.
 */
#ifndef EARSHOT_ADDRESS_H
#define EARSHOT_ADDRESS_H

#include "base/text.h"

/*
 * address as inet_ntop() writes it. NULL when it may be called, else what kind of
 * network it lies in ("a private network"). An address in `allow` may always
 * be called; what is no address never.
 */
const char *address_refused(struct span address, const struct text_network *allow,
    size_t allow_count);
/* The table alone, without this machine's own addresses. */
const char *address_special(struct span address);

#endif
