"""Judging answers: every verdict, each with an answer that must not lead to it."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from panel.dns.answers import Answer, Outcome, Question
from panel.dns.diagnosis import (
    Reason,
    Row,
    Verdict,
    VerdictKind,
    proves_ownership,
    questions_for,
)
from panel.dns.records import MailHost, Target, expected_records
from tests.support.zone import diagnose

DOMAIN = "mingyuan.example"
MX1, MX2, POP = "us2.mx1.host.example", "us2.mx2.host.example", "us2.pop.host.example"
RECORDS = expected_records(
    DOMAIN, [MailHost(MX1, 100, 600), MailHost(MX2, 100, 600)], [Target("pop", POP, 600)], "abc"
)
AT_MX = Question(DOMAIN, "MX")
AT_APEX = Question(DOMAIN, "CNAME")
AT_POP, AT_POP_A = Question(f"pop.{DOMAIN}", "CNAME"), Question(f"pop.{DOMAIN}", "A")
AT_TARGET_A = Question(POP, "A")
AT_TOKEN = Question(f"_youju-verify.{DOMAIN}", "TXT")

RIGHT = {
    AT_MX: Answer(AT_MX, Outcome.FOUND, mail_hosts=((100, MX1), (100, MX2))),
    AT_APEX: Answer(AT_APEX, Outcome.NO_RECORD),
    AT_POP: Answer(AT_POP, Outcome.FOUND, (POP,)),
    AT_POP_A: Answer(AT_POP_A, Outcome.FOUND, ("192.0.2.1",), chain=(POP,)),
    AT_TARGET_A: Answer(AT_TARGET_A, Outcome.FOUND, ("192.0.2.1",)),
    AT_TOKEN: Answer(AT_TOKEN, Outcome.FOUND, ("youju-verify=abc",)),
}


def judge(*changed: Answer) -> Mapping[str, Verdict]:
    """The verdicts when these answers come instead of the right ones, by key; what else may be
    asked about an alias is not there."""
    beside = [Question(value, "CNAME") for answer in changed for value in answer.values]
    beside += [Question(name, "AAAA") for name in (AT_POP.name, POP)]
    lacking = {question: Answer(question, Outcome.NO_RECORD) for question in beside}
    answers = lacking | RIGHT | {answer.question: answer for answer in changed}
    return {verdict.key: verdict for verdict in diagnose(DOMAIN, RECORDS, answers)}


def judge_mx(*hosts: tuple[int, str]) -> Verdict:
    return judge(Answer(AT_MX, Outcome.FOUND, mail_hosts=tuple(sorted(hosts))))["mx"]


def judge_pop(
    *cname: str, here: tuple[str, ...] = (), there: tuple[str, ...] = ("192.0.2.1",)
) -> Verdict:
    """The branding CNAME's verdict by its value, its addresses and the target's."""

    def answer(question: Question, values: tuple[str, ...]) -> Answer:
        return Answer(question, Outcome.FOUND if values else Outcome.NO_RECORD, values)

    changed = (answer(AT_POP, cname), answer(AT_POP_A, here), answer(AT_TARGET_A, there))
    return judge(*changed)["pop"]


def state(verdict: Verdict) -> tuple[str, str]:
    return verdict.kind.value, verdict.reason.value


def test_every_question_of_the_records_is_asked_and_the_addresses_of_both_ends() -> None:
    assert questions_for(RECORDS) == set(RIGHT)


def test_right_records_are_valid() -> None:
    assert {state(verdict) for verdict in judge().values()} == {("valid", "none")}


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [(Outcome.SERVER_FAILED, "server_failed"), (Outcome.NO_ANSWER, "no_answer")],
)
@pytest.mark.parametrize("question", [AT_MX, AT_POP, AT_TOKEN])
def test_what_could_not_be_asked_is_unknown(
    question: Question, outcome: Outcome, reason: str
) -> None:
    verdicts = judge(Answer(question, outcome)).values()
    assert sorted(state(verdict) for verdict in verdicts) == [
        ("unknown", reason),
        ("valid", "none"),
        ("valid", "none"),
    ]


@pytest.mark.parametrize("question", [AT_MX, AT_POP, AT_TOKEN])
def test_no_record_is_missing(question: Question) -> None:
    gone = [Answer(q, Outcome.NO_RECORD) for q in (question, AT_POP_A)]
    assert ("missing", "no_record") in {state(verdict) for verdict in judge(*gone).values()}


def test_a_domain_that_does_not_exist_is_told_apart_from_a_name_that_does_not() -> None:
    verdicts = judge(*(Answer(q, Outcome.NO_DOMAIN) for q in (AT_MX, AT_POP, AT_POP_A)))
    assert state(verdicts["mx"]) == ("missing", "no_domain")
    assert state(verdicts["pop"]) == ("missing", "no_record")


class TestMX:
    """The MX set is judged as a set."""

    def test_a_better_foreign_host_is_dangerous_though_ours_are_there(self) -> None:
        verdict = judge_mx((5, "mx.old.example"), (100, MX1), (100, MX2))
        assert state(verdict) == ("dangerous", "foreign_outranks")
        assert verdict.extras == ("5 mx.old.example",)
        assert [row.kind for row in verdict.rows] == [VerdictKind.VALID, VerdictKind.VALID]

    def test_a_worse_foreign_host_is_an_extra(self) -> None:
        verdict = judge_mx((200, "mx.old.example"), (100, MX1), (100, MX2))
        assert state(verdict) == ("valid_with_extras", "foreign_beside")
        assert verdict.extras == ("200 mx.old.example",)

    def test_an_equal_foreign_host_shares_the_mail_and_is_told_so(self) -> None:
        verdict = judge_mx((100, "mx.old.example"), (100, MX1), (100, MX2))
        assert state(verdict) == ("valid_with_extras", "foreign_equal")
        assert verdict.others == (
            Row(
                "100 mx.old.example",
                VerdictKind.VALID_WITH_EXTRAS,
                Reason.FOREIGN_EQUAL,
                ("33%",),
            ),
        )

    def test_priorities_are_numbers_not_text(self) -> None:
        assert judge_mx((20, "mx.old.example"), (100, MX1), (100, MX2)).kind == "dangerous"
        assert judge_mx((200, "mx.old.example"), (30, MX1), (30, MX2)).is_good

    def test_one_of_ours_lacking_is_wrong_and_says_which(self) -> None:
        verdict = judge_mx((100, MX1))
        assert state(verdict) == ("wrong", "no_record")
        assert [row.kind.value for row in verdict.rows] == ["valid", "missing"]

    def test_only_foreign_hosts_are_wrong(self) -> None:
        verdict = judge_mx((10, "mx.old.example"))
        assert state(verdict) == ("wrong", "differs")
        assert verdict.extras == ("10 mx.old.example",)

    def test_another_priority_is_a_hint(self) -> None:
        verdict = judge_mx((10, MX1), (100, MX2))
        assert state(verdict) == ("valid", "priority_differs")
        assert verdict.rows[0].found == (f"10 {MX1}",)
        assert verdict.is_good

    def test_a_forgotten_final_dot_is_told_from_a_foreign_host(self) -> None:
        verdict = judge_mx((100, MX1), (100, f"{MX2}.{DOMAIN}"))
        assert state(verdict) == ("wrong", "domain_doubled")
        assert verdict.rows[1].found == (f"{MX2}.{DOMAIN}",)
        assert verdict.extras == ()

    def test_a_doubled_host_takes_no_mail_away(self) -> None:
        assert state(judge_mx((100, MX1), (5, f"{MX2}.{DOMAIN}"))) == ("wrong", "domain_doubled")

    def test_all_of_them_doubled(self) -> None:
        verdict = judge_mx((100, f"{MX1}.{DOMAIN}"), (100, f"{MX2}.{DOMAIN}"))
        assert state(verdict) == ("wrong", "domain_doubled")

    def test_a_host_that_stands_there_twice_counts_by_its_best_priority(self) -> None:
        verdict = judge_mx((5, MX1), (500, MX1), (100, MX2), (10, "mx.old.example"))
        assert verdict.kind is VerdictKind.VALID_WITH_EXTRAS

    def test_the_null_mx_beside_ours_outranks_them(self) -> None:
        verdict = judge_mx((0, ""), (100, MX1), (100, MX2))
        assert verdict.kind is VerdictKind.DANGEROUS
        assert verdict.extras == ("0 .",)


class TestCNAME:
    """A branding CNAME, or what a DNS host made of it."""

    def test_another_target_is_wrong_and_is_told(self) -> None:
        verdict = judge_pop("pop.old.example")
        assert state(verdict) == ("wrong", "differs")
        assert verdict.rows == (Row(POP, VerdictKind.WRONG, Reason.DIFFERS, ("pop.old.example",)),)

    def test_the_domain_appended_to_the_target(self) -> None:
        assert state(judge_pop(f"{POP}.{DOMAIN}")) == ("wrong", "domain_doubled")

    def test_the_same_addresses_are_a_flattened_record(self) -> None:
        both = ("192.0.2.2", "192.0.2.1")
        verdict = judge_pop(here=both, there=tuple(reversed(both)))
        assert state(verdict) == ("valid", "flattened")

    @pytest.mark.parametrize("there", [("192.0.2.2", "192.0.2.3"), ()])
    def test_other_addresses_are_wrong(self, there: tuple[str, ...]) -> None:
        verdict = judge_pop(here=("192.0.2.1",), there=there)
        assert state(verdict) == ("wrong", "address_instead")
        assert verdict.rows[0].found == ("192.0.2.1",)

    def test_a_chain_that_ends_at_ours_is_valid(self) -> None:
        chained = Answer(AT_POP_A, Outcome.FOUND, ("192.0.2.1",), chain=("a.example", POP))
        assert judge(Answer(AT_POP, Outcome.FOUND, ("a.example",)), chained)["pop"].is_good

    def test_a_chain_that_ends_elsewhere_is_not(self) -> None:
        chained = Answer(AT_POP_A, Outcome.FOUND, ("192.0.2.1",), chain=("a.example", "b.example"))
        verdict = judge(Answer(AT_POP, Outcome.FOUND, ("a.example",)), chained)["pop"]
        assert verdict.kind is VerdictKind.WRONG

    def test_addresses_that_could_not_be_asked_are_never_the_customers_fault(self) -> None:
        no_cname = Answer(AT_POP, Outcome.NO_RECORD)
        late = Answer(AT_POP_A, Outcome.NO_ANSWER)
        assert state(judge(no_cname, late)["pop"]) == ("unknown", "no_answer")
        here = Answer(AT_POP_A, Outcome.FOUND, ("192.0.2.1",))
        failed = Answer(AT_TARGET_A, Outcome.SERVER_FAILED)
        assert state(judge(no_cname, here, failed)["pop"]) == ("unknown", "no_answer")

    def test_a_lacking_record_needs_no_answer_of_the_target(self) -> None:
        gone = [Answer(question, Outcome.NO_DOMAIN) for question in (AT_POP, AT_POP_A)]
        verdict = judge(*gone, Answer(AT_TARGET_A, Outcome.NO_ANSWER))["pop"]
        assert verdict.kind is VerdictKind.MISSING


class TestToken:
    """The ownership token."""

    def test_it_may_stand_among_others(self) -> None:
        assert judge(Answer(AT_TOKEN, Outcome.FOUND, ("x", "youju-verify=abc")))["verify"].is_good

    def test_another_token_is_wrong(self) -> None:
        verdict = judge(Answer(AT_TOKEN, Outcome.FOUND, ("youju-verify=ABC",)))["verify"]
        assert state(verdict) == ("wrong", "differs")

    def test_what_is_kept_of_hostile_texts_is_bounded(self) -> None:
        texts = tuple(f"{n}" * 60_000 for n in range(9))
        (row,) = judge(Answer(AT_TOKEN, Outcome.FOUND, texts))["verify"].rows
        assert sum(map(len, row.found)) <= 1000


class TestOwnership:
    """What proves that the domain is the customer's."""

    def test_all_mx_at_ours(self) -> None:
        assert proves_ownership(judge().values()) == "mx"

    def test_the_token_alone(self) -> None:
        assert proves_ownership(judge(Answer(AT_MX, Outcome.NO_RECORD)).values()) == "verify"

    @pytest.mark.parametrize(
        "mx",
        [
            Answer(AT_MX, Outcome.NO_ANSWER),
            Answer(AT_MX, Outcome.FOUND, mail_hosts=((5, "old"), (100, MX1), (100, MX2))),
            Answer(AT_MX, Outcome.FOUND, mail_hosts=((5, "old"),)),
        ],
        ids=["unknown", "dangerous", "wrong"],
    )
    def test_nothing_else(self, mx: Answer) -> None:
        verdicts = judge(mx, Answer(AT_TOKEN, Outcome.NO_RECORD))
        assert proves_ownership(verdicts.values()) is None


def test_a_verdict_survives_its_storage() -> None:
    verdict = judge_mx((5, "mx.old.example"), (10, MX1), (100, f"{MX2}.{DOMAIN}"))
    assert Verdict.from_json(json.loads(json.dumps(verdict.to_json()))) == verdict


def test_a_verdict_that_the_first_version_stored_is_read() -> None:
    stored = {
        "key": "mx",
        "kind": "dangerous",
        "reason": "foreign_outranks",
        "rows": [{"value": MX1, "kind": "valid", "reason": "none", "found": []}],
        "extras": ["5 mx.old.example"],
    }
    verdict = Verdict.from_json(stored)
    assert verdict.rows == (Row(MX1, VerdictKind.VALID, Reason.NONE),)
    assert (verdict.extras, verdict.others) == (("5 mx.old.example",), ())
    assert verdict.seconds is None
