"""Profiles: ``fast`` for the inner loop, ``find`` the same without looking for smaller failures, ``ci`` derandomised, ``full``
before a release. HYPOTHESIS_PROFILE selects one.
"""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "fixtures"

_COMMON = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}
settings.register_profile("fast", max_examples=20, derandomize=True, database=None, **_COMMON)  # type: ignore[arg-type]
settings.register_profile("find", settings.get_profile("fast"), phases=[Phase.explicit, Phase.generate])
settings.register_profile("ci", max_examples=100, derandomize=True, database=None, **_COMMON)  # type: ignore[arg-type]
settings.register_profile("full", max_examples=500, print_blob=True, **_COMMON)  # type: ignore[arg-type]
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast" if os.environ.get("FAST") else "ci"))
