"""`youju dns check`: what the DNS of a domain of this panel says."""

from __future__ import annotations

import json

import click
from flask import current_app
from flask.cli import with_appcontext

from panel.extensions import db
from panel.orders.queries import domain_named
from panel.orders.verification import ask, expected_of


@click.group()
def dns() -> None:
    """DNS records."""


@dns.command()
@click.argument("domain")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@with_appcontext
def check(domain: str, as_json: bool) -> None:
    """Ask for the records that DOMAIN should have; exit 1 unless its MX records are valid."""
    settings = current_app.config["YOUJU"]
    found = domain_named(db.session(), domain)
    if found is None:
        raise click.ClickException(f"no such domain here: {domain}")
    records = expected_of(db.session(), found)
    verdicts = ask(found.name, records, settings.dns_servers, settings.dns_timeout)
    if as_json:
        click.echo(json.dumps([verdict.to_json() for verdict in verdicts]))
    else:
        for verdict in verdicts:
            click.echo(f"{verdict.key:8} {verdict.kind.value:18} {verdict.reason.value}")
    mx = next(verdict for verdict in verdicts if verdict.key == "mx")
    raise SystemExit(0 if mx.is_good else 1)
