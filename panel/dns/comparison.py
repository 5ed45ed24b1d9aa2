"""The verdicts on a domain from everything that was answered: its own servers hold the truth, the
resolvers tell whether it has reached the world. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from panel.dns.answers import Outcome
from panel.dns.delegation import Delegation, Standing
from panel.dns.diagnosis import judge
from panel.dns.evidence import Evidence, View
from panel.dns.records import ExpectedRecord
from panel.dns.verdicts import GOOD, Reason, Row, Verdict, VerdictKind, with_all_rows

SEVERITY = (
    VerdictKind.VALID,
    VerdictKind.VALID_WITH_EXTRAS,
    VerdictKind.MISSING,
    VerdictKind.WRONG,
    VerdictKind.DANGEROUS,
)
LACKING = {Standing.NO_DOMAIN: Reason.NO_DOMAIN, Standing.NO_DELEGATION: Reason.NO_DELEGATION}
TROUBLES = {
    Outcome.REFUSED: Reason.SERVERS_REFUSE,
    Outcome.LAME: Reason.SERVERS_LAME,
    Outcome.SERVER_FAILED: Reason.SERVERS_FAIL,  # a zone that is not loaded, or expired there
    Outcome.NO_ANSWER: Reason.SERVERS_SILENT,
}
OPEN = (Reason.SERVERS_SILENT, Reason.SERVERS_FAIL)
"""Servers in trouble, perhaps for a moment: they say nothing of the domain."""
FAILED = {Reason.SERVER_FAILED}


@dataclass(frozen=True)
class _Seen:
    """A verdict as one server leads to it."""

    view: View
    verdict: Verdict

    @property
    def label(self) -> str:
        return self.view.server.label if self.view.server else ""


def conclude(records: Sequence[ExpectedRecord], evidence: Evidence) -> tuple[Verdict, ...]:
    """One verdict for each key of the records, in their order."""
    keys = dict.fromkeys(record.key for record in records)
    return tuple(_conclude([r for r in records if r.key == key], evidence) for key in keys)


def _conclude(records: Sequence[ExpectedRecord], evidence: Evidence) -> Verdict:
    delegation = evidence.delegation
    if delegation.is_expired:
        blank, hosts = _blank(records), delegation.hosts
        return with_all_rows(blank, VerdictKind.WRONG, Reason.EXPIRED, servers=hosts)
    own = [_seen(view, records) for view in evidence.server_views]
    away = [_seen(view, records) for view in evidence.resolver_views]
    told = [seen for seen in own if seen.verdict.kind is not VerdictKind.UNKNOWN]
    if told:
        verdict = _within(evidence, _agreed(told))
        return _in_the_world(records, verdict, away, evidence) if verdict.is_good else verdict
    if reason := LACKING.get(delegation.standing):
        return with_all_rows(_blank(records), VerdictKind.MISSING, reason)
    heard = [seen for seen in away if seen.verdict.kind is not VerdictKind.UNKNOWN]
    if heard:
        verdict = _within(evidence, max(heard, key=_severity).verdict)
        return _hinted(verdict, _troubles(evidence))
    return _nobody_told(records, away, evidence)


def _seen(view: View, records: Sequence[ExpectedRecord]) -> _Seen:
    return _Seen(view, judge(view, records[0].key, records))


def _severity(seen: _Seen) -> int:
    return SEVERITY.index(seen.verdict.kind)


def _blank(records: Sequence[ExpectedRecord]) -> Verdict:
    """A verdict with a row for each record, to be filled."""
    kind, reason = VerdictKind.UNKNOWN, Reason.NO_ANSWER
    rows = tuple(Row(record.value, kind, reason) for record in records)
    return Verdict(records[0].key, kind, reason, rows)


def _within(evidence: Evidence, verdict: Verdict) -> Verdict:
    """A name inside somebody's zone is not registered for itself: there it lacks a record."""
    if verdict.reason is Reason.NO_DOMAIN and evidence.delegation.zone != evidence.domain:
        return with_all_rows(verdict, verdict.kind, Reason.NO_RECORD)
    return verdict


def _agreed(told: Sequence[_Seen]) -> Verdict:
    """What the domain's own servers say; where only some are right, the others lag behind."""
    worst = max(told, key=_severity).verdict
    verdict = replace(worst, others=tuple(_other(row, told) for row in worst.others))
    bad = [seen for seen in told if not seen.verdict.is_good]
    if not bad:
        return verdict
    if len(bad) == len(told):
        otherwise = tuple(seen.label for seen in told if seen.verdict.gist != worst.gist)
        return replace(verdict, disagree=otherwise)
    found, labels = verdict.extras, tuple(seen.label for seen in bad)
    rows = tuple(
        row if row.kind in GOOD and not found else _late(row, labels, row.found or found)
        for row in verdict.rows
    )
    return replace(verdict, kind=VerdictKind.NOT_IN_EFFECT, reason=Reason.SERVERS_DIFFER, rows=rows)


def _late(row: Row, labels: tuple[str, ...], found: tuple[str, ...] = ()) -> Row:
    """A record that these servers still have, or have not yet."""
    kind, reason = VerdictKind.NOT_IN_EFFECT, Reason.SERVERS_DIFFER
    return replace(row, kind=kind, reason=reason, servers=labels, found=found)


def _other(row: Row, told: Sequence[_Seen]) -> Row:
    """A record that is not ours: where only some have it, it was perhaps deleted already."""
    having = [s.label for s in told if any(row.value == other.value for other in s.verdict.others)]
    return row if len(having) == len(told) else _late(row, tuple(having))


def _in_the_world(
    records: Sequence[ExpectedRecord],
    verdict: Verdict,
    away: Sequence[_Seen],
    evidence: Evidence,
) -> Verdict:
    """A verdict that is good at the domain's own servers: whether resolvers see it already."""
    bogus = [seen for seen in away if seen.verdict.reason is Reason.DNSSEC_BOGUS]
    if bogus and not any(seen.verdict.is_good for seen in away):
        return with_all_rows(verdict, VerdictKind.WRONG, Reason.DNSSEC_BOGUS)
    known = [seen for seen in away if seen.verdict.kind is not VerdictKind.UNKNOWN]
    old = [seen for seen in known if not seen.verdict.is_good]
    if old:
        return _cached(records, verdict, old, evidence.delegation)
    hints = _troubles(evidence)
    if away and evidence.resolver_works and {s.verdict.reason for s in away} == FAILED:
        hints.setdefault(Reason.RESOLVERS_FAIL, tuple(seen.label for seen in away))
    return _hinted(verdict, hints)


def _hinted(verdict: Verdict, hints: Mapping[Reason, tuple[str, ...]]) -> Verdict:
    """A verdict without any fault says what ails the domain's servers."""
    if verdict.reason is not Reason.NONE or not hints:
        return verdict
    reason, labels = next(iter(hints.items()))
    rows = tuple(
        replace(row, reason=reason, servers=labels) if row.reason is Reason.NONE else row
        for row in verdict.rows
    )
    return replace(verdict, reason=reason, rows=rows)


def _cached(
    records: Sequence[ExpectedRecord],
    verdict: Verdict,
    old: Sequence[_Seen],
    delegation: Delegation,
) -> Verdict:
    """Right where it is kept; resolvers have an old answer for some time still, and get it anew
    while they remember none but former name servers."""
    name, type_ = records[0].name, records[0].type.value
    answers = [seen.view.at(name, t) for seen in old for t in (type_, "A")]
    of_type = [a for a in answers if a.question.type == type_ and a.is_answered]
    instead = [a for a in answers if a.question.type != type_ and a.values]
    found = next((a.texts for a in (*of_type, *instead) if a.texts), ())
    kept_by = [seen.view.at(delegation.zone, "NS") for seen in old]
    moved = [a for a in kept_by if a.values and not set(a.values) & set(delegation.hosts)]
    seconds = max((a.ttl for a in (*of_type, *moved) if a.ttl is not None), default=None)
    reason = Reason.STILL_CACHED if found else Reason.ABSENCE_CACHED
    return with_all_rows(
        verdict,
        VerdictKind.NOT_IN_EFFECT,
        reason,
        found=found[:5],
        servers=tuple(seen.label for seen in old),
        seconds=seconds,
    )


def _troubles(evidence: Evidence) -> dict[Reason, tuple[str, ...]]:
    """The domain's own servers that answer nothing, by what they do instead."""
    found: dict[Reason, list[str]] = {}
    for server, answers in evidence.servers.items():
        outcomes = {answer.outcome for answer in answers.values()}
        if not outcomes or any(answer.is_answered for answer in answers.values()):
            continue
        reason = next((r for o, r in TROUBLES.items() if o in outcomes), None)
        if reason is not None:
            found.setdefault(reason, []).append(server.label)
    return {reason: tuple(labels) for reason, labels in found.items()}


def _nobody_told(
    records: Sequence[ExpectedRecord], away: Sequence[_Seen], evidence: Evidence
) -> Verdict:
    """Neither the domain's servers nor a resolver answered: whose fault it is."""
    blank = _blank(records)
    if any(seen.verdict.reason is Reason.DNSSEC_BOGUS for seen in away):
        return with_all_rows(blank, VerdictKind.WRONG, Reason.DNSSEC_BOGUS)
    if not evidence.resolver_works:
        return with_all_rows(blank, VerdictKind.UNKNOWN, Reason.RESOLVER_FAILED)
    troubles = _troubles(evidence)
    if sum(map(len, troubles.values())) < len(evidence.servers):
        troubles = {}  # one of them answers: it is something else that nobody told
    for reason in sorted(troubles, key=lambda one: one not in OPEN):
        kind = VerdictKind.UNKNOWN if reason in OPEN else VerdictKind.WRONG
        return with_all_rows(blank, kind, reason, servers=troubles[reason])
    delegation = evidence.delegation
    if delegation.left_out and not delegation.servers and not delegation.failed:
        reason, labels = Reason.NO_SERVER_ADDRESS, delegation.left_out
        return with_all_rows(blank, VerdictKind.WRONG, reason, servers=labels)
    reason = away[0].verdict.reason if away else Reason.NO_ANSWER
    if reason in TROUBLES.values():  # it is our resolver that refuses
        reason = Reason.RESOLVER_FAILED
    return with_all_rows(blank, VerdictKind.UNKNOWN, reason)
