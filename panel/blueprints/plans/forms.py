"""What is known of a plan."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, StringField
from wtforms.validators import DataRequired, Length, NumberRange

from panel.orders.models import Plan
from panel.orders.plans import PlanFacts
from panel.web.forms import MEGABYTE, VersionedForm

LONG = _l("At most 100 characters, please.")
SEATS = _l("Please enter a whole number from 1 to 1,000,000.")
QUOTA = _l("Please enter a whole number of MB, from 1 to 1,048,576.")


class PlanForm(VersionedForm):
    """Shape only; the rules are those of the orders."""

    name = StringField(
        _l("Plan"), [DataRequired(_l("Please enter the name.")), Length(max=100, message=LONG)]
    )
    seats = IntegerField(
        _l("Seats"), [DataRequired(SEATS), NumberRange(1, 1_000_000, SEATS)], default=50
    )
    quota_mb = IntegerField(
        _l("Quota of a mailbox"),
        [DataRequired(QUOTA), NumberRange(1, 1 << 20, QUOTA)],
        default=1024,
    )

    def facts(self) -> PlanFacts:
        """What was typed."""
        quota = (self.quota_mb.data or 0) * MEGABYTE
        return PlanFacts(name=self.name.data or "", seats=self.seats.data or 0, quota_bytes=quota)


def typed_of(plan: Plan) -> dict[str, Any]:
    """What the form begins with for a plan that exists."""
    quota = plan.quota_bytes // MEGABYTE
    return {"version": plan.version, "name": plan.name, "seats": plan.seats, "quota_mb": quota}
