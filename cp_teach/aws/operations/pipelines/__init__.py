"""Operations on pipelines, action types, tags, and webhooks."""
