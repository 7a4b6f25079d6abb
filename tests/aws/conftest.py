"""What the tests of the AWS face share: an account to work in, pipelines to work on."""

import functools

import boto3
import botocore.session
import pytest
from account import Account

from cp_teach.aws import mock_aws


@pytest.fixture(autouse=True, scope="session")
def _models_read_once():
    """All sessions of botocore share one loader. Each mock gives boto3 a new session, whose own loader would parse
    the models of the services again: a fifth of a second for each test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", functools.cache(botocore.session.create_loader))
        yield


@pytest.fixture
def account():
    """An account in us-east-1 whose clock stands still until ``tick``."""
    with mock_aws(clock="manual") as mock:
        yield Account(mock)


@pytest.fixture
def at_once():
    """An account in which whatever can happen happens at once."""
    with mock_aws() as mock:
        yield Account(mock)


@pytest.fixture
def cp(account):
    return account.cp


@pytest.fixture
def fresh_session():
    """boto3 forgets the session that an earlier test made."""
    boto3.DEFAULT_SESSION = None
    yield
    boto3.DEFAULT_SESSION = None
