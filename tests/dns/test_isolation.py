"""No domain is in another's way, whatever its servers do and whatever breaks here."""

from __future__ import annotations

import asyncio
import struct
from dataclasses import replace

import dns.flags
import dns.message
import pytest

from panel.dns.answers import Answer, Outcome, Question
from panel.dns.asking import Asking
from panel.dns.channel import Channel, Heard, Manner
from panel.dns.examination import Examination, Wanted, examine_all
from panel.dns.sweep import News, Watched, stream, sweep
from tests.dns.test_sweep import server_of
from tests.support.nanoserver import NanoServer, Truncating
from tests.support.small_world import DOMAIN, MX, RECORDS, SmallWorld


def labels(name: str) -> bytes:
    return b"".join(bytes([len(n)]) + n.encode() for n in name.split(".")) + b"\0"


class HostileParent(SmallWorld):
    """Refers to a server whose address is one of another class than the internet's."""

    def __init__(self, class_: int, data: bytes) -> None:
        super().__init__({})
        self.class_, self.data = class_, data

    def answer(self, question: dns.message.Message) -> bytes | None:
        if question.flags & dns.flags.RD:
            return super().answer(question)
        asked = question.question[0]
        head = struct.pack("!HHHHHH", question.id, 0x8000, 1, 0, 1, 1)
        wire = dns.message.make_query(asked.name, asked.rdtype, use_edns=False).to_wire()[12:]
        host, kinds = labels(f"ns.{DOMAIN}"), ((2, 1), (1, self.class_))
        (ns, glue) = (struct.pack("!HHIH", *kind, 60, 0)[:-2] for kind in kinds)
        wire += labels(DOMAIN) + ns + struct.pack("!H", len(host)) + host
        return head + wire + host + glue + struct.pack("!H", len(self.data)) + self.data


@pytest.mark.parametrize(("class_", "data"), [(77, b"abcde"), (3, labels("x.example") + b"\0\1")])
def test_an_address_of_another_class_is_none(class_: int, data: bytes) -> None:
    with HostileParent(class_, data) as world:
        found = world.examined()
    assert len(found.verdicts) == 2
    assert {verdict.reason.value for verdict in found.verdicts} == {"no_record"}
