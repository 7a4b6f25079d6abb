"""The CloudFormation deploy provider on moto: stacks, change sets, templates, and their parameters."""
