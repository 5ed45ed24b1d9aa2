"""Pages, one blueprint a noun."""

from __future__ import annotations

from flask import Flask

from panel.blueprints.aliases.views import bp as aliases
from panel.blueprints.audit.views import bp as audit
from panel.blueprints.audit.views import overall as log
from panel.blueprints.catch_all.views import bp as catch_all
from panel.blueprints.clusters.views import bp as clusters
from panel.blueprints.customers.views import bp as customers
from panel.blueprints.dashboard.views import bp as dashboard
from panel.blueprints.dns.sharing import bp as sharing
from panel.blueprints.dns.views import bp as dns
from panel.blueprints.dns.views import of_alias as alias_dns
from panel.blueprints.engine.views import bp as engine
from panel.blueprints.forwards.views import bp as forwards
from panel.blueprints.health.views import bp as health
from panel.blueprints.language.views import bp as language
from panel.blueprints.orders.views import bp as orders
from panel.blueprints.plans.views import bp as plans
from panel.blueprints.route.views import bp as route
from panel.blueprints.settings.views import bp as settings
from panel.blueprints.users.views import bp as users

BLUEPRINTS = (
    alias_dns,
    aliases,
    audit,
    catch_all,
    clusters,
    customers,
    dashboard,
    dns,
    engine,
    forwards,
    health,
    language,
    log,
    orders,
    plans,
    route,
    settings,
    sharing,
    users,
)


def register(app: Flask) -> None:
    """Mount every blueprint."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
