"""Reading a level file: every mistake in it is told with its line, its key, and what would do."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cp_teach.course.levels.goal_language import Predicates, Unreadable
from cp_teach.course.levels.level import Asked, Goal, Hint, Level, Moment, NearMiss, Option
from cp_teach.explore.move_kinds import KINDS
from cp_teach.pipeline import Pipeline
from cp_teach.pipeline.interpretations import Readings
from cp_teach.pipeline.violation import InvalidPipeline
from cp_teach.security.input.input_files import UnreadableFile, read_text_file
from cp_teach.security.input.json_input import parse_json

MAX_BYTES = 1_000_000
"""How large a level can be; the kit's own have some kilobytes."""

Way = tuple[str | int, ...]
"""The way to a value: ("goal", 1, "when") is the key ``when`` of the second ``[[goal]]``."""

TABLES: dict[str, dict[str, type]] = {
    "goal": {"text": str, "when": str},
    "near_miss": {"moves": list, "fails": str, "why": str},
    "hint": {"text": str, "next": str},
    "predict": {"question": str, "after": list, "options": list},
    "question": {"text": str, "options": list},
    "options": {"text": str, "when": str, "reason": str},
}
KEYS: dict[str, type | tuple[type, ...]] = {
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
NEEDED = ("title", "teaches", "task", "pipeline", "solution", "goal")


class BadLevel(ValueError):
    """A level file with a mistake: ``file``, ``line`` (0 where none can be told), ``key``, and the sentence."""

    def __init__(self, file: str, line: int, key: str, sentence: str) -> None:
        sentence = sentence.rstrip(".").replace("?.", "?")
        sentence += "" if sentence.endswith("?") else "."
        place = f"{file}, line {line}" if line else file
        super().__init__(f"{place}{', ' + key if key else ''}: {sentence}")
        self.file, self.line, self.key, self.sentence = file, line, key, sentence


def read(path: Path) -> Level:
    """The level of that file. Raises ``BadLevel``, or ``OSError`` when it cannot be read."""
    try:
        text = read_text_file(path, MAX_BYTES)
    except UnreadableFile as error:
        if isinstance(error.__cause__, UnicodeDecodeError):
            raise BadLevel(path.name, 0, "", "it is not a text file in UTF-8.") from error
        raise BadLevel(path.name, 0, "", str(error)) from error
    return _File(path, text).level()


class _File:
    def __init__(self, path: Path, text: str) -> None:
        self.path, self.lines = path, text.splitlines()
        try:
            self.told: dict[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            said, _, place = str(error).rpartition(" (at ")
            found = re.match(r"line (\d+)", place)
            line = int(found[1]) if found else len(self.lines)
            raise BadLevel(path.name, line, "", f"this is not TOML: {said}.") from error
        except RecursionError:
            raise BadLevel(path.name, 0, "", "the file is nested too deeply.") from None
        except ValueError as error:  # a number with more digits than Python reads
            raise BadLevel(
                path.name, 0, "", f"a value cannot be read: {str(error).partition(';')[0]}."
            ) from error

    def level(self) -> Level:
        told = self.told
        self.keys(told, KEYS, ())
        for key in NEEDED:
            if not told.get(key):
                raise self.bad(
                    (key,) if key in told else (),
                    f"a level needs {key!r}." if key not in told else "it is empty.",
                )
        pipeline = self.pipeline("pipeline", "stages")
        edited = self.pipeline("edited", "") if "edited" in told else None
        for place, word in enumerate(told.get("allow", ())):
            if word not in KINDS:
                raise self.bad(
                    ("allow", place),
                    f"{word!r} is no kind of move{_meant(word, KINDS)}. The kinds: {', '.join(KINDS)}.",
                )
        predicates = Predicates([pipeline, *([edited] if edited else [])])
        self.predicates = predicates
        goals = tuple(
            Goal(goal["text"], goal["when"], self.condition(("goal", at, "when"), goal["when"]))
            for at, goal in enumerate(self.tables("goal", ("text", "when")))
        )
        level = Level(
            name=self.path.stem,
            title=told["title"],
            chapter=told.get("chapter", "Levels of your own"),
            teaches=told["teaches"],
            task=told["task"],
            pipeline=pipeline,
            edited=edited,
            goals=goals,
            solution=tuple(told["solution"]),
            allow=tuple(told.get("allow", ("release", "finish", "approve", "toggle"))),
            revisions=told.get("revisions", 0),
            before=tuple(told.get("before", ())),
            near_misses=tuple(
                NearMiss(tuple(miss["moves"]), miss["fails"], miss["why"])
                for miss in self.tables("near_miss", ("moves", "fails", "why"))
            ),
            hints=tuple(Hint(hint["text"], hint.get("next", "")) for hint in self.tables("hint", ("text",))),
            predictions=tuple(
                Asked(each["question"], self.options(("predict", at), each), tuple(each.get("after", ())))
                for at, each in enumerate(self.tables("predict", ("question", "options")))
            ),
            question=self.question(),
            lost=told.get("lost", ""),
            shows=tuple(told.get("shows", ())),
            readings=self.readings(),
            predicates=predicates,
        )
        self.playable(level)
        return level

    # -- parts -------------------------------------------------------------------------------------
    def pipeline(self, key: str, more: str) -> Pipeline:
        """By name, as AWS's JSON in a text, or in the little language of ``Pipeline.of``; with AWS's own keys of a
        stage beside it."""
        from cp_teach.pipeline import load_pipeline

        told = self.told[key]
        try:
            if isinstance(told, dict):
                made = Pipeline.of(**{"name": "shop", **told})
            elif told.lstrip().startswith("{"):
                made = Pipeline.from_aws(parse_json(told))
            else:
                made = load_pipeline(told)
            extra = self.told.get(more, {})
            if extra:
                made = self.dressed(made, extra, more)
            return made
        except FileNotFoundError as error:
            raise self.bad((key,), f"{error}.") from error
        except InvalidPipeline as error:
            raise self.bad((key,), f"AWS would refuse this pipeline: {error}") from error
        except (TypeError, ValueError) as error:
            raise self.bad((key,), f"{error}.") from error

    def dressed(self, pipeline: Pipeline, extra: dict[str, Any], more: str) -> Pipeline:
        structure = pipeline.to_aws()
        for name, keys in extra.items():
            found = [stage for stage in structure["stages"] if stage["name"] == name]
            if not found:
                known = [stage["name"] for stage in structure["stages"]]
                raise self.bad((more, name), f"there is no stage {name!r}{_meant(name, known)}.")
            found[0].update(keys)
        return Pipeline.from_aws(structure)

    def readings(self) -> Readings:
        try:
            made = Readings(**self.told.get("readings", {}))
        except TypeError as error:
            raise self.bad(("readings",), f"{error}.") from error
        if wrong := made.wrong():
            raise self.bad(("readings",), wrong)
        return made

    def question(self) -> Asked | None:
        told = self.told.get("question")
        if told is None:
            return None
        self.keys(told, TABLES["question"], ("question",))
        self.needs(told, ("text", "options"), ("question",))
        return Asked(told["text"], self.options(("question",), told))

    def options(self, way: Way, told: dict[str, Any]) -> tuple[Option, ...]:
        made = []
        for at, option in enumerate(told["options"]):
            place = (*way, "options", at)
            if not isinstance(option, dict):
                raise self.bad(place, "an option is a table: { text = …, when = …, reason = … }.")
            self.keys(option, TABLES["options"], place)
            self.needs(option, ("text", "when", "reason"), place)
            right = self.condition((*place, "when"), option["when"])
            made.append(Option(option["text"], option["reason"], option["when"], right))
        if len({option.text for option in made}) < 2 or len({option.text for option in made}) < len(made):
            raise self.bad((*way, "options"), "a question needs two options at least, all of them different.")
        return tuple(made)

    def condition(self, way: Way, text: str) -> Any:
        try:
            return self.predicates.read(text)
        except Unreadable as error:
            raise self.bad(way, f"{error}.") from error

    def playable(self, level: Level) -> None:
        """Every list of moves can be made, and does what the file says; what needs exploring is proven elsewhere."""
        if not 0 <= level.revisions <= 20:
            raise self.bad(("revisions",), f"{level.revisions} will not do. Give 0 to 20.")
        start = self.begun(level)
        newest = start.state.last + level.revisions
        if level.won(start):
            raise self.bad(("goal",), "all goals are met before the first move.")
        end = self.played(level, start, level.solution, ("solution",), newest)
        for goal, met in zip(level.goals, level.met(end), strict=True):
            if not met:
                raise self.bad(("solution",), f"after it this goal is not met: {goal.text!r} ({goal.when}).")
        for at, miss in enumerate(level.near_misses):
            end = self.played(level, start, miss.moves, ("near_miss", at, "moves"), newest)
            unmet = [g.text for g, met in zip(level.goals, level.met(end), strict=True) if not met]
            if miss.fails not in [goal.text for goal in level.goals]:
                known = [goal.text for goal in level.goals]
                raise self.bad(
                    ("near_miss", at, "fails"),
                    f"no goal has the text {miss.fails!r}{_meant(miss.fails, known)}.",
                )
            if miss.fails not in unmet:
                raise self.bad(
                    ("near_miss", at, "fails"), f"after these moves the goal {miss.fails!r} is met."
                )
        for at, asked in enumerate(level.predictions):
            end = self.played(level, start, asked.after, ("predict", at, "after"), None)
            self.decided(asked, end, ("predict", at, "options"))
        if level.question is not None:
            self.decided(level.question, start, ("question", "options"))

    def begun(self, level: Level) -> Moment:
        from cp_teach.engine.model.state import beginning

        state = beginning(level.pipeline, level.readings)
        return self.played(
            level, Moment(state, level.predicates.begin(state)), level.before, ("before",), None
        )

    def played(
        self, level: Level, moment: Moment, moves: Iterable[str], way: Way, newest: int | None
    ) -> Moment:
        for at, text in enumerate(moves):
            if not isinstance(text, str):
                raise self.bad((*way, at), f"a move is a text, not {text!r}.")
            try:
                for move in level.read(text, moment):
                    if newest is not None and (no := level.forbids(move, moment.state, newest)):
                        raise Unreadable(f"{text!r}: {no}".rstrip("."))
                    moment = level.move(moment, move)
            except Unreadable as error:
                raise self.bad((*way, at), f"{error}.") from error
        return moment

    def decided(self, asked: Asked, moment: Moment, way: Way) -> None:
        true = [option.text for option in asked.options if option.right(*moment)]
        if len(true) != 1:
            raise self.bad(way, f"one option has to be true, and these are: {', '.join(true) or 'none'}.")

    # -- keys and lines ------------------------------------------------------------------------------
    def tables(self, key: str, needed: tuple[str, ...]) -> list[dict[str, Any]]:
        found = self.told.get(key, [])
        for at, table in enumerate(found):
            if not isinstance(table, dict):
                raise self.bad((key,), f"write it as tables: [[{key}]].")
            self.keys(table, TABLES[key], (key, at))
            self.needs(table, needed, (key, at))
        return list(found)

    def needs(self, table: dict[str, Any], needed: tuple[str, ...], way: Way) -> None:
        for key in needed:
            if not table.get(key):
                raise self.bad(way, f"it needs {key!r}.")

    def keys(self, table: dict[str, Any], known: Any, way: Way) -> None:
        for key, value in table.items():
            if key not in known:
                raise self.bad(
                    (*way, key), f"there is no key {key!r}{_meant(key, known)}. The keys: {', '.join(known)}."
                )
            if not isinstance(value, known[key]) or (known[key] is int and isinstance(value, bool)):
                kinds = {str: "a text", list: "a list", dict: "a table", int: "a whole number"}
                wanted = known[key] if isinstance(known[key], tuple) else (known[key],)
                raise self.bad(
                    (*way, key), f"it should be {' or '.join(kinds[each] for each in wanted)}, not {value!r}."
                )

    def bad(self, way: Way, sentence: str) -> BadLevel:
        shown = " ".join(str(part + 1) if isinstance(part, int) else part for part in way)
        return BadLevel(self.path.name, self.line(way), shown, sentence)

    def line(self, way: Way) -> int:
        """The line of the value; of what is around it where its own cannot be told."""
        if not way:
            return 0
        at = self.find(0, rf'\s*(\[\[?\s*)?"?{re.escape(str(way[0]))}"?\s*(=|\]|\.)')
        behind = 1
        if len(way) > 1 and isinstance(way[1], int) and at >= 0 and self.lines[at].lstrip().startswith("[["):
            for _ in range(way[1]):
                at = self.find(at + 1, rf"\s*\[\[{way[0]}\]\]")
            behind = 2
        for end in range(behind, len(way)):
            further = self.find(at, self.looks(way[: end + 1]))
            at = further if further >= 0 else at
        return at + 1

    def looks(self, way: Way) -> str:
        """What the line of this value looks like: a key by its name, an item of a list by its text."""
        part = way[-1]
        if isinstance(part, str):
            return rf'(.*[\s,{{.\[])?"?{re.escape(part)}"?\s*[=\]]'
        value = self.value(way)
        word = str(value.get("text", "")) if isinstance(value, dict) else str(value)
        written = re.escape(word), re.escape(word.replace('"', '\\"'))
        return rf".*({'|'.join(written)})" if word else "$^"

    def value(self, way: Way) -> Any:
        found: Any = self.told
        for part in way:
            try:
                found = found[part]
            except (LookupError, TypeError):
                return None
        return found

    def find(self, begin: int, pattern: str) -> int:
        return next(
            (at for at in range(max(0, begin), len(self.lines)) if re.match(pattern, self.lines[at])), -1
        )


def _meant(word: object, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(str(word), list(known), 1, 0.5)
    return f"; did you mean {near[0]!r}?" if near else ""
