"""What Postfix's maps ask the database's views."""

# ruff: noqa: S608 - Postfix puts its keys in, quoted

from __future__ import annotations

from collections.abc import Iterable

_WALK = """WITH RECURSIVE way(rank, domain_id, local, goto) AS (\
 {start}\
 UNION SELECT w.rank, h.to_domain_id, h.to_local, h.goto FROM way w\
 JOIN pf_hop h ON h.domain_id = w.domain_id AND h.local = w.local),\
 ends(rank, goto) AS (\
 SELECT rank, goto FROM way WHERE domain_id IS NULL\
 UNION SELECT w.rank, b.address FROM way w\
 JOIN pf_box b ON b.domain_id = w.domain_id AND b.local = w.local WHERE b.takes = 1) """
"""Every way that mail takes, cycles and dead ends left out: `ends` is where it arrives."""

_KEY = "local = '%u' AND domain = '%d'"
_ALWAYS = "domain = '%d' AND '%u' IN ('postmaster', 'abuse')"
_FROM_ADDRESS = _WALK.format(
    start=f"SELECT 1, domain_id, CAST(local AS TEXT), address FROM pf_address WHERE {_KEY}"
    f" UNION ALL SELECT 2, domain_id, local, address FROM pf_catchall WHERE {_ALWAYS}"
    " UNION ALL SELECT 3, CAST(NULL AS BIGINT), CAST(NULL AS TEXT), goto"
    f" FROM pf_notice WHERE {_ALWAYS}"
)
"""The first rank that ends somewhere counts; what is no domain of ours (NULL) is an end."""

_FROM_CATCHALL = _WALK.format(
    start="SELECT 1, domain_id, local, address FROM pf_catchall"
    " WHERE domain = '%d' AND '@%d' = '%s'"
)
_NOWHERE = "NOT EXISTS (SELECT 1 FROM ends)"

QUERIES = {
    "domains": "SELECT name FROM pf_domain WHERE name = '%s'",
    "mailboxes": f"SELECT 'OK' FROM pf_mailbox WHERE {_KEY}",
    # what leads nowhere stays where it is, so that the catch-all does not swallow it
    "aliases": _FROM_ADDRESS + "SELECT goto FROM ends WHERE rank = (SELECT min(rank) FROM ends)"
    f" UNION ALL SELECT address FROM pf_address WHERE {_KEY} AND {_NOWHERE}",
    "catchall": _FROM_CATCHALL + "SELECT goto FROM ends",
    "senders": f"SELECT login FROM pf_sender WHERE {_KEY}",
    "rcptaccess": _FROM_ADDRESS + "SELECT CASE WHEN EXISTS (SELECT 1 FROM way w"
    " JOIN pf_box b ON b.domain_id = w.domain_id AND b.local = w.local"
    " WHERE b.state = 'suspended') THEN '550 5.2.1 Mailbox is suspended'"
    " ELSE '550 5.1.1 User unknown' END AS action"
    f" FROM pf_address WHERE {_KEY} AND {_NOWHERE}",
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
