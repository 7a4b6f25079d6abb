"""The data of the engine: state, commands, events, failure plans, and ids."""
