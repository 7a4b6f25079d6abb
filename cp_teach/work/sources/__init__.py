"""Source providers: CodeCommit and GitHub on git repositories of this machine."""
