"""Domain names as people type them."""

from __future__ import annotations

import pytest

from panel.orders.errors import NameFault, NotADomain
from panel.orders.names import domain_name


@pytest.mark.parametrize(
    "typed",
    [
        "example.com",
        " Example.COM. ",
        "ｅｘａｍｐｌｅ．ｃｏｍ",
        "example。com",
        "https://Example.com:8080/a?b#c",
        "example.com/",
        "\u200bexample.com",
    ],
)
def test_what_people_type_is_understood(typed: str) -> None:
    assert domain_name(typed).ascii == "example.com"


@pytest.mark.parametrize(
    "typed", ["例子.中国", "例子。中国", "xn--fsqu00a.xn--fiqs8s", "XN--FSQU00A.中国"]
)
def test_chinese_names_have_both_forms(typed: str) -> None:
    name = domain_name(typed)
    assert (name.ascii, name.unicode) == ("xn--fsqu00a.xn--fiqs8s", "例子.中国")


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("", NameFault.EMPTY),
        ("。", NameFault.EMPTY),
        ("http://", NameFault.EMPTY),
        ("wang@example.com", NameFault.ADDRESS),
        ("192.0.2.1", NameFault.IP),
        ("１９２.0.2.1", NameFault.IP),
        ("http://[2001:db8::1]/", NameFault.IP),
        ("example", NameFault.SINGLE),
        ("http://www.example.com/", NameFault.WWW),
        ("exa mple.com", NameFault.CHARACTERS),
        ("under_score.com", NameFault.CHARACTERS),
        ("-example.com", NameFault.CHARACTERS),
        ("a..com", NameFault.CHARACTERS),
        ("example.123", NameFault.CHARACTERS),
        ("xn--zzzzzz99999.com", NameFault.CHARACTERS),
        ("x" * 64 + ".com", NameFault.LONG),
        ("abcdefgh." * 30 + "com", NameFault.LONG),
    ],
)
def test_what_is_no_domain_is_refused_with_its_fault(typed: str, fault: NameFault) -> None:
    with pytest.raises(NotADomain) as refused:
        domain_name(typed)
    assert refused.value.fault is fault
    assert refused.value.field == "domain"
