"""The documents that describe a pipeline: recognize them, and open templates and the folders of ``cdk synth``."""
