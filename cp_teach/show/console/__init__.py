"""The console widget, its messages, and when it repaints."""
