"""The users of a domain."""

from __future__ import annotations

from panel.blueprints.users import replying as replying  # adds its views to the blueprint
