"""The flows of a live account: pull, plan, apply, verify, roll back.

The rooms of this package know no vendor. What a carrier's API is like, its adapter package says in a module of its own, as a
:class:`~unicall.live.carrier.Carrier`; nothing else in unicall knows HTTP.
"""
