"""The base of every form: what is typed is tidied, refusals of the field land beside a field."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field, StringField
from wtforms.fields.core import UnboundField

from panel.extensions import db
from panel.refusals import Refusal
from panel.web.words import say_refusal


def tidy(text: str | None) -> str | None:
    """Without the blanks around it."""
    return text.strip() if text else text


def fold(text: str | None) -> str | None:
    """Full-width letters, digits and signs of Chinese keyboards as the plain ones (NFKC)."""
    return unicodedata.normalize("NFKC", text).strip() if text else text


class Form(FlaskForm):
    """A form of the panel; `refusals()` turns a refusal of the field into a field's error."""

    class Meta(FlaskForm.Meta):
        """Strip every text field unless it says otherwise."""

        def bind_field(
            self, form: Any, unbound_field: UnboundField[Any], options: dict[str, Any]
        ) -> Field:
            """Add `tidy` to plain text fields without filters of their own."""
            if unbound_field.field_class is StringField:
                unbound_field.kwargs.setdefault("filters", [tidy])
            return super().bind_field(form, unbound_field, options)

    def refusals(self) -> AbstractContextManager[None, bool]:
        """Roll back on a refusal and say it beside its field (or on top of the form)."""
        return self._refusals()  # type: ignore[return-value]  # it swallows, which mypy must know

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        try:
            yield
        except Refusal as refusal:
            db.session.rollback()
            sentence = say_refusal(refusal)
            if refusal.field in self._fields:
                field = self._fields[refusal.field]
                field.errors = [*field.errors, sentence]
            else:
                self.form_errors.append(sentence)
