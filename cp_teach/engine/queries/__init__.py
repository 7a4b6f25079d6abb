"""Questions about a state: legal commands, blocked reasons, variables, and data frames."""
