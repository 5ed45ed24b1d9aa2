"""The `youju` command: errors are one line on standard error and exit 1, wrong usage exits 2."""

from __future__ import annotations

import json
import sys

import click
from flask.cli import FlaskGroup

from panel import create_app
from panel.cli.database import database
from panel.cli.demo import demo, run
from panel.cli.people import customer, operator, order, user
from panel.cli.records import dns
from panel.cli.refusing import one_line_errors
from panel.config import describe_settings, load_settings
from panel.engine.commands import engine, keep


@click.group(
    cls=FlaskGroup,
    create_app=create_app,
    add_default_commands=False,
    add_version_option=False,
    load_dotenv=False,
)
def youju() -> None:
    """Youju, the panel of a mail host."""


@youju.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def config(as_json: bool) -> None:
    """Every setting with its value, default and meaning."""
    rows = describe_settings(load_settings())
    if as_json:
        document = {name: {"value": str(value), "meaning": text} for name, value, _, text in rows}
        click.echo(json.dumps(document, indent=2))
        return
    for name, value, default, meaning in rows:
        click.echo(f"{name}={value}\n    {meaning} (default: {default})")


@youju.command()
def worker() -> None:
    """Run the background work: the outbox and what is due."""
    create_app().extensions["jobs"].run()


for command in (customer, database, demo, dns, engine, keep, operator, order, run, user):
    youju.add_command(command)


def main() -> None:
    """Entry point of `youju`."""
    with one_line_errors():
        sys.exit(youju(standalone_mode=False) or 0)
