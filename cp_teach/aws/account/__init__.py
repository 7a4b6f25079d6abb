"""The account around the service: buckets, roles, topics, and managed policies, as moto keeps them."""
