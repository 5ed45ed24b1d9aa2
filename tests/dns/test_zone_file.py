"""The zone file, read back by dnspython."""

from __future__ import annotations

import dns.zone

from panel.dns.records import MailHost, Target, expected_records
from panel.dns.zone_file import zone_file


def test_it_says_what_is_expected() -> None:
    hosts = [MailHost("us2.mx1.mailhost.example", 100, 86400)]
    targets = [Target("pop", "us2.pop.mailhost.example", 600)]
    records = expected_records("xn--fsqu00a.example", hosts, targets, "0123")
    text = zone_file("xn--fsqu00a.example", records)
    zone = dns.zone.from_text(text, "xn--fsqu00a.example", relativize=False, check_origin=False)
    found = {
        (str(name), rdataset.ttl, rdata.to_text())
        for name, node in zone.nodes.items()
        for rdataset in node
        for rdata in rdataset
    }
    assert found == {
        ("xn--fsqu00a.example.", 86400, "100 us2.mx1.mailhost.example."),
        ("pop.xn--fsqu00a.example.", 600, "us2.pop.mailhost.example."),
        ("_youju-verify.xn--fsqu00a.example.", 600, '"youju-verify=0123"'),
    }
