"""Judging answers: pure functions from what is expected and what one server answered to verdicts.

A verdict that says "could not ask" says nothing of the domain: it never replaces an earlier one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from panel.dns.aliases import (
    absent,
    follow,
    judge_cname,
    verdict_of,
    why_unasked,
)
from panel.dns.answers import Outcome, Question
from panel.dns.evidence import View
from panel.dns.mail_hosts import judge_mx
from panel.dns.names import doubled, probe
from panel.dns.records import MX_KEY, VERIFY_KEY, ExpectedRecord, RecordType
from panel.dns.verdicts import GOOD, REMEMBERED, Reason, Row, Verdict, VerdictKind

__all__ = [
    "GOOD",
    "Reason",
    "Row",
    "Verdict",
    "VerdictKind",
    "proves_ownership",
    "questions_after",
    "questions_for",
]

MOST_TARGETS = 5
"""Foreign MX hosts that are looked into."""


def questions_for(records: Iterable[ExpectedRecord]) -> frozenset[Question]:
    """What must be asked to judge the records.

    For a CNAME the addresses of both ends are asked as well: some DNS hosts flatten it. Where MX
    records are wanted no CNAME may stand.
    """
    questions = set()
    for record in records:
        questions.add(Question(record.name, record.type.value))
        if record.type is RecordType.CNAME:
            questions |= {Question(record.name, "A"), Question(record.value, "A")}
        if record.type is RecordType.MX:
            questions.add(Question(record.name, "CNAME"))
    return frozenset(questions)


def questions_after(records: Iterable[ExpectedRecord], view: View) -> frozenset[Question]:
    """What to ask after the answers, to tell why a record is not as it should be."""
    records = list(records)
    ours = {record.value for record in records if record.type is RecordType.MX}
    questions: set[Question] = set()
    for record in records:
        answer = view.at(record.name, record.type.value)
        if answer.is_answered and record.value not in answer.values:
            questions |= _questions_after(view, record, ours)
    return frozenset(questions - view.answers.keys())


def judge(view: View, key: str, records: Sequence[ExpectedRecord]) -> Verdict:
    """The verdict on the records of one key, as one server shows them."""
    first = records[0]
    answer = view.at(first.name, first.type.value)
    if not answer.is_answered:
        kind, reason = VerdictKind.UNKNOWN, why_unasked(answer)
        return Verdict(key, kind, reason, tuple(Row(r.value, kind, reason) for r in records))
    if first.type is RecordType.MX:
        return judge_mx(view, key, records)
    if first.type is RecordType.CNAME:
        return judge_cname(view, first)
    return _judge_txt(view, first)


def proves_ownership(verdicts: Iterable[Verdict]) -> str | None:
    """The key that proves ownership (mx or verify), or None.

    MX proves it when all of ours are there and no foreign one outranks them; the token always.
    Where only the resolvers lag behind, the domain's own servers have said enough.
    """
    good = {v.key for v in verdicts if v.is_good or v.reason in REMEMBERED}
    return next((key for key in (MX_KEY, VERIFY_KEY) if key in good), None)


def _judge_txt(view: View, record: ExpectedRecord) -> Verdict:
    """The ownership token among the texts of its name."""
    answer = view.at(record.name, "TXT")
    if record.value in map(str.strip, answer.values):  # a blank comes along when copying
        return verdict_of(record, VerdictKind.VALID, Reason.NONE)
    if record.value in map(str.strip, view.at(view.domain, "TXT").values):
        return verdict_of(record, VerdictKind.MISSING, Reason.HOST_LACKS, host=view.domain)
    if answer.values:
        found = tuple(text[:200] for text in answer.values[:5])
        if set(view.at(probe(record, view.domain), "TXT").values) == set(answer.values):
            return verdict_of(record, VerdictKind.MISSING, Reason.WILDCARD, *found)
        return verdict_of(record, VerdictKind.WRONG, Reason.DIFFERS, *found)
    return absent(view, record, answer)


def _questions_after(view: View, record: ExpectedRecord, ours: set[str]) -> set[Question]:
    """What to ask about one record that is not there, or has another value."""
    type_, answer = record.type.value, view.at(record.name, record.type.value)
    nobody = probe(record, view.domain)
    if record.type is RecordType.MX and answer.mail_hosts:
        hosts = [host for _, host in answer.mail_hosts if host and host not in ours]
        asked = {Question(host, t) for host in hosts[:MOST_TARGETS] for t in ("A", "AAAA")}
        asked |= {Question(host, "A") for host in ours}
        return asked | ({Question(nobody, type_)} if view.zone != view.domain else set())
    at_apex = {Question(view.domain, type_)} if record.type is RecordType.TXT else set()
    if answer.values and record.type is RecordType.TXT:
        return {Question(nobody, type_)} | at_apex
    if answer.values:
        chain, end = follow(view, record.name)
        return {Question(nobody, type_)} | ({Question(chain[-1], type_)} if end else set())
    asked = {Question(name, type_) for name in (doubled(record.name, view.zone), nobody)} | at_apex
    if record.type is RecordType.CNAME and answer.outcome is Outcome.NO_RECORD:
        asked |= {Question(name, t) for name in (record.name, nobody) for t in ("A", "AAAA")}
        asked.add(Question(record.value, "AAAA"))
    return asked
