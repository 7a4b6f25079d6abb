"""What a simulated action behind the API leaves for the actions after it: variables, and files in its artifacts."""

import io
import json
import zipfile

from account import action, build, commits, stage, upload

ENVIRONMENT = json.dumps([{"name": "TAG", "value": "#{Built.IMAGE_TAG}"}])
SERVICE = {"ClusterName": "c", "ServiceName": "web", "FileName": "out/images.json"}


def use(**more):
    return action(
        "Use",
        "Test/AWS/CodeBuild",
        ["SourceArtifact"],
        configuration={"ProjectName": "use", "EnvironmentVariables": ENVIRONMENT},
        **more,
    )


def test_a_later_action_can_use_a_variable_of_a_simulated_build(account):
    account.create(
        "shop", stage("Source", commits()), stage("Build", build(namespace="Built")), stage("Use", use())
    )
    (execution,) = account.executions()
    assert execution["status"] == "Succeeded"
    used, built, _ = account.cp.list_action_executions(pipelineName="shop")["actionExecutionDetails"]
    tag = built["output"]["outputVariables"]["IMAGE_TAG"]
    assert tag.startswith("simulated-")
    resolved = used["input"]["resolvedConfiguration"]["EnvironmentVariables"]
    assert json.loads(resolved) == [{"name": "TAG", "value": tag}]


def test_what_a_job_worker_answers_counts_and_is_not_added_to(account):
    kind = {"category": "Build", "owner": "Custom", "provider": "Jenkins", "version": "1"}
    counts = {"minimumCount": 0, "maximumCount": 1}
    account.cp.create_custom_action_type(
        category="Build", provider="Jenkins", version="1",
        inputArtifactDetails=counts, outputArtifactDetails=counts,
    )  # fmt: skip
    ask = action("Ask", "Build/Custom/Jenkins", namespace="Built")
    account.create("shop", stage("Source", commits()), stage("Ask", ask), stage("Use", use()))
    (job,) = account.cp.poll_for_jobs(actionTypeId=kind)["jobs"]
    account.cp.acknowledge_job(jobId=job["id"], nonce=job["nonce"])
    account.cp.put_job_success_result(jobId=job["id"], outputVariables={"OTHER": "1"})
    account.tick(60)
    used = account.stage("Use")["actionStates"][0]["latestExecution"]
    assert "#{Built.IMAGE_TAG}, which has no value" in used["errorDetails"]["message"]


def test_the_artifact_of_a_simulated_build_has_the_file_that_a_deployment_reads(account):
    s3 = account.bucket("artifacts", versioned=False)
    release = action("Release", "Deploy/AWS/ECS", ["BuildArtifact"], configuration=SERVICE)
    account.create("shop", stage("Source", commits()), stage("Build", build()), stage("Prod", release))
    _, built, _ = account.cp.list_action_executions(pipelineName="shop")["actionExecutionDetails"]
    place = built["output"]["outputArtifacts"][0]["s3location"]
    body = s3.get_object(Bucket=place["bucket"], Key=place["key"])["Body"].read()
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        (image,) = json.loads(archive.read("out/images.json"))
    assert image["name"] == "web"


def test_the_artifact_of_a_simulated_source_has_the_kustomization_that_a_deployment_reads(account):
    account.bucket("artifacts", versioned=False)
    settings = {"ClusterName": "c", "KustomizationDirectory": "overlays/prod/"}
    release = action("Release", "Deploy/AWS/EKS", ["SourceArtifact"], configuration=settings)
    account.create("shop", stage("Source", commits()), stage("Prod", release), pipelineType="V2")
    assert account.statuses() == {"Source": "Succeeded", "Prod": "Succeeded"}, account.stage("Prod")


def test_a_missing_object_of_a_source_is_named_by_bucket_and_key_alone(account):
    account.bucket("source-bucket")
    account.create(
        "shop", stage("Source", upload(key="nope.zip", PollForSourceChanges="false")), stage("Build", build())
    )
    failed = account.stage("Source")["actionStates"][0]["latestExecution"]["errorDetails"]["message"]
    assert failed == "The object with key 'nope.zip' does not exist in the Amazon S3 bucket source-bucket."


def test_a_deployment_to_ecs_reads_the_image_definitions_of_its_artifact(account):
    account.bucket("artifacts", versioned=False)
    s3 = account.bucket("source-bucket")
    release = action(
        "Release",
        "Deploy/AWS/ECS",
        ["SourceArtifact"],
        configuration={"ClusterName": "c", "ServiceName": "s"},
    )

    def released(**files):
        body = io.BytesIO()
        with zipfile.ZipFile(body, "w") as archive:
            for name, text in files.items():
                archive.writestr(f"{name}.json", text)
        s3.put_object(Bucket="source-bucket", Key="app.zip", Body=body.getvalue())
        account.start() if account.cp.list_pipelines()["pipelines"] else account.create(
            "shop", stage("Source", upload(PollForSourceChanges="false")), stage("Prod", release)
        )
        account.tick(60)
        return account.stage("Prod")["actionStates"][0]["latestExecution"]

    failed = released(page="{}")["errorDetails"]
    assert failed["code"] == "ConfigurationError"
    assert failed["message"].startswith(
        "Did not find the image definition file imagedefinitions.json in the input artifacts ZIP file. Verify the file "
        "is stored in your pipeline's Amazon S3 artifact bucket: artifacts key: shop/SourceArti/"
    )
    assert "contains invalid JSON format" in released(imagedefinitions="{")["errorDetails"]["message"]
    assert released(imagedefinitions='[{"name": "web", "imageUri": "a"}]')["status"] == "Succeeded"


def test_a_configuration_with_which_an_action_fails_on_aws_fails_it(account):
    scan = action(
        "Scan", "Invoke/AWS/InspectorScan", outs=["Found"], configuration={"InspectorRunMode": "ECRImageScan"}
    )
    account.create("shop", stage("Source", commits()), stage("Check", scan), pipelineType="V2")
    failed = account.stage("Check")["actionStates"][0]["latestExecution"]["errorDetails"]
    assert failed["code"] == "ConfigurationError"
    assert (
        "missing required configuration 'ECRRepositoryName'. InspectorRunMode ECRImageScan"
        in failed["message"]
    )
