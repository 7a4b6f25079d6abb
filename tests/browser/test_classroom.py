"""A class in real browsers: an instructor acts, students follow and vote, strangers stay outside."""

import contextlib
import http.client
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request

import pytest
from playwright.sync_api import expect
from prefix_proxy import prefixed

from cp_teach import Run, Simulated, load_pipeline
from cp_teach.classroom import open_room


@pytest.fixture
def room():
    with open_room(Run(load_pipeline("demo"), Simulated())) as made:
        yield made


def joined(new_page, room, **options):
    page = new_page(**options)
    page.goto(room.url)
    page.get_by_label("Code").fill(room.code.upper())
    page.keyboard.press("Enter")
    page.locator(".cp-console").wait_for()
    return page


def test_students_follow_live_and_vote_and_the_instructor_reveals(room, new_page, axe):
    ada, alan = (
        joined(new_page, room),
        joined(new_page, room, viewport={"width": 400, "height": 800}, color_scheme="dark"),
    )
    teacher = new_page()
    teacher.goto(room.teach_url)
    teacher.get_by_text("2 students follow").wait_for()
    teacher.get_by_label("Commit message").fill("New logo")
    teacher.get_by_role("button", name="Release change").press("Enter")
    for page in (ada, alan):
        page.locator(".cp-live", has_text="New logo").first.wait_for()
        assert page.get_by_role("switch").count() == 0
        assert page.get_by_role("button", name="Release change").count() == 0
    teacher.get_by_label("Question").first.select_option("00-closed-door")
    teacher.get_by_role("button", name="Ask the class").click()
    ada.get_by_role("radio").nth(0).check()
    alan.get_by_role("radio").nth(1).focus()
    alan.keyboard.press("Space")
    teacher.get_by_text("2 answered").wait_for()
    assert list(room.tally().values())[:2] == [1, 1]
    assert ada.get_by_text("✓ Right").count() == 0
    assert ada.get_by_text("Your answer is in.").is_visible()
    for page in (alan, teacher):
        assert axe(page) == []
    teacher.get_by_role("button", name="Reveal").press("Space")
    for page in (ada, alan, teacher):
        page.get_by_text("✓ Right").wait_for()
        assert not page.get_by_text("Your answer is in.").is_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert axe(alan) == []


def test_a_press_that_is_under_way_is_not_lost_when_another_answers(room, new_page):
    ada, alan, teacher = joined(new_page, room), joined(new_page, room), new_page()
    teacher.goto(room.teach_url)
    room.ask("00-closed-door")
    alan.get_by_role("radio").nth(1).hover()
    alan.mouse.down()
    ada.get_by_role("radio").nth(0).check()
    teacher.get_by_text("1 answered").wait_for()
    alan.mouse.up()
    teacher.get_by_text("2 answered").wait_for()
    teacher.get_by_role("button", name="Reveal").hover()
    teacher.mouse.down()
    ada.get_by_role("radio").nth(2).check()
    expect(teacher.locator(".option .count")).to_have_text(["0", "1", "1", "0"])
    teacher.mouse.up()
    alan.get_by_text("✓ Right").wait_for()


def test_behind_the_prefix_of_a_proxy_a_class_follows_and_votes(room, new_page):
    room.lesson.ask("00-closed-door")
    with prefixed("/user/ada/proxy/8899/", room.port) as address:
        page = new_page()
        page.goto(address)
        page.get_by_label("Code").fill(room.code)
        page.keyboard.press("Enter")
        page.get_by_role("radio").nth(0).check()
        page.reload()
        expect(page.get_by_role("radio").nth(0)).to_be_checked()  # its cookie reached it below the prefix
        teacher = new_page()
        teacher.goto(f"{address}teach?key={room.key}")
        teacher.get_by_text("1 student follows").wait_for()
        assert page.context.cookies(address)[0]["path"] == "/user/ada/proxy/8899"
        link = page.context.new_page()
        link.goto(f"data:text/html,<a href='{address}room?code={room.code}'>The lesson</a>")
        link.get_by_text("The lesson").click()
        link.get_by_role("link", name="Open the lesson").click()
        link.get_by_role("radio").first.wait_for()


def test_what_another_cell_does_to_the_run_is_seen_at_once(room, new_page):
    page = joined(new_page, room)
    room.lesson.run.release("From a cell")
    page.locator(".cp-live", has_text="From a cell").first.wait_for()
    room.ask("00-two-at-the-door")
    page.get_by_role("radio").first.wait_for()


def test_without_the_code_nobody_gets_in_and_guessing_shuts_out_nobody_who_knows_it(room, new_page):
    page = new_page(errors_allowed=True)
    page.goto(room.url)
    page.get_by_label("Code").fill("wrong2")
    page.get_by_role("button", name="Join").click()
    assert "not the code" in page.get_by_role("alert").inner_text()
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(f"{room.url}teach?key=guess")
    for _ in range(22):
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(f"{room.url}room?code=aaaaaa")
    with urllib.request.urlopen(f"{room.url}room?code={room.code}") as answer:
        assert answer.status == 200
    page.get_by_label("Code").fill(room.code)
    page.get_by_role("button", name="Join").click()
    page.locator(".cp-console").wait_for()


def test_a_browser_is_one_voter_in_all_its_tabs_and_sees_its_answer_after_a_reload(room, new_page):
    vote = room.ask("00-closed-door")
    first = joined(new_page, room)
    first.get_by_role("radio").nth(0).check()
    first.get_by_text("Your answer is in.").wait_for()
    second = first.context.new_page()
    second.goto(f"{room.url}room?code={room.code}")
    second.get_by_text("Your answer is in.").wait_for()
    assert second.get_by_role("radio").nth(0).is_checked()
    second.get_by_role("radio").nth(1).check()
    expect(
        first.get_by_role("radio").nth(1)
    ).to_be_checked()  # no script: the page's policy forbids to evaluate text
    first.reload()
    first.get_by_text("Your answer is in.").wait_for()
    assert first.get_by_role("radio").nth(1).is_checked()
    # A link on a page of another site: the browser holds the cookie back at first.
    elsewhere = first.context.new_page()
    elsewhere.goto(f"data:text/html,<a href='{room.url}room?code={room.code}'>The lesson</a>")
    elsewhere.get_by_text("The lesson").click()
    elsewhere.get_by_role("link", name="Open the lesson").click()
    elsewhere.get_by_text("Your answer is in.").wait_for()
    assert list(vote.answers.values()) == [1]
    assert first.context.cookies()[0]["httpOnly"]
    assert first.evaluate("document.cookie") == ""


def test_a_browser_without_a_ballot_follows_and_is_told_that_it_cannot_answer(room, new_page, monkeypatch):
    room.ask("00-closed-door")
    monkeypatch.setattr(room.admission, "new_ballot", lambda address: None)  # it had too many lately
    page = joined(new_page, room)
    page.get_by_text("reload in a minute to answer, too").wait_for()
    page.get_by_text("This browser can follow the lesson but cannot answer").wait_for()
    assert page.get_by_role("radio").first.is_disabled()
    assert page.context.cookies() == []


def test_a_student_cannot_act_over_the_line_and_another_site_cannot_open_one(room, new_page):
    page = joined(new_page, room)
    line = f"/line?code={room.code}&student=x"
    page.evaluate(SEND, f"ws://127.0.0.1:{room.port}{line}")
    assert room.lesson.run.state.newest == 0
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", room.port)) as asked:
        asked.request("GET", line, headers=UPGRADE | {"Origin": "http://far.example"})
        assert asked.getresponse().status == 403


SEND = """line => new Promise((done) => {
  const there = new WebSocket(line);
  there.onopen = () => { there.send('{"act": "do", "command": ["StartExecution"]}'); setTimeout(done, 300); };
})"""
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def test_it_listens_on_this_machine_alone_says_when_it_does_not_answer_and_ends_when_told(room, new_page):
    assert room.url.startswith("http://127.0.0.1:")
    server = subprocess.Popen(
        [sys.executable, "-m", "cp_teach", "classroom", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ,
    )
    told = server.stdout.readline() + server.stdout.readline()
    found = re.search(r"Students: +(http://127\.0\.0\.1:\d+/) +code (\w{10})\n", told)
    assert found
    student, teacher = new_page(), new_page()
    student.goto(f"{found[1]}room?code={found[2]}")
    teacher.goto(re.search(r"Instructor: (\S+)", told)[1])
    teacher.get_by_role("button", name="Ask the class").click()
    student.get_by_role("radio").first.wait_for()
    server.send_signal(signal.SIGSTOP)
    try:
        teacher.get_by_role("button", name="Release change").click()
        expect(teacher.locator("#state")).to_have_text("The lesson has not done this yet …", timeout=2_000)
        student.get_by_role("radio").first.click()
        expect(student.locator("#state")).to_have_text("Sending your answer …", timeout=1_000)
        for page in (student, teacher):
            expect(page.locator(".cp-veil")).to_contain_text("The lesson does not answer", timeout=8_000)
            expect(page.locator("#state")).to_have_text("The lesson does not answer.")
    finally:
        server.send_signal(signal.SIGCONT)
    for page in (student, teacher):
        expect(page.locator("#state")).to_have_text("The lesson answers again.")
        expect(page.locator(".cp-veil")).to_have_count(0)
        page.locator(".cp-live", has_text="#1").first.wait_for()
    expect(teacher.locator("#answered")).to_have_text("1 answered")
    server.send_signal(signal.SIGTERM)
    assert server.wait(20) == 0
    for page in (student, teacher):
        expect(page.locator(".cp-veil")).to_contain_text("The lesson is over.")
        assert page.locator("#vote").evaluate("vote => vote.inert")


def test_a_port_in_use_is_told(room):
    told = subprocess.run(
        [sys.executable, "-m", "cp_teach", "classroom", "--port", str(room.port)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 1
    assert "cannot be used" in told.stderr
    assert "Traceback" not in told.stderr
