"""Judging a branding CNAME: the record, or what a DNS host made of it."""

from __future__ import annotations

from collections.abc import Set

from panel.dns.answers import Answer, Outcome
from panel.dns.evidence import View
from panel.dns.names import doubled, probe
from panel.dns.reading import MOST_STEPS
from panel.dns.records import ExpectedRecord
from panel.dns.verdicts import Reason, Row, Verdict, VerdictKind

FAMILIES = ("A", "AAAA")


def judge_cname(view: View, record: ExpectedRecord) -> Verdict:
    """The record itself, a chain that leads to it, or addresses equal to the target's."""
    answer = view.at(record.name, "CNAME")
    if record.value in answer.values:
        return _beside(view, record, answer)
    chain, end = follow(view, record.name)
    resolved = view.at(record.name, "A").chain
    if record.value in (*chain, *resolved):
        return verdict_of(record, VerdictKind.VALID, Reason.CHAINED, *(resolved or chain)[:5])
    if answer.values and not (end is None or end.is_answered):
        return unasked_verdict(record)
    if answer.values:
        loops = end is None
        reason = Reason.CNAME_LOOP if loops else _why_another(view, record, answer)
        kind = VerdictKind.MISSING if reason is Reason.WILDCARD else VerdictKind.WRONG
        return verdict_of(record, kind, reason, *(chain if loops else answer.values)[:5])
    if answer.outcome is Outcome.NO_RECORD and (verdict := _addresses_instead(view, record)):
        return verdict
    return absent(view, record, answer)


def verdict_of(
    record: ExpectedRecord, kind: VerdictKind, reason: Reason, *found: str, host: str = ""
) -> Verdict:
    """The verdict on the one record of a key."""
    row = Row(record.value, kind, reason, found, host)
    return Verdict(record.key, kind, reason, (row,))


def absent(view: View, record: ExpectedRecord, answer: Answer) -> Verdict:
    """No such record: perhaps it was typed with the domain in the host field."""
    if strayed := strayed_to(view, record, {record.value}):
        name = doubled(record.name, view.zone)
        return verdict_of(record, VerdictKind.MISSING, Reason.HOST_DOUBLED, *strayed[:5], host=name)
    # NXDOMAIN for the domain itself has a word of its own; below it, it is a lacking record
    gone = answer.outcome is Outcome.NO_DOMAIN and answer.question.name == view.domain
    reason = Reason.NO_DOMAIN if gone else Reason.NO_RECORD
    return verdict_of(record, VerdictKind.MISSING, reason)


def strayed_to(view: View, record: ExpectedRecord, ours: Set[str]) -> tuple[str, ...]:
    """The records that stand where the domain was typed into the host field as well: with a value
    of ours, or with another one that is not the answer to every name."""
    there = view.at(doubled(record.name, view.zone), record.type.value)
    if ours & {*there.values, *(host for _, host in there.mail_hosts)}:
        return there.texts
    everywhere = view.at(probe(record, view.domain), record.type.value)
    differs = everywhere.is_answered and there.texts != everywhere.texts
    return there.texts if differs and not there.chain else ()


def follow(view: View, name: str) -> tuple[tuple[str, ...], Answer | None]:
    """The CNAMEs from a name on, and the answer at their end; None where they turn in a circle."""
    chain: list[str] = []
    for _ in range(MOST_STEPS):
        answer = view.at(chain[-1] if chain else name, "CNAME")
        if not answer.values:
            break
        if answer.values[0] in (name, *chain):
            return (*chain, answer.values[0]), None
        chain.append(answer.values[0])
    return tuple(chain), answer


def _beside(view: View, record: ExpectedRecord, answer: Answer) -> Verdict:
    """Our CNAME is there: alone, as it must be (RFC 1034 section 3.6.2), or beside others."""
    if len(answer.values) > 1:
        return verdict_of(record, VerdictKind.WRONG, Reason.SEVERAL_VALUES, *answer.values[:5])
    for family in FAMILIES:
        here, there = view.at(record.name, family), view.at(record.value, family)
        differ = there.is_answered and not set(here.values) <= set(there.values)
        if here.values and not here.chain and differ:
            found = sorted(here.values)[:5]
            return verdict_of(record, VerdictKind.WRONG, Reason.CNAME_BESIDE_OTHERS, *found)
    return verdict_of(record, VerdictKind.VALID, Reason.NONE)


def _why_another(view: View, record: ExpectedRecord, answer: Answer) -> Reason:
    """Why another value stands there."""
    if doubled(record.value, view.zone) in answer.values:
        return Reason.DOMAIN_DOUBLED
    if set(view.at(probe(record, view.domain), "CNAME").values) == set(answer.values):
        return Reason.WILDCARD
    return Reason.SEVERAL_VALUES if len(answer.values) > 1 else Reason.DIFFERS


def _addresses_instead(view: View, record: ExpectedRecord) -> Verdict | None:
    """The verdict where addresses stand in the CNAME's place; None where there are none."""
    for family in FAMILIES:
        here, there = view.at(record.name, family), view.at(record.value, family)
        if not here.is_answered or (here.values and not there.is_answered):
            return unasked_verdict(record)
        if not here.values:
            continue
        found = sorted(here.values)[:5]
        if set(here.values) <= set(there.values):  # some DNS hosts keep a part of them
            return verdict_of(record, VerdictKind.VALID, Reason.FLATTENED, *found)
        if set(view.at(probe(record, view.domain), family).values) == set(here.values):
            return verdict_of(record, VerdictKind.MISSING, Reason.WILDCARD, *found)
        return verdict_of(record, VerdictKind.WRONG, Reason.ADDRESS_INSTEAD, *found)
    return None


def unasked_verdict(record: ExpectedRecord) -> Verdict:
    """ "Could not ask" what else decides; why not is no word about the domain."""
    return verdict_of(record, VerdictKind.UNKNOWN, Reason.NO_ANSWER)


def why_unasked(answer: Answer) -> Reason:
    """Why a question has no answer."""
    reasons = {
        Outcome.SERVER_FAILED: Reason.SERVER_FAILED,
        Outcome.REFUSED: Reason.SERVERS_REFUSE,
        Outcome.LAME: Reason.SERVERS_LAME,
        Outcome.BOGUS: Reason.DNSSEC_BOGUS,
    }
    return reasons.get(answer.outcome, Reason.NO_ANSWER)
