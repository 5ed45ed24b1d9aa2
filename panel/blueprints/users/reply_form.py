"""The form of a user's auto reply."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    IntegerField,
    StringField,
    SubmitField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Optional, ValidationError

from panel.directory.auto_reply import Reply
from panel.web import context
from panel.web.forms import VersionedForm

YEARS = range(2000, 2100)
FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"]
"""What browsers send, and what people type into one that has no picker."""


class TimeField(DateTimeLocalField):
    """A time in the zone of the pages, to the minute; what was typed stays when it is wrong."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the time, or say how it is written."""
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(_l("Please enter date and time as in 2027-01-31 18:00.")) from error

    @property
    def moment(self) -> datetime | None:
        """The aware time; None when there is none."""
        return self.data.replace(tzinfo=context.now().tzinfo) if self.data else None


def _near(_form: Any, field: TimeField) -> None:
    """A time that calendars and zones can reckon with."""
    if field.data is not None and field.data.year not in YEARS:
        raise ValidationError(_l("Please enter a year from 2000 to 2099."))


TIME: dict[str, Any] = {"validators": [Optional(), _near], "format": FORMATS}


class AutoReplyForm(VersionedForm):
    """Shape only; the rules are the directory's."""

    enabled = BooleanField(_l("Answer automatically"))
    subject = StringField(_l("Subject"))
    text = TextAreaField(_l("Text"))
    starts_at = TimeField(_l("Start"), **TIME)
    ends_at = TimeField(_l("End"), **TIME)
    interval_days = IntegerField(
        _l("Days between two answers to the same sender"),
        [InputRequired(_l("Please enter a whole number of days."))],
    )
    preview = SubmitField(_l("Preview"))

    def reply(self) -> Reply:
        """What was typed."""
        return Reply(
            enabled=bool(self.enabled.data),
            subject=self.subject.data or "",
            text=self.text.data or "",
            starts_at=self.starts_at.moment,
            ends_at=self.ends_at.moment,
            interval_days=self.interval_days.data or 0,
        )


def typed_of(reply: Reply) -> dict[str, Any]:
    """What the form begins with: times in the zone of the pages."""
    values: dict[str, Any] = {
        "enabled": reply.enabled,
        "subject": reply.subject,
        "text": reply.text,
        "interval_days": reply.interval_days,
    }
    for name, moment in (("starts_at", reply.starts_at), ("ends_at", reply.ends_at)):
        local = moment.astimezone(context.now().tzinfo) if moment else None
        values[name] = local.replace(tzinfo=None) if local else None
    return values
