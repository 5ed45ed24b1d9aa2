"""The operator's customers: the list, adding one with its login, a customer's page."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, Response, abort, flash, render_template, url_for
from flask_babel import gettext as _
from flask_security import hash_password

import panel.web.wording.orders  # noqa: F401 - says what the orders refuse
from panel.blueprints.customers.forms import CustomerForm, NewCustomerForm
from panel.directory.passwords import generate_password
from panel.extensions import db
from panel.orders.customers import (
    add_customer,
    edit_customer,
    facts_of,
    find_customer,
    list_customers,
    logins_of,
)
from panel.orders.models import Customer
from panel.web import asked, context
from panel.web.access import operator_only
from panel.web.htmx import answer, leave
from panel.web.transaction import transaction

bp = Blueprint("customers", __name__, url_prefix="/customers")


@bp.get("/")
@operator_only
def index() -> Response:
    """Search and page through the customers."""
    text, after, before = asked.words(), asked.row("after"), asked.row("before")
    page = list_customers(db.session(), context.actor(), text, after, before)
    return answer("customers/index.html", part="customers/_rows.html", page=page, text=text)


@bp.get("/names")
@operator_only
def names() -> str:
    """Customers whose names begin with what is typed, for the field of a new order."""
    page = list_customers(db.session(), context.actor(), asked.words("customer"))
    return render_template("customers/_names.html", customers=page.rows)


@bp.get("/new")
@operator_only
def new() -> str:
    """The empty form."""
    return render_template("customers/new.html", form=NewCustomerForm())


@bp.post("/new")
@operator_only
def create() -> Response:
    """Add the customer; the answer itself holds the password, the only time that it is shown."""
    form = NewCustomerForm()
    if form.validate():
        with form.refusals():
            password = generate_password()
            hashed = hash_password(password)
            with transaction() as session:
                by, now, contact = context.actor(), context.now(), form.contact.data or ""
                customer = add_customer(session, form.facts(), contact, hashed, by=by, now=now)
            return answer(
                "customers/added.html",
                part="customers/_added.html",
                customer=customer,
                password=password,
            )
    return answer("customers/new.html", part="customers/_new.html", status=422, form=form)


@bp.get("/<int(max=9223372036854775807):customer_id>")
@operator_only
def show(customer_id: int) -> str:
    """A customer, to be edited, with its logins."""
    customer = _customer(customer_id)
    logins = logins_of(db.session(), customer)
    form = CustomerForm(obj=customer)
    return render_template("customers/show.html", form=form, customer=customer, logins=logins)


@bp.post("/<int(max=9223372036854775807):customer_id>")
@operator_only
def edit(customer_id: int) -> Response:
    """Save what was typed."""
    customer, form = _customer(customer_id), CustomerForm()
    if form.validate():
        with form.refusals():
            with transaction() as session:
                edit_customer(
                    session,
                    customer,
                    form.facts(),
                    version=form.shown_version,
                    by=context.actor(),
                    now=context.now(),
                )
            flash(_("The customer was saved."), "good")
            return leave(url_for("customers.show", customer_id=customer_id))
    customer = _customer(customer_id)
    form.now_at(customer.version, **asdict(facts_of(customer)))
    shown = {"form": form, "customer": customer, "logins": logins_of(db.session(), customer)}
    return answer("customers/show.html", part="customers/_edit.html", status=form.status, **shown)


def _customer(customer_id: int) -> Customer:
    customer = find_customer(db.session(), context.actor(), customer_id)
    if customer is None:
        abort(404)
    return customer
