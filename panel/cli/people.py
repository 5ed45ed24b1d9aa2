"""`youju operator|customer|order|user add`: what the pages do, for scripts.

Passwords come from standard input, never from an argument, which others on the machine can see.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext
from flask_security import hash_password
from sqlalchemy.orm import Session

from panel.accounts.access import SYSTEM
from panel.accounts.actions import add_operator
from panel.directory.actions import NewMailbox, add_mailbox
from panel.directory.passwords import generate_password
from panel.extensions import db
from panel.orders.addresses import notice_address
from panel.orders.choices import clusters, plans
from panel.orders.creating import NewOrder, create_order
from panel.orders.customers import CustomerFacts, add_customer
from panel.orders.models import Domain
from panel.orders.queries import backend_of, domain_named, quota_of

_json = click.option("--json", "as_json", is_flag=True, help="One JSON document.")


SHORTEST = 8
"""As Flask-Security's SECURITY_PASSWORD_LENGTH_MIN for the page that changes it."""


def _read_password() -> str:
    """What is typed unseen at a terminal, else the first line of standard input."""
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")


def _login_password() -> str:
    """A password for the panel's own log-in."""
    password = _read_password()
    if len(password) < SHORTEST:
        raise click.ClickException(f"the password needs at least {SHORTEST} characters")
    return password


def _tell(as_json: bool, **facts: Any) -> None:
    """The facts on one line, or as JSON."""
    db.session.commit()
    click.echo(json.dumps(facts) if as_json else " ".join(str(value) for value in facts.values()))


def _pick(kind: str, choices: list[tuple[int, str]], name: str | None) -> int:
    """The id of the named choice, or of the only one."""
    found = [id_ for id_, label in choices if name in (None, label)]
    if len(found) != 1:
        known = ", ".join(label for _, label in choices) or "none"
        raise click.ClickException(f"choose a {kind} with --{kind}: {known}")
    return found[0]


@click.group()
def operator() -> None:
    """The operator's logins."""


@operator.command("add")
@click.argument("email")
@click.option("--name", default="Operator", show_default=True)
@_json
@with_appcontext
def operator_add(email: str, name: str, as_json: bool) -> None:
    """Add a login; its password is read from standard input."""
    email, hashed = notice_address(email), hash_password(_login_password())
    session, now = db.session(), current_app.config["YOUJU"].now()
    add_operator(session, email=email, name=name, password_hash=hashed, by=SYSTEM, now=now)
    _tell(as_json, email=email)


@click.group()
def customer() -> None:
    """Customers."""


@customer.command("add")
@click.argument("name")
@click.option("--email", required=True)
@click.option("--contact", default="", help="Who signs in; default: the customer's name.")
@click.option("--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@click.option("--time-zone", help="As Europe/Berlin; default: YOUJU_TIME_ZONE.")
@_json
@with_appcontext
def customer_add(
    name: str, email: str, contact: str, language: str, time_zone: str | None, as_json: bool
) -> None:
    """Add a customer with a login; its password is read from standard input."""
    settings = current_app.config["YOUJU"]
    facts = CustomerFacts(name, email, language, time_zone or settings.time_zone)
    hashed = hash_password(_login_password())
    now = settings.now()
    add_customer(db.session(), facts, contact or name, hashed, by=SYSTEM, now=now)
    _tell(as_json, name=name, email=email)


@click.group()
def order() -> None:
    """Orders."""


@order.command("add")
@click.argument("domain")
@click.option("--customer", "customer_name", required=True)
@click.option("--seats", type=click.IntRange(1), help="Default: the plan's.")
@click.option("--expires", type=click.DateTime(["%Y-%m-%d"]), required=True)
@click.option("--plan")
@click.option("--cluster")
@_json
@with_appcontext
def order_add(
    domain: str, as_json: bool, plan: str | None, cluster: str | None, **facts: Any
) -> None:
    """Take an order for DOMAIN."""
    session = db.session()
    new = NewOrder(
        domain=domain,
        customer=facts["customer_name"],
        plan_id=_pick("plan", plans(session), plan),
        cluster_id=_pick("cluster", clusters(session), cluster),
        seats=facts["seats"],
        expires_on=facts["expires"].date(),
    )
    added = create_order(session, new, by=SYSTEM, now=current_app.config["YOUJU"].now())
    _tell(as_json, number=added.order.number, domain=added.name)


@click.group()
def user() -> None:
    """Mailbox users."""


@user.command("add")
@click.argument("address")
@click.option("--name", default="")
@click.option("--alternate", default="", help="Alternate address.")
@click.option("--password", "typed", is_flag=True, help="Read it from standard input.")
@_json
@with_appcontext
def user_add(address: str, name: str, alternate: str, typed: bool, as_json: bool) -> None:
    """Add ADDRESS; without --password one is generated and printed, once."""
    session = db.session()
    local_part, _at, host = address.rpartition("@")
    domain = _domain(session, host)
    password = _read_password() if typed else generate_password()
    new = NewMailbox(
        local_part=local_part,
        name=name or local_part,
        password=password,
        quota_bytes=quota_of(session, domain),
        alternate_email=alternate,
    )
    backend, now = backend_of(session, domain), current_app.config["YOUJU"].now()
    added = add_mailbox(session, domain, new, by=SYSTEM, backend=backend, now=now)
    shown = {} if typed else {"password": password}
    _tell(as_json, address=f"{added.local_part}@{domain.name}", **shown)


def _domain(session: Session, name: str) -> Domain:
    found = domain_named(session, name)
    if found is None:
        raise click.ClickException(f"no such domain here: {name}")
    return found
