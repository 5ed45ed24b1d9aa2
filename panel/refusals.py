"""Named refusals: what the field says when it will not do a thing, as data and never as words."""

from __future__ import annotations


class Refusal(Exception):
    """Base of every refusal of the field.

    A subclass is a frozen dataclass of the facts that its sentence needs; `panel.web.words` turns it
    into a sentence in the reader's language. `field` names the form field that it belongs to, or None.
    """

    field: str | None = None
