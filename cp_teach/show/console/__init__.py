"""The console widget: its messages, and playback."""
