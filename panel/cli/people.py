"""`youju operator|customer|order|user add`: what the pages do, for scripts.

Passwords come from standard input, never from an argument.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, date, datetime
from typing import Any

import click
from flask.cli import with_appcontext
from flask_security import hash_password

from panel.accounts.access import SYSTEM
from panel.accounts.actions import add_customer_login, add_operator
from panel.directory.actions import NewMailbox, add_mailbox
from panel.extensions import db
from panel.orders.actions import NewOrder, create_order
from panel.orders.customers import add_customer
from panel.orders.queries import find_domain

_json = click.option("--json", "as_json", is_flag=True, help="One JSON document.")


def _password() -> str:
    """The first line of standard input, or what is typed unseen at a terminal."""
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")


def _told(as_json: bool, **facts: Any) -> None:
    click.echo(json.dumps(facts) if as_json else " ".join(str(value) for value in facts.values()))
