"""A deployment's picture: every instance and event by glyph and word, in order, and whatever failed with its reason."""

import re

import pytest
from bs4 import BeautifulSoup

from cp_teach.show import fleet
from cp_teach.show.export.sanitize_html import clean
from cp_teach.style import PALETTE, STATUSES

EVENTS = ("ApplicationStop", "DownloadBundle", "Install", "ValidateService")


def event(name, status="Succeeded", code="", message="", log=""):
    told = {"name": name, "status": status, "errorCode": code, "scriptName": "", "message": message}
    return {**told, "logTail": log}


def instance(name, status="Succeeded", statuses=(), label="", **fault):
    events = [event(each, word) for each, word in zip(EVENTS, statuses or [status] * 4, strict=True)]
    for each in events:
        if each["status"] == "Failed":
            each.update(fault)
    return {"instance": name, "label": label, "status": status, "events": events}


def view(*instances, status="Succeeded", **more):
    return {
        "deploymentId": "d-NEW", "applicationName": "shop", "deploymentGroupName": "web", "revision": "abc123",
        "deploymentConfigName": "CodeDeployDefault.OneAtATime", "style": "in-place", "creator": "user",
        "status": status, "errorCode": "", "message": "", "overview": {}, "serving": ["i-1", "i-2", "i-3"],
        "instances": list(instances), "rollsBack": "", "rollbackDeploymentId": "", "notes": [], **more,
    }  # fmt: skip


@pytest.fixture
def broken():
    fault = {"errorCode": "ScriptFailed", "message": "validate.sh failed <1>.", "logTail": "no page\n"}
    return view(
        instance("i-1", "Failed", ("Succeeded", "Succeeded", "Succeeded", "Failed"), **fault),
        instance("i-2", "Skipped"),
        instance("i-3", "Skipped"),
        status="Failed",
        errorCode="HEALTH_CONSTRAINTS",
        message="1 of 3 instances failed.",
        rollbackDeploymentId="d-BACK",
    )


def soup(made):
    return BeautifulSoup(made.html, "html.parser")


def words(element):
    return " ".join(element.get_text(" ").split())


def test_each_instance_is_a_card_with_its_events_in_order(broken):
    cards = soup(fleet(broken)).select("ul > li.cp-fleet-card")
    assert [words(card.h4) for card in cards] == ["i-1: ✗ Failed", "i-2: ↷ Skipped", "i-3: ↷ Skipped"]
    assert [words(li).split()[1] for li in cards[0].select("ol > li")] == list(EVENTS)
    assert words(cards[1].ol) == " ".join(f"↷ {name} Skipped" for name in EVENTS)


def test_a_failure_is_told_with_code_message_and_log(broken):
    made = fleet(broken)
    (fault,) = soup(made).select(".cp-fleet-fault")
    assert words(fault.p) == "ScriptFailed validate.sh failed <1>."
    assert words(fault.details) == "Log of ValidateService on i-1 no page"
    assert "<1>" not in made.html


def test_the_status_is_on_top_and_the_rollback_is_told(broken):
    page = soup(fleet(broken))
    assert words(page.h3) == "Deployment d-NEW to web: ✗ Failed"
    top = [words(p) for p in page.select(".cp-fleet > p")]
    assert top[0] == "shop, revision abc123, CodeDeployDefault.OneAtATime, in-place."
    assert top[1] == "1 of 3 instances failed. (HEALTH_CONSTRAINTS)"
    assert "d-BACK deploys the last good revision again" in top[2]
    back = fleet(view(instance("i-1"), rollsBack="d-NEW"))
    assert "takes back deployment d-NEW" in back.html
    assert "takes back deployment d-NEW" in repr(back)


def test_each_instance_says_which_revision_it_has(broken):
    def has(*instances, **more):
        cards = soup(fleet(view(*instances, **more))).select(".cp-fleet-card")
        return [words(card.select_one(".cp-fleet-more")) for card in cards]

    installing = ("Succeeded", "Succeeded", "InProgress", "Pending")
    assert has(*broken["instances"]) == [
        "has revision abc123", "has what it had before", "has what it had before",
    ]  # fmt: skip
    assert has(instance("i-1", "InProgress", installing)) == ["has a part of revision abc123"]
    colours = instance("i-1", label="Blue"), instance("i-9", label="Green")
    assert has(*colours, style="blue/green", serving=["i-9"]) == [
        "has what it had before, and gets no traffic", "has revision abc123",
    ]  # fmt: skip


def test_the_words_are_one_line(broken):
    assert repr(fleet(broken)) == (
        "Deployment d-NEW to web: Failed (HEALTH_CONSTRAINTS). i-1: Failed at ValidateService, ScriptFailed. "
        "i-2: Skipped. i-3: Skipped. It was rolled back: deployment d-BACK deploys the last good revision again."
    )
    shown = fleet(broken)._repr_mimebundle_()
    assert shown["text/plain"] == repr(fleet(broken))
    assert shown["text/html"] == fleet(broken).html


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("Created", "◷ Created"), ("Queued", "◷ Queued"), ("InProgress", "▶ In progress"), ("Succeeded", "✓ Succeeded"),
        ("Failed", "✗ Failed"), ("Stopped", "■ Stopped"),
    ],
)  # fmt: skip
def test_every_status_of_a_deployment_has_its_glyph_and_word(word, shown):
    page = soup(fleet(view(status=word)))
    assert words(page.h3).endswith(shown)
    assert "It has no instances." in words(page)


@pytest.mark.parametrize("word", ["Pending", "InProgress", "Succeeded", "Failed", "Skipped", "Unknown"])
def test_every_status_of_an_instance_has_its_glyph_and_word(word):
    page = soup(fleet(view(instance("i-1", word))))
    glyph, *told = words(page.h4).removeprefix("i-1: ").split()
    assert len(glyph) == 1
    assert "".join(told).lower() == word.lower()
    assert page.h4.span["aria-hidden"] == "true", "the word is read, not the glyph"


def test_colours_are_those_of_the_palette_in_light_and_dark(broken):
    html = fleet(broken).html
    failed, card = STATUSES["failed"], PALETTE["card"]
    assert f"--cp-failed: light-dark({failed.light}, {failed.dark})" in html
    assert f"--cp-card: light-dark({card.light}, {card.dark})" in html
    assert "border-top-color:var(--cp-failed)" in html
    used = set(re.findall(r"var\((--cp-[\w-]+)\)", html))
    assert used <= set(re.findall(r"(--cp-[\w-]+):", html))


def test_it_survives_the_cleaning_of_an_exported_page(broken, tmp_path):
    made = fleet(broken)
    kept = BeautifulSoup(clean(made.html, tmp_path), "html.parser")
    assert words(kept.select_one(".cp-fleet")) == words(soup(made).select_one(".cp-fleet"))
    assert kept.style.string == soup(made).style.string


def test_whatever_has_a_view_is_drawn_and_stays_as_it_was():
    class Deployment:
        status = "InProgress"

        def view(self):
            return view(instance("i-1", self.status), status=self.status)

    deployment = Deployment()
    made = fleet(deployment)
    deployment.status = "Succeeded"
    assert "In progress" in repr(made)
    assert "In progress" not in repr(fleet(deployment))


@pytest.mark.parametrize("wrong", [None, 3, {}, {"status": "Failed"}, "d-NEW"])
def test_what_is_no_deployment_is_refused(wrong):
    with pytest.raises(TypeError, match="fleet needs a deployment"):
        fleet(wrong)
