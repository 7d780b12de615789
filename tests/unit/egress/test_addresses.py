"""The address table: what may be called, and what hides in what."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors_shared.definition.addresses import classify_address

REFUSED = [
    ("0.0.0.0", "unspecified"),
    ("0.1.2.3", "unspecified"),
    ("10.0.0.1", "private network"),
    ("100.64.0.1", "carrier-grade NAT"),
    ("100.127.255.255", "carrier-grade NAT"),
    ("100.100.100.200", "cloud metadata"),
    ("127.0.0.1", "loopback"),
    ("127.255.255.255", "loopback"),
    ("168.63.129.16", "cloud metadata"),
    ("169.254.0.1", "link-local"),
    ("169.254.169.254", "cloud metadata"),
    ("169.254.170.2", "cloud metadata"),
    ("172.16.0.1", "private network"),
    ("172.31.255.255", "private network"),
    ("192.0.0.1", "protocol assignment"),
    ("192.0.0.192", "cloud metadata"),
    ("192.0.2.1", "documentation"),
    ("192.88.99.1", "6to4 relay"),
    ("192.168.1.1", "private network"),
    ("198.18.0.1", "benchmarking"),
    ("198.19.255.255", "benchmarking"),
    ("198.51.100.1", "documentation"),
    ("203.0.113.1", "documentation"),
    ("224.0.0.1", "multicast"),
    ("239.255.255.255", "multicast"),
    ("240.0.0.1", "reserved"),
    ("255.255.255.255", "broadcast"),
    ("::", "unspecified"),
    ("::1", "loopback"),
    ("::2", "IPv4-compatible unspecified"),
    ("::127.0.0.1", "IPv4-compatible loopback"),
    ("::8.8.8.8", "IPv4-compatible"),
    ("::ffff:127.0.0.1", "IPv4-mapped loopback"),
    ("::ffff:169.254.169.254", "IPv4-mapped cloud metadata"),
    ("::ffff:8.8.8.8", "IPv4-mapped"),
    ("::ffff:0:10.0.0.1", "IPv4-translated private network"),
    ("64:ff9b::7f00:1", "NAT64 loopback"),
    ("64:ff9b::808:808", "NAT64"),
    ("64:ff9b:1::a00:1", "NAT64 private network"),
    ("100::1", "discard only"),
    ("2001::1", "Teredo reserved"),
    ("2001:0:4136:e378:8000:63bf:80ff:fffe", "Teredo loopback"),
    ("2001:2::1", "benchmarking"),
    ("2001:10::1", "ORCHID"),
    ("2001:20::1", "ORCHID"),
    ("2001:1ff::1", "protocol assignment"),
    ("2001:db8::1", "documentation"),
    ("2002:7f00:1::", "6to4 loopback"),
    ("2002:a9fe:a9fe::1", "6to4 cloud metadata"),
    ("2002:808:808::1", "6to4"),
    ("2606:4700::5efe:10.0.0.1", "ISATAP private network"),
    ("2606:4700::200:5efe:127.0.0.1", "ISATAP loopback"),
    ("3fff::1", "documentation"),
    ("4000::1", "reserved"),
    ("5f00::1", "SRv6"),
    ("fc00::1", "unique local"),
    ("fd00:ec2::254", "cloud metadata"),
    ("fd20:ce::254", "cloud metadata"),
    ("fe80::1", "link-local"),
    ("fe80::1%eth0", "link-local"),
    ("fec0::1", "site-local"),
    ("ff02::1", "multicast"),
    ("not an address", "reserved"),
]

PUBLIC = [
    *("1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255"),
    *("128.0.0.1", "168.63.129.15", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0"),
    *("192.0.1.0", "192.0.3.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0"),
    *("198.51.99.255", "203.0.114.0", "223.255.255.255"),
    *(
        "2001:200::1",
        "2001:4860:4860::8888",
        "2003::1",
        "2606:4700:4700::1111",
        "2a00:1450::1",
        "2620:fe::fe",
    ),
]


@pytest.mark.parametrize(("address", "name"), REFUSED)
def test_special_address_is_refused_by_its_name(address: str, name: str) -> None:
    refused = classify_address(address)
    assert refused is not None
    assert refused.name == name


@pytest.mark.parametrize("address", PUBLIC)
def test_public_address_is_let_through(address: str) -> None:
    assert classify_address(address) is None


@pytest.mark.parametrize(
    ("address", "grantable"),
    [
        ("127.0.0.1", True),
        ("10.0.0.1", True),
        ("fd12::1", True),
        ("::ffff:10.0.0.1", True),
        ("169.254.1.1", False),
        ("169.254.169.254", False),
        ("::ffff:169.254.169.254", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("fd00:ec2::254", False),
        ("fe80::1", False),
        ("224.0.0.1", False),
        ("0.0.0.0", False),
    ],
)
def test_only_internal_networks_can_be_granted(address: str, grantable: bool) -> None:
    refused = classify_address(address)
    assert refused is not None
    assert refused.grantable is grantable


@given(st.ip_addresses(v=4))
def test_what_python_calls_private_is_never_let_through(address: IPv4Address) -> None:
    if not address.is_global or address.is_multicast or address.is_reserved:
        assert classify_address(str(address)) is not None


@given(st.ip_addresses(v=6))
def test_ipv6_outside_global_unicast_is_never_let_through(address: IPv6Address) -> None:
    if address not in ip_network("2000::/3") or not address.is_global:
        assert classify_address(str(address)) is not None


@given(st.ip_addresses(v=4))
def test_no_transition_prefix_carries_an_ipv4_address_through(inner: IPv4Address) -> None:
    number = int(inner)
    carriers = [
        IPv6Address(0xFFFF << 32 | number),
        IPv6Address(0x64FF9B << 96 | number),
        IPv6Address(0x2002 << 112 | number << 80 | 1),
    ]
    assert all(classify_address(str(carrier)) is not None for carrier in carriers)


@given(st.ip_addresses(), st.booleans())
def test_verdict_does_not_depend_on_the_spelling(address: IPv4Address | IPv6Address, upper: bool) -> None:
    spelled = address.exploded.upper() if upper else address.exploded
    assert classify_address(spelled) == classify_address(str(ip_address(spelled)))
