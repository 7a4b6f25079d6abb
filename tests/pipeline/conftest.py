"""The tests of the rules share one valid structure; importlib mode puts no folder on the path by itself."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))
pytest.register_assert_rewrite("shop_structure")
