"""Operations on pipelines and their surroundings: definitions, action types, tags, and webhooks."""
