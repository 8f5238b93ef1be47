"""API19: call flows and fax flows, as the list of call flows gives them.

Sources: the vendor's page "List Call Flows" (documented by example only) and measurements of its API. What the page does not say is
marked as assumed where it stands. Two things surprise people: the routing is a JSON object inside a string, and its meaning (one
step after the other, or spread over all) is nowhere stated.
"""

from __future__ import annotations

from unicall_api19.document import ADAPTER

__all__ = ["ADAPTER"]
