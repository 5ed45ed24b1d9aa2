"""Addresses as people type them."""

from __future__ import annotations

from panel.directory.errors import BadTarget
from panel.orders.addresses import mail_address, told_back


def stored_target(typed: str) -> str:
    """A target as it is stored: A-labels; the local part as typed, for other hosts may tell.

    Raises BadTarget.
    """
    found = mail_address(typed)
    if found is None:
        raise BadTarget(told_back(typed))
    return "@".join(found)
