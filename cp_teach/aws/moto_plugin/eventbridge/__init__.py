"""EventBridge on moto: rules that start pipelines, their inputs and schedules, and EventBridge Scheduler."""
