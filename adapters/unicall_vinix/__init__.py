"""Vinix: callflows of a Kazoo platform, with the documents they refer to.

Sources: Kazoo's own schemas and source (4.3 line, checked against KAZOO 5), and the vendor's page "List Callflows". Three things
surprise people: a callflow is a tree, so nothing can be shared and nothing can lead back; ``_`` means something else for every
module; and what a menu or a rule says stands in documents of their own.
"""

from __future__ import annotations

from unicall_vinix.document import ADAPTER

__all__ = ["ADAPTER"]
