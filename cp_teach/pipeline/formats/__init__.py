"""Pipelines in and out: AWS's JSON, CloudFormation, and the one-line shorthand."""
