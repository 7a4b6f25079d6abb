"""The CodeBuild provider: buildspecs, builds, and the shell that runs their commands."""
