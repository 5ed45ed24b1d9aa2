"""The form of a user's auto reply."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    HiddenField,
    IntegerField,
    StringField,
    SubmitField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Optional, StopValidation, ValidationError

from panel.directory.auto_reply import Reply
from panel.web import context
from panel.web.formats import local
from panel.web.forms import VersionedForm
from panel.web.language import chosen_locale, time_zone
from panel.web.wording.auto_replies import mark_in
from panel.web.zones import zone_name

YEARS = range(2000, 2100)
FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"]
"""What browsers send, and what people type into one that has no picker."""


class StartField(DateTimeLocalField):
    """A time in the page's zone, to the minute; what was typed stays when it is wrong."""

    fold = 0
    """Which of two it is where clocks that are put back show a time twice (PEP 495): the first."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the time, or say how it is written."""
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(_l("Please enter date and time as in 2027-01-31 18:00.")) from error

    @property
    def moment(self) -> datetime | None:
        """The aware time, in UTC; None when there is none."""
        if not self.data:
            return None
        return self.data.replace(tzinfo=time_zone(), fold=self.fold).astimezone(UTC)


class EndField(StartField):
    """The same, but of two the second, so that what is between both is all there is."""

    fold = 1


def _near(_form: Any, field: StartField) -> None:
    """A time that calendars and zones can reckon with."""
    if field.data is not None and field.data.year not in YEARS:
        raise StopValidation(_l("Please enter a year from 2000 to 2099."))


def _exists(_form: Any, field: StartField) -> None:
    """No time that clocks that are put forward never show."""
    if field.moment is not None and local(field.moment).replace(tzinfo=None) != field.data:
        raise ValidationError(
            _l("The clocks are put forward then and skip this time. Please enter another.")
        )


TIME: dict[str, Any] = {"validators": [Optional(), _near, _exists], "format": FORMATS}


class AutoReplyForm(VersionedForm):
    """Shape only; the rules are the directory's. `zone` is the one that the page has named."""

    zone = HiddenField()
    enabled = BooleanField(_l("Answer automatically"))
    subject = StringField(_l("Subject"))
    text = TextAreaField(_l("Text"))
    starts_at = StartField(_l("Start"), **TIME)
    ends_at = EndField(_l("End"), **TIME)
    interval_days = IntegerField(
        _l("Days between two answers to the same sender"),
        [InputRequired(_l("Please enter a whole number of days."))],
    )
    preview = SubmitField(_l("Preview"))

    def validate(self, extra_validators: Any = None) -> bool:
        """As ever; and no times that were typed before the zone was changed: they meant others."""
        valid, here = super().validate(extra_validators), time_zone()
        times = self.starts_at.data or self.ends_at.data
        if self.zone.data in ("", None, here.key) or not times:
            return bool(valid)
        name = zone_name(here, chosen_locale())
        self.form_errors.append(
            _("Times are now in %(zone)s. Please look at start and end again.", zone=name)
        )
        self.status, self.zone.data = 409, here.key
        return False

    def reply(self) -> Reply:
        """What was typed."""
        return Reply(
            enabled=bool(self.enabled.data),
            subject=self.subject.data or "",
            text=self.text.data or "",
            starts_at=self.starts_at.moment,
            ends_at=self.ends_at.moment,
            interval_days=self.interval_days.data or 0,
            mark=mark_in(context.domain().order.customer.language),
        )


def typed_of(reply: Reply) -> dict[str, Any]:
    """What the form begins with: times in the page's zone."""
    values: dict[str, Any] = {
        "enabled": reply.enabled,
        "subject": reply.subject,
        "text": reply.text,
        "interval_days": reply.interval_days,
    }
    for name, moment in (("starts_at", reply.starts_at), ("ends_at", reply.ends_at)):
        values[name] = local(moment).replace(tzinfo=None) if moment else None
    return values
