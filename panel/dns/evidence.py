"""What an inquiry brought: the answers server by server, and how the domain looks from each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from panel.dns.answers import Answer, Asked, Outcome, Question, Server
from panel.dns.delegation import Delegation

Answers = Mapping[Question, Answer]


@dataclass(frozen=True)
class View:
    """The domain as one server shows it; what it cannot know is filled in from the resolvers.

    `zone` is where the domain's records are kept: the domain, or a zone above it.
    """

    domain: str
    zone: str
    answers: Answers
    server: Server | None = None

    def at(self, name: str, type_: str) -> Answer:
        """The answer; a question that nobody asked has one too."""
        question = Question(name, type_)
        return self.answers.get(question) or Answer(question, Outcome.NOT_ASKED)


@dataclass(frozen=True)
class Evidence:
    """What was answered, and the log of the asking.

    `servers` and `resolvers` hold the answers of the domain's own servers and of the resolvers;
    `is_partial` when the deadline came first.
    """

    domain: str
    delegation: Delegation
    servers: Mapping[Server, Answers]
    resolvers: Mapping[Server, Answers]
    log: tuple[Asked, ...] = ()
    is_partial: bool = False

    @property
    def resolver_works(self) -> bool:
        """Whether a resolver answered anything: else nothing can be said of the domain."""
        return any(a.is_answered for held in self.resolvers.values() for a in held.values())

    @property
    def server_views(self) -> tuple[View, ...]:
        """The domain as each of its own servers shows it."""
        shared: dict[Question, Answer] = {}
        for held in self.resolvers.values():
            for question, answer in held.items():
                if question not in shared or not shared[question].is_answered:
                    shared[question] = answer
        own = {question for held in self.servers.values() for question in held}
        outside = {q: a for q, a in shared.items() if q not in own}
        return tuple(
            View(self.domain, self.delegation.zone, outside | _known(held, shared), server)
            for server, held in self.servers.items()
        )

    @property
    def resolver_views(self) -> tuple[View, ...]:
        """The domain as each resolver shows it."""
        zone = self.delegation.zone
        return tuple(View(self.domain, zone, held, s) for s, held in self.resolvers.items())

    @property
    def views(self) -> tuple[View, ...]:
        """All of them."""
        return (*self.server_views, *self.resolver_views)


def _known(held: Answers, shared: Answers) -> dict[Question, Answer]:
    """A server's answers; for what it refers elsewhere, those of the resolvers."""
    return {q: shared.get(q, a) if a.outcome is Outcome.ELSEWHERE else a for q, a in held.items()}
