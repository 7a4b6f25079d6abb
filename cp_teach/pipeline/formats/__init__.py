"""Pipelines in and out: AWS's JSON, CloudFormation, the one-line shorthand, and notebook HTML."""
