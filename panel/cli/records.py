"""`youju dns check`: what the DNS of any domains says, one or thousands."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address

import click
from flask import current_app
from flask.cli import with_appcontext

from panel.dns.answers import Server
from panel.dns.asking import Asking
from panel.dns.examination import Examination, Wanted, examine_all
from panel.dns.reading import clean
from panel.extensions import db
from panel.orders.clusters import list_clusters
from panel.orders.errors import NotADomain
from panel.orders.models import Cluster
from panel.orders.names import domain_name
from panel.orders.queries import watched_named
from panel.orders.verification import asking_of, expected_of, expected_on


@click.group()
def dns() -> None:
    """DNS records."""


@dns.command()
@click.argument("domains", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="One JSON document a line.")
@click.option("--log", "with_log", is_flag=True, help="In JSON also who was asked what.")
@click.option("--resolver", "resolvers", multiple=True, help="IP:PORT, in place of the settings'.")
@click.option("--cluster", help="Whose records domains unknown here should have.")
@with_appcontext
def check(
    domains: tuple[str, ...],
    as_json: bool,
    with_log: bool,
    resolvers: tuple[str, ...],
    cluster: str | None,
) -> None:
    """Ask for the records that DOMAINS should have, or those on standard input, one a line.

    Exit 1 unless the MX records of all of them are valid.
    """
    if not domains and sys.stdin.isatty():
        raise click.UsageError("name a domain, or give domains on standard input")
    typed = (line.strip() for line in domains or sys.stdin)
    names = (line for line in typed if line)
    check = _Check(_asking(resolvers), cluster, as_json, with_log)
    asyncio.run(check.run(names))
    raise SystemExit(0 if check.all_good else 1)


def _asking(resolvers: tuple[str, ...]) -> Asking:
    """As the settings say, but for the resolvers that were named."""
    asking = asking_of(current_app.config["YOUJU"])
    if not resolvers:
        return asking
    try:
        servers = tuple(map(Server.at, resolvers))
        for server in servers:
            ip_address(server.address)
    except ValueError as error:
        raise click.UsageError(f"--resolver wants IP:PORT: {' '.join(resolvers)}") from error
    return replace(asking, resolvers=servers)


class _Check:
    """One run of the command."""

    def __init__(self, asking: Asking, cluster: str | None, as_json: bool, log: bool) -> None:
        self.asking, self.cluster, self.as_json, self.with_log = asking, cluster, as_json, log
        self.all_good = True
        self.chosen: Cluster | None = None

    async def run(self, names: Iterator[str]) -> None:
        """Examine the names and print what was found as it comes."""
        async for examined in examine_all(names, self.find, self.asking):
            self.all_good = self.all_good and examined.mx_is_good
            for line in self.lines(examined):
                click.echo(line)

    def find(self, typed: str) -> Wanted | None:
        """What a name should have: as it is known here, or else what a cluster wants."""
        try:
            name = domain_name(typed).ascii
        except NotADomain as refusal:
            self.all_good = False
            click.echo(f"youju: not a domain ({refusal.fault}): {clean(typed[:253])}", err=True)
            return None
        try:
            if known := watched_named(db.session(), name):
                return Wanted(name, expected_of(db.session(), known))
            return Wanted(name, expected_on(self.of_others(), name))
        finally:
            db.session.remove()

    def of_others(self) -> Cluster:
        """The cluster whose records a domain should have that is unknown here."""
        if self.chosen is None:
            clusters = list_clusters(db.session())
            found = [cluster for cluster in clusters if self.cluster in (None, cluster.name)]
            if len(found) != 1:
                known = ", ".join(cluster.name for cluster in clusters) or "none"
                raise click.ClickException(f"choose a cluster with --cluster: {known}")
            self.chosen = found[0]
        return self.chosen

    def lines(self, examined: Examination) -> Iterator[str]:
        """The result as one JSON document, or a line for each key."""
        if self.as_json:
            yield json.dumps(_document(examined, self.with_log))
            return
        for verdict in examined.verdicts:
            kind, reason = verdict.kind.value, verdict.reason.value
            yield f"{examined.domain} {verdict.key:8} {kind:18} {reason}"


def _document(examined: Examination, with_log: bool) -> dict[str, object]:
    """The whole result as plain data."""
    verdicts = [verdict.to_json() for verdict in examined.verdicts]
    document: dict[str, object] = {
        "domain": examined.domain,
        "verdicts": verdicts,
        "partial": examined.is_partial,
    }
    if with_log:
        document["log"] = [asked.to_json() for asked in examined.log]
    return document
