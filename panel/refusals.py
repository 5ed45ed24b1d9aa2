"""Named refusals: what the field says when it will not do a thing, as data and never as words."""

from __future__ import annotations


class Refusal(Exception):
    """Base of every refusal of the field.

    A subclass is a `@dataclass(eq=False)` of the facts that its sentence needs (frozen it must not
    be: `contextlib` sets the traceback of what passes through it); `panel.web.words` turns it into
    a sentence in the reader's language. `field` names the form field that it belongs to, or None.
    A `conflict` is fine in itself, but somebody else was faster: the page answers 409.
    """

    field: str | None = None
    conflict = False
