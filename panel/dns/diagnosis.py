"""Judging answers: pure functions from what is expected and what was answered to verdicts.

A verdict that says "could not ask" says nothing of the domain: it never replaces an earlier one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from panel.dns.lookup import Answer, Outcome, Question
from panel.dns.records import MX_KEY, VERIFY_KEY, ExpectedRecord, RecordType


class VerdictKind(StrEnum):
    """How a record stands."""

    VALID = "valid"
    VALID_WITH_EXTRAS = "valid_with_extras"
    WRONG = "wrong"
    MISSING = "missing"
    DANGEROUS = "dangerous"
    NOT_IN_EFFECT = "not_in_effect"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why; the data that goes with it stands in the verdict."""

    NONE = "none"
    NO_RECORD = "no_record"
    NO_DOMAIN = "no_domain"
    DIFFERS = "differs"
    DOMAIN_DOUBLED = "domain_doubled"
    FLATTENED = "flattened"
    PRIORITY_DIFFERS = "priority_differs"
    FOREIGN_OUTRANKS = "foreign_outranks"
    FOREIGN_BESIDE = "foreign_beside"
    SERVER_FAILED = "server_failed"
    NO_ANSWER = "no_answer"


GOOD = frozenset({VerdictKind.VALID, VerdictKind.VALID_WITH_EXTRAS})


@dataclass(frozen=True)
class Row:
    """The verdict on one expected record; `found` is what stands in its place, if anything."""

    value: str
    kind: VerdictKind
    reason: Reason
    found: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """The verdict on all records of one key, row by row; `extras` are records not ours."""

    key: str
    kind: VerdictKind
    reason: Reason
    rows: tuple[Row, ...] = ()
    extras: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether mail works with it."""
        return self.kind in GOOD

    def to_json(self) -> dict[str, Any]:
        """Plain data for storage."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Verdict:
        """The verdict that `to_json` wrote."""
        rows = tuple(
            Row(r["value"], VerdictKind(r["kind"]), Reason(r["reason"]), tuple(r["found"]))
            for r in data["rows"]
        )
        kind, reason = VerdictKind(data["kind"]), Reason(data["reason"])
        return cls(data["key"], kind, reason, rows, tuple(data["extras"]))


def questions_for(records: Iterable[ExpectedRecord]) -> frozenset[Question]:
    """What must be asked to judge the records.

    For a CNAME the addresses of both ends are asked as well: some DNS hosts flatten it.
    """
    questions = set()
    for record in records:
        questions.add(Question(record.name, record.type.value))
        if record.type is RecordType.CNAME:
            questions |= {Question(record.name, "A"), Question(record.value, "A")}
    return frozenset(questions)


def diagnose(
    domain: str, records: Sequence[ExpectedRecord], answers: Mapping[Question, Answer]
) -> tuple[Verdict, ...]:
    """One verdict for each key of the records, in their order."""
    keys = dict.fromkeys(record.key for record in records)
    return tuple(
        _judge(domain, key, [record for record in records if record.key == key], answers)
        for key in keys
    )


def proves_ownership(verdicts: Iterable[Verdict]) -> str | None:
    """The key that proves ownership (mx or verify), or None.

    MX proves it when all of ours are there and no foreign one outranks them; the token always.
    """
    good = {verdict.key for verdict in verdicts if verdict.is_good}
    return next((key for key in (MX_KEY, VERIFY_KEY) if key in good), None)


def _judge(
    domain: str,
    key: str,
    records: Sequence[ExpectedRecord],
    answers: Mapping[Question, Answer],
) -> Verdict:
    first = records[0]
    answer = answers[Question(first.name, first.type.value)]
    if reason := _not_asked(answer):
        return _all(key, records, VerdictKind.UNKNOWN, reason)
    if first.type is RecordType.MX:
        return _judge_mx(domain, key, records, answer)
    if first.type is RecordType.CNAME:
        return _judge_cname(domain, first, answer, answers)
    return _judge_txt(domain, first, answer)


def _all(
    key: str,
    records: Sequence[ExpectedRecord],
    kind: VerdictKind,
    reason: Reason,
    found: tuple[str, ...] = (),
) -> Verdict:
    """The same verdict on every record of a key."""
    rows = tuple(Row(record.value, kind, reason, found) for record in records)
    return Verdict(key, kind, reason, rows)


def _not_asked(answer: Answer) -> Reason | None:
    """Why the question could not be asked, or None when it was answered."""
    if answer.outcome is Outcome.SERVER_FAILED:
        return Reason.SERVER_FAILED
    return Reason.NO_ANSWER if answer.outcome is Outcome.NO_ANSWER else None


def _absent(domain: str, answer: Answer) -> Reason:
    """NXDOMAIN for the domain itself has a word of its own; below it, it is a lacking record."""
    gone = answer.outcome is Outcome.NO_DOMAIN and answer.question.name == domain
    return Reason.NO_DOMAIN if gone else Reason.NO_RECORD


def _judge_mx(domain: str, key: str, records: Sequence[ExpectedRecord], answer: Answer) -> Verdict:
    """The MX set as a set: each of ours, then what else is there and whether it outranks ours."""
    if not answer.mail_hosts:
        return _all(key, records, VerdictKind.MISSING, _absent(domain, answer))
    found: dict[str, int] = {}
    for priority, host in sorted(answer.mail_hosts):
        found.setdefault(host, priority)  # a host that stands there twice counts by its best
    rows = tuple(_mx_row(record, found, domain) for record in records)
    ours = {record.value for record in records}
    doubled = {f"{record.value}.{domain}" for record in records}
    foreign = [(p, host) for p, host in answer.mail_hosts if host not in ours | doubled]
    mine = [priority for host, priority in found.items() if host in ours]
    kind, reason = _mx_kind(rows, mine, [priority for priority, _ in foreign])
    # the null MX (RFC 7505) has the root as its host
    extras = tuple(f"{priority} {host or '.'}" for priority, host in foreign)
    return Verdict(key, kind, reason, rows, extras)


def _mx_row(record: ExpectedRecord, found: Mapping[str, int], domain: str) -> Row:
    """One expected MX: there, there with another priority, typed with the domain, or not there."""
    if record.value in found:
        priority = found[record.value]
        if priority == record.priority:
            return Row(record.value, VerdictKind.VALID, Reason.NONE)
        there = (f"{priority} {record.value}",)
        return Row(record.value, VerdictKind.VALID, Reason.PRIORITY_DIFFERS, there)
    doubled = f"{record.value}.{domain}"
    if doubled in found:
        return Row(record.value, VerdictKind.WRONG, Reason.DOMAIN_DOUBLED, (doubled,))
    return Row(record.value, VerdictKind.MISSING, Reason.NO_RECORD)


def _mx_kind(
    rows: Sequence[Row], mine: Sequence[int], foreign: Sequence[int]
) -> tuple[VerdictKind, Reason]:
    """The verdict on the set by its priorities: a foreign MX that outranks ours takes the mail."""
    if not mine:
        doubled = any(row.reason is Reason.DOMAIN_DOUBLED for row in rows)
        return VerdictKind.WRONG, Reason.DOMAIN_DOUBLED if doubled else Reason.DIFFERS
    if foreign and min(foreign) < min(mine):
        return VerdictKind.DANGEROUS, Reason.FOREIGN_OUTRANKS
    worst = next((row for row in rows if row.kind is not VerdictKind.VALID), None)
    if worst is not None:
        return VerdictKind.WRONG, worst.reason
    if foreign:
        return VerdictKind.VALID_WITH_EXTRAS, Reason.FOREIGN_BESIDE
    return VerdictKind.VALID, next(
        (row.reason for row in rows if row.reason is not Reason.NONE), Reason.NONE
    )


def _judge_cname(
    domain: str,
    record: ExpectedRecord,
    answer: Answer,
    answers: Mapping[Question, Answer],
) -> Verdict:
    """A branding CNAME: the record itself, or addresses equal to the target's (flattened)."""

    def verdict(kind: VerdictKind, reason: Reason, *found: str) -> Verdict:
        return _all(record.key, [record], kind, reason, found)

    at_name = answers[Question(record.name, "A")]
    at_target = answers[Question(record.value, "A")]
    if record.value in (*answer.values, *at_name.chain):
        return verdict(VerdictKind.VALID, Reason.NONE)
    if answer.values:
        doubled = f"{record.value}.{domain}" in answer.values
        reason = Reason.DOMAIN_DOUBLED if doubled else Reason.DIFFERS
        return verdict(VerdictKind.WRONG, reason, *answer.values)
    here, there = set(at_name.values), set(at_target.values)
    if answer.outcome is Outcome.NO_RECORD:
        # something may stand here in the CNAME's place: without both addresses nobody can tell
        asked = (at_name, at_target) if here else (at_name,)
        for reason in filter(None, map(_not_asked, asked)):
            return verdict(VerdictKind.UNKNOWN, reason)
    if here and here == there:
        return verdict(VerdictKind.VALID, Reason.FLATTENED, *sorted(here))
    if here:
        return verdict(VerdictKind.WRONG, Reason.DIFFERS, *sorted(here))
    return verdict(VerdictKind.MISSING, _absent(domain, answer))


def _judge_txt(domain: str, record: ExpectedRecord, answer: Answer) -> Verdict:
    """The ownership token among the texts of its name."""
    if record.value in answer.values:
        return _all(record.key, [record], VerdictKind.VALID, Reason.NONE)
    if answer.values:
        found = tuple(text[:200] for text in answer.values[:5])
        return _all(record.key, [record], VerdictKind.WRONG, Reason.DIFFERS, found)
    return _all(record.key, [record], VerdictKind.MISSING, _absent(domain, answer))
