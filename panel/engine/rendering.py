"""Writing the configuration of Postfix and Dovecot from a layout."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from functools import partial
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from panel.engine.layout import Layout
from panel.engine.maps import QUERIES

HEADER_CHECKS = "/^Subject:/ INFO subject\n/^From:/ INFO from\n"


def render(layout: Layout, postfix: Path, dovecot: Path) -> list[Path]:
    """Write Postfix's files into `postfix` and Dovecot's into `dovecot`; the paths written.

    Files that may hold a database password are readable by their owner and Postfix only.
    """
    environment = Environment(
        loader=PackageLoader("panel.engine"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - configuration files, not HTML
    )
    environment.globals.update(l=layout, map=partial(_map, layout), connect=connect_string(layout))
    files = {postfix / f"{name}.cf": ("map.cf.j2", query) for name, query in QUERIES.items()}
    files |= {postfix / name: (f"{name}.j2", "") for name in ("main.cf", "master.cf")}
    names = ("dovecot.conf", "sql-pass.conf.ext", "sql-user.conf.ext", "dict-sieve.conf.ext")
    files |= {dovecot / name: (f"{name}.j2", "") for name in names}
    for path, (template, query) in files.items():
        secret = template == "map.cf.j2" or path.suffix == ".ext"
        _write(path, environment.get_template(template).render(query=query), secret=secret)
    _write(postfix / "header_checks", HEADER_CHECKS, secret=False)
    return [*files, postfix / "header_checks"]


def _map(layout: Layout, name: str) -> str:
    return f"{layout.map_prefix}{layout.postfix}/{name}.cf"


def connect_string(layout: Layout) -> str:
    """Dovecot's `connect` for the database."""
    url = layout.database
    if layout.dialect == "sqlite":
        return str(url.database)
    parts = {
        "host": url.host or "localhost",
        "port": url.port or 5432,
        "dbname": url.database,
        "user": url.username,
        "password": url.password,
    }
    return " ".join(f"{name}={value}" for name, value in parts.items() if value)


def _write(path: Path, text: str, *, secret: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o640)
    path.chmod(0o640 if secret else 0o644)
    path.write_text(text)
    if secret and os.geteuid() == 0:
        with suppress(LookupError):  # Postfix is not installed here
            shutil.chown(path, group="postfix")  # its proxymap, which opens them, is not root
