"""The view model of the console: one JSON object with everything that the widget draws."""
