"""All scenarios, in the order in which they run."""

from __future__ import annotations

from .table_ends import ENDS
from .table_fixtures import FIXTURES
from .table_kinds import KINDS
from .table_orders import ORDERS
from .table_outcomes import OUTCOMES
from .table_output import OUTPUT
from .table_stops import STOPS

SCENARIOS = (*OUTCOMES, *KINDS, *ORDERS, *FIXTURES, *OUTPUT, *ENDS, *STOPS)
