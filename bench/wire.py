"""Bytes of a first and of a later page view, compressed, as a browser would fetch them."""

from __future__ import annotations

import re

from bench.instance import Result, loaded, signed_in

ASKED = {"Accept-Encoding": "gzip, br"}


def measure() -> list[Result]:
    """The orders list: with everything it links, and alone."""
    with loaded(200, 0) as app:
        client = signed_in(app)
        page = client.get("/orders/", headers=ASKED)
        html = client.get("/orders/").text
        assets = sorted(set(re.findall(r'(?:href|src)="(/static/[^"]+)"', html)))
        weight = sum(len(client.get(url, headers=ASKED).data) for url in assets)
        return [
            Result("first page view", (len(page.data) + weight) / 1024, 100, " KB"),
            Result("later page view", len(page.data) / 1024, 20, " KB"),
        ]
