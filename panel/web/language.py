"""The reader's language and time zone."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import Flask, current_app, g, has_request_context, request, session
from flask_babel import get_locale, gettext
from flask_login import current_user
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup
from werkzeug.datastructures import LanguageAccept

from panel.web.zones import zone_name

LOCALES = ("zh", "en")
COOKIE = "language"


def chosen_locale() -> str:
    """The account's choice, the cookie's, the browser's, else the default."""
    if not has_request_context():
        return "zh"
    if "locale" not in g:
        g.locale = _choose(request.accept_languages)
    return str(g.locale)


def _choose(accepted: LanguageAccept) -> str:
    candidates = [
        session.get(COOKIE),
        getattr(current_user, "language", None),
        request.cookies.get(COOKIE),
    ]
    for candidate in candidates:
        if candidate in LOCALES:
            return str(candidate)
    default = current_app.config["YOUJU"].default_locale
    return accepted.best_match(LOCALES) or str(default)


def time_zone() -> ZoneInfo:
    """The zone in which a page shows and reads times: the only place that decides it.

    On a domain's pages its customer's, whoever reads, so that all talk of the same time; elsewhere
    the reader's own; else the installation's, which also stands in for one that the system's time
    zones no longer have.
    """
    fallback = str(current_app.config["YOUJU"].time_zone)
    own = getattr(current_user, "time_zone", None) if has_request_context() else None
    try:
        return ZoneInfo(g.get("time_zone") or own or fallback)
    except ZoneInfoNotFoundError:
        return ZoneInfo(fallback)


def html_lang(locale: str) -> str:
    """The `lang` of a page: the script is what matters for Chinese type."""
    return "zh-Hans" if locale == "zh" else locale


@pass_eval_context
def say(template: EvalContext, text: str, **values: object) -> str:
    """The `_()` of templates: as Jinja's own, which asks anew for what a page has a hundred of."""
    said: str = _said(get_locale().language, text)
    said = said if template.autoescape else str(said)
    return said % values if values or "%" in text else said


@lru_cache(4096)
def _said(_language: str, text: str) -> Markup:
    """A template's text in the language that is spoken now."""
    return Markup(gettext(text))  # noqa: S704 - a translation, as safe as the template


def register(app: Flask) -> None:
    """Give templates `_()`, `locale` and `html_lang`."""
    app.jinja_env.globals["html_lang_of"] = html_lang
    app.jinja_env.globals["_"] = say

    @app.context_processor
    def _language() -> dict[str, object]:
        locale = chosen_locale()
        zone = zone_name(time_zone(), locale)
        return {"locale": locale, "html_lang": html_lang(locale), "time_zone": zone}
