"""`youju run` and `youju demo`: the whole product on one machine, with something to look at."""

from __future__ import annotations

from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from panel.config import load_settings
from panel.demo import bulk, loading, nameserver, running
from panel.extensions import db

_port = click.option("--port", default=8000, type=click.IntRange(1024, 64000), show_default=True)
_instance = click.option(
    "--instance", default="instance", type=click.Path(path_type=Path), show_default=True
)


@click.command()
@_port
@_instance
def run(port: int, instance: Path) -> None:
    """Run the panel with a private mail engine, a DNS server and demo data, until Ctrl-C."""
    raise SystemExit(running.run(port, instance.absolute()))


@click.group()
def demo() -> None:
    """Data to try the panel with."""


@demo.command()
@click.option("--orders", default=0, type=click.IntRange(0), help="That many more orders.")
@click.option("--users", default=0, type=click.IntRange(0), help="That many users in them.")
@with_appcontext
def load(orders: int, users: int) -> None:
    """Load the demo's customers, orders and users once; more of them with the options."""
    settings = current_app.config["YOUJU"]
    loading.load(db.session(), settings)
    db.session.commit()
    if orders or users:
        bulk.load(db.engine, orders, users)


@demo.command()
@click.argument("domain")
@_port
@_instance
def dns(domain: str, port: int, instance: Path) -> None:
    """Publish the right records of DOMAIN on the demo's DNS server, as its customer would."""
    if not domain or not (instance / "dns").is_dir():
        told = "name a DOMAIN, and run `make run` first, with the same PORT and INSTANCE"
        raise click.ClickException(told)
    settings = load_settings(running.environment(port, instance.absolute()))
    expected = running.expected_records(settings, domain)
    try:
        nameserver.publish(instance.absolute() / "dns", domain, expected)
    except OSError as error:
        raise click.ClickException(f"nothing was published: {error}") from error
    click.echo(f"{domain}: {len(expected)} records published")
