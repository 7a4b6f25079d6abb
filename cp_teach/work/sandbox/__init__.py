"""The sandbox of untrusted commands: environment, bubblewrap, limits, and the watchdog."""
