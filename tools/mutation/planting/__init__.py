"""Which faults there are, where they can be planted, which are chosen, and how one is planted."""
