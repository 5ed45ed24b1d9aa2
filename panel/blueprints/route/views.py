"""Route look-up: type an address, see the way that its mail takes and what its sender is told."""

from __future__ import annotations

from flask import Blueprint, Response

import panel.web.wording.directory  # noqa: F401 - says what the directory refuses
from panel.directory.routing import Route, lookup
from panel.extensions import db
from panel.orders.queries import find_name
from panel.refusals import Refusal
from panel.web import asked, context
from panel.web.access import under_domain
from panel.web.htmx import answer
from panel.web.words import say_refusal

bp = Blueprint("route", __name__, url_prefix="/mail/<domain>/route")
under_domain(bp)


@bp.get("")
def show() -> Response:
    """The form, and the way of the address in it."""
    typed, error = asked.words("to", 400), ""
    way: Route | None = None
    try:
        way = lookup(db.session(), context.domain(), typed) if typed else None
    except Refusal as refusal:
        error = say_refusal(refusal)
    name = find_name(db.session(), context.actor(), way.address.rpartition("@")[2]) if way else None
    service = name.service_status if name else None
    return answer(
        "route/show.html",
        part="route/_way.html",
        typed=typed,
        way=way,
        service=service,
        error=error,
    )
