"""E-mail addresses that notices are sent to."""

from __future__ import annotations

import unicodedata

from email_validator import EmailNotValidError, validate_email

from panel.orders.errors import NotAnAddress


def notice_address(typed: str, field: str = "email") -> str:
    """The address that was typed in `field`, full-width forms folded. Raises NotAnAddress."""
    folded = unicodedata.normalize("NFKC", typed).strip()
    try:
        found = validate_email(folded, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise NotAnAddress(folded[:120], field) from error
    if found.ascii_email is None:
        raise NotAnAddress(folded[:120], field)
    return found.ascii_email
