"""Which IP addresses an untrusted URL may not reach.

Our own table, because `ipaddress.is_global` of Python 3.11 calls many of these global. Sources: the IANA
special-purpose registries for IPv4 and IPv6 (RFC 6890 and successors) and the metadata addresses that cloud
providers document.
"""

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final


@dataclass(frozen=True, slots=True)
class AddressClass:
    """`name` completes "an address that may not be called (...)".

    `grantable` tells whether a host *name* that an administrator granted may resolve to it.
    """

    name: str
    grantable: bool = False


_METADATA: Final = AddressClass("cloud metadata")
_LOOPBACK: Final = AddressClass("loopback", grantable=True)
_PRIVATE: Final = AddressClass("private network", grantable=True)
_SHARED: Final = AddressClass("carrier-grade NAT", grantable=True)
_LINK_LOCAL: Final = AddressClass("link-local")
_UNSPECIFIED: Final = AddressClass("unspecified")
_MULTICAST: Final = AddressClass("multicast")
_DOCUMENTATION: Final = AddressClass("documentation")
_BENCHMARKING: Final = AddressClass("benchmarking", grantable=True)
_PROTOCOL: Final = AddressClass("protocol assignment")
_RESERVED: Final = AddressClass("reserved")

# The first match decides, so single addresses stand before the networks around them.
_IPV4: Final = tuple(
    (IPv4Network(network), kind)
    for network, kind in (
        ("168.63.129.16/32", _METADATA),  # Azure wire server
        ("169.254.169.254/32", _METADATA),
        ("169.254.170.2/32", _METADATA),  # AWS ECS task credentials
        ("192.0.0.192/32", _METADATA),  # Oracle
        ("100.100.100.200/32", _METADATA),  # Alibaba
        ("0.0.0.0/8", _UNSPECIFIED),
        ("10.0.0.0/8", _PRIVATE),
        ("100.64.0.0/10", _SHARED),
        ("127.0.0.0/8", _LOOPBACK),
        ("169.254.0.0/16", _LINK_LOCAL),
        ("172.16.0.0/12", _PRIVATE),
        ("192.0.0.0/24", _PROTOCOL),
        ("192.0.2.0/24", _DOCUMENTATION),
        ("192.31.196.0/24", _PROTOCOL),
        ("192.52.193.0/24", _PROTOCOL),
        ("192.88.99.0/24", AddressClass("6to4 relay")),
        ("192.168.0.0/16", _PRIVATE),
        ("192.175.48.0/24", _PROTOCOL),
        ("198.18.0.0/15", _BENCHMARKING),
        ("198.51.100.0/24", _DOCUMENTATION),
        ("203.0.113.0/24", _DOCUMENTATION),
        ("224.0.0.0/4", _MULTICAST),
        ("255.255.255.255/32", AddressClass("broadcast")),
        ("240.0.0.0/4", _RESERVED),
    )
)

_IPV6: Final = tuple(
    (IPv6Network(network), kind)
    for network, kind in (
        ("fd00:ec2::254/128", _METADATA),  # AWS
        ("fd00:ec2::23/128", _METADATA),  # AWS EKS pod identity
        ("fd20:ce::254/128", _METADATA),  # Google
        ("fd00:c1::a9fe:a9fe/128", _METADATA),  # Oracle
        ("::/128", _UNSPECIFIED),
        ("::1/128", _LOOPBACK),
        ("100::/64", AddressClass("discard only")),
        ("5f00::/16", AddressClass("SRv6")),
        ("fc00::/7", AddressClass("unique local", grantable=True)),
        ("fe80::/10", _LINK_LOCAL),
        ("fec0::/10", AddressClass("site-local")),
        ("ff00::/8", _MULTICAST),
        ("2001:2::/48", _BENCHMARKING),
        ("2001:10::/28", AddressClass("ORCHID")),
        ("2001:20::/28", AddressClass("ORCHID")),
        ("2001::/23", _PROTOCOL),
        ("2001:db8::/32", _DOCUMENTATION),
        ("2620:4f:8000::/48", _PROTOCOL),
        ("3fff::/20", _DOCUMENTATION),
    )
)

# Transition prefixes carry an IPv4 address: (network, name, bits to shift right to reach it).
_TRANSITION: Final = tuple(
    (IPv6Network(network), name, shift)
    for network, name, shift in (
        ("::ffff:0:0/96", "IPv4-mapped", 0),
        ("::ffff:0:0:0/96", "IPv4-translated", 0),
        ("::/96", "IPv4-compatible", 0),
        ("64:ff9b::/96", "NAT64", 0),
        ("64:ff9b:1::/48", "NAT64", 0),
        ("2002::/16", "6to4", 80),
    )
)
_TEREDO: Final = IPv6Network("2001::/32")
_ISATAP_INTERFACE: Final = 0x5EFE
_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
_LOW_32: Final = 0xFFFF_FFFF


INTERNAL_NAMES: Final = tuple(
    f".{name}"
    for name in (
        "localhost",
        "local",
        "localdomain",
        "internal",
        "intranet",
        "private",
        "corp",
        "home",
        "lan",
        "home.arpa",
    )
)
"""Endings that the public DNS does not have: RFC 6761, 6762 and 8375, and those that are kept for private use."""


def is_internal(host: str) -> bool:
    """Is it seen from the host, as in `Origin.host`, that it is no public one? A name is not looked up."""
    try:
        ip_address(host)
    except ValueError:
        return "." not in host or host.endswith(INTERNAL_NAMES)
    return classify_address(host) is not None


@lru_cache(maxsize=4096)
def classify_address(text: str) -> AddressClass | None:
    """The class that forbids this address, or None for a public one. Unreadable text is reserved."""
    try:
        address = ip_address(text)
    except ValueError:
        return _RESERVED
    return _classify_ipv4(address) if isinstance(address, IPv4Address) else _classify_ipv6(address)


def _classify_ipv4(address: IPv4Address) -> AddressClass | None:
    return next((kind for network, kind in _IPV4 if address in network), None)


def _classify_ipv6(address: IPv6Address) -> AddressClass | None:
    # :: and ::1 lie in the IPv4-compatible prefix, but are themselves.
    embedded = _classify_embedded(address) if int(address) > 1 else None
    return embedded or _classify_native(address)


def _classify_native(address: IPv6Address) -> AddressClass | None:
    kind = next((kind for network, kind in _IPV6 if address in network), None)
    if kind is None and address not in _GLOBAL_UNICAST:
        return _RESERVED
    return kind


def _classify_embedded(address: IPv6Address) -> AddressClass | None:
    """Refuses every transition prefix, and says which IPv4 address hides in it."""
    for network, name, shift in _TRANSITION:
        if address in network:
            return _carrier(name, IPv4Address(int(address) >> shift & _LOW_32))
    if address in _TEREDO:
        return _carrier("Teredo", IPv4Address(int(address) & _LOW_32 ^ _LOW_32))
    # The interface identifier's universal/local bit may be set or not (RFC 5214).
    if int(address) >> 32 & 0xFDFF_FFFF == _ISATAP_INTERFACE:
        return _carrier("ISATAP", IPv4Address(int(address) & _LOW_32))
    return None


def _carrier(name: str, embedded: IPv4Address) -> AddressClass:
    inner = _classify_ipv4(embedded)
    if inner is None:
        return AddressClass(name)
    return AddressClass(f"{name} {inner.name}", grantable=inner.grantable)
