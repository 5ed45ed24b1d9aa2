"""`youju dns check` on the real Knot: known and unknown domains, arguments and standard input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fixtures.nameserver import Nameserver

Youju = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def youju(tmp_path: Path, nameserver: Nameserver) -> Youju:
    """Run `youju` on an instance with the demo loaded, which asks the tests' name server."""
    environ = os.environ | {
        "YOUJU_INSTANCE": str(tmp_path),
        "YOUJU_ENGINE": "none",
        "YOUJU_DNS_SERVERS": nameserver.address,
        "YOUJU_DNS_PORT": str(nameserver.port),
        "YOUJU_DNS_PRIVATE": "1",
    }

    def run(*arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [Path(sys.executable).with_name("youju"), *arguments],
            input=typed,
            capture_output=True,
            text=True,
            check=False,
            env=environ,
        )

    assert run("db", "upgrade").returncode == 0
    assert run("demo", "load").returncode == 0
    return run


def states(told: subprocess.CompletedProcess[str]) -> dict[tuple[str, str], str]:
    """(domain, key) → reason."""
    lines = [line.split() for line in told.stdout.splitlines()]
    return {(domain, key): reason for domain, key, _, reason in lines}


def test_a_known_domain_has_the_token_too(youju: Youju) -> None:
    told = youju("dns", "check", "mingyuan.example")
    assert told.returncode == 0, told.stderr
    assert states(told)["mingyuan.example", "mx"] == "none"
    assert states(told)["mingyuan.example", "verify"] == "no_record"


def test_an_unknown_domain_should_have_what_the_only_cluster_wants(youju: Youju) -> None:
    told = youju("dns", "check", "flat.example")
    assert told.returncode == 1
    assert states(told)["flat.example", "imap"] == "flattened"
    assert ("flat.example", "verify") not in states(told)


def test_many_domains_come_by_standard_input(youju: Youju) -> None:
    typed = "mingyuan.example\n\n例子.example\n not a domain\nlvye.example.\n"
    told = youju("dns", "check", "--json", "--log", typed=typed)
    assert told.returncode == 1
    assert told.stderr == "youju: not a domain (single): not a domain\n"
    found = {row["domain"]: row for row in map(json.loads, told.stdout.splitlines())}
    assert set(found) == {"mingyuan.example", "xn--fsqu00a.example", "lvye.example"}
    (mx, *_) = found["lvye.example"]["verdicts"]
    assert (mx["key"], mx["kind"]) == ("mx", "valid")
    assert found["lvye.example"]["partial"] is False
    assert {"server", "question", "outcome"} <= set(found["lvye.example"]["log"][0])


def test_a_bad_name_does_not_write_to_the_terminal(youju: Youju) -> None:
    told = youju("dns", "check", typed="a\x1b[2Jb\x9b31m.example\n")
    assert told.stderr.rstrip("\n").isprintable()
    assert "[2Jb" in told.stderr


def test_hundreds_take_no_more_than_each_of_them_needs(youju: Youju) -> None:
    names = [f"d{n}.mingyuan.example" for n in range(300)]
    told = youju("dns", "check", typed="\n".join(names))
    assert told.returncode == 1
    assert {reason for (_, key), reason in states(told).items() if key == "mx"} == {"no_record"}
    assert len(told.stdout.splitlines()) == 300 * 5


def test_another_resolver_can_be_asked(youju: Youju) -> None:
    told = youju("dns", "check", "mingyuan.example", "--resolver", "127.0.0.1:1")
    assert set(states(told).values()) == {"resolver_failed"}
    for wrong in ("nobody", "127.0.0.1:99999", "[::1]:0"):
        assert youju("dns", "check", "a.example", "--resolver", wrong).returncode == 2


def test_a_cluster_that_is_not_there_is_named_with_those_that_are(youju: Youju) -> None:
    told = youju("dns", "check", "flat.example", "--cluster", "eu9")
    assert told.returncode == 1
    assert "us2" in told.stderr
