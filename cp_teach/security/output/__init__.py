"""Writing a stranger's text so that it cannot act on a terminal or break an XML file."""
