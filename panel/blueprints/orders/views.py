"""The list of orders and an order's page."""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from panel.extensions import db
from panel.orders.choices import clusters
from panel.orders.models import DnsState, ServiceStatus
from panel.orders.queries import find_order
from panel.orders.search import OrderSearch, OrderSort, search_orders
from panel.web import context
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
    search = OrderSearch(text=request.args.get("q", "")[:100].strip(), sort=OrderSort.DOMAIN)
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
    given = request.args
    status, dns, sort = (given.get(key) for key in ("status", "dns", "sort"))
    return OrderSearch(
        text=given.get("q", "")[:100].strip(),
        status=ServiceStatus(status) if status in set(ServiceStatus) else None,
        dns=DnsState(dns) if dns in set(DnsState) else None,
        cluster=given.get("cluster", "")[:40],
        expiring=given.get("expiring") == "1",
        sort=OrderSort(sort) if sort in set(OrderSort) else OrderSort.NEWEST,
        after=given.get("after", type=int),
        before=given.get("before", type=int),
    )
