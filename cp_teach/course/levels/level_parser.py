"""The reader of level files: TOML to a Level. An error names the line, the key, and what to write instead."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from cp_teach.course.levels.goal_language import Condition, Predicates
from cp_teach.course.levels.level import Goal, Hint, Level, LevelQuestion, Moment, NearMiss, Option
from cp_teach.course.levels.tokenizer import Unreadable, did_you_mean
from cp_teach.explore.move_kinds import KINDS
from cp_teach.pipeline import InvalidPipeline, Pipeline, Readings, load_pipeline
from cp_teach.security.input.input_files import UnreadableFile, read_text_file
from cp_teach.security.input.json_input import parse_json

MAX_BYTES = 1_000_000
MAX_REVISIONS = 20

ValuePath = tuple[str | int, ...]
"""The path to a value: ("goal", 1, "when") is the key ``when`` of the second ``[[goal]]``."""
Keys = Mapping[str, type | tuple[type, ...]]
"""The keys of a table, each with the type of its value."""

TABLES: dict[str, Keys] = {
    "goal": {"text": str, "when": str},
    "near_miss": {"moves": list, "fails": str, "why": str},
    "hint": {"text": str, "next": str},
    "predict": {"question": str, "after": list, "options": list},
    "question": {"text": str, "options": list},
    "options": {"text": str, "when": str, "reason": str},
}
KEYS: Keys = {
    "title": str,
    "chapter": str,
    "teaches": str,
    "task": str,
    "pipeline": (str, dict),
    "stages": dict,
    "edited": (str, dict),
    "readings": dict,
    "before": list,
    "allow": list,
    "revisions": int,
    "solution": list,
    "lost": str,
    "shows": list,
    "goal": list,
    "near_miss": list,
    "hint": list,
    "predict": list,
    "question": dict,
}
REQUIRED = ("title", "teaches", "task", "pipeline", "solution", "goal")
TYPE_NAMES = {str: "a text", list: "a list", dict: "a table", int: "a whole number"}


class BadLevel(ValueError):
    """A mistake in a level file: ``file``, ``line`` (0 if it has none), ``key``, and the sentence about it."""

    def __init__(self, file: str, line: int, key: str, sentence: str) -> None:
        sentence = sentence.rstrip(".").replace("?.", "?")
        sentence += "" if sentence.endswith("?") else "."
        where = f"{file}, line {line}" if line else file
        super().__init__(f"{where}{', ' + key if key else ''}: {sentence}")
        self.file, self.line, self.key, self.sentence = file, line, key, sentence


def read_level(file: Path) -> Level:
    """The level in a file, with every list of moves tried. Raises ``BadLevel``, or ``OSError`` for the file itself."""
    try:
        text = read_text_file(file, MAX_BYTES)
        data = tomllib.loads(text)
    except UnreadableFile as error:
        not_text = isinstance(error.__cause__, UnicodeDecodeError)
        raise BadLevel(
            file.name, 0, "", "it is not a text file in UTF-8" if not_text else str(error)
        ) from error
    except tomllib.TOMLDecodeError as error:
        problem, _, location = str(error).rpartition(" (at ")
        found = re.match(r"line (\d+)", location)
        line = int(found[1]) if found else len(text.splitlines())
        raise BadLevel(file.name, line, "", f"this is not TOML: {problem}") from error
    except RecursionError:
        raise BadLevel(file.name, 0, "", "the file is nested too deeply") from None
    except ValueError as error:  # a number with more digits than Python reads
        problem = str(error).partition(";")[0]
        raise BadLevel(file.name, 0, "", f"a value cannot be read: {problem}") from error
    return _LevelReader(file, TomlLines(text, data)).read()


class _LevelReader:
    """Builds a Level from the tables of one file and checks that it can be played."""

    def __init__(self, file: Path, lines: TomlLines) -> None:
        self.file, self.lines, self.data = file, lines, lines.data

    def read(self) -> Level:
        data = self.data
        self.check_keys(data, KEYS, ())
        for key in REQUIRED:
            if key not in data:
                raise self.error((), f"a level needs {key!r}")
            if not data[key]:
                raise self.error((key,), "it is empty")
        for at, name in enumerate(data.get("allow", ())):
            if name not in KINDS:
                raise self.error(
                    ("allow", at),
                    f"{name!r} is not a kind of move{did_you_mean(name, KINDS)}. The kinds: {', '.join(KINDS)}",
                )
        pipeline = self.pipeline("pipeline", data.get("stages", {}))
        edited = self.pipeline("edited", {}) if "edited" in data else None
        self.predicates = Predicates([pipeline, *([edited] if edited else [])])
        level = Level(
            name=self.file.stem,
            title=data["title"],
            chapter=data.get("chapter", "Levels of your own"),
            teaches=data["teaches"],
            task=data["task"],
            pipeline=pipeline,
            edited=edited,
            goals=tuple(
                Goal(goal["text"], goal["when"], self.condition(("goal", at, "when"), goal["when"]))
                for at, goal in enumerate(self.tables("goal", ("text", "when")))
            ),
            solution=tuple(data["solution"]),
            allow=tuple(data.get("allow", ("release", "finish", "approve", "toggle"))),
            revisions=data.get("revisions", 0),
            before=tuple(data.get("before", ())),
            near_misses=tuple(
                NearMiss(tuple(miss["moves"]), miss["fails"], miss["why"])
                for miss in self.tables("near_miss", ("moves", "fails", "why"))
            ),
            hints=tuple(Hint(hint["text"], hint.get("next", "")) for hint in self.tables("hint", ("text",))),
            predictions=tuple(
                LevelQuestion(
                    table["question"], self.options(("predict", at), table), tuple(table.get("after", ()))
                )
                for at, table in enumerate(self.tables("predict", ("question", "options")))
            ),
            question=self.question(),
            lost=data.get("lost", ""),
            shows=tuple(data.get("shows", ())),
            readings=self.readings(),
            predicates=self.predicates,
        )
        self.check_playable(level)
        return level

    # -- parts -------------------------------------------------------------------------------------
    def pipeline(self, key: str, stage_keys: dict[str, Any]) -> Pipeline:
        """The pipeline by its name, as AWS's JSON in a text, or as the arguments of ``Pipeline.of``; ``stage_keys``
        adds keys of AWS's JSON to its stages."""
        value = self.data[key]
        try:
            if isinstance(value, dict):
                pipeline = Pipeline.of(**{"name": "shop", **value})
            elif value.lstrip().startswith("{"):
                pipeline = Pipeline.from_aws(parse_json(value))
            else:
                pipeline = load_pipeline(value)
            if not stage_keys:
                return pipeline
            structure = pipeline.to_aws()
            stages = {stage["name"]: stage for stage in structure["stages"]}
            for name, keys in stage_keys.items():
                if name not in stages:
                    raise self.error(
                        ("stages", name), f"there is no stage {name!r}{did_you_mean(name, stages)}"
                    )
                stages[name].update(keys)
            return Pipeline.from_aws(structure)
        except BadLevel:
            raise
        except InvalidPipeline as error:
            raise self.error((key,), f"AWS would refuse this pipeline: {error}") from error
        except (FileNotFoundError, TypeError, ValueError) as error:
            raise self.error((key,), str(error)) from error

    def readings(self) -> Readings:
        try:
            readings = Readings(**self.data.get("readings", {}))
        except TypeError as error:
            raise self.error(("readings",), str(error)) from error
        if problem := readings.problem():
            raise self.error(("readings",), problem)
        return readings

    def question(self) -> LevelQuestion | None:
        table = self.data.get("question")
        if table is None:
            return None
        self.check_table(table, "question", ("text", "options"), ("question",))
        return LevelQuestion(table["text"], self.options(("question",), table))

    def options(self, path: ValuePath, table: dict[str, Any]) -> tuple[Option, ...]:
        options = []
        for at, option in enumerate(table["options"]):
            option_path = (*path, "options", at)
            if not isinstance(option, dict):
                raise self.error(option_path, "an option is a table: { text = …, when = …, reason = … }")
            self.check_table(option, "options", ("text", "when", "reason"), option_path)
            correct = self.condition((*option_path, "when"), option["when"])
            options.append(Option(option["text"], option["reason"], option["when"], correct))
        if not 2 <= len({option.text for option in options}) == len(options):
            raise self.error(
                (*path, "options"), "a question needs at least two options, all of them different"
            )
        return tuple(options)

    def condition(self, path: ValuePath, text: str) -> Condition:
        try:
            return self.predicates.compile(text)
        except Unreadable as error:
            raise self.error(path, str(error)) from error

    # -- playing -----------------------------------------------------------------------------------
    def check_playable(self, level: Level) -> None:
        """Check that every list of moves can be made and does what the file says; ``prove`` checks the rest."""
        if not 0 <= level.revisions <= MAX_REVISIONS:
            raise self.error(("revisions",), f"{level.revisions} is out of range. Give 0 to {MAX_REVISIONS}")
        start = self.play(level, level.first_moment, level.before, ("before",), None)
        newest = start.state.newest + level.revisions
        if level.won(start):
            raise self.error(("goal",), "all goals are met before the first move")
        end = self.play(level, start, level.solution, ("solution",), newest)
        for goal, met in zip(level.goals, level.met(end), strict=True):
            if not met:
                raise self.error(("solution",), f"after it this goal is not met: {goal.text!r} ({goal.when})")
        texts = [goal.text for goal in level.goals]
        for at, miss in enumerate(level.near_misses):
            end = self.play(level, start, miss.moves, ("near_miss", at, "moves"), newest)
            path = ("near_miss", at, "fails")
            if miss.fails not in texts:
                raise self.error(
                    path, f"no goal has the text {miss.fails!r}{did_you_mean(miss.fails, texts)}"
                )
            if (miss.fails, False) not in zip(texts, level.met(end), strict=True):
                raise self.error(path, f"after these moves the goal {miss.fails!r} is met")
        for at, question in enumerate(level.predictions):
            end = self.play(level, start, question.after, ("predict", at, "after"), None)
            self.check_decided(question, end, ("predict", at, "options"))
        if level.question is not None:
            self.check_decided(level.question, start, ("question", "options"))

    def play(
        self, level: Level, moment: Moment, moves: Iterable[str], path: ValuePath, newest: int | None
    ) -> Moment:
        """The moment after the moves; ``newest`` None lifts the limits that the level sets to the learner."""
        for at, text in enumerate(moves):
            if not isinstance(text, str):
                raise self.error((*path, at), f"a move is a text, not {text!r}")
            try:
                for move in level.parse_move(text, moment):
                    if newest is not None and (reason := level.why_forbidden(move, moment.state, newest)):
                        raise Unreadable(f"{text!r}: {reason}")
                    moment = level.apply(moment, move)
            except Unreadable as error:
                raise self.error((*path, at), str(error)) from error
        return moment

    def check_decided(self, question: LevelQuestion, moment: Moment, path: ValuePath) -> None:
        correct = [option.text for option in question.options if option.right(*moment)]
        if len(correct) != 1:
            raise self.error(
                path, f"exactly one option must be true, but these are: {', '.join(correct) or 'none'}"
            )

    # -- keys --------------------------------------------------------------------------------------
    def tables(self, key: str, required: tuple[str, ...]) -> list[dict[str, Any]]:
        tables = self.data.get(key, [])
        for at, table in enumerate(tables):
            if not isinstance(table, dict):
                raise self.error((key,), f"write it as tables: [[{key}]]")
            self.check_table(table, key, required, (key, at))
        return list(tables)

    def check_table(
        self, table: dict[str, Any], kind: str, required: tuple[str, ...], path: ValuePath
    ) -> None:
        self.check_keys(table, TABLES[kind], path)
        for key in required:
            if not table.get(key):
                raise self.error(path, f"it needs {key!r}")

    def check_keys(self, table: dict[str, Any], keys: Keys, path: ValuePath) -> None:
        for key, value in table.items():
            if key not in keys:
                raise self.error(
                    (*path, key),
                    f"there is no key {key!r}{did_you_mean(key, keys)}. The keys: {', '.join(keys)}",
                )
            expected = keys[key]
            types = expected if isinstance(expected, tuple) else (expected,)
            if not isinstance(value, types) or (isinstance(value, bool) and int in types):
                names = " or ".join(TYPE_NAMES[each] for each in types)
                raise self.error((*path, key), f"it should be {names}, not {value!r}")

    def error(self, path: ValuePath, sentence: str) -> BadLevel:
        key = " ".join(str(part + 1) if isinstance(part, int) else part for part in path)
        return BadLevel(self.file.name, self.lines.line_of(path), key, sentence)


class TomlLines:
    """Finds the lines of the values of one file, which ``tomllib`` does not report. ``data`` is what it reads from
    ``text``."""

    def __init__(self, text: str, data: dict[str, Any]) -> None:
        self.lines, self.data = text.splitlines(), data

    def line_of(self, path: ValuePath) -> int:
        """The line of the value, counted from 1; of what surrounds it if its own cannot be found; 0 for the file."""
        if not path:
            return 0
        at = self._find(0, rf'\s*(\[\[?\s*)?"?{re.escape(str(path[0]))}"?\s*(=|\]|\.)')
        depth = 1
        if (
            len(path) > 1
            and isinstance(path[1], int)
            and at >= 0
            and self.lines[at].lstrip().startswith("[[")
        ):
            for _ in range(path[1]):
                at = self._find(at + 1, rf"\s*\[\[{path[0]}\]\]")
            depth = 2
        for end in range(depth, len(path)):
            inner = self._find(at, self._pattern(path[: end + 1]))
            at = inner if inner >= 0 else at
        return at + 1

    def _pattern(self, path: ValuePath) -> str:
        """A pattern for the line of a value: a key by its name, an item of a list by its text."""
        part = path[-1]
        if isinstance(part, str):
            return rf'(.*[\s,{{.\[])?"?{re.escape(part)}"?\s*[=\]]'
        value = self._value(path)
        text = str(value.get("text", "")) if isinstance(value, dict) else str(value)
        spellings = re.escape(text), re.escape(text.replace('"', '\\"'))
        return rf".*({'|'.join(spellings)})" if text else "$^"

    def _value(self, path: ValuePath) -> Any:
        value: Any = self.data
        for part in path:
            try:
                value = value[part]
            except (LookupError, TypeError):
                return None
        return value

    def _find(self, begin: int, pattern: str) -> int:
        """The index of the first line from ``begin`` that matches; -1 if none does."""
        return next(
            (at for at in range(max(0, begin), len(self.lines)) if re.match(pattern, self.lines[at])), -1
        )
