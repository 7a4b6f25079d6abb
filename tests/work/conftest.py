"""The tests of deployments share one small shop; importlib mode puts no folder on the path by itself."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))
pytest.register_assert_rewrite("deploy_shop")
