"""How full a mailbox is, as a page says it."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from flask import Flask, render_template_string

from panel.directory.usage import Usage
from tests.factories.orders import NOW

MB = 1 << 20
SHOW = '{% from "components/meter.html" import meter with context %}{{ meter(usage) }}'


@pytest.mark.parametrize(
    ("usage", "said"),
    [
        (Usage(0, MB, 0, None), "not known yet"),
        (Usage(512 << 10, MB, 3, NOW), "512 KB of 1 MB"),
        (Usage(MB, MB, 3, NOW), "1 MB of 1 MB full"),
        (Usage(5 * MB, MB, 3, NOW), "5 MB of 1 MB full"),
        (Usage(5 * MB, 0, 3, NOW), "5 MB, without limit"),
    ],
)
def test_it_is_said_in_words(app: Flask, usage: Usage, said: str) -> None:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        shown = BeautifulSoup(render_template_string(SHOW, usage=usage), "html.parser")
    assert " ".join(shown.get_text(" ").split()) == said
    bar = shown.find("meter")
    assert (bar is not None) == ("of" in said)
    assert bar is None or float(bar["value"]) <= float(bar["max"])
