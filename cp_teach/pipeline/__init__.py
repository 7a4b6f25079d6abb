"""Pipelines: the declaration, AWS's rules for it, its formats, and its graph.

>>> from cp_teach.pipeline import Pipeline
>>> print(Pipeline.of("shop", Source="S3", Build="CodeBuild", Beta="CodeDeploy"))
shop: Source → Build → Beta
"""

from cp_teach.pipeline.catalogs import Catalog, Provider, Quota, Region, catalog, catalogue
from cp_teach.pipeline.facade import Pipeline
from cp_teach.pipeline.graph import critical_path, downstream, parallel
from cp_teach.pipeline.interpretations import SUGGESTED, Readings
from cp_teach.pipeline.model.action import Action, ActionType, EnvironmentVariable, OutputArtifact
from cp_teach.pipeline.model.declaration import (
    ArtifactStore,
    EncryptionKey,
    GitFilter,
    Patterns,
    PipelineDeclaration,
    Trigger,
    Variable,
)
from cp_teach.pipeline.model.stage import Blocker, Condition, Conditions, Rule, RuleType, Stage
from cp_teach.pipeline.pipeline_file import load_pipeline
from cp_teach.pipeline.timeouts import time_limit
from cp_teach.pipeline.trigger_evaluation import PullRequest, Push, Verdict, fires
from cp_teach.pipeline.violation import InvalidPipeline, Violation

__all__ = [
    "SUGGESTED",
    "Action",
    "ActionType",
    "ArtifactStore",
    "Blocker",
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
    "PipelineDeclaration",
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
    "Violation",
    "catalog",
    "catalogue",
    "critical_path",
    "downstream",
    "fires",
    "load_pipeline",
    "parallel",
    "time_limit",
]

# Former names, for programs that import them.
Breach = Violation
