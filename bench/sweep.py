"""The DNS of many domains asked again: the sweep over the plain loop, and what it costs the rest.

A Knot on this machine has a zone for each of 2,000 domains. All ratios are of one run.
"""

from __future__ import annotations

import asyncio
import math
import os
import signal
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import dns.asyncresolver
import dns.nameserver

from bench.instance import Result, loaded, signed_in
from panel.demo import nameserver as knot
from panel.dns.answers import Question, Server
from panel.dns.reading import read
from panel.dns.sweep import Effort, News, Watched, stream, sweep

DOMAINS = 2_000
CORES = 2
AT_ONCE = 100
ROUNDS = 3
LABELS = ("webmail", "imap", "pop", "smtp")

FAST = Effort(pace=math.inf)

Digests = dict[str, str]


def measure(many: int) -> list[Result]:
    """The plain loop, a first and a second sweep; memory; a page beside a sweep of `many`."""
    with _zones() as (server, process), _workers(CORES) as workers:
        list(workers.map(_sweep_part, [[]] * CORES, [{}] * CORES, [server] * CORES))
        times: dict[str, list[float]] = {"plain": [], "first": [], "second": []}
        for _ in range(ROUNDS):
            times["plain"].append(_timed(partial(asyncio.run, _plain_loop(server))))
            digests: Digests = {}
            times["first"].append(_timed(partial(_on_all_cores, workers, digests, server)))
            known = digests.copy()
            times["second"].append(_timed(partial(_on_all_cores, workers, digests, server)))
            assert digests == known
            assert len(known) == DOMAINS
        return [*_ratios(times), _memory(server), _page(many, known, server, process.pid)]


def _ratios(times: dict[str, list[float]]) -> Iterator[Result]:
    plain = statistics.median(times["plain"])
    for name, factor in (("first", 2.5), ("second", 5)):
        spent = statistics.median(times[name])
        detail = f"{plain / spent:.1f} times as fast: {DOMAINS / spent:,.0f} domains/s"
        detail += f", plain loop {DOMAINS / plain:,.0f}"
        yield Result(
            f"{name} sweep", spent / plain, 1 / factor, " of the plain loop's time", detail
        )


def _timed(act: Callable[[], object]) -> float:
    begin = time.perf_counter()
    act()
    return time.perf_counter() - begin


def _questions(number: int) -> tuple[Question, ...]:
    name = f"d{number}.bench.example"
    return (Question(name, "MX"), *(Question(f"{label}.{name}", "CNAME") for label in LABELS))


def _watched(numbers: Iterable[int], digests: Digests) -> Iterator[Watched]:
    """The domains of the numbers, over and over where there are more than zones."""
    for number in numbers:
        questions = _questions(number % DOMAINS)
        yield Watched(questions[0].name, questions, digests.get(questions[0].name, ""))


async def _plain_loop(server: Server) -> None:
    """One task per query, 100 in flight, with the library's resolver."""
    resolver = dns.asyncresolver.Resolver(configure=False)
    resolver.nameservers = [dns.nameserver.Do53Nameserver(server.address, server.port)]
    resolver.timeout, resolver.lifetime = 2.0, 5.0
    places = asyncio.Semaphore(AT_ONCE)

    async def ask(question: Question) -> None:
        async with places:
            found = await resolver.resolve(question.name, question.type, raise_on_no_answer=False)
            assert read(question, found.response).is_answered

    await asyncio.gather(*(ask(q) for number in range(DOMAINS) for q in _questions(number)))


def _on_all_cores(workers: ProcessPoolExecutor, digests: Digests, server: Server) -> None:
    """Sweep the domains, a part in each process; the digests are known and kept."""
    parts = [range(core, DOMAINS, CORES) for core in range(CORES)]
    news = News.SAME if digests else News.CHANGED
    for part in workers.map(_sweep_part, parts, [digests] * CORES, [server] * CORES):
        assert {found for found, _ in part.values()} == {news}
        digests |= {name: digest for name, (_, digest) in part.items()}


def _sweep_part(
    numbers: Iterable[int], digests: Digests, server: Server
) -> dict[str, tuple[News, str]]:
    async def run() -> dict[str, tuple[News, str]]:
        domains = stream(_watched(numbers, digests))
        return {s.domain: (s.news, s.digest) async for s in sweep(domains, [server], FAST)}

    return asyncio.run(run())


def _sweep_through(count: int, digests: Digests, server: Server) -> tuple[float, int]:
    """Sweep so many domains and keep nothing: seconds, and the most memory ever held in KB."""
    os.nice(19)  # as the worker does it: pages go first

    async def run() -> None:
        async for swept in sweep(stream(_watched(range(count), digests)), [server]):
            assert swept.news is not News.UNASKED

    spent = _timed(lambda: asyncio.run(run()))
    # not ru_maxrss, which holds what the parent had before this program was started
    status = Path("/proc/self/status").read_text()
    return spent, int(status.split("VmHWM:")[1].split()[0])


def _memory(server: Server) -> Result:
    """The most memory with ten times the domains over that with few."""
    with _workers(1, max_tasks_per_child=1) as workers:
        few = workers.submit(_sweep_through, DOMAINS, {}, server).result()[1]
        many = workers.submit(_sweep_through, DOMAINS * 10, {}, server).result()[1]
    detail = f"{few / 1024:.1f} and {many / 1024:.1f} MB"
    return Result("sweep memory", many / few, 1.05, " x with ten times the domains", detail)


def _page(many: int, digests: Digests, server: Server, knot_pid: int) -> Result:
    """A page's mean time while a sweep runs over that while it is halted, turn by turn."""
    # a resolver is on another machine: this one shall not take the page's time either
    os.setpriority(os.PRIO_PROCESS, knot_pid, 19)
    with loaded(1_000, 10_000) as app, _workers(1) as workers:
        view = partial(signed_in(app).get, "/orders/")
        pid = workers.submit(os.getpid).result()
        _times_for(1, view)
        running = workers.submit(_sweep_through, many, digests, server)
        beside, alone = _in_turns(running, pid, view)
    spent = running.result()[0]
    ratio = statistics.mean(beside) / statistics.mean(alone)
    middle = statistics.median(beside) / statistics.median(alone)
    detail = (
        f"{many:,} domains in {spent:.0f} s, {len(beside)} pages meanwhile, median {middle:.2f}"
    )
    return Result("a page beside a sweep", ratio, 1.1, " x alone", detail)


def _in_turns(
    running: Future[tuple[float, int]], pid: int, view: Callable[[], object]
) -> tuple[list[float], list[float]]:
    """Times beside the process and without it; it is halted for less than it waits for answers."""
    beside: list[float] = []
    alone: list[float] = []
    while not running.done():
        beside += _times_for(0.5, view)
        os.kill(pid, signal.SIGSTOP)
        try:
            alone += _times_for(0.25, view)
        finally:
            os.kill(pid, signal.SIGCONT)
    return beside, alone


def _times_for(seconds: float, view: Callable[[], object]) -> list[float]:
    times, ends = [], time.monotonic() + seconds
    while time.monotonic() < ends:
        times.append(_timed(view))
    return times


def _workers(count: int, max_tasks_per_child: int | None = None) -> ProcessPoolExecutor:
    context = get_context("spawn")
    return ProcessPoolExecutor(count, context, max_tasks_per_child=max_tasks_per_child)


@contextmanager
def _zones() -> Iterator[tuple[Server, subprocess.Popen[bytes]]]:
    """Knot with a zone for each domain."""
    with tempfile.TemporaryDirectory(prefix="yj-bench-") as name:
        folder = Path(name)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            server = Server("127.0.0.1", probe.getsockname()[1])
        zones = {_questions(n)[0].name: knot.right_records(LABELS) for n in range(DOMAINS)}
        knot.prepare(folder, server.port, zones)
        with subprocess.Popen(knot.knot_command(folder), stderr=subprocess.DEVNULL) as process:
            try:
                _await(server)
                yield server, process
            finally:
                process.terminate()


def _await(server: Server) -> None:
    """Until every zone is answered for."""
    ends = time.monotonic() + 120
    while {news for news, _ in _sweep_part(range(DOMAINS), {}, server).values()} != {News.CHANGED}:
        assert time.monotonic() < ends, "Knot does not answer"
