"""cp_teach: learn AWS CodePipeline by holding a simulated pipeline."""

__version__ = "0.1.0"
