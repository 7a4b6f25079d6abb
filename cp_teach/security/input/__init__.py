"""Reading a stranger's text within bounds: JSON, YAML, files, numbers, placeholders."""
