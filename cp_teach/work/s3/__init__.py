"""The S3 source and deploy providers, on folders of this machine."""
