"""Orders as a CSV file."""

from __future__ import annotations

from flask import Response, stream_with_context
from flask_babel import gettext as _

from panel.blueprints.orders.views import asked_search, bp
from panel.extensions import db
from panel.orders.csv_export import CsvWords, orders_csv
from panel.orders.models import ServiceStatus
from panel.web import context
from panel.web.htmx import uncached
from panel.web.language import time_zone
from panel.web.words import STATES


@bp.get("/orders/export.csv")
def export() -> Response:
    """All orders that the list's search finds, sent as they are read."""
    head = [
        _("Order number"),
        _("Domain"),
        _("Domain (ASCII)"),
        _("Customer"),
        _("Status"),
        _("Seats used"),
        _("Seats"),
        _("Created"),
        _("Expires"),
    ]
    states = {state: str(STATES[state]) for state in ServiceStatus}
    today, words = context.now().date(), CsvWords(head, states, time_zone())
    lines = orders_csv(db.session(), context.actor(), asked_search(), today, words)
    response = Response(stream_with_context(lines), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="orders-{today}.csv"'
    return uncached(response)
