"""The operator's forms: shape only, the rules are those of the orders."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from wtforms import DateField, IntegerField, SelectField, StringField
from wtforms.validators import DataRequired, Length, NumberRange, Optional, ValidationError

from panel.accounts.access import Actor
from panel.orders.actions import change_seats, renew, resume, suspend
from panel.orders.creating import NewOrder
from panel.orders.models import Domain, Order
from panel.web.forms import Form, VersionedForm, fold

MOST_SEATS = 1_000_000
WHOLE = _l("Please enter a whole number from 1 to 1,000,000.")
LATEST = date(2099, 12, 31)
LATE = _l("Please enter a day before 2100.")
DAY = _l("Please enter a date as in 2027-12-31.")


def _not_too_far(_form: Form, field: DateField) -> None:
    """A day that calendars can still go a year beyond."""
    if field.data is not None and field.data > LATEST:
        raise ValidationError(LATE)


class NewOrderForm(Form):
    """A new order."""

    done = _l("The order is taken. Its mail starts as soon as the DNS is right.")

    domain = StringField(_l("Domain"), [DataRequired(_l("Please enter the domain."))])
    customer = StringField(_l("Customer"), [DataRequired(_l("Please enter the customer's name."))])
    plan = SelectField(_l("Plan"), coerce=int)
    cluster = SelectField(_l("Cluster"), coerce=int)
    seats = IntegerField(_l("Seats"), [Optional(), NumberRange(1, MOST_SEATS, WHOLE)])
    expires_on = DateField(_l("Last day"), [DataRequired(DAY), _not_too_far])
    email = StringField(_l("Notification address"), [Length(max=254)], filters=[fold])

    def command(self) -> NewOrder:
        """What the form asks for."""
        given = {name: value for name, value in self.data.items() if name != "csrf_token"}
        given["plan_id"], given["cluster_id"] = given.pop("plan"), given.pop("cluster")
        return NewOrder(**given)


class ChangeForm(VersionedForm):
    """A change of an order as the page showed it."""

    title: LazyString
    explained: LazyString
    done: LazyString

    @classmethod
    def showing(cls, order: Order) -> dict[str, Any]:
        """What the form begins with."""
        return {"version": order.version}

    def apply(self, session: Session, domain: Domain, by: Actor, now: datetime) -> None:
        """Do it."""
        raise NotImplementedError


class SuspendForm(ChangeForm):
    """Suspend with a reason."""

    title, done = _l("Suspend the order"), _l("The order is suspended.")
    explained = _l("Mail is no longer accepted and nobody can sign in. Nothing is deleted.")
    reason = StringField(
        _l("Reason"),
        [
            DataRequired(_l("Please give the reason: the customer reads it.")),
            Length(max=500, message=_l("At most 500 characters, please.")),
        ],
    )

    @classmethod
    def showing(cls, order: Order) -> dict[str, Any]:
        """With the reason that stands."""
        return {"version": order.version, "reason": order.suspended_reason}

    def apply(self, session: Session, domain: Domain, by: Actor, now: datetime) -> None:
        """Do it."""
        reason = self.reason.data or ""
        suspend(session, domain, reason, version=self.shown_version, by=by, now=now)


class ResumeForm(ChangeForm):
    """End a suspension."""

    title, done = _l("Resume the order"), _l("The suspension is over.")
    explained = _l("Mail is accepted again, and users can sign in.")

    def apply(self, session: Session, domain: Domain, by: Actor, now: datetime) -> None:
        """Do it."""
        resume(session, domain, version=self.shown_version, by=by, now=now)


class RenewForm(ChangeForm):
    """A new last day."""

    title, done = _l("Renew the order"), _l("The order is renewed.")
    explained = _l("An expired order is active again at once.")
    expires_on = DateField(_l("Last day"), [DataRequired(DAY), _not_too_far])

    @classmethod
    def showing(cls, order: Order) -> dict[str, Any]:
        """A year more."""
        return {"version": order.version, "expires_on": a_year_after(order.expires_on)}

    def apply(self, session: Session, domain: Domain, by: Actor, now: datetime) -> None:
        """Do it."""
        until = self.expires_on.data
        assert until is not None  # noqa: S101 - validated
        renew(session, domain, until, version=self.shown_version, by=by, now=now)


class SeatsForm(ChangeForm):
    """Another number of seats."""

    title, done = _l("Change the seats"), _l("The number of seats is changed.")
    explained = _l("It cannot be fewer than the users that exist.")
    seats = IntegerField(_l("Seats"), [DataRequired(WHOLE), NumberRange(1, MOST_SEATS, WHOLE)])

    @classmethod
    def showing(cls, order: Order) -> dict[str, Any]:
        """With the present number."""
        return {"version": order.version, "seats": order.seats}

    def apply(self, session: Session, domain: Domain, by: Actor, now: datetime) -> None:
        """Do it."""
        seats = self.seats.data or 0
        change_seats(session, domain, seats, version=self.shown_version, by=by, now=now)


CHANGES: dict[str, type[ChangeForm]] = {
    "suspend": SuspendForm,
    "resume": ResumeForm,
    "renew": RenewForm,
    "seats": SeatsForm,
}


def a_year_after(day: date) -> date:
    """The same day of the next year, 28 February after a 29th; not beyond LATEST."""
    if day.year >= LATEST.year:
        return LATEST
    leap = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year + 1, day=28 if leap else day.day)
