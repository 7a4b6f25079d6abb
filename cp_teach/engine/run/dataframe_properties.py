"""A Run's histories as pandas frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:  # pandas is heavy: it is imported where it is used
    import pandas

    from cp_teach.engine.run.run import Run


class Tables:
    """What ``Run`` offers as tables. The lock keeps others from acting while one is read."""

    _lock: Any

    def executions(self) -> pandas.DataFrame:
        """One row for each execution."""
        from cp_teach.engine.queries.dataframes import executions

        with self._lock:
            return executions(cast("Run", self))

    def actions(self) -> pandas.DataFrame:
        """One row for each time an action ran."""
        from cp_teach.engine.queries.dataframes import actions

        with self._lock:
            return actions(cast("Run", self))

    def events(self) -> pandas.DataFrame:
        """One row for each event, with its sentence."""
        from cp_teach.engine.queries.dataframes import events

        with self._lock:
            return events(cast("Run", self))

    def artifacts(self) -> pandas.DataFrame:
        """One row for each artifact, with its S3 key and the revisions it was made from."""
        from cp_teach.engine.queries.dataframes import artifacts

        with self._lock:
            return artifacts(cast("Run", self))
