"""What people read comes from the catalog: in the pseudo-language no word is left in plain English."""

import re
from gettext import NullTranslations
from html import unescape

import pytest
from catalog import extracted

from cp_teach import Pipeline, Refused, Run, translation
from cp_teach.classroom.pages import room_page
from cp_teach.course import levels, predict
from cp_teach.course.checks.check import check
from cp_teach.course.checks.exercises import EXERCISES
from cp_teach.course.practice.practice_widget import PANEL_SCRIPT, practice
from cp_teach.course.predictions.prediction_widget import PREDICT_SCRIPT
from cp_teach.course.predictions.question_library import QUESTIONS
from cp_teach.engine import DisableTransition, EnableTransition, PutApprovalResult, RetryStage
from cp_teach.show import Console
from cp_teach.show.offline.recording import recordings
from cp_teach.show.static_files import PAGE_SCRIPTS
from cp_teach.show.static_files import words as static_words
from cp_teach.show.view.view_errors import Faults
from cp_teach.translation import _, languages, message, ngettext, script_words, set_language, translated

AWS_SAYS = ("Îñ pipeline", "ÀŴŠ šàýš", "ÎÀṀ ŵöûļđ", "Îţ šàýš:")
"""Where a check repeats what AWS or a build says, in its own words."""
PEOPLE = ("ada", "grace", "jenkins", "alan", "faster", "slower", "cannot")
"""Names, and values that an answer must have."""
ENGLISH_WORD = re.compile(r"[A-Za-z]{2,}")


@pytest.fixture
def pseudo():
    set_language("pseudo")
    yield
    set_language("en")


@pytest.fixture
def asked(monkeypatch):
    """The texts that were asked of the catalog."""
    texts = set()

    class Recorder(translation._Pseudo):
        def gettext(self, message):
            texts.add(message)
            return super().gettext(message)

    monkeypatch.setitem(translation._CATALOGS, "pseudo", Recorder)
    set_language("pseudo")
    yield texts
    set_language("en")


@pytest.fixture(scope="module")
def catalog():
    return {
        form for entry in extracted() for form in (entry.id if isinstance(entry.id, tuple) else (entry.id,))
    }


def english(text, *names):
    """The words of the text that are neither translated nor one of the names."""
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, "")
    return ENGLISH_WORD.findall(text)


# -- the words themselves -----------------------------------------------------------------------------------
def test_a_message_is_english_for_programs_and_is_translated_where_it_is_read(pseudo):
    refused = message("There is no stage {stage!r}; {more}.", stage="Prod", more=message("look again"))
    assert refused == "There is no stage 'Prod'; look again."
    assert translated(refused) == "⟦Ţĥéŕé îš ñö šţàĝé 'Prod'; ⟦ļööķ àĝàîñ⟧.⟧"
    assert translated("Prod") == "Prod"
    assert ngettext("{count} move", "{count} moves", 1) == "⟦1 ɱöṽé⟧"
    assert ngettext("{count} move", "{count} moves", 2) == "⟦2 ɱöṽéš⟧"
    assert _("Run `cp-teach lab`.") == "⟦Ŕûñ `cp-teach lab`.⟧"


def test_a_language_without_a_catalog_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="no catalog for the language 'tlh'; known are: en, pseudo"):
        set_language("tlh")
    assert translation.language() == "en"
    assert languages()[:2] == ["en", "pseudo"]


def test_a_catalog_that_was_translated_is_used(tmp_path, monkeypatch):
    import catalog as tool

    monkeypatch.setattr(tool, "LOCALE", tmp_path)
    monkeypatch.setattr(translation, "LOCALE", tmp_path)
    texts = extracted()
    tool.update("de", texts)
    path = tmp_path / "de" / "LC_MESSAGES" / "cp_teach.po"
    before = path.read_text(encoding="utf-8")
    one = 'msgid "Choose an option first."\nmsgstr "'
    assert one in before
    path.write_text(before.replace(one, one + "Wähle zuerst eine Antwort."), encoding="utf-8")
    assert sum(bool(entry.string) for entry in tool.update("de", texts) if entry.id) >= 1
    set_language("de")
    try:
        assert _("Choose an option first.") == "Wähle zuerst eine Antwort."
        assert _("Next level") == "Next level", "what is not translated yet is English"
        assert script_words(PANEL_SCRIPT)["Choose an option first."] == "Wähle zuerst eine Antwort."
    finally:
        set_language("en")
    assert script_words(PANEL_SCRIPT) == {}


def test_every_word_of_a_script_is_in_the_catalog(pseudo, catalog):
    for words in (script_words(PANEL_SCRIPT), script_words(PREDICT_SCRIPT), static_words(PAGE_SCRIPTS)):
        assert words
        assert words.keys() <= catalog


def test_a_script_gets_the_form_of_every_count_of_its_language(monkeypatch):
    class Czech(NullTranslations):
        def ngettext(self, one, many, count):
            return f"{{count}} {'krok' if count == 1 else 'kroky' if 2 <= count <= 4 else 'kroků'}"

    monkeypatch.setitem(translation._CATALOGS, "cs", Czech)
    script = 'say(ngettext("{count} step", "{count} steps", n))'
    assert script_words(script) == {}
    set_language("cs")
    try:
        which, *forms = script_words(script)["{count} steps"]
    finally:
        set_language("en")
    assert [forms[int(which[count])].split()[1] for count in (0, 1, 2, 5, 22)] == [
        "kroků",
        "krok",
        "kroky",
        "kroků",
        "kroků",
    ]


def test_consoles_and_pages_get_words_only_in_another_language():
    run = Run(Pipeline.of("shop", Source="S3", Prod="CodeDeploy"))
    assert "words" not in Console(run).get_state()
    assert "words" not in recordings()
    assert "learnWords({" not in room_page("shop", teaches=False)
    room_page.cache_clear()
    set_language("pseudo")
    try:
        assert Console(run).get_state()["words"]["Timeline"] == "⟦Ţîɱéļîñé⟧"
        assert recordings()["words"]["Step {position} of {total}: {text}"].startswith("⟦Šţéþ")
        assert '"Timeline": "\\u27e6' in room_page("shop", teaches=False)
    finally:
        set_language("en")
        room_page.cache_clear()


# -- nothing is left out ------------------------------------------------------------------------------------
def test_a_prediction_has_no_word_that_a_translator_cannot_reach(asked, catalog):
    for name in QUESTIONS:
        question = predict(name)
        texts = [repr(question), unescape(re.sub(r"<[^>]+>", " ", question._repr_html_()))]
        question.choose(1)
        texts.append(question.verdict)
        for text in texts:
            assert not english(text, ".choose"), name
    assert sorted(asked - catalog) == []


def test_a_check_has_no_word_that_a_translator_cannot_reach(asked, catalog):
    run = Run(Pipeline.of("shop", Source="S3"))
    for name in EXERCISES:
        for answer in (None, 3, run, run.pipeline, {"a": 1}, "text", {"Build/Compile"}, lambda *_: "", {}):
            shown = "\n".join(
                line
                for line in repr(check(name, answer)).splitlines()
                if not any(said in line for said in AWS_SAYS)
            )
            code = re.sub(r"\S*[_(./\"'{}:\[\]]\S*", " ", shown.removeprefix(name))  # names, paths, and code
            assert not english(code, *PEOPLE, "Source", "shop", "S3", "Build", "Beta", "Prod"), shown
    advice = ('Add "name"', "Remove it; known members")  # of Pipeline.check(), which speaks to programs, too
    assert sorted(text for text in asked - catalog if not text.startswith(advice)) == []


@pytest.mark.parametrize("name", [name for name in levels() if name[:2] in ("01", "03", "09", "20")])
def test_a_level_has_no_word_that_a_translator_cannot_reach(name, asked, catalog):
    desk = practice(name, progress=None)
    for act in ("hint", "hint", "solution", "undo", "reset", "nonsense", "predict", "answer"):
        desk.ask({"act": act})
        for part in texts_of(desk.panel.page):
            assert not english(part, *names_of(desk), "nonsense"), part
    assert sorted(asked - catalog) == []


def texts_of(page):
    kept = ("level", "export", "move", "file", "name", "state")
    if isinstance(page, dict):
        for key, value in page.items():
            if key not in kept or (key == "name" and "levels" in page):
                yield from texts_of(value)
    elif isinstance(page, list):
        for value in page:
            yield from texts_of(value)
    elif isinstance(page, str):
        yield page


def names_of(desk):
    pipeline = desk.level.pipeline
    return [
        pipeline.name,
        *(stage.name for stage in pipeline.stages),
        *(a.name for s in pipeline.stages for a in s.actions),
    ]


def test_what_a_picture_lacks_has_no_word_that_a_translator_cannot_reach(asked, catalog):
    faults = Faults()
    for part in ("the stage Prod", "the log", *(f"the stage {name}" for name in "ABCDEF")):
        faults.note(part, ValueError(), kept=part == "the log")
        assert not english(faults.sentence, "Prod"), faults.sentence
    assert sorted(asked - catalog) == []


def test_a_refusal_is_english_for_the_api_and_translated_for_a_reader(asked, catalog):
    run = Run(Pipeline.of("shop", Source="S3", Prod="Manual then CodeDeploy"))
    for command in (
        RetryStage(1, "Prod"), RetryStage(1, "Nope"), DisableTransition("Prod", "Don't"), EnableTransition("Nope"),
        PutApprovalResult(1, "Prod", "CodeDeploy", "Approved"),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            run.do(command)
        assert english(str(refused.value)), "a client of the API reads English"
        assert not english(refused.value.shown, "Nope", "Prod", "Source", "CodeDeploy")
    assert sorted(asked - catalog) == []
