"""One person in a class who attacks the lesson: floods, stuffed ballots, guesses, odd messages, readers that stall.

Everything runs on loopback. With CP_TEACH_PROVE=1 the numbers are those of a large class.
"""

import asyncio
import contextlib
import http.client
import json
import logging
import os
import random
import socket
import statistics
import struct
import time
from typing import ClassVar

import pytest
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from cp_teach import Run, Simulated, load_pipeline
from cp_teach.classroom import open_room
from cp_teach.classroom.admission import (
    BALLOTS_AT_ONCE,
    BALLOTS_PER_SECOND,
    CODE_LENGTH,
    CODE_LETTERS,
    FREE_TYPOS,
    WRONG_PAUSE,
    Admission,
)
from cp_teach.classroom.connection_limits import MAX_WAITING
from cp_teach.classroom.handlers import MESSAGES_AT_ONCE
from cp_teach.classroom.rate_limits import MAX_KEYS, TokenBucket, TokenBuckets
from cp_teach.classroom.seats import SEATS_PER_ADDRESS, TABS, Seats
from cp_teach.classroom.vote import Vote

PROVE = bool(os.environ.get("CP_TEACH_PROVE"))
FOLLOWERS = 100 if PROVE else 30
FLOOD = 20_000 if PROVE else 2_000


@pytest.fixture
def room(caplog, capfd):
    """A room; after the test nothing of it may stand on the instructor's terminal."""
    caplog.set_level(logging.WARNING)
    with open_room(Run(load_pipeline("demo"), Simulated())) as opened:
        yield opened
    logged = [*caplog.get_records("call"), *caplog.get_records("teardown")]
    assert [record.getMessage() for record in logged] == []
    assert capfd.readouterr().err == ""


def get(room, path, cookie=""):
    """The status, the cookie and the text of a page."""
    asked = http.client.HTTPConnection("127.0.0.1", room.port, timeout=10)
    asked.request("GET", path, headers={"Cookie": cookie} if cookie else {})
    answer = asked.getresponse()
    text = answer.read().decode()
    asked.close()
    return answer.status, answer.getheader("Set-Cookie") or "", text


def ballot(room):
    """The cookie that a browser gets when it joins."""
    cookie = get(room, f"/room?code={room.code}")[1]
    assert cookie
    return cookie.partition(";")[0]


def attend(lesson):
    """Run a lesson to its end, and close what it opened."""

    async def whole():
        try:
            await lesson()
        finally:
            for browser in Browser.opened:
                browser.line.close()
            await asyncio.gather(*(browser.reader for browser in Browser.opened), return_exceptions=True)
            Browser.opened.clear()

    asyncio.run(whole())


class Browser:
    """One socket that follows; ``picture`` is what it was sent, put together."""

    opened: ClassVar = []

    def __init__(self, line):
        self.opened.append(self)
        self.line, self.picture, self.received, self.refused = line, {}, 0, []
        self.changed = asyncio.Event()
        self.reader = asyncio.ensure_future(self.read())

    async def read(self):
        while (text := await self.line.read_message()) is not None:
            self.received += len(text)
            told = json.loads(text)
            if "refused" in told:
                self.refused.append(told["refused"])
            self.picture |= told
            self.changed.set()
        self.changed.set()

    async def until(self, condition, seconds=20.0):
        """The time until the picture meets a condition, such as one about a vote that has not come yet."""
        began = time.monotonic()
        async with asyncio.timeout(seconds):
            while not self.meets(condition):
                self.changed.clear()
                await self.changed.wait()
        return time.monotonic() - began

    def meets(self, condition):
        with contextlib.suppress(TypeError, KeyError):
            return condition(self.picture)
        return False

    async def ended(self, seconds=20.0):
        """The code and the sentence with which the server closed it."""
        async with asyncio.timeout(seconds):
            await self.reader
        return self.line.close_code, self.line.close_reason

    def send(self, message):
        text = message if isinstance(message, str | bytes) else json.dumps(message)
        return self.line.write_message(text, binary=isinstance(text, bytes))


async def follow(room, cookie="", **arguments):
    way = "&".join(f"{key}={value}" for key, value in (arguments or {"code": room.code}).items())
    headers = {"Cookie": cookie} if cookie else {}
    url = f"ws://127.0.0.1:{room.port}/line?{way}"
    browser = Browser(await websocket_connect(HTTPRequest(url, headers=headers)))
    async with asyncio.timeout(5):
        await browser.changed.wait()  # the first picture, or the end
    return browser


async def settled(browsers, seconds=0.25):
    """Wait until nothing more comes in, and return how much has come in."""
    before = -1
    while before != (now := sum(browser.received for browser in browsers)):
        before = now
        await asyncio.sleep(seconds)
    return before


# -- floods ----------------------------------------------------------------------------------------------


EMPTY = [
    "{}",
    "[]",
    "nothing",
    b"\x00\xff",
    '{"vote": 1, "option": 0}',
    '{"vote": 9, "option": 1}',
    "[" * 4_000,
]


def test_messages_that_change_nothing_send_nothing(room):
    async def lesson():
        vote = room.ask("00-closed-door")
        ada = await follow(room, ballot(room))
        ada.send({"vote": vote.number, "option": 0})
        others = [await follow(room) for _ in range(3)]
        await ada.until(lambda seen: seen.get("own", {}).get("option") == 0)
        before = await settled([ada, *others])
        for _ in range(5):
            for message in EMPTY:
                ada.send(message)
        assert await settled([ada, *others]) == before
        assert not ada.reader.done()

    attend(lesson)


def test_a_message_with_a_number_is_answered_to_its_browser_alone_once_it_is_handled(room):
    async def lesson():
        vote = room.ask("00-closed-door")
        ada, alan = await follow(room, ballot(room)), await follow(room)
        before = await settled([alan])
        ada.send({"ping": 7})
        await ada.until(lambda seen: seen["heard"] == 7)
        assert await settled([alan]) == before
        ada.send({"vote": vote.number, "option": 0, "ping": 8})
        await ada.until(lambda seen: seen["heard"] == 8)
        assert vote.tally()[0] == 1
        for strange in (True, 1.5, -1, 2**53, "9", [9], None):
            ada.send({"ping": strange})
        await settled([ada])
        assert ada.picture["heard"] == 8
        teacher = await follow(room, key=room.key)
        teacher.send({"act": "nothing", "ping": 3})
        await teacher.until(lambda seen: seen["heard"] == 3)
        assert len(teacher.refused) == 1
        teacher.send({"ping": 4})
        await teacher.until(lambda seen: seen["heard"] == 4)
        assert len(teacher.refused) == 1  # a number alone is no act

    attend(lesson)


def test_a_newcomer_costs_the_others_a_few_bytes(room):
    async def lesson():
        ada = await follow(room)
        await settled([ada])
        before = ada.received
        alan = await follow(room)
        await ada.until(lambda seen: seen["students"] == 2)
        assert 0 < ada.received - before < 50
        assert alan.received > 1_000

    attend(lesson)


def test_the_same_answer_again_changes_nothing():
    vote = Vote.of("00-closed-door", 1)
    assert [vote.answer("ada", 0), vote.answer("ada", 0), vote.answer("ada", 1)] == [True, False, True]
    assert not vote.answer("", 0)


def test_a_vote_after_the_reveal_sends_nothing(room):
    async def lesson():
        vote = room.ask("00-closed-door")
        ada = await follow(room, ballot(room))
        room.reveal()
        await ada.until(lambda seen: seen["vote"] and seen["vote"]["revealed"])
        before = await settled([ada])
        ada.send({"vote": vote.number, "option": 1})
        assert await settled([ada]) == before
        assert sum(room.tally().values()) == 0

    attend(lesson)


@pytest.mark.parametrize("what", ["{}", "votes"])
def test_a_flooder_is_closed_with_a_sentence_and_the_instructor_acts_at_once(room, what):
    async def lesson():
        vote = room.ask("00-closed-door")
        followers = [await follow(room) for _ in range(FOLLOWERS)]
        teacher = await follow(room, key=room.key)
        await teacher.until(lambda seen: seen["students"] == FOLLOWERS)
        before = await settled([*followers, teacher], 0.2)
        cookie = ballot(room)
        flooder = await follow(room, cookie)

        async def flood():
            with contextlib.suppress(Exception):
                for number in range(FLOOD):
                    await flooder.send(what if what == "{}" else {"vote": vote.number, "option": number % 2})

        flooding = asyncio.ensure_future(flood())
        waits = []
        for speed in range(5):
            teacher.send({"act": "play" if speed % 2 == 0 else "pause"})
            waits.append(await teacher.until(lambda seen, on=speed % 2 == 0: seen["playing"] is on))
        await flooding
        assert statistics.median(waits) < 1  # the attacker, the class and the server share this process
        assert await flooder.ended() == (
            4429,
            "This browser sent too many messages. Reload the page to continue.",
        )
        assert sum(room.tally().values()) <= 1
        after = await settled([*followers, teacher], 0.2)
        assert (
            after - before
        ) / FOLLOWERS < 40_000  # a few small parts each, and the flooder's coming and going
        assert all(not browser.reader.done() for browser in followers)
        again = await follow(room, cookie)
        await again.until(lambda seen: "view" in seen)

    attend(lesson)


def test_a_person_who_changes_an_answer_often_is_no_flooder(room):
    async def lesson():
        vote = room.ask("00-closed-door")
        ada = await follow(room, ballot(room))
        for at in range(MESSAGES_AT_ONCE - 5):
            await ada.send({"vote": vote.number, "option": at % 2})
        last = (MESSAGES_AT_ONCE - 6) % 2
        await ada.until(lambda seen: seen.get("own", {}).get("option") == last)
        assert not ada.reader.done()

    attend(lesson)


HANDSHAKE = (
    "GET /line?{} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def raw_line(room, arguments=None):
    """A socket after the handshake, on which a test writes frames of its own."""
    line = socket.create_connection(("127.0.0.1", room.port), timeout=10)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    line.sendall(HANDSHAKE.format(arguments or f"code={room.code}", room.port).encode())
    head = b""
    while b"\r\n\r\n" not in head:
        head += line.recv(1)
    assert b" 101 " in head
    return line


def frame(opcode, data=b"", final=True):
    """One frame of a client, masked with zeros."""
    assert len(data) < 65_536
    size = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + struct.pack("!H", len(data))
    return bytes([opcode | (0x80 if final else 0)]) + size + b"\0\0\0\0" + data


FRAMES = {
    "pings": frame(0x9, b"x"),
    "pongs": frame(0xA),
    "fragments": frame(0x0, b"", final=False),
}


@pytest.mark.parametrize("kind", FRAMES)
def test_frames_that_are_no_messages_hold_up_nobody(room, kind):
    async def lesson():
        teacher = await follow(room, key=room.key)
        await teacher.until(lambda seen: "view" in seen)
        line = raw_line(room)

        def flood():
            with contextlib.suppress(OSError):
                line.sendall(frame(0x1, b"{", final=False) if kind == "fragments" else b"")
                for _ in range(FLOOD // 20):
                    line.sendall(FRAMES[kind] * 200)

        line.settimeout(2)
        flooding = asyncio.get_running_loop().run_in_executor(None, flood)
        waits = []
        for number in range(5):
            teacher.send({"act": "play" if number % 2 == 0 else "pause"})
            waits.append(await teacher.until(lambda seen, on=number % 2 == 0: seen["playing"] is on))
        assert statistics.median(waits) < 1
        await flooding
        line.close()

    attend(lesson)


def test_a_browser_that_does_not_read_costs_one_picture_and_gets_the_newest_in_the_end(room):
    line, run = raw_line(room), room.lesson.run
    (seat,) = wait_for(lambda: list(room.seats))
    due = queued = 0
    for number in range(40):
        run.release(f"{number} " + "x" * 4_000)
        time.sleep(0.02)
        picture = len(json.dumps(room.lesson.snapshot(1, by_instructor=False)))
        due, queued = due + picture, max(queued, len(seat._stream._write_buffer))
    assert due > 2_000_000
    assert 0 < queued < 1.1 * picture
    received = bytearray()

    def newest():
        with contextlib.suppress(TimeoutError):
            received.extend(line.recv(1 << 20))
        return f'"position": {run.journal.position},'.encode() in received

    wait_for(newest)
    assert len(received) < due / 4
    line.close()


def wait_for(condition, seconds=10.0):
    """What the condition gives as soon as it is true."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return value


# -- seats ------------------------------------------------------------------------------------------------


def test_a_browser_has_a_bounded_number_of_tabs_and_the_newest_stay(room):
    async def lesson():
        cookie = ballot(room)
        tabs = [await follow(room, cookie) for _ in range(TABS + 1)]
        assert (await tabs[0].ended())[0] == 4409
        await tabs[-1].until(lambda seen: seen["students"] == 1)
        assert room.students == 1

    attend(lesson)


class Seated:
    """A browser as far as seats know it."""

    def __init__(self, ballot="", address="10.0.0.1", instructor=False):
        self.ballot, self.address, self.instructor, self.closed = ballot, address, instructor, 0

    def refresh(self):
        pass

    def end(self, code, reason):
        assert len(reason.encode()) < 124  # what a closing frame holds
        self.closed = code


def test_one_person_cannot_take_the_seats_of_a_school_behind_one_address():
    seats = Seats()
    guests = [Seated() for _ in range(300)]
    own_tabs = [Seated(f"attacker {n // TABS}") for n in range(SEATS_PER_ADDRESS - 300)]
    assert all(seats.take(line) for line in [*guests, *own_tabs])
    assert not seats.take(Seated())
    assert not seats.take(Seated("attacker 0")) or own_tabs[0].closed
    school = [Seated(f"student {n}") for n in range(300)]
    assert all(seats.take(line) for line in school)
    assert not any(line.closed for line in school)
    assert seats.take(Seated("elsewhere", "10.0.0.2"))
    assert seats.take(Seated(instructor=True))


def test_requests_that_lead_to_no_seat_are_bounded_and_shut_out_nobody(room):
    async def lesson():
        ada = await follow(room, ballot(room))
        idle = []
        for _ in range(MAX_WAITING + 50):
            idle.append(socket.create_connection(("127.0.0.1", room.port), timeout=5))
        status, cookie, _ = get(room, f"/room?code={room.code}")
        assert status == 200
        alan = await follow(room, cookie.partition(";")[0])
        await alan.until(lambda seen: "view" in seen)
        assert len(room.server.waiting) <= MAX_WAITING
        assert idle[0].recv(1) == b""  # the oldest made room
        assert not ada.reader.done()
        for line in idle:
            line.close()

    attend(lesson)


def test_a_whole_class_that_connects_at_the_same_moment_gets_in(room):
    async def lesson():
        browsers = await asyncio.gather(*(follow(room) for _ in range(300 if PROVE else 120)))
        assert not any(browser.reader.done() for browser in browsers)
        wait_for(lambda: room.students == len(browsers))

    attend(lesson)


# -- votes ------------------------------------------------------------------------------------------------


def test_names_and_cookies_of_ones_own_stuff_no_ballot(room):
    async def lesson():
        vote = room.ask("00-closed-door")
        stuffers = [await follow(room, code=room.code, student=f"s{n}") for n in range(10)]
        name = f"cp_teach_ballot_{room.port}"
        real = ballot(room)
        forged = [
            f"{name}=x",
            f"{name}=2|1:0|10:1|4:{name}|4:YWJj|00",
            real[:-1] + ("0" if real[-1] != "0" else "1"),
        ]
        stuffers += [await follow(room, cookie) for cookie in forged]
        for stuffer in stuffers:
            await stuffer.send({"vote": vote.number, "option": 0, "student": "ada"})
        await settled(stuffers)
        assert sum(room.tally().values()) == 0
        assert all(stuffer.picture["own"]["ballot"] is False for stuffer in stuffers)

    attend(lesson)


def test_tabs_of_one_browser_are_one_voter_who_sees_the_own_answer_after_a_reload(room):
    async def lesson():
        vote = room.ask("00-closed-door")
        cookie = ballot(room)
        assert get(room, f"/room?code={room.code}", cookie)[1] == ""  # a reload issues no second ballot
        first, second = await follow(room, cookie), await follow(room, cookie)
        await first.send({"vote": vote.number, "option": 0})
        await second.until(lambda seen: seen["own"]["option"] == 0)
        await second.send({"vote": vote.number, "option": 1})
        await first.until(lambda seen: seen["own"]["option"] == 1)
        assert list(room.tally().values())[:2] == [0, 1]
        again = await follow(room, cookie)
        await again.until(lambda seen: seen["own"] == {"ballot": True, "number": vote.number, "option": 1})

    attend(lesson)


def test_a_class_behind_one_address_joins_at_once_and_one_client_gets_no_more_ballots_than_that(room):
    began = time.monotonic()
    answers = [get(room, f"/room?code={room.code}") for _ in range(BALLOTS_AT_ONCE + 20)]
    issued = [cookie for _, cookie, _ in answers if cookie]
    assert all(cookie for _, cookie, _ in answers[:BALLOTS_AT_ONCE])
    most = BALLOTS_AT_ONCE + BALLOTS_PER_SECOND * (time.monotonic() - began) + 1
    assert len(set(issued)) == len(issued) <= most
    assert all("HttpOnly" in cookie and "SameSite=Strict" in cookie for cookie in issued)
    assert {status for status, _, _ in answers} == {200}
    assert all("reload in a minute" in text for _, cookie, text in answers if not cookie)


def test_the_instructor_sees_answers_of_those_who_have_left(room):
    async def lesson():
        vote = room.ask("00-closed-door")
        teacher = await follow(room, key=room.key)
        for _ in range(3):
            voter = await follow(room, ballot(room))
            await voter.send({"vote": vote.number, "option": 0})
            await voter.until(lambda seen: seen["own"]["option"] == 0)
            voter.line.close()
        await teacher.until(lambda seen: seen["vote"]["count"] == 3 and seen["vote"]["left"] == 3)

    attend(lesson)


# -- guesses ----------------------------------------------------------------------------------------------


def test_wrong_codes_shut_out_nobody_who_knows_the_right_one(room):
    async def lesson():
        cookie = ballot(room)
        ada = await follow(room, cookie)

        async def guess(number):
            path = f"/room?code=wrong{number}" if number % 2 else f"/teach?key=wrong{number}"
            return (await asyncio.to_thread(get, room, path))[0]

        for number in range(FREE_TYPOS):
            assert await guess(number) == 403
        assert (await (await follow(room, code="wrong")).ended())[0] == 4403
        began = time.monotonic()
        guesses = asyncio.gather(*(guess(number) for number in range(4)))
        rights = []
        for path in (f"/room?code={room.code}", f"/teach?key={room.key}") * 2:
            asked = time.monotonic()
            assert (await asyncio.to_thread(get, room, path, cookie))[0] == 200
            rights.append(time.monotonic() - asked)
        teacher = await follow(room, key=room.key)
        ada.line.close()
        again = await follow(room, cookie)
        assert "view" in teacher.picture
        assert "view" in again.picture
        assert set(await guesses) == {403}
        assert time.monotonic() - began >= WRONG_PAUSE  # the wrong ones waited, the right ones did not
        assert min(rights) < WRONG_PAUSE

    attend(lesson)


def test_guessing_is_hopeless():
    guesses = 5_000 * 3_600 * 8
    assert guesses / len(CODE_LETTERS) ** CODE_LENGTH < 1e-6
    admission = Admission()
    assert len(admission.code) == CODE_LENGTH
    assert admission.knows_code(f" {admission.code[:5].upper()}-{admission.code[5:]} ")
    assert not admission.knows_code(admission.code[:-1])
    assert not admission.knows_code("\ud800")
    assert not admission.knows_key("")


def test_buckets_fill_with_time_and_their_table_is_bounded():
    now = [0.0]
    bucket = TokenBucket(rate=2, burst=3, clock=lambda: now[0])
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
    now[0] += 1
    assert [bucket.take() for _ in range(3)] == [True, True, False]
    buckets = TokenBuckets(rate=0, burst=1)
    assert all(buckets.take(str(number)) for number in range(MAX_KEYS + 100))
    assert len(buckets) == MAX_KEYS


# -- odd messages -----------------------------------------------------------------------------------------

ODD_FRAMES = {
    "binary": frame(0x2, bytes(range(125))),
    "no UTF-8": frame(0x1, b"\xff\xfe"),
    "a closing reason that is no UTF-8": frame(0x8, b"\x03\xe8\xff\xfe"),
    "half a closing code": frame(0x8, b"\x03"),
    "an unknown kind": frame(0x3, b"x"),
    "reserved bits": b"\xf1\x80\0\0\0\0",
    "a huge frame": b"\x81\xff" + struct.pack("!Q", 1 << 62) + b"\0\0\0\0",
    "a long frame": frame(0x1, b'"' + b"x" * 60_000 + b'"'),
    "a long ping": b"\x89\xfe\x01\x00\0\0\0\0" + b"x" * 256,
    "a fragment of nothing": frame(0x0, b"x"),
    "deep": frame(0x1, b"[" * 8_000),
    "deep objects": frame(0x1, b'{"a":' * 1_500),
    "half a pair": frame(0x1, b'{"vote": 1, "option": "\\ud800"}'),
    "a long number": frame(0x1, b'{"vote": 1, "option": ' + b"9" * 8_000 + b"}"),
    "no number": frame(0x1, b'{"vote": NaN, "option": Infinity}'),
    "controls": frame(0x1, b'{"vote": "\\u001b]52;c;eA==\\u0007"}'),
    "no frame": b"GET / HTTP/1.1\r\n\r\n",
}


@pytest.mark.parametrize("kind", ODD_FRAMES)
@pytest.mark.parametrize("teaches", [False, True])
def test_odd_frames_write_nothing_on_the_terminal(room, kind, teaches):
    room.ask("00-closed-door")
    line = raw_line(room, f"key={room.key}" if teaches else None)
    line.sendall(ODD_FRAMES[kind])
    time.sleep(0.05)
    line.close()
    assert get(room, f"/room?code={room.code}")[0] == 200


ODD_VALUES = [
    None,
    True,
    -1,
    10**30,
    1.5,
    1e308,
    "",
    "x",
    "1e400",
    "\x1b[2J",
    [],
    [[]],
    {},
    {"a": []},
    [1, "Prod"],
]


def test_wrong_types_in_every_field_are_refused_with_a_sentence(room):
    def damaged(shuffle):
        message = {"act": shuffle.choice(ACTS)}
        for name in (
            "command",
            "with",
            "question",
            "speed",
            "to",
            "stage",
            "action",
            "when",
            "failure",
            "chance",
        ):
            if shuffle.random() < 0.5:
                message[name] = shuffle.choice(ODD_VALUES)
        if shuffle.random() < 0.3:
            kinds = ("StartExecution", "PutApprovalResult", "RetryStageExecution", "nothing", 7)
            message["command"] = [shuffle.choice(kinds), *shuffle.choices(ODD_VALUES, k=shuffle.randrange(5))]
        return message

    async def lesson():
        room.lesson.run.release("First")
        teacher = await follow(room, key=room.key)
        student = await follow(room, ballot(room))
        shuffle = random.Random(7)
        for _ in range(900 if PROVE else 300):
            await teacher.send(damaged(shuffle))
        for value in ODD_VALUES:
            await student.send({"vote": value, "option": 0})
            await student.send({"vote": 1, "option": value})
        await settled([teacher, student])
        assert teacher.refused
        assert all(isinstance(sentence, str) and sentence for sentence in teacher.refused)
        assert not teacher.reader.done()
        assert not student.reader.done()
        assert sum(room.tally().values()) <= 1

    attend(lesson)


ACTS = [
    "do",
    "step",
    "play",
    "pause",
    "undo",
    "redo",
    "jump",
    "inject",
    "heal",
    "ask",
    "reveal",
    "end",
    "speed",
    7,
    None,
]


@pytest.mark.parametrize(
    "path",
    [
        "/room?code=%ff%fe",
        "/room?code=%00%1b]52;c;eA==%07",
        "/room?code=" + "x" * 8_000,
        "/room?" + "a=1&" * 2_000,
        "/teach?key=%ed%a0%80",
        "/line?code=%ff",
        "/line",
        "/%1b[2J",
    ],
)
def test_odd_addresses_write_nothing_on_the_terminal(room, path):
    assert get(room, path, "cp_teach_ballot=\xff; x=%00")[0] in (400, 403, 404)


REQUESTS = [
    "GET /room?code={code} HTTP/1.1\r\nHost: x\r\nCookie: cp_teach_ballot_{port}=2|1:0|10:1|x\r\n\r\n",
    HANDSHAKE.replace("/line?{}", "/line?code={code}").replace("127.0.0.1:{}", "x"),
    "POST /room HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 8\r\n\r\n--x--\r\n\n",
    "POST /else HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n",
    "POST /else HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data\r\nContent-Length: 2\r\n\r\nab",
    "PUT /teach?key=x HTTP/1.0\r\nContent-Length: 999999999\r\nContent-Encoding: gzip\r\n\r\n",
]


def test_damaged_requests_write_nothing_on_the_terminal_and_leave_nothing_open(room):
    shuffle = random.Random(3)
    for _ in range(3_000 if PROVE else 150):
        request = bytearray(shuffle.choice(REQUESTS).format(code=room.code, port=room.port).encode("latin-1"))
        for _ in range(shuffle.randrange(6)):
            at = shuffle.randrange(len(request))
            odd = shuffle.choice(
                [b"", b"\0", b"\r\n", b"\xff\x9b", b":", b";=", b'"', b"\\", b"\x1b[2J", b"x" * 3_000]
            )
            request[at : at + shuffle.randrange(4)] = odd
        with socket.create_connection(("127.0.0.1", room.port)) as line, contextlib.suppress(OSError):
            line.settimeout(0.01)
            line.sendall(bytes(request) + shuffle.randbytes(shuffle.randrange(40)))
            line.recv(100)
    assert get(room, f"/room?code={room.code}")[0] == 200
    wait_for(lambda: not room.sockets)
    assert room.students == 0


def test_a_port_or_a_host_that_cannot_be_is_refused():
    run = Run(load_pipeline("demo"), Simulated())
    for port in (-1, 65_536, 99_999):
        with pytest.raises(ValueError, match="is not a valid port"):
            open_room(run, port=port)
    with pytest.raises(ValueError, match="the host is empty"):
        open_room(run, host="")
