"""Adds our backend to moto's own server, by a folder on PYTHONPATH.

PYTHONPATH="$(python -m cp_teach.aws.moto_plugin.moto_server)" moto_server -p 5000
"""
