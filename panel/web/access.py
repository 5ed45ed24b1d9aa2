"""Who may enter: sign-in for every page but a few, the operator's pages, the domain of a URL."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    g,
    make_response,
    redirect,
    request,
    url_for,
)
from flask_login import current_user

from panel.extensions import db
from panel.orders.queries import find_alias, find_domain
from panel.web import context
from panel.web.htmx import asks_for_part

P = ParamSpec("P")
R = TypeVar("R")

PUBLIC = frozenset(
    {"static", "security.login", "security.logout", "language.choose", "health.show"}
    | {"sharing.show"}
)
"""Endpoints that need no sign-in."""


def register(app: Flask) -> None:
    """Refuse every request without sign-in but those to PUBLIC endpoints, and what no one types."""

    @app.url_value_preprocessor
    def _readable(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
        sent = [*request.args.items(multi=True), *request.form.items(multi=True)]
        if "\0" in request.path or any("\0" in text for pair in sent for text in pair):
            abort(400)  # PostgreSQL keeps no NUL: it would be a crash further down

    @app.before_request
    def _signed_in() -> Any:
        if request.endpoint is None or request.endpoint in PUBLIC:
            return None  # an unknown URL is a 404 for everybody
        return None if current_user.is_authenticated else to_sign_in()


def to_sign_in() -> Response:
    """The way to the sign-in page and back; htmx is told by 401, or the page lands in a table."""
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    url = url_for("security.login", next=back)
    if not asks_for_part():
        return make_response(redirect(url, 303))
    return make_response("", 401, {"HX-Redirect": url})


def operator_only(view: Callable[P, R]) -> Callable[P, R]:
    """A page of the operator; for a customer it does not exist (404)."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        if not context.actor().is_operator:
            abort(404)
        return view(*args, **kwargs)

    guarded.operator_only = True  # type: ignore[attr-defined]
    return guarded


def under_domain(blueprint: Blueprint) -> None:
    """Take `<domain>` out of the blueprint's URLs and put the Domain, within reach, on `g`."""

    @blueprint.url_value_preprocessor
    def _load(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        if not current_user.is_authenticated:
            return
        found = find_domain(db.session(), context.actor(), (values or {}).pop("domain"))
        if found is None:
            abort(404)
        g.domain, g.domain_name = found, found.name
        g.time_zone = found.order.customer.time_zone

    @blueprint.url_defaults
    def _fill(_endpoint: str, values: dict[str, Any]) -> None:
        if "domain" not in values and "domain" in g:
            values["domain"] = g.domain_name


def under_alias(blueprint: Blueprint) -> None:
    """The same for `<alias>`, behind `under_domain`: an alias of that domain, on `g`."""

    @blueprint.url_value_preprocessor
    def _load(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        if "domain" not in g:
            return
        found = find_alias(db.session(), g.domain, (values or {}).pop("alias"))
        if found is None:
            abort(404)
        g.alias, g.alias_name = found, found.name

    @blueprint.url_defaults
    def _fill(_endpoint: str, values: dict[str, Any]) -> None:
        if "alias" not in values and "alias" in g:
            values["alias"] = g.alias_name
