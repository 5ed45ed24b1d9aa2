"""The same Postfix and Dovecot without a database: hash maps, and a passwd-file of the users."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import Engine, text

from panel.engine import private
from panel.engine.layout import Layout
from panel.engine.maps import QUERIES

ROWS = {
    "domains": "SELECT name, 'OK' FROM pf_domain",
    "mailboxes": "SELECT local || '@' || domain, 'OK' FROM pf_mailbox",
    "aliases": "SELECT local || '@' || domain, address FROM pf_mailbox"
    " WHERE local || '@' || domain <> address"
    " UNION ALL SELECT a.local || '@' || a.domain, h.goto FROM pf_hop h"
    " JOIN pf_address a ON a.domain_id = h.domain_id AND a.local = h.local",
    "catchall": "SELECT '@' || domain, address FROM pf_catchall",
    "detours": "SELECT local || '@' || domain, '550 5.2.1 Mailbox is suspended'"
    " FROM pf_mailbox WHERE state <> 'active'",
}
"""What the panel's maps answer, as rows; the maps left out are not asked on the way in."""

USERS = (
    "SELECT username, storage_key, quota_bytes FROM dv_user WHERE active = 1 AND state = 'active'"
)


def prepare(layout: Layout, engine: Engine) -> None:
    """Write the configuration as the panel does, then let each look-up go to a file instead."""
    private.prepare(layout)
    main = layout.postfix / "main.cf"
    for name in QUERIES:
        _exchange(main, f"{layout.map_prefix}{layout.postfix}/{name}.cf", _table(layout, name))
    conf = layout.dovecot / "dovecot.conf"
    for kind, name in (("passdb", "pass"), ("userdb", "user")):
        block = f"{kind} {{\n  driver = sql\n  args = {layout.dovecot}/sql-{name}.conf.ext\n}}"
        found = f"{kind} {{\n  driver = passwd-file\n  args = {layout.dovecot}/users\n}}"
        _exchange(conf, block, found)
    with conf.open("a") as file:
        file.write("service auth {\n  vsz_limit = 4G\n}\n")  # it holds all the users
    with engine.connect() as connection:
        for name in QUERIES:
            rows = connection.execute(text(ROWS[name])).tuples() if name in ROWS else ()
            _write(layout.postfix / name, (f"{key} {value}\n" for key, value in rows))
            made = ["/usr/sbin/postmap", "-c", layout.postfix, _table(layout, name)]
            subprocess.run(made, check=True)
        users = connection.execute(text(USERS)).tuples()
        _write(layout.dovecot / "users", (_user(layout, *user) for user in users))


def _table(layout: Layout, name: str) -> str:
    return f"hash:{layout.postfix}/{name}"


def _user(layout: Layout, username: str, key: str, quota: int) -> str:
    """A line of passwd-file, with the same fields as the panel's query."""
    uid, place = layout.mail_uid, f"{key[:2]}/{key}"
    extra = f"userdb_quota_rule=*:bytes={quota}"
    extra += f" userdb_quota_clone_dict=file:{layout.mail}/.usage/{place}"
    return f"{username}:!:{uid}:{uid}::{layout.mail}/{place}::{extra}\n"


def _exchange(path: Path, old: str, new: str) -> None:
    before = path.read_text()
    assert old in before, f"no {old} in {path.name}"
    path.write_text(before.replace(old, new))


def _write(path: Path, lines: Iterable[str]) -> None:
    with path.open("w") as file:
        file.writelines(lines)
