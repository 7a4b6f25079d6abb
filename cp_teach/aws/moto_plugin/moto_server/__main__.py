"""``python -m cp_teach.aws.moto_plugin.moto_server`` prints the folder to put on PYTHONPATH."""

from pathlib import Path

print(Path(__file__).parent / "on")
