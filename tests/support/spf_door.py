"""A receiving mail server that checks SPF (RFC 7208) in the DNS of the tests."""

from __future__ import annotations

import dns.rdatatype
import dns.resolver
import spf

from tests.support.smtp_door import Envelope, SmtpDoor

FULL = "full@"
"""Recipients of this name are refused."""


class SpfDoor(SmtpDoor):
    """Refuses what SPF forbids, and a full mailbox; `results` is what SPF said, by sender."""

    def __init__(self, dns_port: int) -> None:
        super().__init__()
        self.results: dict[str, str] = {}
        self._resolver = dns.resolver.Resolver(configure=False)
        self._resolver.nameservers = ["127.0.0.1"]
        self._resolver.port = dns_port
        spf.DNSLookup = self._look_up

    def told(self, envelope: Envelope) -> str:
        """250, or why not."""
        result, _ = spf.check2(envelope.client, envelope.sender, envelope.helo)
        self.results[envelope.sender] = result
        if result == "fail":
            return "550 5.7.23 SPF validation failed"
        if envelope.recipient.startswith(FULL):
            return "552 5.2.2 Mailbox full"
        return self.answer

    def _look_up(
        self, name: str, type_: str, *_options: object, **_named: object
    ) -> list[tuple[tuple[str, str], object]]:
        """What pyspf asks: [((name, type), value)]; TXT as its strings."""
        try:
            answers = self._resolver.resolve(name, type_)
        except (dns.resolver.NoAnswer, dns.resolver.NXDOMAIN, dns.resolver.NoNameservers):
            return []
        if type_ == "TXT":
            return [((name, type_), answer.strings) for answer in answers]
        return [((name, type_), answer.to_text()) for answer in answers]
