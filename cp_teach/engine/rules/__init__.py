"""The rules of the service: ``step``, how events change the state, validation, and invariants."""
