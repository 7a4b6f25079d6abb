"""What an action *does* when it runs: here simulated, on the Run's own clock."""

from cp_teach.work.simulation.simulated_worker import Simulated

__all__ = ["Simulated"]
