"""Questions about a state: legal commands, blocked reasons, deployed revisions, variables, and data frames."""
