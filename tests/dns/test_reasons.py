"""Each way in which records can be wrong, and what is said of it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from panel.dns.answers import ANSWERED, Answer, Outcome, Question
from panel.dns.names import PROBE_LABEL
from panel.dns.records import MailHost, Target, expected_records
from panel.dns.verdicts import Row, Verdict
from tests.support.zone import Zone, ask_all, diagnose

DOMAIN = "a.example"
MX1, MX2, POP = "mx1.host.example", "mx2.host.example", "pop.host.example"
RECORDS = expected_records(
    DOMAIN, [MailHost(MX1, 100, 600), MailHost(MX2, 100, 600)], [Target("pop", POP, 600)], "abc"
)
AT_POP = f"pop.{DOMAIN}"
NOBODY = f"{PROBE_LABEL}.{DOMAIN}"
TOKEN = f"_youju-verify.{DOMAIN}"
HOSTS: Zone = {
    (MX1, "A"): ["192.0.2.1"],
    (MX2, "A"): ["192.0.2.2"],
    (POP, "A"): ["192.0.2.3"],
    (POP, "AAAA"): ["2001:db8::3"],
    ("mx.old.example", "A"): ["198.51.100.1"],
}
RIGHT: Zone = {
    (DOMAIN, "MX"): [f"100 {MX1}", f"100 {MX2}"],
    (AT_POP, "CNAME"): [POP],
    (TOKEN, "TXT"): ["youju-verify=abc"],
}


def judge(zone: Zone, lost: Mapping[tuple[str, str], Outcome] | None = None) -> dict[str, Verdict]:
    """The verdicts of a domain with these records, in a world with the hosts; what is `lost` ends
    so."""
    answers = ask_all({**HOSTS, **zone}, DOMAIN, RECORDS)
    for (name, type_), outcome in (lost or {}).items():
        question = Question(name, type_)
        answers[question] = Answer(question, outcome)
    return {verdict.key: verdict for verdict in diagnose(DOMAIN, RECORDS, answers)}


def with_mx(*mx: str, **more: list[str]) -> Verdict:
    return judge({**RIGHT, (DOMAIN, "MX"): mx})["mx"]


def with_pop(zone: Zone, lost: Mapping[tuple[str, str], Outcome] | None = None) -> Verdict:
    """The verdict on pop, with these records in place of the right CNAME."""
    others = {key: values for key, values in RIGHT.items() if key[0] != AT_POP}
    return judge({**others, **zone}, lost)["pop"]


def state(verdict: Verdict | Row) -> tuple[str, str]:
    return verdict.kind.value, verdict.reason.value


def test_a_right_domain_is_right() -> None:
    assert {state(verdict) for verdict in judge(RIGHT).values()} == {("valid", "none")}


class TestHostDoubled:
    """The domain typed into the host field: the console appends it once more."""

    @pytest.mark.parametrize("key", ["mx", "pop", "verify"])
    def test_the_record_stands_elsewhere(self, key: str) -> None:
        moved = {(f"{name}.{DOMAIN}", type_): values for (name, type_), values in RIGHT.items()}
        verdict = judge(moved)[key]
        assert state(verdict) == ("missing", "host_doubled")
        (at,) = {row.host for row in verdict.rows}
        assert at.endswith("a.example.a.example")
        assert verdict.rows[0].found

    @pytest.mark.parametrize("key", ["mx", "pop", "verify"])
    def test_another_value_may_stray_too(self, key: str) -> None:
        old = {**RIGHT, (DOMAIN, "MX"): ["5 mx.old.example"], (AT_POP, "CNAME"): ["old.example"]}
        old[TOKEN, "TXT"] = ["youju-verify=old"]
        moved = {(f"{name}.{DOMAIN}", type_): values for (name, type_), values in old.items()}
        assert state(judge(moved)[key]) == ("missing", "host_doubled")

    def test_what_answers_to_every_name_has_not_strayed(self) -> None:
        names = (NOBODY, *(f"{name}.{DOMAIN}" for name in (DOMAIN, AT_POP, TOKEN)))
        every = {(name, "MX"): ["10 mx.old.example"] for name in names}
        every |= {(name, "TXT"): ["v=spf1 -all"] for name in names}
        verdicts = judge(every)
        assert {state(v) for v in verdicts.values()} == {("missing", "no_record")}

    def test_an_alias_for_every_name_has_not_strayed(self) -> None:
        every = {(name, "CNAME"): ["web.example"] for name in (NOBODY, f"{DOMAIN}.{DOMAIN}")}
        verdict = judge({**every, ("web.example", "MX"): ["10 mx.web.example"]})["mx"]
        assert state(verdict) == ("missing", "no_record")

    def test_it_does_not_matter_where_the_record_is_there_as_well(self) -> None:
        also = {(f"{AT_POP}.{DOMAIN}", "CNAME"): [POP]}
        assert state(judge({**RIGHT, **also})["pop"]) == ("valid", "none")


class TestMXTarget:
    """What an MX may not name."""

    @pytest.mark.parametrize("value", ["192.0.2.9", "192.0.2.9.a.example", "2001:db8::9"])
    def test_an_address(self, value: str) -> None:
        verdict = with_mx(f"10 {value}")
        assert state(verdict) == ("wrong", "mx_is_address")
        assert state(verdict.others[0]) == ("dangerous", "mx_is_address")
        assert verdict.others[0].found == (value.removesuffix(".a.example"),)

    def test_an_alias(self) -> None:
        zone = {**RIGHT, (DOMAIN, "MX"): ["10 mail.a.example"], ("mail.a.example", "CNAME"): [MX1]}
        verdict = judge(zone)["mx"]
        assert state(verdict) == ("wrong", "mx_is_cname")
        assert verdict.others[0].found == (MX1,)

    def test_a_host_that_is_not_there(self) -> None:
        verdict = with_mx("10 mx.gone.example")
        assert state(verdict) == ("wrong", "mx_unresolvable")
        assert verdict.others[0].found == ("mx.gone.example",)

    def test_one_beside_ours_keeps_the_verdict_on_the_set(self) -> None:
        verdict = with_mx(f"100 {MX1}", f"100 {MX2}", "5 mx.gone.example")
        assert state(verdict) == ("dangerous", "foreign_outranks")
        assert state(verdict.others[0]) == ("dangerous", "mx_unresolvable")

    @pytest.mark.parametrize(
        ("priority", "kind", "reason"),
        [
            (5, "dangerous", "foreign_outranks"),
            (100, "valid_with_extras", "foreign_equal"),
            (200, "valid_with_extras", "foreign_beside"),
        ],
    )
    def test_ours_with_the_domain_beside_ours_is_judged_by_its_rank(
        self, priority: int, kind: str, reason: str
    ) -> None:
        typed = f"{MX1}.{DOMAIN}"
        mx = (f"{priority} {typed}", f"100 {MX1}", f"100 {MX2}")
        everywhere = {(typed, "A"): ["203.0.113.80"]}  # as a wildcard has it
        verdict = judge({**RIGHT, **everywhere, (DOMAIN, "MX"): mx})["mx"]
        assert state(verdict) == (kind, reason)
        assert [(row.value, *state(row)) for row in verdict.others] == [(mx[0], kind, reason)]
        assert state(with_mx(*mx).others[0]) == (kind, "mx_unresolvable")

    @pytest.mark.parametrize(("foreign", "share"), [(1, "33%"), (2, "25%")])
    def test_an_equal_one_says_how_much_mail_it_takes(self, foreign: int, share: str) -> None:
        others = [f"100 mx{n}.old.example" for n in range(foreign)]
        addresses = {(f"mx{n}.old.example", "A"): ["198.51.100.1"] for n in range(foreign)}
        mx = {(DOMAIN, "MX"): [f"100 {MX1}", f"100 {MX2}", *others]}
        verdict = judge({**RIGHT, **addresses, **mx})["mx"]
        assert [row.found for row in verdict.others] == [(share,)] * foreign

    def test_the_null_mx_alone(self) -> None:
        assert state(with_mx("0 .")) == ("wrong", "null_mx")

    def test_a_host_of_another_that_is_sound(self) -> None:
        verdict = with_mx("10 mx.old.example")
        assert state(verdict) == ("wrong", "differs")
        assert state(verdict.others[0]) == ("dangerous", "foreign_alone")

    @pytest.mark.parametrize("beside", [(), (f"100 {MX1}", f"100 {MX2}")])
    def test_a_host_that_is_ours_by_another_name_takes_no_mail_away(
        self, beside: tuple[str, ...]
    ) -> None:
        ours = {("mail.a.example", "A"): HOSTS[MX1, "A"]}
        verdict = judge({**RIGHT, **ours, (DOMAIN, "MX"): ["10 mail.a.example", *beside]})["mx"]
        assert state(verdict.others[0]) == ("valid_with_extras", "ours_renamed")
        assert verdict.is_good is bool(beside)


class TestProof:
    """The ownership token."""

    def test_a_blank_around_it_does_no_harm(self) -> None:
        verdict = judge({**RIGHT, (TOKEN, "TXT"): [" youju-verify=abc "]})["verify"]
        assert state(verdict) == ("valid", "none")

    @pytest.mark.parametrize("there", [{}, {(TOKEN, "TXT"): ["other"]}])
    def test_at_the_domain_itself_it_stands_wrongly(self, there: Zone) -> None:
        others = {key: values for key, values in RIGHT.items() if key[0] != TOKEN}
        apex = {(DOMAIN, "TXT"): ["v=spf1 -all", "youju-verify=abc"]}
        verdict = judge({**others, **there, **apex})["verify"]
        assert state(verdict) == ("missing", "host_lacks")
        assert verdict.rows[0].host == DOMAIN


class TestInsideAZone:
    """An order for a name inside a zone: the DNS console appends the zone."""

    HERE = f"sub.{DOMAIN}"
    WANTED = expected_records(HERE, [MailHost(MX1, 100, 600)], [Target("pop", POP, 600)])

    def judged(self, zone: Zone) -> list[tuple[str, str]]:
        answers = ask_all({**HOSTS, **zone}, self.HERE, self.WANTED, kept_in=DOMAIN)
        return list(map(state, diagnose(self.HERE, self.WANTED, answers, kept_in=DOMAIN)))

    def test_the_zone_appended_to_the_value(self) -> None:
        zone = {
            (self.HERE, "MX"): [f"100 {MX1}.{DOMAIN}"],
            (f"pop.{self.HERE}", "CNAME"): [f"{POP}.{DOMAIN}"],
        }
        assert self.judged(zone) == [("wrong", "domain_doubled")] * 2

    def test_a_record_for_all_names_in_its_place(self) -> None:
        names = (self.HERE, f"{PROBE_LABEL}.{self.HERE}")
        old = {("mx.old.example", "A"): ["198.51.100.1"]}
        every = {(name, "MX"): ["10 mx.old.example"] for name in names}
        assert self.judged({**every, **old})[0] == ("missing", "wildcard")
        assert self.judged({(self.HERE, "MX"): ["10 mx.old.example"], **old})[0] == (
            "wrong",
            "differs",
        )

    def test_the_zone_appended_to_the_host(self) -> None:
        zone = {
            (f"{self.HERE}.{DOMAIN}", "MX"): [f"100 {MX1}"],
            (f"pop.{self.HERE}.{DOMAIN}", "CNAME"): [POP],
        }
        assert self.judged(zone) == [("missing", "host_doubled")] * 2


class TestApex:
    """A CNAME where the MX records should be."""

    def test_in_their_place(self) -> None:
        verdict = judge({(DOMAIN, "CNAME"): ["web.example"], ("web.example", "A"): ["192.0.2.9"]})
        assert state(verdict["mx"]) == ("wrong", "cname_at_apex")
        assert verdict["mx"].rows[0].found == ("web.example",)

    def test_beside_them(self) -> None:
        verdict = judge({**RIGHT, (DOMAIN, "CNAME"): ["web.example"]})["mx"]
        assert state(verdict) == ("dangerous", "cname_at_apex")

    def test_beside_wrong_ones(self) -> None:
        zone = {(DOMAIN, "MX"): ["5 mx.old.example"], (DOMAIN, "CNAME"): ["web.example"]}
        verdict = judge({**RIGHT, **zone})["mx"]
        assert [row.reason.value for row in verdict.others] == ["cname_at_apex", "foreign_alone"]
        assert verdict.extras == ("5 mx.old.example",)

    def test_to_a_domain_that_has_our_mx_itself(self) -> None:
        target = {("b.example", "MX"): RIGHT[DOMAIN, "MX"]}
        verdict = judge({(DOMAIN, "CNAME"): ["b.example"], **target})["mx"]
        assert state(verdict) == ("wrong", "cname_at_apex")


class TestCNAME:
    """What a branding CNAME can be instead."""

    def test_a_chain_that_ends_in_ours(self) -> None:
        verdict = with_pop({(AT_POP, "CNAME"): ["x.example"], ("x.example", "CNAME"): [POP]})
        assert state(verdict) == ("valid", "chained")
        assert verdict.rows[0].found == ("x.example", POP)

    @pytest.mark.parametrize("last", [AT_POP, "x.example", "y.example"])
    def test_a_chain_in_a_circle(self, last: str) -> None:
        verdict = with_pop(
            {
                (AT_POP, "CNAME"): ["x.example"],
                ("x.example", "CNAME"): ["y.example"],
                ("y.example", "CNAME"): [last],
            }
        )
        assert state(verdict) == ("wrong", "cname_loop")
        assert verdict.rows[0].found[-1] == last

    def test_a_chain_without_end_is_followed_so_far(self) -> None:
        chain = {(f"n{n}.example", "CNAME"): [f"n{n + 1}.example"] for n in range(50)}
        verdict = with_pop({(AT_POP, "CNAME"): ["n0.example"], **chain})
        assert state(verdict) == ("wrong", "differs")

    @pytest.mark.parametrize("lost", list(set(Outcome) - ANSWERED))
    def test_a_chain_that_could_not_be_followed_says_nothing(self, lost: Outcome) -> None:
        zone = {(AT_POP, "CNAME"): ["x.cdn.example"], ("x.cdn.example", "CNAME"): [POP]}
        verdict = with_pop(zone, {("x.cdn.example", "CNAME"): lost, (AT_POP, "A"): lost})
        assert state(verdict) == ("unknown", "no_answer")

    @pytest.mark.parametrize("at", [AT_POP, POP])
    def test_ipv6_addresses_that_could_not_be_asked_say_nothing(self, at: str) -> None:
        zone = {(AT_POP, "AAAA"): HOSTS[POP, "AAAA"]}
        verdict = with_pop(zone, {(at, "AAAA"): Outcome.NO_ANSWER})
        assert state(verdict) == ("unknown", "no_answer")

    def test_addresses_of_another(self) -> None:
        verdict = with_pop({(AT_POP, "A"): ["198.51.100.1"]})
        assert state(verdict) == ("wrong", "address_instead")

    @pytest.mark.parametrize("family", ["A", "AAAA"])
    def test_addresses_equal_to_ours(self, family: str) -> None:
        assert state(with_pop({(AT_POP, family): HOSTS[POP, family]})) == ("valid", "flattened")

    def test_a_part_of_our_addresses(self) -> None:
        two = {(POP, "A"): ["192.0.2.3", "192.0.2.4"], (AT_POP, "A"): ["192.0.2.4"]}
        assert state(with_pop(two)) == ("valid", "flattened")

    def test_one_of_ours_and_another(self) -> None:
        two = {(POP, "A"): ["192.0.2.3", "192.0.2.4"], (AT_POP, "A"): ["192.0.2.4", "192.0.2.9"]}
        assert state(with_pop(two)) == ("wrong", "address_instead")

    def test_another_ipv6_address_alone(self) -> None:
        verdict = with_pop({(AT_POP, "AAAA"): ["2001:db8::99"]})
        assert state(verdict) == ("wrong", "address_instead")

    def test_two_values(self) -> None:
        verdict = with_pop({(AT_POP, "CNAME"): ["pop.old.example", POP]})
        assert state(verdict) == ("wrong", "several_values")
        assert verdict.rows[0].found == ("pop.old.example", POP)

    def test_ours_beside_an_address(self) -> None:
        verdict = with_pop({(AT_POP, "CNAME"): [POP], (AT_POP, "A"): ["198.51.100.1"]})
        assert state(verdict) == ("wrong", "cname_beside_others")
        assert verdict.rows[0].found == ("198.51.100.1",)


class TestWildcard:
    """A record for all names answers where a record lacks."""

    def test_with_a_cname(self) -> None:
        every = {(name, "CNAME"): ["web.example"] for name in (AT_POP, NOBODY)}
        verdict = with_pop(every)
        assert state(verdict) == ("missing", "wildcard")
        assert verdict.rows[0].found == ("web.example",)

    @pytest.mark.parametrize("family", ["A", "AAAA"])
    def test_with_an_address(self, family: str) -> None:
        every = {(name, family): ["2001:db8::99"] for name in (AT_POP, NOBODY)}
        assert state(with_pop(every)) == ("missing", "wildcard")

    def test_with_a_text(self) -> None:
        every = {(name, "TXT"): ["v=spf1 -all"] for name in (TOKEN, NOBODY)}
        assert state(judge({**RIGHT, **every})["verify"]) == ("missing", "wildcard")

    def test_another_record_than_the_wildcard_s_is_just_wrong(self) -> None:
        zone = {(AT_POP, "CNAME"): ["pop.old.example"], (NOBODY, "CNAME"): ["web.example"]}
        assert state(with_pop(zone)) == ("wrong", "differs")

    def test_one_that_leads_to_ours_does(self) -> None:
        every = {(name, "CNAME"): [POP] for name in (AT_POP, NOBODY)}
        assert with_pop(every).is_good


def test_names_compare_without_case_and_final_dot() -> None:
    records = expected_records(
        DOMAIN, [MailHost("MX1.Host.Example.", 1, 1)], [Target("pop", "POP.host.example.", 1)]
    )
    answers = ask_all({**HOSTS, **RIGHT, (DOMAIN, "MX"): [f"1 {MX1}"]}, DOMAIN, records)
    assert all(verdict.is_good for verdict in diagnose(DOMAIN, records, answers))
