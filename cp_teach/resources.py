"""Where the notebooks and the data are: in a clone at its top, in an install inside the package."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def _find(name: str) -> Path:
    """The folder `name`, from the wheel if it brought one, else from the clone around the package."""
    for folder in (_PACKAGE / "_share" / name, _PACKAGE.parent / name):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(
        f"cp_teach was installed without its folder {name}/. Install it again: pip install cp-teach"
    )


def data() -> Path:
    """The folder with the example data: pipelines, recorded histories, sample applications."""
    return _find("data")


def notebooks() -> Path:
    """The folder with the notebooks as they were written; `cp-teach lab` opens a copy of them."""
    return _find("notebooks")


def pipelines() -> Path:
    """The folder with the example pipelines, one JSON file each, as AWS writes them."""
    return data() / "pipelines"


def questions() -> Path:
    """The folder with the questions that the notebooks ask, one TOML file a lesson."""
    return data() / "questions"


def sample_app() -> Path:
    """The folder with the sample application: its sources, tests, buildspec and appspec."""
    return data() / "sample-app"
