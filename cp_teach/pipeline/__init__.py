"""What a pipeline is: the blueprint, the rules AWS holds it to, AWS's JSON in and out, and its graph.

>>> from cp_teach.pipeline import Pipeline
>>> print(Pipeline.of("shop", Source="S3", Build="CodeBuild", Beta="CodeDeploy"))
shop: Source → Build → Beta
"""

from cp_teach.pipeline.catalogs import Catalog, Provider, Quota, Region, catalog, catalogue
from cp_teach.pipeline.graph import critical_path, downstream, parallel
from cp_teach.pipeline.interpretations import SUGGESTED, Readings
from cp_teach.pipeline.model.pipeline import (
    Action,
    ActionType,
    ArtifactStore,
    Blocker,
    Condition,
    Conditions,
    EncryptionKey,
    EnvironmentVariable,
    GitFilter,
    OutputArtifact,
    Patterns,
    Pipeline,
    Rule,
    RuleType,
    Stage,
    Trigger,
    Variable,
)
from cp_teach.pipeline.pipeline_library import load_pipeline
from cp_teach.pipeline.timeouts import time_limit
from cp_teach.pipeline.trigger_evaluation import PullRequest, Push, Verdict, fires
from cp_teach.pipeline.violation import Breach, InvalidPipeline

__all__ = [
    "SUGGESTED",
    "Action",
    "ActionType",
    "ArtifactStore",
    "Blocker",
    "Breach",
    "Catalog",
    "Condition",
    "Conditions",
    "EncryptionKey",
    "EnvironmentVariable",
    "GitFilter",
    "InvalidPipeline",
    "OutputArtifact",
    "Patterns",
    "Pipeline",
    "Provider",
    "PullRequest",
    "Push",
    "Quota",
    "Readings",
    "Region",
    "Rule",
    "RuleType",
    "Stage",
    "Trigger",
    "Variable",
    "Verdict",
    "catalog",
    "catalogue",
    "critical_path",
    "downstream",
    "fires",
    "load_pipeline",
    "parallel",
    "time_limit",
]
