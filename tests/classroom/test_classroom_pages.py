"""The pages of a classroom, as texts: what each holds, and that nothing in a name becomes markup."""

from cp_teach.classroom.pages import join_page, room_page


def test_the_page_to_join_asks_for_the_code_and_says_what_was_wrong():
    page = join_page("")
    assert page.startswith("<!DOCTYPE html>")
    assert 'name="code"' in page
    assert 'role="alert"' not in page
    wrong = join_page("<b>no such code</b>")
    assert '<p role="alert" class="wrong">✗ &lt;b&gt;no such code&lt;/b&gt;</p>' in wrong


def test_the_page_of_the_lesson_carries_its_scripts_and_says_who_it_is_for():
    student, instructor = room_page("shop", teaches=False), room_page("shop", teaches=True, note="Code: abc")
    assert "<title>shop: lesson</title>" in student
    assert "<title>shop: instructor</title>" in instructor
    assert "const TEACHES = false;" in student
    assert "const TEACHES = true;" in instructor
    assert '<span id="note">Code: abc</span>' in instructor
    for page in (student, instructor):
        assert "WebSocket" in page  # classroom.js is in the page itself
        assert "src=" not in page.split("</main>")[0]
    assert "&lt;i&gt;" in room_page("<i>", teaches=False)
