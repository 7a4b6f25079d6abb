"""Make untrusted text safe to print on a terminal or to write to an XML file."""
