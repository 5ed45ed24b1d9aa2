"""A field for addresses to forward to: one a line, as people paste them."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from wtforms import TextAreaField
from wtforms.validators import Length

from panel.web.forms import tidy

_BETWEEN = re.compile(r"[\n\r,;\u3001]+")
_IN_BRACKETS = re.compile(r"<([^<>]*)>")
MOST_TEXT = 20_000
"""Characters that are read."""


def addresses_in(text: str) -> list[str]:
    """What stands in a text as addresses: between line breaks, commas, semicolons and blanks.

    Of "Li Ming <li@example.com>" only what is in the brackets counts.
    """
    found: list[str] = []
    for piece in _BETWEEN.split(unicodedata.normalize("NFKC", text)):
        inside = _IN_BRACKETS.search(piece)
        found += [inside.group(1).strip()] if inside else piece.split()
    return [address for address in (tidy(one) for one in found) if address]


class TargetsField(TextAreaField):
    """A text area that says its `addresses`."""

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        super().__init__(label, [Length(max=MOST_TEXT)], **kwargs)

    @property
    def addresses(self) -> list[str]:
        """What was typed, one by one; nothing of it is checked."""
        return addresses_in((self.data or "")[:MOST_TEXT])
