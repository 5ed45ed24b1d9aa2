"""Orders: the list and an order's page for everybody, what changes them for the operator."""

from __future__ import annotations

from panel.blueprints.orders import changing as changing  # adds its views to the blueprint
from panel.blueprints.orders import exporting as exporting
