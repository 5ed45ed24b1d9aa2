"""Verdicts from what all servers say: who is right, whose fault it is, and how long to wait."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from panel.dns.answers import Answer, Outcome, Question, Server
from panel.dns.comparison import conclude
from panel.dns.delegation import Delegation, Standing
from panel.dns.diagnosis import proves_ownership
from panel.dns.evidence import Answers, Evidence
from panel.dns.verdicts import Row, Verdict
from tests.dns.test_reasons import AT_POP, DOMAIN, HOSTS, POP, RECORDS, RIGHT, TOKEN, state
from tests.support.zone import Zone, ask_all

NS1, NS2 = Server("192.0.2.11", 53, "ns1.a.example"), Server("192.0.2.12", 53, "ns2.a.example")
RESOLVER, OTHER = Server("203.0.113.1"), Server("203.0.113.2")
OLD = {**RIGHT, (DOMAIN, "MX"): ["5 mx.old.example"], (AT_POP, "CNAME"): ["pop.old.example"]}


def of(zone: Zone, ttl: int = 600) -> Answers:
    """What a server says that has these records."""
    return ask_all({**HOSTS, **zone}, DOMAIN, RECORDS, ttl)


def only(outcome: Outcome) -> Answers:
    """The same answer to every question."""
    return {question: Answer(question, outcome) for question in of(RIGHT)}


def conclusions(
    servers: Mapping[Server, Answers],
    resolvers: Mapping[Server, Answers],
    standing: Standing = Standing.DELEGATED,
    **more: object,
) -> dict[str, Verdict]:
    delegation = Delegation(standing, DOMAIN, tuple(servers), **more)
    evidence = Evidence(DOMAIN, delegation, servers, resolvers)
    return {verdict.key: verdict for verdict in conclude(RECORDS, evidence)}


def states(verdicts: Mapping[str, Verdict]) -> set[tuple[str, str]]:
    return {state(verdict) for verdict in verdicts.values()}


def test_all_agree() -> None:
    verdicts = conclusions({NS1: of(RIGHT), NS2: of(RIGHT)}, {RESOLVER: of(RIGHT)})
    assert states(verdicts) == {("valid", "none")}


class TestTime:
    """Published, and not yet everywhere."""

    def test_an_old_answer_is_remembered(self) -> None:
        verdicts = conclusions({NS1: of(RIGHT)}, {RESOLVER: of(OLD, ttl=1234)})
        for key, found in (("mx", "5 mx.old.example"), ("pop", "pop.old.example")):
            assert state(verdicts[key]) == ("not_in_effect", "still_cached")
            assert verdicts[key].rows[0].found == (found,)
            assert verdicts[key].seconds == 1234
            assert verdicts[key].rows[0].servers == (RESOLVER.address,)
        assert state(verdicts["verify"]) == ("valid", "none")

    def test_that_there_was_none_is_remembered(self) -> None:
        verdicts = conclusions({NS1: of(RIGHT)}, {RESOLVER: of({}, ttl=77)})
        assert states(verdicts) == {("not_in_effect", "absence_cached")}
        assert {verdict.seconds for verdict in verdicts.values()} == {77}

    def test_the_slowest_resolver_counts(self) -> None:
        resolvers = {RESOLVER: of(OLD, ttl=10), OTHER: of(OLD, ttl=300)}
        assert conclusions({NS1: of(RIGHT)}, resolvers)["mx"].seconds == 300

    @pytest.mark.parametrize(
        ("hosts", "seconds"),
        [(("ns1.old.example", "ns2.old.example"), 172_800), ((NS1.host, "ns2.old.example"), 60)],
    )
    def test_resolvers_that_ask_the_former_dns_host_do_so_for_longer(
        self, hosts: tuple[str, ...], seconds: int
    ) -> None:
        question = Question(DOMAIN, "NS")
        remembered = {question: Answer(question, Outcome.FOUND, hosts, ttl=172_800)}
        verdicts = conclusions({NS1: of(RIGHT)}, {RESOLVER: {**of(OLD, ttl=60), **remembered}})
        assert state(verdicts["mx"]) == ("not_in_effect", "still_cached")
        assert verdicts["mx"].seconds == seconds

    def test_an_address_in_the_cname_s_place_is_remembered_as_such(self) -> None:
        was = {(AT_POP, "A"): ["198.51.100.1"], (DOMAIN, "MX"): RIGHT[DOMAIN, "MX"]}
        pop = conclusions({NS1: of(RIGHT)}, {RESOLVER: of(was)})["pop"]
        assert state(pop) == ("not_in_effect", "still_cached")
        assert pop.rows[0].found == ("198.51.100.1",)

    def test_what_the_domain_s_own_servers_say_proves_it(self) -> None:
        verdicts = conclusions({NS1: of(RIGHT)}, {RESOLVER: of(OLD)}).values()
        assert proves_ownership(verdicts) == "mx"
        late = conclusions({NS1: of(RIGHT), NS2: of({})}, {RESOLVER: of({})}).values()
        assert proves_ownership(late) is None

    def test_what_is_remembered_rightly_does_not_make_right_what_is_gone(self) -> None:
        assert state(conclusions({NS1: of(OLD)}, {RESOLVER: of(RIGHT)})["mx"]) == (
            "wrong",
            "differs",
        )


class TestServers:
    """The domain's own servers."""

    def test_one_lags_behind(self) -> None:
        verdicts = conclusions({NS1: of(RIGHT), NS2: of(OLD)}, {RESOLVER: of(RIGHT)})
        assert state(verdicts["mx"]) == ("not_in_effect", "servers_differ")
        assert verdicts["mx"].rows[0].servers == (NS2.host,)
        assert verdicts["mx"].rows[0].found == ("5 mx.old.example",)
        assert verdicts["pop"].rows[0].found == ("pop.old.example",)
        assert state(verdicts["verify"]) == ("valid", "none")

    def test_one_has_not_even_an_old_record(self) -> None:
        verdicts = conclusions({NS1: of(RIGHT), NS2: of({})}, {RESOLVER: of(RIGHT)})
        assert states(verdicts) == {("not_in_effect", "servers_differ")}

    def test_they_differ_and_neither_is_right(self) -> None:
        servers = {NS1: of(OLD), NS2: of({})}
        verdict = conclusions(servers, {RESOLVER: of(OLD)})["mx"]
        assert state(verdict) == ("wrong", "differs")
        assert verdict.disagree == (NS2.host,)
        assert Verdict.from_json(verdict.to_json()) == verdict
        same = conclusions({NS1: of(OLD), NS2: of(OLD)}, {RESOLVER: of(OLD)})["mx"]
        assert same.disagree == ()
        newer = of({**OLD, (DOMAIN, "MX"): ["5 mx.other.example"]})
        moved = conclusions({NS1: of(OLD), NS2: newer}, {RESOLVER: of(OLD)})["mx"]
        assert len(moved.disagree) == 1

    @pytest.mark.parametrize("other", [{}, {(AT_POP, "CNAME"): [POP]}])
    def test_a_foreign_record_that_only_some_have_is_perhaps_deleted_already(
        self, other: Zone
    ) -> None:
        both = [*RIGHT[DOMAIN, "MX"], "5 mx.old.example"]
        servers = {NS1: of({**RIGHT, **other}), NS2: of({**RIGHT, (DOMAIN, "MX"): both})}
        (row,) = conclusions(servers, {RESOLVER: of(RIGHT)})["mx"].others
        assert state(row) == ("not_in_effect", "servers_differ")
        assert (row.value, row.servers) == ("5 mx.old.example", (NS2.host,))

    def test_a_foreign_record_that_all_have_is_not(self) -> None:
        (row,) = conclusions({NS1: of(OLD), NS2: of(OLD)}, {RESOLVER: of(OLD)})["mx"].others
        assert state(row) == ("dangerous", "foreign_alone")

    @pytest.mark.parametrize(
        ("outcome", "reason"),
        [
            (Outcome.NO_ANSWER, "servers_silent"),
            (Outcome.REFUSED, "servers_refuse"),
            (Outcome.LAME, "servers_lame"),
            (Outcome.SERVER_FAILED, "servers_fail"),
        ],
    )
    def test_one_that_says_nothing_is_a_hint(self, outcome: Outcome, reason: str) -> None:
        verdicts = conclusions({NS1: of(RIGHT), NS2: only(outcome)}, {RESOLVER: of(RIGHT)})
        assert states(verdicts) == {("valid", reason)}
        assert verdicts["mx"].rows[0].servers == (NS2.host,)

    @pytest.mark.parametrize(
        ("outcome", "kind", "reason"),
        [
            (Outcome.NO_ANSWER, "unknown", "servers_silent"),
            (Outcome.REFUSED, "wrong", "servers_refuse"),
            (Outcome.LAME, "wrong", "servers_lame"),
            (Outcome.SERVER_FAILED, "unknown", "servers_fail"),
        ],
    )
    def test_all_say_nothing(self, outcome: Outcome, kind: str, reason: str) -> None:
        failing = {**only(Outcome.SERVER_FAILED), **works()}
        verdicts = conclusions({NS1: only(outcome), NS2: only(outcome)}, {RESOLVER: failing})
        assert states(verdicts) == {(kind, reason)}
        assert verdicts["pop"].rows[0].servers == (NS1.host, NS2.host)

    def test_silence_of_one_and_refusal_of_the_other_leaves_it_open(self) -> None:
        servers = {NS1: only(Outcome.REFUSED), NS2: only(Outcome.NO_ANSWER)}
        failing = {**only(Outcome.SERVER_FAILED), **works()}
        assert states(conclusions(servers, {RESOLVER: failing})) == {("unknown", "servers_silent")}

    @pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.LAME, Outcome.NO_ANSWER])
    def test_one_that_says_nothing_is_not_blamed_for_what_is_beyond(self, outcome: Outcome) -> None:
        chained = of({**RIGHT, (AT_POP, "CNAME"): ["x.cdn.example"]})
        hop = Question("x.cdn.example", "CNAME")
        lost = {**chained, hop: Answer(hop, Outcome.NO_ANSWER)}
        verdicts = conclusions({NS1: lost, NS2: only(outcome)}, {RESOLVER: lost})
        assert state(verdicts["pop"]) == ("unknown", "no_answer")

    @pytest.mark.parametrize(
        ("outcome", "reason"),
        [(Outcome.NO_ANSWER, "servers_silent"), (Outcome.SERVER_FAILED, "servers_fail")],
    )
    def test_none_that_answers_leaves_the_resolvers_and_is_said(
        self, outcome: Outcome, reason: str
    ) -> None:
        verdicts = conclusions({NS1: only(outcome)}, {RESOLVER: of(RIGHT)})
        assert states(verdicts) == {("valid", reason)}
        assert verdicts["mx"].rows[0].servers == (NS1.host,)

    def test_none_has_an_address(self) -> None:
        failing = {RESOLVER: {**only(Outcome.SERVER_FAILED), **works()}}
        known = conclusions({}, failing, left_out=("ns.gone.example",))
        assert states(known) == {("wrong", "no_server_address")}
        assert known["mx"].rows[0].servers == ("ns.gone.example",)
        unknown = conclusions({}, failing, left_out=("ns.gone.example",), failed=True)
        assert {verdict.kind.value for verdict in unknown.values()} == {"unknown"}


class TestDomain:
    """The domain as its parent knows it."""

    @pytest.mark.parametrize("standing", [Standing.NO_DOMAIN, Standing.NO_DELEGATION])
    def test_it_is_not_there(self, standing: Standing) -> None:
        verdicts = conclusions({}, {RESOLVER: only(Outcome.NO_DOMAIN)}, standing)
        assert states(verdicts) == {("missing", standing.value)}

    @pytest.mark.parametrize(
        ("hosts", "expired"),
        [
            (("expirens3.hichina.com", "expirens4.hichina.com"), True),
            (("ns1.pendingrenewaldeletion.com",), True),
            (("expirens3.hichina.com", "ns1.a.example"), False),
            (("dns9.hichina.com", "dns10.hichina.com"), False),
        ],
    )
    def test_it_was_not_renewed(self, hosts: tuple[str, ...], expired: bool) -> None:
        servers = {Server(f"192.0.2.{n}", 53, host): of({}) for n, host in enumerate(hosts)}
        verdicts = conclusions(servers, {RESOLVER: of({})})
        assert (states(verdicts) == {("wrong", "expired")}) is expired
        assert verdicts["mx"].rows[0].servers == (hosts if expired else ())

    def test_its_signatures_are_wrong(self) -> None:
        verdicts = conclusions({NS1: of(RIGHT)}, {RESOLVER: only(Outcome.BOGUS)})
        assert states(verdicts) == {("wrong", "dnssec_bogus")}

    def test_its_signatures_are_wrong_and_its_servers_out_of_reach(self) -> None:
        verdicts = conclusions({}, {RESOLVER: only(Outcome.BOGUS)})
        assert states(verdicts) == {("wrong", "dnssec_bogus")}

    def test_a_fault_of_the_record_comes_before_the_signatures(self) -> None:
        verdicts = conclusions({NS1: of(OLD)}, {RESOLVER: only(Outcome.BOGUS)})
        assert state(verdicts["mx"]) == ("wrong", "differs")

    def test_one_resolver_that_finds_the_signatures_right_is_believed(self) -> None:
        resolvers = {RESOLVER: only(Outcome.BOGUS), OTHER: of(RIGHT)}
        assert states(conclusions({NS1: of(RIGHT)}, resolvers)) == {("valid", "none")}


class TestOurFault:
    """Never shown as the customer's."""

    @pytest.mark.parametrize(
        "outcome", [Outcome.NO_ANSWER, Outcome.SERVER_FAILED, Outcome.REFUSED, Outcome.NOT_ASKED]
    )
    def test_our_resolver_fails(self, outcome: Outcome) -> None:
        verdicts = conclusions({}, {RESOLVER: only(outcome)}, Standing.UNKNOWN)
        assert states(verdicts) == {("unknown", "resolver_failed")}

    def test_there_is_no_resolver(self) -> None:
        assert states(conclusions({}, {}, Standing.UNKNOWN)) == {("unknown", "resolver_failed")}

    def test_the_domain_s_servers_say_enough_without_it(self) -> None:
        verdicts = conclusions({NS1: of(RIGHT)}, {RESOLVER: only(Outcome.NO_ANSWER)})
        assert states(verdicts) == {("valid", "none")}

    def test_a_resolver_that_works_and_gets_nothing_of_the_domain_is_a_hint(self) -> None:
        failing = {**only(Outcome.SERVER_FAILED), **works()}
        verdicts = conclusions({NS1: of(RIGHT)}, {RESOLVER: failing, OTHER: failing})
        assert states(verdicts) == {("valid", "resolvers_fail")}
        assert verdicts["mx"].rows[0].servers == (RESOLVER.address, OTHER.address)

    @pytest.mark.parametrize("outcome", [Outcome.NO_ANSWER, Outcome.REFUSED, Outcome.NOT_ASKED])
    def test_one_that_fails_beside_one_that_says_nothing_is_none(self, outcome: Outcome) -> None:
        failing = {**only(Outcome.SERVER_FAILED), **works()}
        resolvers = {RESOLVER: failing, OTHER: {**only(outcome), **works()}}
        assert states(conclusions({NS1: of(RIGHT)}, resolvers)) == {("valid", "none")}
        assert states(conclusions({NS1: of(RIGHT)}, {RESOLVER: failing, OTHER: of(RIGHT)})) == {
            ("valid", "none")
        }

    def test_one_question_that_got_lost_is_only_that(self) -> None:
        question = Question(TOKEN, "TXT")
        lost = {**of(RIGHT), question: Answer(question, Outcome.NO_ANSWER)}
        verdicts = conclusions({NS1: lost}, {RESOLVER: lost})
        assert state(verdicts["verify"]) == ("unknown", "no_answer")
        assert states({key: verdicts[key] for key in ("mx", "pop")}) == {("valid", "none")}


def works() -> Answers:
    """The answer of a resolver that works, to a question that is not the domain's."""
    question = Question("example", "NS")
    return {question: Answer(question, Outcome.FOUND, ("ns.example",))}


def test_a_name_inside_a_zone_lacks_records_and_is_not_unregistered() -> None:
    delegation = Delegation(Standing.DELEGATED, "example", (NS1,))
    empty = of({})
    evidence = Evidence(DOMAIN, delegation, {NS1: empty}, {RESOLVER: empty})
    (mx, *_) = conclude(RECORDS, evidence)
    assert state(mx) == ("missing", "no_record")
    assert {row.reason.value for row in mx.rows} == {"no_record"}


def test_a_row_for_every_record_whatever_happens() -> None:
    verdicts = conclusions({}, {}, Standing.UNKNOWN)
    assert [row.value for row in verdicts["mx"].rows] == [r.value for r in RECORDS[:2]]
    assert all(isinstance(row, Row) for row in verdicts["mx"].rows)
