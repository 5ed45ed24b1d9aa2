"""A DNS in memory that answers as a right server would, for tests of judging."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from panel.dns.answers import Answer, Outcome, Question
from panel.dns.diagnosis import judge, questions_after, questions_for
from panel.dns.evidence import Answers, View
from panel.dns.records import ExpectedRecord
from panel.dns.verdicts import Verdict

Zone = Mapping[tuple[str, str], Sequence[str]]
"""(name, type) → values; MX as "10 host"."""


def look_in(zone: Zone, question: Question, ttl: int = 600) -> Answer:
    """What a server says that has all these records: CNAMEs followed, loops not for ever."""
    name, chain = question.name, []
    while (name, question.type) not in zone and (alias := zone.get((name, "CNAME"))):
        name = alias[0]
        if name in chain:
            break
        chain.append(name)
    values = tuple(zone.get((name, question.type), ()))
    if not values:
        known = any(name == at or at.endswith(f".{name}") for at, _ in zone)
        outcome = Outcome.NO_RECORD if known else Outcome.NO_DOMAIN
        return Answer(question, outcome, chain=tuple(chain), ttl=ttl)
    if question.type == "MX":
        pairs = (value.split() for value in values)
        hosts = sorted((int(priority), host.rstrip(".")) for priority, host in pairs)
        return Answer(question, Outcome.FOUND, (), tuple(hosts), tuple(chain), ttl=ttl)
    return Answer(question, Outcome.FOUND, values, (), tuple(chain), ttl=ttl)


def ask_all(
    zone: Zone, domain: str, records: Sequence[ExpectedRecord], ttl: int = 600, kept_in: str = ""
) -> dict[Question, Answer]:
    """Every answer that a diagnosis asks for, round after round; `kept_in` a zone above or not."""
    answers: dict[Question, Answer] = {}
    wanted = questions_for(records)
    while wanted:
        assert len(answers) < 200, "it asks and asks"
        answers |= {question: look_in(zone, question, ttl) for question in wanted}
        wanted = questions_after(records, View(domain, kept_in or domain, answers))
    return answers


def diagnose(
    domain: str, records: Sequence[ExpectedRecord], answers: Answers, kept_in: str = ""
) -> tuple[Verdict, ...]:
    """One verdict for each key of the records, in their order, as one server shows them."""
    view = View(domain, kept_in or domain, answers)
    keys = dict.fromkeys(record.key for record in records)
    return tuple(judge(view, key, [r for r in records if r.key == key]) for key in keys)
