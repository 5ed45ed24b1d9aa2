"""Where a domain's records are kept, and which of these places may be asked."""

from __future__ import annotations

import pytest

from panel.dns.delegation import Reach, is_public, is_registry, parents_of


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
        *("0.0.0.0", "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1"),
        *("::1", "::", "fe80::1", "fc00::1", "ff02::1", "2001:db8::1"),
        *("::ffff:127.0.0.1", "::ffff:8.8.8.8", "2002:7f00:1::", "64:ff9b::7f00:1"),
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        # those of one site, and IPv4 ones wrapped in other ways than RFC 6052's
        *("fec0::1", "::127.0.0.1", "::7f00:1", "::8.8.8.8", "::ffff:0:127.0.0.1"),
        *("64:ff9b:1::7f00:1", "3fff::1", "5f00::1", "100::1"),
    ],
)
def test_private_addresses_are_left_alone(address: str) -> None:
    assert not is_public(address)
    assert not Reach().allows(address)
    assert Reach(private=True).allows(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "223.5.5.5", "2400:3200::1", "2606:4700::1", "64:ff9b::808:808"]
)
def test_those_of_the_internet_may_be_asked(address: str) -> None:
    assert is_public(address)


def test_a_domain_has_parents_nearest_first_but_not_too_many() -> None:
    assert parents_of("a.b.com.cn") == ("b.com.cn", "com.cn", "cn")
    assert parents_of("a.example") == ("example",)
    assert len(parents_of("x." * 120 + "example")) == 4


@pytest.mark.parametrize(
    "zone", ["com", "cn", "com.cn", "co.uk", "bj.cn", "xn--55qx5d.cn", "xn--fiqs8s"]
)
def test_registries(zone: str) -> None:
    assert is_registry(zone)


@pytest.mark.parametrize("zone", ["a.example", "mingyuan.cn", "a.com.cn", "bj.de", "com.example"])
def test_zones_of_somebody(zone: str) -> None:
    assert not is_registry(zone)
