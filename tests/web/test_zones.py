"""Names of time zones, and the list to choose from."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from flask import Flask
from flask_babel import force_locale

from panel.web.zones import zone_choices, zone_label, zone_name


@pytest.mark.parametrize(
    ("name", "zh", "en"),
    [
        ("Asia/Shanghai", "中国（上海）时间", "China (Shanghai) Time"),
        ("Europe/Kyiv", "乌克兰（基辅）时间", "Ukraine (Kyiv) Time"),
        ("Asia/Kolkata", "UTC+05:30 印度时间", "UTC+05:30 India Time"),
        ("Pacific/Marquesas", "UTC-09:30 法属波利尼西亚", "UTC-09:30 French Polynesia"),
        (
            "America/Argentina/Buenos_Aires",
            "阿根廷（布宜诺斯艾利斯）时间",
            "Argentina (Buenos Aires)",
        ),
        ("America/Indiana/Knox", "美国（印第安纳州诺克斯）时间", "(Knox, Indiana) Time"),
        ("UTC", "UTC", "UTC"),
    ],
)
def test_a_zone_has_a_name_in_each_language(app: Flask, name: str, zh: str, en: str) -> None:
    with app.test_request_context():
        for locale, said in (("zh", zh), ("en", en)):
            with force_locale(locale):
                assert said in dict(zone_choices())[name]


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_no_zone_is_called_by_a_path(app: Flask, locale: str) -> None:
    assert [
        said for zone in available_timezones() if "/" in (said := zone_name(ZoneInfo(zone), locale))
    ] == []
    with app.test_request_context(), force_locale(locale):
        assert [label for _name, label in zone_choices() if "/" in label] == []


def test_the_list_leads_from_west_to_east_and_names_nothing_twice(app: Flask) -> None:
    with app.test_request_context(), force_locale("zh"):
        names, labels = zip(*zone_choices(), strict=True)
    assert len(set(labels)) == len(labels) > 400
    now = datetime.now(UTC)
    offsets = [now.astimezone(ZoneInfo(name)).utcoffset() or timedelta() for name in names]
    assert offsets == sorted(offsets)
    assert [label for label in labels if re.search("[A-Za-z]", label.partition(" ")[2])] == []
    assert not {"US/Pacific", "GMT", "PRC"} & set(names)


def test_what_is_no_zone_stays_what_it_is(app: Flask) -> None:
    with app.test_request_context(), force_locale("en"):
        assert zone_label("../x") == "../x"
        assert zone_name(ZoneInfo("UTC"), "zh") == "UTC"
