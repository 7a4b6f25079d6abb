"""Serializers: each module builds the response members for one noun of the service model."""
