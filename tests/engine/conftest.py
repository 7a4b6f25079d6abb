"""Hypothesis for the engine: the same examples each time where CI is set, fresh ones on a desk."""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from cp_teach.engine import Run
from cp_teach.pipeline import Pipeline

# Test modules are imported one by one (importlib mode), so their shared helpers need a place to be found.
sys.path.append(str(Path(__file__).parent))

settings.register_profile("ci", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
if os.environ.get("CI"):
    settings.load_profile("ci")


@pytest.fixture
def run() -> Run:
    return Run(
        Pipeline.of(
            "shop",
            Source="Fetch:S3",
            Build="Compile:CodeBuild and Lint:Test/CodeBuild",
            Beta="Deploy:CodeDeploy",
        )
    )
