"""Test modules are imported one by one (importlib mode), so their shared helpers need a place to be found."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
