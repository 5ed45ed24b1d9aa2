"""The log of the asking and `kdig` agree on every zone of the tests."""

from __future__ import annotations

import re
import subprocess

import pytest

from panel.dns.answers import Asked, Outcome
from panel.dns.examination import examine
from tests.dns.test_demo_zones import records_of
from tests.fixtures.internet import Internet
from tests.support.internet_zones import FAULTS

TOO_MUCH = {"many.test", "huge.test"}
"""Zones whose answers are not read to their end."""

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


@pytest.mark.parametrize("zone", sorted(set(FAULTS) - TOO_MUCH | {"signed.test", "bogus.test"}))
def test_they_agree(internet: Internet, zone: str) -> None:
    log = examine(zone, records_of(zone), internet.asking).log
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
