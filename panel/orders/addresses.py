"""E-mail addresses as people type them."""

from __future__ import annotations

import unicodedata

from email_validator import EmailNotValidError, validate_email

from panel.orders.errors import NotAnAddress

SHOWN = 120
"""So much of what was typed is said back in a refusal."""


def mail_address(typed: str) -> tuple[str, str] | None:
    """The local part, as typed, and the domain (A-labels, lower case) of an address.

    Full-width forms are folded. None for what mail cannot be sent to: local parts of more than 64
    characters (RFC 5321 section 4.5.3.1.1) or beyond ASCII, and those that begin with a hyphen,
    which Postfix refuses everywhere (allow_min_user).
    """
    folded = _folded(typed)
    try:
        found = validate_email(
            folded, strict=True, check_deliverability=False, test_environment=True
        )
    except EmailNotValidError:
        return None
    local, domain = found.ascii_local_part, found.ascii_domain
    if local is None or domain is None or local.startswith("-"):
        return None
    return local, domain.lower()


def told_back(typed: str) -> str:
    """What was typed, for the words of a refusal."""
    return _folded(typed)[:SHOWN]


def notice_address(typed: str, field: str = "email") -> str:
    """The address that was typed in `field`. Raises NotAnAddress."""
    found = mail_address(typed)
    if found is None:
        raise NotAnAddress(told_back(typed), field)
    return "@".join(found)


def _folded(typed: str) -> str:
    return unicodedata.normalize("NFKC", typed).strip()
