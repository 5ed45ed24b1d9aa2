"""What Postfix's maps ask the database's views."""

# ruff: noqa: S608 - Postfix puts its keys in, quoted

from __future__ import annotations

from collections.abc import Iterable

_KEY = "local = '%u' AND domain = '%d'"
_ALWAYS = "'%u' IN ('postmaster', 'abuse')"

MOST_PASSED = 200
"""Addresses that a mail passes at most, its ends too: Postfix would take more than a thousand and
then keep the mail for days ("unreasonable virtual_alias_maps map expansion size")."""

_GOTO = "CASE WHEN h.to_domain_id IS NULL THEN h.goto END"
"""Of an address of ours only the key, so that each counts once by whatever name it is met."""

_WAY = f"""WITH RECURSIVE way(domain_id, local, goto) AS (\
 {{start}}\
 UNION SELECT h.to_domain_id, h.to_local, {_GOTO} FROM way w\
 JOIN pf_hop h ON h.domain_id = w.domain_id AND h.local = w.local)"""
"""Every way that mail takes, cycles left out; what is no domain of ours (NULL) is an end."""

_FROM_ADDRESS = _WAY.format(
    start="SELECT id, CAST('%u' AS TEXT), CAST(NULL AS TEXT) FROM pf_domain WHERE name = '%d'"
)
_FROM_CATCHALL = _WAY.format(
    start="SELECT domain_id, local, CAST(NULL AS TEXT) FROM pf_catchall"
    " WHERE domain = '%d' AND '%s' IN ('@%d', 'postmaster@%d', 'abuse@%d')"
)
"""The domain's own, and for what has to arrive in any case."""

_ENDS = (
    " SELECT DISTINCT goto FROM (SELECT CASE WHEN w.domain_id IS NULL THEN w.goto ELSE ("
    "SELECT b.address FROM pf_box b WHERE b.domain_id = w.domain_id AND b.local = w.local"
    " AND b.takes = 1) END AS goto, count(*) OVER () AS passed FROM way w) met"
    f" WHERE goto IS NOT NULL AND passed <= {MOST_PASSED}"
)
"""Where the ways arrive, dead ends left out; nothing when they pass too many."""

_ARRIVES = (
    " SELECT 'arrives' FROM way w WHERE (w.domain_id IS NULL OR EXISTS ("
    "SELECT 1 FROM pf_box b WHERE b.domain_id = w.domain_id AND b.local = w.local AND b.takes = 1"
    " AND NOT EXISTS (SELECT 1 FROM pf_full p WHERE p.domain_id = w.domain_id"
    f" AND p.local = w.local))) AND (SELECT count(*) FROM way) <= {MOST_PASSED} LIMIT 1"
)
"""Whether an end has room."""

_STARTS = (
    f"SELECT 1, domain_id, CAST(local AS TEXT), CAST(NULL AS TEXT) FROM pf_address WHERE {_KEY}"
    f" UNION ALL SELECT 2, domain_id, local, NULL FROM pf_catchall"
    f" WHERE domain = '%d' AND ({_ALWAYS} OR replace('%u', '+', '') = '%u'"
    f" AND NOT EXISTS (SELECT 1 FROM pf_address WHERE {_KEY}))"
    " UNION ALL SELECT 3, CAST(NULL AS BIGINT), CAST(NULL AS TEXT), goto"
    f" FROM pf_notice WHERE domain = '%d' AND {_ALWAYS}"
)
"""By rank, as the alias maps are asked: the address, its domain's catch-all for what nothing holds,
the notification address; Postfix asks without what follows a plus sign later."""

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
    f"WITH RECURSIVE way(rank, domain_id, local, goto) AS ({_STARTS}"
    f" UNION SELECT w.rank, h.to_domain_id, h.to_local, {_GOTO} FROM way w"
    " JOIN pf_hop h ON h.domain_id = w.domain_id AND h.local = w.local)"
    " SELECT CASE WHEN best < 3 THEN '552 5.2.2 Mailbox is full'"
    f" WHEN passed > {MOST_PASSED} THEN '550 5.2.4 Forwards to too many addresses'"
    " WHEN closed = 1 THEN '550 5.2.1 Mailbox is suspended'"
    " ELSE '550 5.1.1 User unknown' END AS action FROM (SELECT * FROM ("
    f"SELECT rank, CASE WHEN count(*) > {MOST_PASSED} THEN 5 ELSE min(stop) END AS best,"
    " max(count(*)) OVER () AS passed, max(CASE stop WHEN 2 THEN 1 ELSE 0 END) AS away,"
    " max(max(CASE stop WHEN 4 THEN 1 ELSE 0 END)) OVER () AS closed"
    f" FROM ({_STOPS}) s GROUP BY rank) r"
    " ORDER BY CASE WHEN best < 3 THEN 0 ELSE 1 END, rank LIMIT 1) f"
    " WHERE (best IN (1, 2) AND away = 1) OR (best > 2 AND rank = 1)"
)
"""Of a full mailbox's own address Dovecot itself knows more: it is asked after this."""

QUERIES = {
    "own": "SELECT name FROM pf_own WHERE name = '%s'",
    "domains": "SELECT name FROM pf_domain WHERE name = '%s'",
    "mailboxes": f"SELECT 'OK' FROM pf_mailbox WHERE {_KEY}",
    # asked before the walk, which costs ten times as much: where mail stays there is none
    "plain": f"SELECT '%u@%d' FROM pf_plain WHERE {_KEY}",
    "plainalias": f"SELECT address FROM pf_plain_alias WHERE {_KEY}",
    "aliases": _FROM_ADDRESS + _ENDS,
    "catchall": _FROM_CATCHALL + _ENDS,
    "notice": f"SELECT goto FROM pf_notice WHERE domain = '%d' AND {_ALWAYS}",
    # what leads nowhere stays where it is, so that the catch-all does not swallow it
    "held": f"SELECT address FROM pf_address WHERE {_KEY}",
    "senders": f"SELECT login FROM pf_sender WHERE {_KEY}",
    # at RCPT the same three; who would refuse is asked of the rest only
    "stays": f"SELECT 'arrives' FROM pf_plain WHERE {_KEY}",
    "staysalias": f"SELECT 'permit' FROM pf_plain_alias WHERE {_KEY}",
    "arrives": _FROM_ADDRESS + _ARRIVES,
    "rcptaccess": _REFUSALS,
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
