"""The log of the asking and `kdig` agree on every zone of the tests."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence

import pytest

from panel.demo.nameserver import demo_zones
from panel.dns.answers import Asked, Outcome
from panel.dns.examination import examine
from tests.dns.test_demo_zones import records_of
from tests.fixtures.internet import Internet
from tests.fixtures.nameserver import TEST_ZONES, Nameserver
from tests.support.internet_zones import DELEGATIONS

FINAL_DOT = re.compile(r"(?<=\S)\.$")


def kdig(asked: Asked) -> list[str]:
    """What kdig gets for the same question, in short."""
    question, server = asked.question, asked.server
    told = subprocess.run(
        [
            *("kdig", f"@{server.address}", "-p", str(server.port), "+short", "+norecurse"),
            *(question.type, f"{question.name}."),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line for line in told.stdout.splitlines() if line and not line.startswith(";;")]
    return sorted(FINAL_DOT.sub("", line.replace('"', "").lower()) for line in lines)


@pytest.mark.parametrize("zone", sorted(DELEGATIONS))
def test_they_agree(internet: Internet, zone: str) -> None:
    compare(examine(zone, records_of(zone), internet.asking).log)


@pytest.mark.parametrize("zone", sorted({*demo_zones(), *TEST_ZONES, "weilai.example"}))
def test_they_agree_on_the_demo_s_zones(nameserver: Nameserver, zone: str) -> None:
    compare(examine(zone, records_of(zone), nameserver.asking).log)


def compare(log: Sequence[Asked]) -> None:
    """What the domain's own servers said, with what kdig hears of them."""
    own = [
        asked
        for asked in log
        if asked.server.host and asked.question.type in ("MX", "CNAME", "A", "TXT")
    ]
    assert own
    for asked in own:
        if asked.outcome is Outcome.FOUND:
            said, right = ({s[:100] for s in texts} for texts in (asked.said, kdig(asked)))
            assert said <= right
            assert len(said) == min(len(right), 5)  # the log keeps no more
        elif asked.outcome in (Outcome.NO_RECORD, Outcome.NO_DOMAIN):
            assert [s for s in kdig(asked) if s not in asked.said] == []
        elif asked.outcome is Outcome.SERVER_FAILED:  # too much to be read
            assert len(kdig(asked)) > 100
        elif asked.outcome is not Outcome.NO_ANSWER:  # refused, or points elsewhere
            assert kdig(asked) == []
