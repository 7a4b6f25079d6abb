"""The questions of the notebooks, by name. They stand here, so that no notebook tells the answer in its code."""

from cp_teach.course.predictions.question import Question
from cp_teach.course.predictions.questions.concepts import (
    lesson_00_welcome,
    lesson_01_ci_and_cd,
    lesson_02_pipelines_stages_actions,
    lesson_03_revisions_artifacts_transitions,
)
from cp_teach.course.predictions.questions.executions import (
    lesson_07_failures_retries_approvals,
    lesson_08_execution_modes_and_v2,
    lesson_09_events_and_automation,
)
from cp_teach.course.predictions.questions.practice import (
    lesson_10_build_and_deploy,
    lesson_11_flow_and_dora,
    lesson_12_quotas_regions_security,
)
from cp_teach.course.predictions.questions.setup import (
    lesson_04_setup_iam_and_cli,
    lesson_05_create_a_pipeline,
    lesson_06_manage_pipelines,
)

NOTEBOOKS = (
    lesson_00_welcome,
    lesson_01_ci_and_cd,
    lesson_02_pipelines_stages_actions,
    lesson_03_revisions_artifacts_transitions,
    lesson_04_setup_iam_and_cli,
    lesson_05_create_a_pipeline,
    lesson_06_manage_pipelines,
    lesson_07_failures_retries_approvals,
    lesson_08_execution_modes_and_v2,
    lesson_09_events_and_automation,
    lesson_10_build_and_deploy,
    lesson_11_flow_and_dora,
    lesson_12_quotas_regions_security,
)

QUESTIONS: dict[str, Question] = {
    question.name: question for notebook in NOTEBOOKS for question in notebook.QUESTIONS
}
