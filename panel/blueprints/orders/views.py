"""The list of orders and an order's page."""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from panel.extensions import db
from panel.orders.choices import clusters
from panel.orders.models import DnsState, ServiceStatus
from panel.orders.queries import find_order
from panel.orders.search import OrderSearch, OrderSort, search_orders
from panel.web import asked, context
from panel.web.htmx import answer

bp = Blueprint("orders", __name__)

SWITCH = 8
"""As many domains the header offers at once."""


@bp.get("/")
def home() -> AnyResponse:
    """The panel's first page is the list."""
    return redirect(url_for("orders.index"), 303)


@bp.get("/orders/")
def index() -> Response:
    """Search, filter and page through orders."""
    search = asked_search()
    page = search_orders(db.session(), context.actor(), search, context.now().date())
    return answer(
        "orders/index.html",
        part="orders/_rows.html",
        page=page,
        search=search,
        states=ServiceStatus,
        sorts=OrderSort,
        dns_states=DnsState,
        clusters=[name for _id, name in clusters(db.session())],
    )


@bp.get("/orders/switch")
def switch() -> Response:
    """The first domains that begin with what is typed: the switch in the header."""
    search = OrderSearch(text=asked.words(), sort=OrderSort.DOMAIN)
    page = search_orders(db.session(), context.actor(), search, context.now().date())
    domains = page.rows[:SWITCH]
    return answer(
        "orders/switch.html", part="orders/_switch.html", domains=domains, text=search.text
    )


@bp.get("/orders/<number>")
def show(number: str) -> str:
    """One order."""
    domain = find_order(db.session(), context.actor(), number)
    if domain is None:
        abort(404)
    return render_template("orders/show.html", bought=domain, order=domain.order)


def asked_search() -> OrderSearch:
    """The search of the URL; what cannot be understood is left out."""
    return OrderSearch(
        text=asked.words(),
        status=asked.choice("status", ServiceStatus),
        dns=asked.choice("dns", DnsState),
        cluster=asked.words("cluster", 40),
        expiring=asked.words("expiring") == "1",
        sort=asked.choice("sort", OrderSort) or OrderSort.NEWEST,
        after=asked.row("after"),
        before=asked.row("before"),
    )
