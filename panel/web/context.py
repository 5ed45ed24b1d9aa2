"""What a request knows: who acts, on which domain, at what time."""

from __future__ import annotations

from datetime import datetime

from flask import current_app, g, request
from flask_login import current_user
from sqlalchemy import inspect

from panel.accounts.access import Actor, actor_of
from panel.config import Settings
from panel.extensions import db
from panel.orders.models import Domain, DomainAlias, MailName
from panel.orders.queries import find_alias, find_domain


def settings() -> Settings:
    """The application's settings."""
    kept: Settings = current_app.config["YOUJU"]
    return kept


def now() -> datetime:
    """The time of this request, one for all of it; its date is the day that orders end by."""
    if "now" not in g:
        g.now = settings().now()
    moment: datetime = g.now
    return moment


def actor() -> Actor:
    """Who acts; only for requests that access control has let through."""
    if "actor" not in g:
        g.actor = actor_of(current_user, request.remote_addr)
    acting: Actor = g.actor
    return acting


def domain() -> Domain:
    """The domain of the URL, already limited to what the actor may see; anew after a rollback."""
    if inspect(g.domain).expired:
        g.domain = find_domain(db.session(), actor(), g.domain_name)
    current: Domain = g.domain
    return current


def mail_name() -> MailName:
    """The name that a DNS page is about: the alias of the URL, or else its domain."""
    if "alias" not in g:
        return domain()
    if inspect(g.alias).expired:
        g.alias = find_alias(db.session(), domain(), g.alias_name)
    current: DomainAlias = g.alias
    return current


def actor_or_none() -> Actor | None:
    """Who acts, or None before sign-in: for the layout."""
    return actor() if current_user and current_user.is_authenticated else None


def domain_or_none() -> Domain | None:
    """The domain of the URL, or None on other pages: for the layout."""
    return domain() if "domain" in g else None
