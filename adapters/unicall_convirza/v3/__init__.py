"""Convirza API v3: provisioned routes.

The vendor publishes no schema of a route: every name is assumed, stands in one table (``profile.py``), and can be corrected by a
setting. What a route does is assumed to be what a call flow of v2 does, by the same platform; the words that both have are those of
``unicall_convirza.facts``. The surprise: an object may hold a fact under any of several names, so nothing here names a key but the
table.
"""

from __future__ import annotations

from unicall_convirza.v3.document import ADAPTER

__all__ = ["ADAPTER"]
