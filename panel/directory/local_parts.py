"""The part before the @ (RFC 5322 section 3.4.1, the dot-atom; RFC 5321 section 4.5.3.1.1)."""

from __future__ import annotations

import re
import unicodedata

from panel.directory.errors import BadLocalPart, LocalPartFault

MAX_LENGTH = 64
RESERVED = frozenset({"mailer-daemon", "nobody", "root", "daemon", "noreply", "no-reply"})
"""Names that mail systems use for themselves; postmaster and abuse may be people's (RFC 2142)."""

_ALLOWED = re.compile(r"[a-z0-9._-]+")
"""Of what the dot-atom allows, the letters that people can say and that stand in a URL."""


def local_part_of(typed: str) -> str:
    """The local part as it is stored: folded from full-width, lower case; else BadLocalPart.

    What follows an @ must not be typed: it is refused as a wrong character.
    """
    local_part = unicodedata.normalize("NFKC", typed).strip().lower()
    fault = _fault(local_part)
    if fault is not None:
        raise BadLocalPart(local_part[:80], fault)
    return local_part


def _fault(local_part: str) -> LocalPartFault | None:
    """The first rule that is broken."""
    rules = (
        (not local_part, LocalPartFault.EMPTY),
        (not local_part.isascii(), LocalPartFault.NOT_ASCII),
        (len(local_part) > MAX_LENGTH, LocalPartFault.LONG),
        ("+" in local_part, LocalPartFault.PLUS),
        (not _ALLOWED.fullmatch(local_part), LocalPartFault.CHARACTERS),
        (
            local_part[:1] == "." or local_part[-1:] == "." or ".." in local_part,
            LocalPartFault.DOTS,
        ),
        (local_part.startswith("-"), LocalPartFault.HYPHEN),
        (local_part in RESERVED, LocalPartFault.RESERVED),
    )
    return next((fault for broken, fault in rules if broken), None)
