"""Convirza API v2: call flows as the list with routes gives them.

Sources: the vendor's pages "List Call Flows With Routes" and "Create Call Flows With Multilevel IVR" (documented by example),
its knowledge base, and what is assumed where they are silent; each fact is marked where it stands. The surprise: one flat record
holds a block for every kind of route, ``routable_type`` says which of them counts, and the others may hold anything.
"""

from __future__ import annotations

from unicall_convirza.v2.document import ADAPTER

__all__ = ["ADAPTER"]
