"""The flow lab: how releases flow over weeks, measured and trusted."""
