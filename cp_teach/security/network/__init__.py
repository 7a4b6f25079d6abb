"""Which requests can leave for where, and which can come in: addresses, keys, signatures, browser origins."""
