"""The CodeDeploy provider: AppSpec files, fleets, the agent, and deployments."""
