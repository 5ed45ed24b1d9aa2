"""`youju engine`: render the configuration, run a private server, ask what runs."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from panel.config import load_settings
from panel.engine import health, private, srs, supervision
from panel.engine.layout import layout_of
from panel.engine.rendering import render as write


@click.group()
def engine() -> None:
    """Postfix, Dovecot and postsrsd."""


@engine.command()
@click.argument("folder", type=click.Path(path_type=Path))
def render(folder: Path) -> None:
    """Write the configuration of Postfix and Dovecot and postsrsd's unit into FOLDER."""
    layout = layout_of(load_settings())
    for path in write(layout, folder / "postfix", folder / "dovecot"):
        click.echo(path)
    click.echo(srs.render_unit(layout, folder / "systemd"))


@engine.command()
@click.argument("name", type=click.Choice(private.SERVERS))
def run(name: str) -> None:
    """Run one server of the private engine until stopped, starting it again when it dies."""
    start, stop = private.commands(layout_of(load_settings()), name)
    raise SystemExit(supervision.supervise(name, start, stop))


@engine.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def status(as_json: bool) -> None:
    """What runs and what does not, and why; exit 1 when something does not."""
    statuses = health.engine_status(layout_of(load_settings()))
    if as_json:
        click.echo(json.dumps([vars(status) | {"up": status.is_up} for status in statuses]))
    else:
        for one in statuses:
            word = "up" if one.is_up else f"{one.trouble.value}: {one.detail}"
            click.echo(f"{one.name:12} {one.port:6} {word}")
    raise SystemExit(0 if health.runs(statuses) else 1)


@engine.command()
def rotate_srs() -> None:
    """Sign return paths of forwarded mail with a new secret; bounces to earlier ones still come.

    The new secret counts once postsrsd has started anew, which this asks for.
    """
    layout = layout_of(load_settings())
    kept = srs.rotate_secret(layout.srs_secret, datetime.now(UTC))
    click.echo(f"{layout.srs_secret}: a new secret signs, {kept} earlier still count")
    if not srs.restart(layout):
        click.echo("postsrsd was not restarted: restart it", err=True)


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("name")
@click.argument("command", nargs=-1, required=True)
def keep(name: str, command: tuple[str, ...]) -> None:
    """Run COMMAND until stopped, starting it again when it dies."""
    raise SystemExit(supervision.supervise(name, list(command)))
