"""What Postfix's maps ask the database's views."""

# ruff: noqa: S608 - Postfix puts its keys in, quoted

from __future__ import annotations

from collections.abc import Iterable

_WAY = """WITH RECURSIVE way(rank, domain_id, local, goto) AS (\
 {start}\
 UNION SELECT w.rank, h.to_domain_id, h.to_local, h.goto FROM way w\
 JOIN pf_hop h ON h.domain_id = w.domain_id AND h.local = w.local)"""
"""Every way that mail takes, cycles left out."""

_WALK = (
    _WAY
    + """, ends(rank, goto) AS (\
 SELECT rank, goto FROM way WHERE domain_id IS NULL\
 UNION SELECT w.rank, b.address FROM way w\
 JOIN pf_box b ON b.domain_id = w.domain_id AND b.local = w.local WHERE b.takes = 1) """
)
"""`ends` is where the ways arrive, dead ends left out."""

_KEY = "local = '%u' AND domain = '%d'"
_ALWAYS = "domain = '%d' AND '%u' IN ('postmaster', 'abuse')"
_STARTS = (
    f"SELECT 1, domain_id, CAST(local AS TEXT), address FROM pf_address WHERE {_KEY}"
    f" UNION ALL SELECT 2, domain_id, local, address FROM pf_catchall WHERE {_ALWAYS}"
    " UNION ALL SELECT 3, CAST(NULL AS BIGINT), CAST(NULL AS TEXT), goto"
    f" FROM pf_notice WHERE {_ALWAYS}"
)
_FROM_ADDRESS = _WALK.format(start=_STARTS)
"""The first rank that ends somewhere counts; what is no domain of ours (NULL) is an end."""

_FROM_ANY = _WAY.format(
    start=_STARTS + " UNION ALL SELECT 4, domain_id, local, address FROM pf_catchall"
    " WHERE domain = '%d' AND replace('%u', '+', '') = '%u'"
    f" AND NOT EXISTS (SELECT 1 FROM pf_address WHERE {_KEY})"
)
"""The catch-all too, for what nothing holds; Postfix asks without what follows a plus sign later.
"""

_STOPS = (
    "SELECT w.rank, CASE WHEN w.domain_id IS NULL THEN 0 ELSE coalesce(("
    "SELECT CASE WHEN b.state = 'suspended' THEN 4 WHEN b.takes = 0 THEN 3 WHEN NOT EXISTS ("
    "SELECT 1 FROM pf_full p WHERE p.domain_id = w.domain_id AND p.local = w.local) THEN 0"
    " WHEN b.address = '%u@%d' THEN 1 ELSE 2 END"
    " FROM pf_box b WHERE b.domain_id = w.domain_id AND b.local = w.local), 3) END AS stop"
    " FROM way w"
)
"""What mail meets: 0 an end with room, 1 the address itself full, 2 another end full, 3 nothing, 4
somebody suspended."""

_REFUSALS = (
    " SELECT CASE WHEN best < 3 THEN '552 5.2.2 Mailbox is full'"
    " WHEN closed = 1 THEN '550 5.2.1 Mailbox is suspended'"
    " ELSE '550 5.1.1 User unknown' END AS action FROM (SELECT * FROM ("
    "SELECT rank, min(stop) AS best, max(CASE stop WHEN 2 THEN 1 ELSE 0 END) AS away,"
    " max(max(CASE stop WHEN 4 THEN 1 ELSE 0 END)) OVER () AS closed"
    f" FROM ({_STOPS}) s GROUP BY rank) r"
    " ORDER BY CASE WHEN best < 3 THEN 0 ELSE 1 END, rank LIMIT 1) f"
    " WHERE (best IN (1, 2) AND away = 1) OR (best > 2 AND rank = 1)"
)
"""Of a full mailbox's own address Dovecot itself knows more: it is asked after this."""

_FROM_CATCHALL = _WALK.format(
    start="SELECT 1, domain_id, local, address FROM pf_catchall"
    " WHERE domain = '%d' AND '@%d' = '%s'"
)
_NOWHERE = "NOT EXISTS (SELECT 1 FROM ends)"

QUERIES = {
    "domains": "SELECT name FROM pf_domain WHERE name = '%s'",
    "mailboxes": f"SELECT 'OK' FROM pf_mailbox WHERE {_KEY}",
    # asked before the aliases: where mail stays needs no walk, which costs sixty times as much
    "plain": f"SELECT '%u@%d' FROM pf_plain WHERE {_KEY}",
    # what leads nowhere stays where it is, so that the catch-all does not swallow it
    "aliases": _FROM_ADDRESS + "SELECT goto FROM ends WHERE rank = (SELECT min(rank) FROM ends)"
    f" UNION ALL SELECT address FROM pf_address WHERE {_KEY} AND {_NOWHERE}",
    "catchall": _FROM_CATCHALL + "SELECT goto FROM ends",
    "senders": f"SELECT login FROM pf_sender WHERE {_KEY}",
    "detours": f"SELECT 'detour' WHERE NOT EXISTS (SELECT 1 FROM pf_plain WHERE {_KEY})",
    "rcptaccess": _FROM_ANY + _REFUSALS,
    "saslaccess": f"SELECT action FROM pf_sasl_access WHERE {_KEY}",
}
"""Postfix's maps (pgsql_table(5), sqlite_table(5)): %u local part, %d domain, %s the whole key."""


def foreign_query(own_names: Iterable[str], route: str) -> str:
    """`route` for senders whose domain is neither a customer's nor one of `own_names`.

    The null sender has no domain, so that Postfix does not ask at all.
    """
    own = ", ".join(_literal(name.lower()) for name in own_names)
    return (
        f"SELECT {_literal(route)} WHERE '%d' NOT IN ({own})"
        " AND NOT EXISTS (SELECT 1 FROM pf_domain WHERE name = '%d')"
    )


def _literal(text: str) -> str:
    """A string in SQL and in a map's query."""
    return "'" + text.replace("'", "''").replace("%", "%%") + "'"
