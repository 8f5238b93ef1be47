"""What calls meet: running one call, comparing flows for every call, replaying recorded ones. This room knows no vendor.

Its public names are those of :mod:`unicall`: ``Call``, ``Step``, ``Trace``, ``simulate``; ``Comparison``, ``compare``;
``calls_for``; ``CallRecord``, ``Replay``, ``replay``.
"""
