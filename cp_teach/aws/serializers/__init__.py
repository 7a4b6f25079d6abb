"""How things look in an answer: each file describes one noun as the service model shapes it, and decides nothing."""
