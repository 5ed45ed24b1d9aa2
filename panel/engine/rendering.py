"""Writing the configuration of Postfix and Dovecot from a layout."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from functools import partial
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from panel.database import libpq_uri
from panel.engine.layout import Layout
from panel.engine.maps import QUERIES, foreign_query

HEADER_CHECKS = "/^Subject:/ INFO subject\n/^From:/ INFO from\n"
SRS_SENDERS = '/^([^"%!@]+@[^][@]+)$/ $1\n'
"""What SRS can carry: no bounce would find back to quotes, routes (% and !), address literals."""


def environment_of(layout: Layout) -> Environment:
    """The engine's templates, with what they need of the layout."""
    environment = Environment(
        loader=PackageLoader("panel.engine"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - configuration files, not HTML
    )
    environment.globals.update(l=layout, map=partial(_map, layout), database=database_uri(layout))
    return environment


def render(layout: Layout, postfix: Path, dovecot: Path) -> list[Path]:
    """Write Postfix's files into `postfix` and Dovecot's into `dovecot`; the paths written.

    Files that may hold a database password are readable by their owner and Postfix only.
    """
    environment = environment_of(layout)
    route = f"srs:[127.0.0.1]:{layout.ports.srs}"
    queries = QUERIES | {"foreign": foreign_query(layout.own_names, route)}
    files = {postfix / f"{name}.cf": ("map.cf.j2", query) for name, query in queries.items()}
    files |= {postfix / name: (f"{name}.j2", "") for name in ("main.cf", "master.cf")}
    asked = (f"{name}.conf.ext" for name in ("sql-pass", "sql-deny", "sql-user", "dict-sieve"))
    files |= {dovecot / name: (f"{name}.j2", "") for name in ("dovecot.conf", *asked)}
    for path, (template, query) in files.items():
        secret = template == "map.cf.j2" or path.suffix == ".ext"
        text = environment.get_template(template).render(query=query, queries=queries)
        _write(path, text, secret=secret)
    tables = {"header_checks": HEADER_CHECKS, "srs_senders": SRS_SENDERS}
    tables["srs_addresses"] = _srs_addresses(layout.srs_domain)
    for name, text in tables.items():
        _write(postfix / name, text, secret=False)
    return [*files, *(postfix / name for name in tables)]


def _srs_addresses(domain: str) -> str:
    """The recipients that postsrsd is asked about: nobody else's mail waits when it is down."""
    name = domain.replace(".", r"\.")
    return f"/^(srs[01][-+=].*@{name})$/ $1\n"


def _map(layout: Layout, name: str) -> str:
    return f"{layout.map_prefix}{layout.postfix}/{name}.cf"


def database_uri(layout: Layout) -> str:
    """Where the database is: SQLite's path, or PostgreSQL's connection URI (pgsql_table(5))."""
    if layout.dialect == "sqlite":
        return str(layout.database.database)
    return libpq_uri(layout.database)


def _write(path: Path, text: str, *, secret: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o640)
    path.chmod(0o640 if secret else 0o644)
    path.write_text(text)
    if secret and os.geteuid() == 0:
        with suppress(LookupError):  # Postfix is not installed here
            shutil.chown(path, group="postfix")  # its proxymap, which opens them, is not root
