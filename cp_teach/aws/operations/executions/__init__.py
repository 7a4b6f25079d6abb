"""Operations on executions: start, stop, retry, approve, override, and list."""
