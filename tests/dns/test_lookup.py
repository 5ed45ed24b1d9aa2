"""Asking the DNS: the real Knot, and servers that misbehave."""

from __future__ import annotations

import time
from collections.abc import Callable

import dns.resolver
import pytest

from panel.dns import lookup
from panel.dns.lookup import Answer, Outcome, Question, look_up, parse_server
from tests.fixtures.nameserver import LONG_TEXT, Nameserver
from tests.support.nanoserver import Failing, Garbling, NanoServer, Refusing, Silent, Truncating

MX = Question("mingyuan.example", "MX")


def ask(server: str, name: str, type_: str, deadline: float = 5.0) -> Answer:
    question = Question(name, type_)
    return look_up([question], [server], deadline)[question]


def test_all_questions_are_answered_at_once(nameserver: Nameserver) -> None:
    names = ("mingyuan.example", "chunfeng.example", "nowhere.mingyuan.example")
    questions = [Question(name, "MX") for name in names]
    answers = look_up(questions, [nameserver.address], 5.0)
    assert [answers[question].outcome for question in questions] == [
        Outcome.FOUND,
        Outcome.NO_RECORD,
        Outcome.NO_DOMAIN,
    ]


def test_mx_hosts_come_with_their_priorities_best_first(nameserver: Nameserver) -> None:
    answer = ask(nameserver.address, "hengtong.example", "MX")
    assert answer.mail_hosts == (
        (5, "mx.old-host.example"),
        (100, "us2.mx1.mailhost.example"),
        (100, "us2.mx2.mailhost.example.hengtong.example"),
    )


def test_a_cname_is_given_without_its_final_dot(nameserver: Nameserver) -> None:
    answer = ask(nameserver.address, "imap.mingyuan.example", "CNAME")
    assert answer.values == ("us2.imap.mailhost.example",)


def test_a_chain_of_cnames_is_told(nameserver: Nameserver) -> None:
    answer = ask(nameserver.address, "imap.chain.example", "A")
    assert answer.chain == ("here.chain.example", "us2.imap.mailhost.example")


def test_an_idn_domain_is_asked_by_its_a_label(nameserver: Nameserver) -> None:
    assert ask(nameserver.address, "xn--fsqu00a.example", "MX").outcome is Outcome.FOUND


def test_texts_too_long_for_udp_come_over_tcp(nameserver: Nameserver) -> None:
    answer = ask(nameserver.address, "_youju-verify.long.example", "TXT")
    # 250 characters and more are two strings of one text (RFC 7208 section 3.3)
    assert sorted(answer.values) == [f"{n} {LONG_TEXT}" for n in range(8)]


def test_a_truncated_answer_is_asked_again_over_tcp() -> None:
    with Truncating("10 mx.example.") as server:
        answer = ask(server.address, "mingyuan.example", "MX")
    assert answer.mail_hosts == ((10, "mx.example"),)
    assert server.asked == ["udp", "tcp"]


def test_a_zone_that_the_server_has_not_is_a_failure_not_a_lack(nameserver: Nameserver) -> None:
    answer = ask(nameserver.address, "weilai.test", "MX")
    assert answer.outcome is Outcome.SERVER_FAILED
    assert "REFUSED" in answer.errors[0]


def test_a_referral_is_a_failure_not_a_lack(nameserver: Nameserver) -> None:
    answer = ask(nameserver.address, "weilai.example", "MX")
    assert (answer.outcome, answer.errors) == (Outcome.SERVER_FAILED, ("no recursion",))


@pytest.mark.parametrize(("server_class", "word"), [(Refusing, "REFUSED"), (Failing, "SERVFAIL")])
def test_what_a_server_says_instead_is_kept(
    server_class: Callable[[], NanoServer], word: str
) -> None:
    with server_class() as server:
        answer = ask(server.address, "mingyuan.example", "MX")
    assert answer.outcome is Outcome.SERVER_FAILED
    assert word in answer.errors[0]


def test_bytes_that_are_no_answer_are_a_failure() -> None:
    with Garbling() as server:
        answer = ask(server.address, "mingyuan.example", "MX", 0.5)
    assert answer.outcome in (Outcome.SERVER_FAILED, Outcome.NO_ANSWER)


def test_a_silent_server_costs_no_more_than_the_deadline() -> None:
    names = [Question(f"{n}.mingyuan.example", "MX") for n in range(20)]
    with Silent() as server:
        start = time.monotonic()
        answers = look_up(names, [server.address], 0.5)
        spent = time.monotonic() - start
    assert {answer.outcome for answer in answers.values()} == {Outcome.NO_ANSWER}
    assert spent < 1.5


def test_what_was_answered_in_time_is_kept() -> None:
    silent, answered = Question("slow.example", "MX"), Question("quick.example", "MX")
    with Silent("slow.example") as server:
        answers = look_up([silent, answered], [server.address], 0.5)
    assert answers[silent].outcome is Outcome.NO_ANSWER
    assert answers[answered].outcome is Outcome.NO_RECORD


def test_a_second_server_is_asked_when_the_first_refuses(nameserver: Nameserver) -> None:
    with Refusing() as server:
        answers = look_up([MX], [server.address, nameserver.address], 5.0)
    assert answers[MX].outcome is Outcome.FOUND


@pytest.mark.parametrize("name", ["a..example", "x" * 64 + ".example", "y." * 130 + "example"])
def test_a_name_that_is_none_is_data_not_an_exception(nameserver: Nameserver, name: str) -> None:
    assert ask(nameserver.address, name, "MX").outcome is Outcome.SERVER_FAILED


def test_a_machine_without_a_resolver_is_no_fault_of_the_domain(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unconfigured(*_: object) -> None:
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr(lookup, "make_resolver", unconfigured)
    assert look_up([MX], [], 1.0)[MX].outcome is Outcome.SERVER_FAILED


def test_no_questions_need_no_server() -> None:
    assert look_up([], ["127.0.0.1:1"], 1.0) == {}


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:8053", ("127.0.0.1", 8053)),
        ("127.0.0.1", ("127.0.0.1", 53)),
        ("[::1]:8053", ("::1", 8053)),
        ("[::1]", ("::1", 53)),
        ("::1", ("::1", 53)),
    ],
)
def test_a_server_is_an_address_with_or_without_a_port(text: str, address: tuple[str, int]) -> None:
    assert parse_server(text) == address
