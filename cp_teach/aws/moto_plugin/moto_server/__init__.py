"""The switch for moto's own server: a folder for PYTHONPATH, with which every Python puts our backend in place.

PYTHONPATH="$(python -m cp_teach.aws.moto_plugin.moto_server)" moto_server -p 5000
"""
