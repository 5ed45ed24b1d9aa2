"""The same Postfix with its look-ups in hash maps; Dovecot asks the database on both sides."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import Engine, text

from panel.engine import private
from panel.engine.layout import Layout
from panel.engine.maps import QUERIES

_KEY = "local || '@' || domain"
ROWS = {
    "own": "SELECT name, 'OK' FROM pf_own",
    "domains": "SELECT name, 'OK' FROM pf_domain",
    "plain": f"SELECT {_KEY}, {_KEY} FROM pf_plain",
    "stays": f"SELECT {_KEY}, 'arrives' FROM pf_plain",
    "plainalias": f"SELECT {_KEY}, address FROM pf_plain_alias",
    "staysalias": f"SELECT {_KEY}, 'permit' FROM pf_plain_alias",
    "arrives": f"SELECT {_KEY}, 'arrives' FROM pf_address WHERE kind <> 'mailbox'",
    "aliases": "SELECT a.local || '@' || a.domain, h.goto FROM pf_hop h"
    " JOIN pf_address a ON a.domain_id = h.domain_id AND a.local = h.local",
}
"""What the panel's maps answer, as rows; the bench's mail gets no answer from the others."""


def prepare(layout: Layout, engine: Engine) -> None:
    """Write the configuration as the panel does, then let Postfix look into files instead."""
    private.prepare(layout)
    main = layout.postfix / "main.cf"
    for name in QUERIES:
        _exchange(main, f"{layout.map_prefix}{layout.postfix}/{name}.cf", _table(layout, name))
    with engine.connect() as connection:
        for name in QUERIES:
            rows = connection.execute(text(ROWS[name])).tuples() if name in ROWS else ()
            _write(layout.postfix / name, (f"{key} {value}\n" for key, value in rows))
            made = ["/usr/sbin/postmap", "-c", str(layout.postfix), _table(layout, name)]
            subprocess.run(made, check=True)


def _table(layout: Layout, name: str) -> str:
    return f"hash:{layout.postfix}/{name}"


def _exchange(path: Path, old: str, new: str) -> None:
    before = path.read_text()
    assert old in before, f"no {old} in {path.name}"
    path.write_text(before.replace(old, new))


def _write(path: Path, lines: Iterable[str]) -> None:
    with path.open("w") as file:
        file.writelines(lines)
