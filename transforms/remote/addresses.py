"""Which addresses of the internet are anybody's: the rest belong to this machine, its network or its cloud."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

_TRANSLATED = IPv6Network("64:ff9b::/96")
"""NAT64 (RFC 6052): the last 32 bits are an IPv4 address."""

# Releases of Python differ in what they call global, so what must be refused stands here, be it there too or not.
_REFUSED = (
    ip_network("192.0.0.0/24"),  # protocols of the IETF (RFC 6890); a cloud's metadata was at 192.0.0.192
    ip_network("64:ff9b:1::/48"),  # NAT64 of one network (RFC 8215): where in it the IPv4 address stands, it knows
    ip_network("2001::/23"),  # protocols of the IETF (RFC 2928), Teredo among them
    ip_network("3fff::/20"),  # documentation (RFC 9637)
    ip_network("5f00::/16"),  # segment routing inside one network (RFC 9602)
    ip_network("192.88.99.0/24"),  # 6to4 relays, given up (RFC 7526)
    ip_network("168.63.129.16/32"),  # the host of an Azure machine, which hands out its secrets
    ip_network("fec0::/10"),  # site-local, given up (RFC 3879)
    ip_network("::/96"),  # IPv4-compatible, given up (RFC 4291)
)


def is_public(address: str) -> bool:
    """Whether an address in canonical text is one of the public internet.

    Not private, loopback, link-local (where clouds keep credentials), multicast or reserved, also when it is an IPv4
    address inside an IPv6 one: mapped, 6to4, Teredo, NAT64. What is no address is not public either.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return all(_is_plain_public(one) for one in _meant(found))


def _meant(found: IPv4Address | IPv6Address) -> list[IPv4Address | IPv6Address]:
    """All addresses that a packet to this one may reach."""
    if isinstance(found, IPv4Address):
        return [found]
    if found.scope_id:
        return [IPv6Address("::1")]
    if found.ipv4_mapped:
        return [found.ipv4_mapped]
    inside: list[IPv4Address | IPv6Address] = []
    if found.sixtofour:
        inside.append(found.sixtofour)
    if found in _TRANSLATED:
        return [IPv4Address(int(found) & 0xFFFFFFFF)]
    return [found, *inside]


def _is_plain_public(found: IPv4Address | IPv6Address) -> bool:
    special = found.is_multicast or found.is_reserved or found.is_unspecified or found.is_link_local
    return found.is_global and not special and not any(found in net for net in _REFUSED)
