"""Addresses of a domain that only forward."""

from __future__ import annotations

from panel.blueprints.forwards import removing as removing  # adds its views to the blueprint
