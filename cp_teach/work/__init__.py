"""The work of actions: simulated on the Run's clock, or real on this machine with local providers.

The names are imported on first use, because real work needs many more modules than a simulation.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from cp_teach.work.simulation.simulated_worker import Simulated

if TYPE_CHECKING:
    from cp_teach.work.runtime.action_executor import Workshop
    from cp_teach.work.runtime.local_pipeline import Workplace
    from cp_teach.work.runtime.local_resources import Local
    from cp_teach.work.sandbox.limits import Limits
    from cp_teach.work.sandbox.run_command import jail
    from cp_teach.work.task import Done, Task

_MODULES = {
    "Done": "task",
    "Limits": "sandbox.limits",
    "Local": "runtime.local_resources",
    "Task": "task",
    "Workplace": "runtime.local_pipeline",
    "Workshop": "runtime.action_executor",
    "jail": "sandbox.run_command",
}

__all__ = ["Done", "Limits", "Local", "Simulated", "Task", "Workplace", "Workshop", "jail"]


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return getattr(import_module(f"cp_teach.work.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
