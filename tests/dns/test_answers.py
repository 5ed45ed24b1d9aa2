"""Questions, answers and servers as data."""

from __future__ import annotations

import pytest

from panel.dns.answers import Server


@pytest.mark.parametrize(
    ("text", "address", "port"),
    [
        ("127.0.0.1:8053", "127.0.0.1", 8053),
        ("127.0.0.1", "127.0.0.1", 53),
        ("[::1]:8053", "::1", 8053),
        ("[::1]", "::1", 53),
        ("::1", "::1", 53),
    ],
)
def test_a_server_is_an_address_with_or_without_a_port(text: str, address: str, port: int) -> None:
    assert Server.at(text) == Server(address, port)
