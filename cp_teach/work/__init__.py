"""What an action *does* when it runs: here simulated, on the Run's own clock."""

from cp_teach.work.simulated import Simulated

__all__ = ["Simulated"]
