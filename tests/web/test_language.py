"""Which language a page is in."""

from __future__ import annotations

from flask import Flask
from flask_babel import force_locale, gettext
from sqlalchemy.orm import Session

from tests.factories.accounts import make_login
from tests.support.page import Page


def switch(page: Page, language: str) -> None:
    """Press the language button of the page."""
    form = page.form(action="language.choose")
    form.values["language"] = language
    page.language = language
    form.submit()


def test_pages_are_chinese_until_told_otherwise(page: Page) -> None:
    assert page.get("/login").find("html")["lang"] == "zh-Hans"


def test_a_browsers_wish_counts_before_the_first_choice(page: Page) -> None:
    page.language = "en"
    wish = {"Accept-Language": "en-GB,en;q=0.9,zh;q=0.5"}
    page.seen(page.request("GET", "/login", headers=wish), 200)
    page.language = "zh"
    wish = {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}
    page.seen(page.request("GET", "/login", headers=wish), 200)


def test_the_switch_works_before_signing_in_and_lasts_after_it(
    page: Page, session: Session
) -> None:
    login = make_login(session)
    page.get("/login")
    switch(page, "en")
    page.sign_in(login)
    assert page.get("/orders/").find("html")["lang"] == "en"


def test_the_switch_after_signing_in_is_kept_with_the_login(page: Page, session: Session) -> None:
    login = make_login(session)
    page.sign_in(login)
    page.get("/orders/")
    switch(page, "en")
    assert login.language == "en"
    elsewhere = Page(page.app, session)
    elsewhere.sign_in(login)
    elsewhere.language = "en"
    elsewhere.get("/orders/")


def test_the_switch_leads_nowhere_else(page: Page) -> None:
    page.get("/login")
    form = page.form(action="language.choose")
    form.values |= {"language": "zh", "next": "//evil.example/"}
    assert form.submit(303).location == "/"


def test_templates_speak_the_language_of_the_moment(app: Flask) -> None:
    text = '{{ _("Users") }} {{ _("Times are in %(zone)s", zone="<b>") }}'
    template = app.jinja_env.from_string(text)
    with app.app_context():
        for locale in ("en", "zh", "en"):
            with force_locale(locale):
                told = gettext("Times are in %(zone)s", zone="&lt;b&gt;")
                assert template.render() == f"{gettext('Users')} {told}"


def test_a_part_in_another_language_leaves_the_rest_of_its_page_alone(app: Flask) -> None:
    text = '{% macro word() %}{{ _("Users") }}{% endmacro %}'
    text += '{{ word() }} {% call in_language("zh") %}{{ word() }}{% endcall %} {{ word() }}'
    with app.app_context():
        with force_locale("zh"):
            chinese = gettext("Users")
        with force_locale("en"):
            assert app.jinja_env.from_string(text).render() == f"Users {chinese} Users"


def test_only_pages_escape_what_is_put_into_a_text(app: Flask) -> None:
    text = '{{ _("Times are in %(zone)s", zone="<b>") }}'
    plain = "{% autoescape false %}" + text + "{% endautoescape %}"
    with app.app_context(), force_locale("en"):
        assert app.jinja_env.from_string(text).render() == "Times are in &lt;b&gt;"
        assert app.jinja_env.from_string(plain).render() == "Times are in <b>"
