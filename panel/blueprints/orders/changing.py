"""What the operator does to orders: a new one, suspend, resume, renew, seats."""

from __future__ import annotations

from flask import Response, abort, flash, render_template, request, url_for

import panel.web.wording.orders  # noqa: F401 - says what the orders refuse
from panel.blueprints.orders.forms import CHANGES, NewOrderForm, a_year_after
from panel.blueprints.orders.views import bp
from panel.extensions import db
from panel.orders import choices
from panel.orders.creating import create_order
from panel.orders.models import Domain
from panel.orders.queries import find_order
from panel.web import context
from panel.web.access import operator_only
from panel.web.htmx import answer, leave
from panel.web.transaction import transaction

CHANGE = "/orders/<number>/<any(suspend, resume, renew, seats):change>"


@bp.get("/orders/new")
@operator_only
def new() -> str:
    """The empty form."""
    until = a_year_after(context.now().date())
    form = _with_choices(
        NewOrderForm(customer=request.args.get("customer", "")[:100], expires_on=until)
    )
    return render_template("orders/new.html", form=form)


@bp.post("/orders/new")
@operator_only
def create() -> Response:
    """Take the order."""
    form = _with_choices(NewOrderForm())
    if form.validate():
        with form.refusals():
            with transaction() as session:
                domain = create_order(
                    session, form.command(), by=context.actor(), now=context.now()
                )
                number = domain.order.number
            flash(str(form.done), "good")
            return leave(url_for("orders.show", number=number))
    return answer("orders/new.html", part="orders/_new.html", status=422, form=form)


@bp.get(CHANGE)
@operator_only
def change(number: str, change: str) -> str:
    """Ask before it is done."""
    domain = _bought(number)
    form = CHANGES[change](data=CHANGES[change].showing(domain.order))
    return render_template("orders/change.html", form=form, bought=domain, change=change)


@bp.post(CHANGE)
@operator_only
def apply(number: str, change: str) -> Response:
    """Do it; 409 with the order as it is now when somebody else was faster."""
    domain, form = _bought(number), CHANGES[change]()
    if form.validate():
        with form.refusals():
            with transaction() as session:
                form.apply(session, domain, context.actor(), context.now())
            flash(str(form.done), "good")
            return leave(url_for("orders.show", number=number))
    domain = _bought(number)
    form.now_at(domain.order.version)
    shown = {"form": form, "bought": domain, "change": change}
    return answer("orders/change.html", part="orders/_change.html", status=form.status, **shown)


def _with_choices(form: NewOrderForm) -> NewOrderForm:
    session = db.session()
    form.plan.choices = choices.plans(session)
    form.cluster.choices = choices.clusters(session)
    return form


def _bought(number: str) -> Domain:
    domain = find_order(db.session(), context.actor(), number)
    if domain is None:
        abort(404)
    return domain
