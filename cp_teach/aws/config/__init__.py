"""The configuration of one service: settings, clock, and the settings that the next backend takes."""
