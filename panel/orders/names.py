"""Domain names as people type them."""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address

import idna

from panel.orders.errors import NameFault, NotADomain

LONGEST = 253
"""Characters of a name without its final dot (RFC 1035 section 2.3.4)."""

_URL = re.compile(r"^[a-z][a-z0-9+.-]*://|[/?#].*$|:\d+(?=/|$)", re.ASCII)


@dataclass(frozen=True)
class DomainName:
    """A name in both of its forms, in lower case: A-labels, and as people read it (RFC 5890)."""

    ascii: str
    unicode: str


def domain_name(typed: str, *, drop_www: bool = False) -> DomainName:
    """The name that was meant: full-width forms, Chinese dots, a final dot, a pasted URL are fine.

    A www. in front is refused, or with `drop_www` taken off.
    Raises NotADomain. UTS 46 maps before IDNA 2008 decides (RFC 5895).
    """
    folded = unicodedata.normalize("NFKC", typed).replace("\u3002", ".").strip().lower()
    name = _URL.sub("", _URL.sub("", folded)).removesuffix(".")
    if drop_www and name.count(".") > 1:
        name = name.removeprefix("www.")
    if fault := _fault(name):
        raise NotADomain(typed.strip()[:LONGEST], fault)
    try:
        ascii_name = idna.encode(name, uts46=True, std3_rules=True).decode("ascii")
        unicode_name = idna.decode(ascii_name)
    except UnicodeError as error:
        fault = NameFault.LONG if "too long" in str(error) else NameFault.CHARACTERS
        raise NotADomain(typed.strip()[:LONGEST], fault) from error
    return DomainName(ascii_name, unicode_name)


def _fault(name: str) -> NameFault | None:
    """What can be told before the name is encoded."""
    checks = {
        NameFault.EMPTY: not name,
        NameFault.ADDRESS: "@" in name,
        NameFault.IP: _is_ip(name),
        NameFault.LONG: len(name) > LONGEST,
        NameFault.SINGLE: "." not in name,
        NameFault.WWW: name.startswith("www.") and name.count(".") > 1,
        NameFault.CHARACTERS: name.rpartition(".")[2].isdigit(),
    }
    return next((fault for fault, found in checks.items() if found), None)


def _is_ip(name: str) -> bool:
    with suppress(ValueError):
        ip_address(name.strip("[]").split("/")[0])
        return True
    return False
