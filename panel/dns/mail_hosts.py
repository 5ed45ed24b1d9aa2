"""Judging MX records: the set as a set, then each record that is not ours."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from ipaddress import ip_address

from panel.dns.aliases import strayed_to
from panel.dns.answers import Outcome
from panel.dns.evidence import View
from panel.dns.names import doubled, probe
from panel.dns.records import ExpectedRecord
from panel.dns.verdicts import Reason, Row, Verdict, VerdictKind, with_all_rows

MOST_OTHERS = 10
"""Records that are not ours and are told of; the best ones."""
SPECIAL = (Reason.NULL_MX, Reason.MX_IS_ADDRESS, Reason.MX_IS_CNAME, Reason.MX_UNRESOLVABLE)


def judge_mx(view: View, key: str, records: Sequence[ExpectedRecord]) -> Verdict:
    """Each of ours, then what else is there and whether it outranks ours."""
    answer = view.at(view.domain, "MX")
    alias = answer.chain or view.at(view.domain, "CNAME").values
    if answer.chain or (alias and not answer.mail_hosts):
        return _all(key, records, VerdictKind.WRONG, Reason.CNAME_AT_APEX, alias)
    if not answer.mail_hosts:
        return _absent(view, key, records)
    found: dict[str, int] = {}
    for priority, host in sorted(answer.mail_hosts):
        found.setdefault(host, priority)  # a host that stands there twice counts by its best
    rows = tuple(_row(record, found, view.zone) for record in records)
    ours = {record.value for record in records}
    mine = [priority for host, priority in found.items() if host in ours]
    if not mine and _is_for_all_names(view, records[0]):
        return _all(key, records, VerdictKind.MISSING, Reason.WILDCARD, answer.texts[:5])
    # typed with the domain, it stands for ours where ours is lacking, else it is one too many
    typed = {doubled(value, view.zone) for value in ours - found.keys()}
    foreign = [(p, host) for p, host in answer.mail_hosts if host not in ours | typed]
    best = [priority for priority, _ in answer.mail_hosts].count(min(mine, default=-1))
    renamed = {host for _, host in foreign if _leads_to(view, host, ours)}
    others = tuple(
        Row(f"{p} {host}", VerdictKind.VALID_WITH_EXTRAS, Reason.OURS_RENAMED)
        if host in renamed
        else _other(view, p, host, mine, best)
        for p, host in foreign[:MOST_OTHERS]
    )
    kind, reason = _kind(rows, mine, [p for p, host in foreign if host not in renamed])
    if not mine and reason is Reason.DIFFERS:
        reason = next((o.reason for o in others if o.reason in SPECIAL), reason)
    verdict = Verdict(key, kind, reason, rows, tuple(row.value for row in others), others)
    if alias and verdict.is_good:  # who asks for the alias first follows it away from here
        return with_all_rows(verdict, VerdictKind.DANGEROUS, Reason.CNAME_AT_APEX, found=alias)
    if alias:
        kind, reason = VerdictKind.DANGEROUS, Reason.CNAME_AT_APEX
        others = (Row(f"CNAME {alias[0]}", kind, reason, alias[:1]), *others)
    return replace(verdict, others=others)


def _is_for_all_names(view: View, record: ExpectedRecord) -> bool:
    """Whether a wildcard answers; the zone's own name has none (RFC 4592 section 2.1.1)."""
    everywhere = view.at(probe(record, view.domain), "MX").mail_hosts
    return view.zone != view.domain and everywhere == view.at(view.domain, "MX").mail_hosts


def _all(
    key: str,
    records: Sequence[ExpectedRecord],
    kind: VerdictKind,
    reason: Reason,
    found: tuple[str, ...] = (),
) -> Verdict:
    """The same verdict on every record."""
    rows = tuple(Row(record.value, kind, reason, found) for record in records)
    return Verdict(key, kind, reason, rows)


def _absent(view: View, key: str, records: Sequence[ExpectedRecord]) -> Verdict:
    """No MX at all: perhaps they were typed with the domain in the host field."""
    if strayed := strayed_to(view, records[0], {record.value for record in records}):
        verdict = _all(key, records, VerdictKind.MISSING, Reason.HOST_DOUBLED, strayed[:5])
        name = doubled(view.domain, view.zone)
        rows = tuple(replace(row, host=name) for row in verdict.rows)
        return replace(verdict, rows=rows)
    gone = view.at(view.domain, "MX").outcome is Outcome.NO_DOMAIN
    reason = Reason.NO_DOMAIN if gone else Reason.NO_RECORD
    return _all(key, records, VerdictKind.MISSING, reason)


def _row(record: ExpectedRecord, found: Mapping[str, int], zone: str) -> Row:
    """One expected MX: there, there with another priority, typed with the domain, or not there."""
    if record.value in found:
        priority = found[record.value]
        if priority == record.priority:
            return Row(record.value, VerdictKind.VALID, Reason.NONE)
        there = (f"{priority} {record.value}",)
        return Row(record.value, VerdictKind.VALID, Reason.PRIORITY_DIFFERS, there)
    typed = doubled(record.value, zone)
    if typed in found:
        return Row(record.value, VerdictKind.WRONG, Reason.DOMAIN_DOUBLED, (typed,))
    return Row(record.value, VerdictKind.MISSING, Reason.NO_RECORD)


def _kind(
    rows: Sequence[Row], mine: Sequence[int], foreign: Sequence[int]
) -> tuple[VerdictKind, Reason]:
    """The verdict on the set by its priorities: a foreign MX that outranks ours takes the mail."""
    if not mine:
        typed = any(row.reason is Reason.DOMAIN_DOUBLED for row in rows)
        return VerdictKind.WRONG, Reason.DOMAIN_DOUBLED if typed else Reason.DIFFERS
    if foreign and min(foreign) < min(mine):
        return VerdictKind.DANGEROUS, Reason.FOREIGN_OUTRANKS
    worst = next((row for row in rows if row.kind is not VerdictKind.VALID), None)
    if worst is not None:
        return VerdictKind.WRONG, worst.reason
    if foreign:
        shared = min(foreign) == min(mine)
        reason = Reason.FOREIGN_EQUAL if shared else Reason.FOREIGN_BESIDE
        return VerdictKind.VALID_WITH_EXTRAS, reason
    return VerdictKind.VALID, next(
        (row.reason for row in rows if row.reason is not Reason.NONE), Reason.NONE
    )


def _other(view: View, priority: int, host: str, mine: Sequence[int], best: int) -> Row:
    """A record that is not ours: whether it takes the mail, and what is wrong with it besides.

    Senders choose one of the `best` hosts of one priority by chance (RFC 5321 section 5.1).
    """
    first = not mine or priority < min(mine)
    kind = VerdictKind.DANGEROUS if first else VerdictKind.VALID_WITH_EXTRAS
    reason = Reason.FOREIGN_OUTRANKS if first else Reason.FOREIGN_BESIDE
    if not mine:
        reason = Reason.FOREIGN_ALONE
    if mine and priority == min(mine):
        reason = Reason.FOREIGN_EQUAL
    # the null MX (RFC 7505) has the root as its host
    text = f"{priority} {host or '.'}"
    special, found = _fault(view, host)
    if reason is Reason.FOREIGN_EQUAL and not special:
        found = (f"{round(100 / best)}%",)
    return Row(text, kind, special or reason, found)


def _leads_to(view: View, host: str, ours: Collection[str]) -> bool:
    """Whether a host of another name has no addresses but those of ours."""
    answer = view.at(host, "A")
    here = set(answer.values)
    return (
        bool(here)
        and not answer.chain
        and here <= {a for one in ours for a in view.at(one, "A").values}
    )


def _fault(view: View, host: str) -> tuple[Reason | None, tuple[str, ...]]:
    """What an MX may not name (RFC 5321 section 5.1, RFC 2181 section 10.3), and what it is."""
    if not host:
        return Reason.NULL_MX, ()
    bare = host.removesuffix(f".{view.zone}")
    if _is_address(bare):
        return Reason.MX_IS_ADDRESS, (bare,)
    addresses = [view.at(host, type_) for type_ in ("A", "AAAA")]
    if alias := next((answer.chain for answer in addresses if answer.chain), ()):
        return Reason.MX_IS_CNAME, alias[:1]
    if all(answer.is_answered and not answer.values for answer in addresses):
        return Reason.MX_UNRESOLVABLE, (host,)
    return None, ()


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
