"""The definition of a pipeline as data: stages, actions, conditions, triggers, and artifact stores."""
