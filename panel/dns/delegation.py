"""Which servers keep a domain's zone: what its parent says, or else what the resolvers say.

The parent is asked, because a resolver says no more than "failed" of a domain whose servers do not
answer, and the parent alone knows whether the domain is registered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import dns.message
import dns.name
import dns.rdatatype

from panel.dns.answers import Answer, Outcome, Question, Server
from panel.dns.channel import Channel, Heard, Manner
from panel.dns.names import is_within
from panel.dns.reading import is_of, name_text

MOST_HOSTS = 8
"""Name servers asked of one domain; registries allow 13, nobody has more than 8 in earnest."""
MOST_PARENTS = 3
"""Servers of the parent that are asked at once; the first that answers is believed."""
MOST_STEPS = 4
"""Names above the domain that may be its parent zone."""
REGISTRY_LABELS = frozenset({"ac", "co", "com", "edu", "gov", "mil", "net", "or", "org", "ne"})
"""Second labels under a country that belong to its registry: com.cn, co.uk."""
PROVINCES = (
    *("ah", "bj", "cq", "fj", "gd", "gs", "gx", "gz", "ha", "hb", "he", "hi", "hk", "hl", "hn"),
    *("jl", "js", "jx", "ln", "mo", "nm", "nx", "qh", "sc", "sd", "sh", "sn", "sx", "tj", "tw"),
    *("xj", "xz", "yn", "zj"),
)
CHINESE = frozenset((*PROVINCES, "xn--55qx5d", "xn--io0a7i"))
"""Second labels under cn besides: the provinces, and the Chinese words for company and network."""
EXPIRED = (
    *("expirens3.hichina.com", "expirens4.hichina.com"),
    *("pendingrenewaldeletion.com", "renewyourname.net"),
)
"""Name servers, and zones of them, on which registrars (Alibaba Cloud, Network Solutions, Enom) put
domains that were not renewed. Others only put their own page there: that cannot be told apart."""
NAT64 = IPv6Network("64:ff9b::/96")
UNICAST = IPv6Network("2000::/3")
"""Where all IPv6 addresses of the internet are (RFC 4291 section 2.4 leaves the rest for later)."""
DOCUMENTATION = IPv6Network("3fff::/20")
"""RFC 9637; the library may be older."""

AskResolvers = Callable[[Question], Awaitable[Answer]]
OpenChannel = Callable[[Server], Channel]


class Standing(StrEnum):
    """Whether the domain is there at all."""

    DELEGATED = "delegated"
    NO_DOMAIN = "no_domain"
    NO_DELEGATION = "no_delegation"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Delegation:
    """Where a domain's records are kept.

    `zone` is the domain, or for a name inside somebody's zone that zone. `left_out` are hosts that
    have no address that may be asked; they are `failed` where their address could not be found out.
    """

    standing: Standing
    zone: str
    servers: tuple[Server, ...] = ()
    left_out: tuple[str, ...] = ()
    failed: bool = False

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names of all its name servers."""
        return (*(server.host for server in self.servers), *self.left_out)

    @property
    def is_expired(self) -> bool:
        """Whether its name servers are those for domains that were not renewed."""
        known = [any(is_within(host, zone) for zone in EXPIRED) for host in self.hosts]
        return bool(known) and all(known)


@dataclass(frozen=True)
class Reach:
    """Which servers of a delegation may be asked: at `port`, private addresses only if allowed."""

    port: int = 53
    private: bool = False

    def allows(self, address: str) -> bool:
        """Whether packets may be sent there."""
        return self.private or is_public(address)


def is_public(address: str) -> bool:
    """Whether the address is one of the internet's, also when it is wrapped in an IPv6 one."""
    ip = ip_address(address)
    if isinstance(ip, IPv6Address):
        if ip in NAT64:
            return IPv4Address(int(ip) & 0xFFFFFFFF).is_global
        if ip not in UNICAST or ip in DOCUMENTATION or ip.sixtofour or ip.teredo:
            return False
    return ip.is_global and not ip.is_multicast


def parents_of(domain: str) -> tuple[str, ...]:
    """The names that may be the zone above, nearest first: b.com.cn → com.cn, cn."""
    labels = domain.split(".")
    return tuple(".".join(labels[n:]) for n in range(1, len(labels)))[:MOST_STEPS]


def is_registry(zone: str) -> bool:
    """Whether a zone belongs to a registry, so that a name it lacks is not registered."""
    labels = zone.split(".")
    if len(labels) == 2:
        known = REGISTRY_LABELS | CHINESE if labels[1] == "cn" else REGISTRY_LABELS
        return len(labels[1]) == 2 and labels[0] in known
    return len(labels) == 1


class Finder:
    """Finds delegations; asks resolvers by `resolve`, servers through channels of `open_`."""

    def __init__(self, reach: Reach, resolve: AskResolvers, open_: OpenChannel) -> None:
        self.reach, self.resolve, self.open = reach, resolve, open_

    async def find(self, domain: str) -> Delegation:
        """The domain's delegation; never raises."""
        if (at_parent := await self._ask_parent(domain)) is not None:
            return at_parent
        answer, above = await self.resolve(Question(domain, "NS")), domain.partition(".")[2]
        if answer.values and not answer.chain:
            return await self._of_hosts(domain, answer.values, {})
        if answer.is_answered and above and not is_registry(above):
            return Delegation(Standing.UNKNOWN, above)
        if answer.outcome is Outcome.NO_DOMAIN:
            return Delegation(Standing.NO_DOMAIN, domain)
        return Delegation(Standing.UNKNOWN, domain)

    async def _ask_parent(self, domain: str) -> Delegation | None:
        """What the servers of the nearest zone above say; None where they cannot be asked."""
        names = parents_of(domain)
        answers = await asyncio.gather(*(self.resolve(Question(name, "NS")) for name in names))
        above = ((name, a) for name, a in zip(names, answers, strict=True) if a.values)
        zone, answer = next(above, ("", None))
        if answer is None or answer.chain:
            return None
        few = MOST_PARENTS if is_registry(zone) else MOST_HOSTS
        held = await self._of_hosts(zone, answer.values[:few], {})
        question = Question(domain, "NS")
        channels = [self.open(server) for server in held.servers[:MOST_PARENTS]]
        asked = [asyncio.ensure_future(c.ask(question, Manner(zone))) for c in channels]
        try:
            for next_heard in asyncio.as_completed(asked):
                heard = await next_heard
                if told := await self._told(domain, held, heard):
                    return told
        finally:
            for task in asked:
                task.cancel()
        return None

    async def _told(self, domain: str, parent: Delegation, heard: Heard) -> Delegation | None:
        """What one answer of the parent means, or None when it says nothing."""
        message, answer = heard.message, heard.answer
        if message is None or not (answer.is_answered or answer.outcome is Outcome.ELSEWHERE):
            return None
        hosts = answer.values or _referred(domain, message)
        if hosts and not answer.chain:
            return await self._of_hosts(domain, hosts, _glue(message))
        if not answer.is_answered:
            return None
        if not is_registry(parent.zone):  # a name inside somebody's zone
            return parent
        gone = answer.outcome is Outcome.NO_DOMAIN
        return Delegation(Standing.NO_DOMAIN if gone else Standing.NO_DELEGATION, domain)

    async def _of_hosts(
        self, zone: str, hosts: Iterable[str], glue: dict[str, list[str]]
    ) -> Delegation:
        """The delegation to these hosts, with one address of each that may be asked."""
        names = sorted(dict.fromkeys(hosts))[:MOST_HOSTS]
        found = await asyncio.gather(*(self._addresses(name, glue) for name in names))
        servers, left_out, failed = [], [], False
        for name, (addresses, is_known) in zip(names, found, strict=True):
            usable = [address for address in addresses if self.reach.allows(address)]
            if usable:
                servers.append(Server(usable[0], self.reach.port, name))
            else:
                left_out.append(name)
                failed = failed or not is_known
        return Delegation(Standing.DELEGATED, zone, tuple(servers), tuple(left_out), failed)

    async def _addresses(self, host: str, glue: dict[str, list[str]]) -> tuple[Sequence[str], bool]:
        """A host's addresses, IPv4 first, and whether the asking for them worked."""
        if known := glue.get(host):
            return sorted(known, key=lambda address: ":" in address), True
        answers = await asyncio.gather(*(self.resolve(Question(host, t)) for t in ("A", "AAAA")))
        works = all(answer.is_answered for answer in answers)
        return [value for answer in answers for value in answer.values], works


def _referred(domain: str, message: dns.message.Message) -> tuple[str, ...]:
    """The hosts of a referral to the domain (RFC 1034 section 4.3.2)."""
    name = dns.name.from_text(domain)
    return tuple(
        name_text(ns.target)
        for rrset in message.authority
        if is_of(rrset, dns.rdatatype.NS) and rrset.name == name
        for ns in rrset
    )


def _glue(message: dns.message.Message) -> dict[str, list[str]]:
    """The addresses that came along."""
    found: dict[str, list[str]] = {}
    for rrset in message.additional:
        if is_of(rrset, dns.rdatatype.A, dns.rdatatype.AAAA):
            found.setdefault(name_text(rrset.name), []).extend(r.address for r in rrset)
    return found
