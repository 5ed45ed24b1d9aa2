"""Asking everybody who knows: a domain's own servers and the resolvers, all within one deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import dns.resolver

from panel.dns.answers import Answer, Asked, Outcome, Question, Server
from panel.dns.channel import DEADLINE, Channel, Manner
from panel.dns.delegation import Delegation, Finder, Reach, Standing
from panel.dns.evidence import Evidence, View
from panel.dns.names import is_within
from panel.dns.reading import MOST_STEPS, Budget

MOST_ROUNDS = MOST_STEPS
"""Follow-up questions are asked in rounds; a row of CNAMEs takes one each."""
MOST_QUESTIONS = 200
"""Questions of one inquiry to one server."""
ROOT = Question(".", "NS")
MARGIN = 0.15
"""Seconds kept of the deadline for what is done with the answers."""

UNCHECKED = Manner(recursive=True, checking_disabled=True)
FAILURE_KEPT = 1.1
"""Seconds. BIND remembers a failure, be it one lost packet, for one; it forgets that only for
questions without the check of signatures (servfail-ttl)."""
OF_SIGNATURES = frozenset(map(str, range(6, 13)))
"""Reasons of RFC 8914 section 4 that blame the signatures."""

More = Callable[[View], Iterable[Question]]


@dataclass(frozen=True)
class Asking:
    """How to ask: resolvers (none: the system's), seconds for everything, where a delegation may
    lead."""

    resolvers: tuple[Server, ...] = ()
    deadline: float = 5.0
    reach: Reach = field(default_factory=Reach)

    @classmethod
    def of(
        cls, servers: Iterable[str], deadline: float, port: int = 53, private: bool = False
    ) -> Asking:
        """From settings: `servers` as "IP:PORT"."""
        resolvers = tuple(map(Server.at, servers))
        return cls(resolvers, deadline, Reach(port, private))


async def inquire(
    domain: str, questions: Iterable[Question], more: More, asking: Asking
) -> Evidence:
    """Ask the questions of everybody, then those that `more` wants to know after the answers.

    Takes no longer than the deadline; what was answered until then counts.
    """
    inquiry = _Inquiry(domain, asking)
    try:
        async with asyncio.timeout(max(asking.deadline - MARGIN, 0.01)):
            await inquiry.run(frozenset(questions), more)
        return await inquiry.finish()
    except TimeoutError:
        return await inquiry.finish(is_late=True)
    finally:
        inquiry.close()


def system_resolvers() -> tuple[Server, ...]:
    """The resolvers of this machine; none when it is not configured."""
    try:
        return tuple(Server(a) for a in map(str, dns.resolver.Resolver().nameservers))
    except (dns.resolver.NoResolverConfiguration, OSError):
        return ()


class _Inquiry:
    """The state of one inquiry; what was answered stays when time runs out."""

    def __init__(self, domain: str, asking: Asking) -> None:
        self.domain = domain
        self.ends = asyncio.get_running_loop().time() + asking.deadline - MARGIN
        self.log: list[Asked] = []
        self.budget = Budget()
        self.channels: dict[Server, Channel] = {}
        self.asked: dict[tuple[Server, Question, bool], asyncio.Task[Answer]] = {}
        self.resolvers = asking.resolvers or system_resolvers()
        self.honest: set[Server] = set()
        self.finder = Finder(asking.reach, self.resolve, self.channel)
        self.delegation = Delegation(Standing.UNKNOWN, domain)

    def channel(self, server: Server) -> Channel:
        """The channel to a server; one for all questions."""
        if server not in self.channels:
            self.channels[server] = Channel(server, self.ends, self.log, self.budget)
        return self.channels[server]

    def close(self) -> None:
        """Nothing is awaited any more, and what was asked in vain is nobody's error."""
        for task in self.asked.values():
            task.cancel()
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
        for channel in self.channels.values():
            channel.close()

    async def run(self, questions: frozenset[Question], more: More) -> None:
        """Resolvers and the domain's servers at once; then, in rounds, what follows from it."""
        await asyncio.gather(
            self._ask_resolvers(questions),
            self._ask_servers(questions),
            *map(self._lies, self.resolvers),  # known before an answer has to count
        )
        await self._drop_liars()
        done = questions
        for _ in range(MOST_ROUNDS):
            views = self._evidence().views
            wanted = frozenset(q for view in views for q in more(view)) - done
            if not wanted or len(done) + len(wanted) > MOST_QUESTIONS:
                return
            done |= wanted
            await asyncio.gather(self._ask_resolvers(wanted), self._ask_known_servers(wanted))

    async def _ask_resolvers(self, questions: Iterable[Question]) -> None:
        asked = (self._once(s, q, own=False) for s in self.resolvers for q in questions)
        await asyncio.gather(*asked)

    async def _ask_servers(self, questions: frozenset[Question]) -> None:
        self.delegation = await self.finder.find(self.domain)
        await asyncio.gather(
            self._ask_known_servers(questions),
            # whom resolvers ask may be others than the parent names, for days after a change
            self._ask_resolvers([Question(self.delegation.zone, "NS")]),
        )

    async def _lies(self, server: Server) -> bool:
        """Whether a resolver denies the domain's top level and does not know the root either:
        closed networks have such resolvers, which say of every domain that it is not there."""
        top = Question(self.domain.rpartition(".")[2], "NS")
        lies = (await self._once(server, top, own=False)).outcome is Outcome.NO_DOMAIN
        if lies:
            lies = (await self._once(server, ROOT, own=False)).outcome is not Outcome.FOUND
        if not lies:
            self.honest.add(server)
        return lies

    async def _drop_liars(self) -> None:
        """Go on with resolvers that can be believed; one that was silent says nothing anyway."""
        speaking = [server for server in self.resolvers if self._speaks(server, own=False)]
        lies = await asyncio.gather(*map(self._lies, speaking))
        self.resolvers = tuple(s for s, lie in zip(speaking, lies, strict=True) if not lie)

    async def _ask_known_servers(self, questions: Iterable[Question]) -> None:
        """Ask the domain's own servers what is theirs; one that was silent is not asked again."""
        own = [q for q in questions if is_within(q.name, self.delegation.zone)]
        servers = [s for s in self.delegation.servers if self._speaks(s, own=True)]
        await asyncio.gather(*(self._once(server, q, own=True) for server in servers for q in own))

    def _speaks(self, server: Server, *, own: bool) -> bool:
        """Whether the server has answered anything, or has not been asked yet."""
        said = self._answers_of(server, own=own).values()
        return not said or any(answer.is_answered for answer in said)

    async def resolve(self, question: Question) -> Answer:
        """The answer of the resolvers, of the first one that gives one and can be believed."""

        async def believed(server: Server) -> Answer:
            answer = await self._once(server, question, own=False)
            if answer.outcome is Outcome.NO_DOMAIN and await self._lies(server):
                return Answer(question, Outcome.NOT_ASKED)
            return answer

        answer = Answer(question, Outcome.NOT_ASKED)
        for next_answer in asyncio.as_completed([believed(s) for s in self.resolvers]):
            answer = await next_answer
            if answer.is_answered:
                break
        return answer

    async def _once(self, server: Server, question: Question, *, own: bool) -> Answer:
        """Each server is asked a question once, whoever wants to know."""
        key = (server, question, own)
        if key not in self.asked:
            ask = self._ask_server if own else self._ask_resolver
            self.asked[key] = asyncio.ensure_future(ask(server, question))
        return await asyncio.shield(self.asked[key])

    async def _ask_server(self, server: Server, question: Question) -> Answer:
        manner = Manner(zone=self.delegation.zone)
        return (await self.channel(server).ask(question, manner)).answer

    async def _ask_resolver(self, server: Server, question: Question) -> Answer:
        """A resolver that fails for a name of the domain is asked again without the check of
        signatures, and, when it has forgotten the failure, with it: only where that makes the
        difference and there is a sign of signatures are they at fault."""
        channel, plain = self.channel(server), Manner(recursive=True)
        answer = (await channel.ask(question, plain)).answer
        if answer.outcome is not Outcome.SERVER_FAILED or not is_within(question.name, self.domain):
            return answer
        unchecked = (await channel.ask(question, UNCHECKED)).answer
        if not unchecked.is_answered:
            return answer
        if not _blames_signatures(answer):
            await asyncio.sleep(FAILURE_KEPT)
        again = (await channel.ask(question, plain)).answer
        if again.outcome is not Outcome.SERVER_FAILED:
            return again
        if _blames_signatures(again) or await self._is_signed(channel):
            return Answer(question, Outcome.BOGUS, errors=again.errors)
        return again

    async def _is_signed(self, channel: Channel) -> bool:
        """Whether the parent says that the zone is signed (RFC 4034 section 5)."""
        question = Question(self.delegation.zone, "DS")
        return bool((await channel.ask(question, UNCHECKED)).answer.values)

    def _answers_of(self, server: Server, *, own: bool) -> dict[Question, Answer]:
        return {
            question: task.result()
            for (asked, question, is_own), task in self.asked.items()
            if asked == server and is_own == own and task.done() and not task.cancelled()
        }

    def _believed(self, server: Server) -> dict[Question, Answer]:
        """A resolver's answers; that a name is not there only if it is known not to lie."""
        said = self._answers_of(server, own=False)
        if server in self.honest:
            return said
        return {q: answer for q, answer in said.items() if answer.outcome is not Outcome.NO_DOMAIN}

    async def finish(self, *, is_late: bool = False) -> Evidence:
        """What is known now; what is still on its way is given up, and stands so in the log."""
        pending = [task for task in self.asked.values() if not task.done()]
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        cut = any(asked.said == (DEADLINE,) for asked in self.log)
        return self._evidence(is_partial=is_late or cut)

    def _evidence(self, *, is_partial: bool = False) -> Evidence:
        return Evidence(
            self.domain,
            self.delegation,
            {s: self._answers_of(s, own=True) for s in self.delegation.servers},
            {s: self._believed(s) for s in self.resolvers},
            tuple(self.log),
            is_partial,
        )


def _blames_signatures(answer: Answer) -> bool:
    """Whether a resolver that failed says that the signatures are why."""
    return any(error.partition(" ")[0] in OF_SIGNATURES for error in answer.errors)
