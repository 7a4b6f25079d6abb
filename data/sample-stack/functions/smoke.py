"""A Lambda function that tries the new stack: an order goes through the queue, and its receipt into the bucket."""

import json

import boto3


def lambda_handler(event, context):
    """CodePipeline calls this with a job; it has to be answered on every way out, errors too."""
    job = event["CodePipeline.job"]
    pipeline = boto3.client("codepipeline")
    try:
        said = job["data"]["actionConfiguration"]["configuration"]["UserParameters"]
        receipt = order(**json.loads(said))
    except Exception as error:
        print(f"The stack does not work: {error}")
        details = {"type": "JobFailed", "message": f"The stack does not work: {error}"}
        pipeline.put_job_failure_result(jobId=job["id"], failureDetails=details)
        return
    pipeline.put_job_success_result(jobId=job["id"], outputVariables={"Receipt": receipt})


def order(queue, bucket):
    """Send an order, take it from the queue, and keep a receipt; where the receipt lies."""
    sqs, s3 = boto3.client("sqs"), boto3.client("s3")
    sqs.send_message(QueueUrl=queue, MessageBody="one cup of tea")
    (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    print(f"Ordered: {message['Body']}")
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    s3.put_object(Bucket=bucket, Key="receipts/1.txt", Body=message["Body"].encode())
    return f"s3://{bucket}/receipts/1.txt"
