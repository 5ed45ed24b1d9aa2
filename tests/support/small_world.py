"""A domain's whole world in one server: its parent, its own server and the resolver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import dns.flags
import dns.message
import dns.rdatatype
import dns.rrset

from panel.dns.answers import Server
from panel.dns.asking import Asking
from panel.dns.examination import Examination, examine
from panel.dns.records import ExpectedRecord, MailHost, Target, expected_records
from tests.support.nanoserver import NanoServer
from tests.support.zone import Zone

DOMAIN = "a.example"
NS = "ns.host.example"
HERE = {(NS, "A"): ["127.0.0.1"], ("example", "NS"): [f"{NS}."], (DOMAIN, "NS"): [f"{NS}."]}
MX = ["100 mx1.host.example."]


def records_of(domain: str) -> tuple[ExpectedRecord, ...]:
    """What a domain should have."""
    mail_hosts = [MailHost("mx1.host.example", 100, 600)]
    return expected_records(domain, mail_hosts, [Target("pop", "pop.host.example", 600)])


class SmallWorld(NanoServer):
    """Has these records besides the delegation of DOMAIN; a resolver is known by the flag RD."""

    def __init__(self, zone: Zone) -> None:
        self.zone: Mapping[tuple[str, str], Sequence[str]] = {**HERE, **zone}

    def answer(self, question: dns.message.Message) -> bytes | None:
        asked, recursive = question.question[0], bool(question.flags & dns.flags.RD)
        response = dns.message.make_response(question, recursion_available=recursive)
        response.flags |= 0 if recursive else dns.flags.AA
        kind = dns.rdatatype.to_text(asked.rdtype)
        if values := self.zone.get((asked.name.to_text(omit_final_dot=True), kind)):
            for value in values:  # each alone: together the library keeps one CNAME of several
                response.answer.append(dns.rrset.from_text(asked.name, 60, "IN", kind, value))
        return response.to_wire()

    @property
    def asking(self) -> Asking:
        """All of its parts are at this port."""
        return Asking.of([self.address], 5.0, Server.at(self.address).port, private=True)

    def examined(self) -> Examination:
        """What is found of DOMAIN."""
        return examine(DOMAIN, records_of(DOMAIN), self.asking)
