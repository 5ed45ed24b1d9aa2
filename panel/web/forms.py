"""The base of every form: what is typed is tidied, refusals of the field land beside a field."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from flask_babel import get_locale
from flask_wtf import FlaskForm
from wtforms import Field, IntegerField, StringField
from wtforms.fields.core import UnboundField
from wtforms.meta import DefaultMeta
from wtforms.validators import Optional
from wtforms.widgets import HiddenInput

from panel.extensions import db
from panel.refusals import Refusal
from panel.web.words import say_refusal

MEGABYTE = 1 << 20
"""Forms ask for quotas in it, tables keep bytes."""


UNSEEN = {"Cc", "Cf", "Zl", "Zp"}
"""Unicode's control and format characters: pasted along, or meant to deceive."""


def tidy(text: str | None) -> str | None:
    """Without the blanks around it and the characters in it that nobody sees."""
    if not text:
        return text
    return "".join(sign for sign in text if unicodedata.category(sign) not in UNSEEN).strip()


def fold(text: str | None) -> str | None:
    """Full-width letters, digits and signs of Chinese keyboards as the plain ones (NFKC)."""
    return tidy(unicodedata.normalize("NFKC", text)) if text else text


class Form(FlaskForm):
    """A form of the panel; `refusals()` turns a refusal of the field into a field's error.

    `status` is that of the answer that shows the form again.
    """

    status = 422

    class Meta(FlaskForm.Meta):
        """Strip every text field unless it says otherwise."""

        def bind_field(
            self, form: Any, unbound_field: UnboundField[Any], options: dict[str, Any]
        ) -> Field:
            """Add `tidy` to plain text fields without filters of their own."""
            if unbound_field.field_class is StringField:
                unbound_field.kwargs.setdefault("filters", [tidy])
            return super().bind_field(form, unbound_field, options)

        def get_translations(self, form: Any) -> Any:
            """WTForms' own words, kept: Flask-WTF reads their file anew for each request."""
            self.locales = [get_locale().language]
            return DefaultMeta.get_translations(self, form)

    def refusals(self) -> AbstractContextManager[None, bool]:
        """Roll back on a refusal and say it beside its field (or on top of the form)."""
        return self._refusals()  # type: ignore[return-value]  # it swallows, which mypy must know

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        try:
            yield
        except Refusal as refusal:
            db.session.rollback()
            self.status = 409 if refusal.conflict else 422
            sentence = say_refusal(refusal)
            if refusal.field in self._fields:
                field = self._fields[refusal.field]
                field.errors = [*field.errors, sentence]
            else:
                self.form_errors.append(sentence)


class VersionedForm(Form):
    """A change of something as the page showed it: `version` is what two admins are told by."""

    version = IntegerField(validators=[Optional()], widget=HiddenInput())

    @property
    def shown_version(self) -> int:
        """The version that the page showed; one that never was when it is missing or absurd."""
        version = self.version.data or 0
        return version if 0 < version < 1 << 31 else 0

    def now_at(self, version: int, **current: Any) -> None:
        """After a conflict let the form, sent again, count for the thing as it is now.

        What was typed stays; a field whose `current` value differs shows it beside.
        """
        if self.status != 409:
            return
        self.version.data, self.version.raw_data = version, None
        for name, value in current.items():
            if self[name].data != value:
                self[name].now = value
