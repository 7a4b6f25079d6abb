"""The backend of CodePipeline: regions, hosted pipelines, jobs, webhooks, and what a change does to the account."""
