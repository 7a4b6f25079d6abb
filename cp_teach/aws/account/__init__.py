"""The rest of the account in moto: buckets, roles, topics, event buses, and managed policies."""
