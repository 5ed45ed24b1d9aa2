"""The form of a domain's catch-all."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # its types are older
from wtforms.validators import Length, ValidationError

from panel.orders.models import Domain
from panel.web import context
from panel.web.forms import Form, fold

BOUNCE, DELIVER = "bounce", "deliver"


def _of_this_domain(form: CatchAllForm, field: StringField) -> None:
    if form.mode.data != DELIVER:
        return
    if not field.data:
        raise ValidationError(_l("Please enter the address that takes the mail."))
    if "@" in local_part_in(context.domain(), field.data):
        raise ValidationError(_l("Please enter an address of this domain."))


class CatchAllForm(Form):
    """Shape only; the rules are the directory's. `shown` is what was set when the page was made."""

    shown = HiddenField()
    mode = RadioField(
        _l("Mail to addresses that nobody has"),
        choices=[
            SelectChoice(BOUNCE, _l("is returned to the sender (recommended)")),
            SelectChoice(DELIVER, _l("is delivered to this address:")),
        ],
    )
    local_part = StringField(_l("Address"), [Length(max=320), _of_this_domain], filters=[fold])

    def wanted(self) -> str | None:
        """The local part that is to take the mail, or None."""
        if self.mode.data != DELIVER:
            return None
        return local_part_in(context.domain(), self.local_part.data or "")

    def now_at(self, current: str | None) -> None:
        """After a conflict let the form, sent again, count for what is set now, and show that."""
        if self.status == 409:
            self.shown.data, self.shown.raw_data = current or "", None
            address = f"{current}@{context.domain().unicode_name}"
            self["local_part"].now = address if current else _("bounce to the sender")


def typed_of(current: str | None) -> dict[str, Any]:
    """What the form begins with."""
    mode = DELIVER if current else BOUNCE
    return {"shown": current or "", "mode": mode, "local_part": current or ""}


def local_part_in(domain: Domain, typed: str) -> str:
    """What was typed, without the domain where it is this one."""
    local_part, at, name = typed.strip().lower().rpartition("@")
    return (
        local_part if at and name in {domain.name, domain.unicode_name} else typed.strip().lower()
    )
