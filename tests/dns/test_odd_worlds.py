"""Faults that no sound server can be made to have, asked for over real sockets."""

from __future__ import annotations

import pytest

from panel.dns.verdicts import Verdict
from tests.support.small_world import DOMAIN, SmallWorld

POP = f"pop.{DOMAIN}"


def judged(world: SmallWorld) -> dict[str, Verdict]:
    with world:
        return {verdict.key: verdict for verdict in world.examined().verdicts}


@pytest.mark.parametrize(
    "values",
    [("pop.host.example", "pop.old.example"), ("pop.old.example", "pop.host.example")],
)
def test_two_aliases_at_one_name_are_one_too_many_in_either_order(values: tuple[str, str]) -> None:
    pop = judged(SmallWorld({(POP, "CNAME"): [f"{value}." for value in values]}))["pop"]
    assert (pop.kind.value, pop.reason.value) == ("wrong", "several_values")
    assert pop.rows[0].found == values
