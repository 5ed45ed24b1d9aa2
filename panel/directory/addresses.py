"""Addresses as people type them."""

from __future__ import annotations

import unicodedata

from email_validator import EmailNotValidError, validate_email

from panel.directory.errors import BadTarget


def stored_target(typed: str) -> str:
    """A target as it is stored: A-labels; the local part as typed, for other hosts may tell.

    Raises BadTarget.
    """
    folded = unicodedata.normalize("NFKC", typed).strip()
    try:
        found = validate_email(folded, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise BadTarget(folded[:120]) from error
    if found.ascii_email is None:
        raise BadTarget(folded[:120])
    return f"{found.ascii_local_part}@{(found.ascii_domain or '').lower()}"
