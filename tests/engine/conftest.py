"""Hypothesis for the engine: the same examples each time where CI is set, fresh ones on a desk."""

import os
import sys
from pathlib import Path

from hypothesis import HealthCheck, settings

# Test modules are imported one by one (importlib mode), so their shared helpers need a place to be found.
sys.path.append(str(Path(__file__).parent))

settings.register_profile("ci", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
if os.environ.get("CI"):
    settings.load_profile("ci")
