"""The plugin for moto: a CodePipeline backend with its responses and URLs, and changes to moto's other services."""
