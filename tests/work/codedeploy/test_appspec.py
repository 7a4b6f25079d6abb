"""The AppSpec file: what CodeDeploy reads in it, and how a fault in it is told."""

import doctest
from pathlib import Path

import pytest

from cp_teach.work.codedeploy import appspec
from cp_teach.work.codedeploy.appspec import Appspec, BadAppspec, File, Permission, Script, parse, read

HEAD = "version: 0.0\nos: linux\n"


def faults(text: str) -> list[str]:
    with pytest.raises(BadAppspec) as told:
        parse(text.encode())
    assert all(error in str(told.value) for error in told.value.errors)
    return list(told.value.errors)


def test_the_examples_are_true() -> None:
    result = doctest.testmod(appspec)
    assert result.attempted
    assert not result.failed


def test_everything_that_a_file_can_say() -> None:
    spec = parse(
        b"""\
version: 0.0
os: linux
files:
  - source: /
    destination: /var/www
file_exists_behavior: RETAIN
permissions:
  - object: /var/www
    pattern: "*.sh"
    except: [secret.sh]
    owner: web
    group: staff
    mode: 4755
    acls: ["u:mary:rw"]
    context: {user: u, type: t, range: s0}
    type: [file]
hooks:
  AfterInstall:
    - location: a.sh
      timeout: 3500
      runas: root
    - location: b.sh
      timeout: 100
  ApplicationStop:
    - location: stop.sh
"""
    )
    assert spec == Appspec(
        (File("/", "/var/www"),),
        "RETAIN",
        (
            Permission(
                "/var/www",
                "*.sh",
                ("secret.sh",),
                "web",
                "staff",
                "4755",
                ("u:mary:rw",),
                {"user": "u", "type": "t", "range": "s0"},
                ("file",),
            ),
        ),
        {
            "AfterInstall": (Script("a.sh", 3500, "root"), Script("b.sh", 100)),
            "ApplicationStop": (Script("stop.sh", 3600),),
        },
    )


def test_little_is_needed_and_the_rest_has_defaults() -> None:
    spec = parse(HEAD.encode())
    assert (spec.files, spec.permissions, spec.hooks, spec.file_exists_behavior) == ((), (), {}, "DISALLOW")
    assert parse(f"{HEAD}files:\nhooks:\npermissions:\n".encode()) == spec


@pytest.mark.parametrize("version", ["0.0", '"0.0"', "'0.0'"])
def test_the_version_is_a_number_or_text(version: str) -> None:
    assert parse(f"version: {version}\nos: linux\n".encode()).files == ()


def test_json_is_read_too() -> None:
    spec = parse(
        b'{\n\t"version": 0.0,\n\t"os": "linux",\n\t"files": [{"source": "a", "destination": "/b"}]\n}'
    )
    assert spec.files == (File("a", "/b"),)


@pytest.mark.parametrize("between", ["\n:\n", "\r\n\t : ", ":", " :\n\n"])
def test_a_key_of_json_and_its_colon_may_be_on_two_lines(between: str) -> None:
    text = '{"version": 0.0, "os": "linux", "files": [{"source": "a \\"b\\" : c", "destination": "/\\ud83d\\ude00"}]}'
    spec = parse(text.replace('":', f'"{between}').encode())
    assert spec.files == (File('a "b" : c', "/\N{GRINNING FACE}"),)
    with pytest.raises(BadAppspec) as error:
        parse(b'{"version"\n\n: 0.0,\n"os"\n: "windows"}')
    assert error.value.errors == ("os (line 5): Windows instances work on AWS, but not here. Write linux.",)


def test_line_endings_of_windows_and_a_byte_order_mark_do_no_harm() -> None:
    text = f"{HEAD}files:\n  - source: a\n    destination: /b\n".replace("\n", "\r\n")
    assert parse(b"\xef\xbb\xbf" + text.encode()).files == (File("a", "/b"),)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the file is empty. It begins with version: 0.0 and os: linux."),
        ("version: 1.0\nos: linux", "version (line 1): '1.0' is not a version of AppSpec files. Write 0.0."),
        (
            "version: false\nos: linux",
            "version (line 1): 'false' is not a version of AppSpec files. Write 0.0.",
        ),
        ("os: linux", "the file (line 1): version is missing. Write version: 0.0, the only valid version."),
        ("version: 0.0", "the file (line 1): os is missing. Write os: linux."),
        ("version: 0.0\nos: windows", "os (line 2): Windows instances work on AWS, but not here"),
        (
            "version: 0.0\nos: mac",
            "os (line 2): 'mac' is not an operating system of CodeDeploy. Write linux.",
        ),
        ("- a", "the file (line 1): expected a mapping"),
        ("version: 0.0\nResources: []", "this is an AppSpec file for Lambda or ECS"),
        ("version: 0.0\n\tos: linux", "line 2 has a tab. Indent YAML with spaces"),
        (
            HEAD + 'files:\n- source: "a\\0b"',
            "files[0].source (line 4): contains a character that is not valid text",
        ),
        ("version: 0.0\nos: [linux", "this is not YAML (line 2)"),
        (HEAD + "a: \0", "this is not YAML"),
        (HEAD + "file_exists_behavior: KEEP", "'KEEP' is not one of DISALLOW, OVERWRITE, RETAIN."),
        (HEAD + "files: a", "files (line 3): expected a list"),
        (HEAD + "files:\n  - a", "files[0] (line 4): expected a mapping"),
        (HEAD + "files:\n  - source: a", "files[0] (line 4): it has no destination. Add one."),
        (
            HEAD + "files:\n  - source: a\n    destination: www",
            "files[0].destination (line 5): www is not absolute. Write the whole path, such as /www.",
        ),
        (
            HEAD + "files:\n  - {source: a, destination: /a/../../b}",
            "/a/../../b must not contain .. as a part.",
        ),
        (HEAD + "files:\n  - {source: ../a, destination: /b}", "../a leads out of the revision."),
        (HEAD + "files:\n  - {source: a, destination: 'c:\\b'}", "it has a backslash"),
        (
            HEAD + "hooks:\n  - AfterInstall: []",
            "hooks (line 4): expected a mapping",
        ),
        (HEAD + "hooks:\n  AfterInstall:", "hooks.AfterInstall (line 4): it has no scripts."),
        (
            HEAD + "hooks:\n  AfterInstall:\n  - timeout: 5",
            "hooks.AfterInstall[0] (line 5): it has no location.",
        ),
        (HEAD + "hooks:\n  AfterInstall:\n  - {location: ../a}", "../a leads out of the revision."),
        (
            HEAD + "hooks:\n  AfterInstall:\n  - {location: a, timeout: 0}",
            "'0' must be a whole number of seconds",
        ),
        (HEAD + "hooks:\n  AfterInstall:\n  - {location: a, timeout: 9999}", "from 1 to 3600"),
        (HEAD + "hooks:\n  AfterInstall:\n  - {location: a, timeout: 2m}", "'2m' must be a whole number"),
        (HEAD + "hooks:\n  AfterInstall:\n  - {location: [a]}", "expected a single text."),
        (HEAD + "permissions:\n  - mode: 644", "permissions[0] (line 4): it has no object. Add one."),
        (HEAD + "permissions:\n  - {object: www}", "www must be an absolute path"),
        (
            HEAD + "permissions:\n  - {object: /a, mode: 999}",
            "'999' must be one to four digits from 0 to 7",
        ),
        (
            HEAD + "permissions:\n  - {object: /a, mode: 0755}",
            'YAML reads 0755 as the number 493, which the agent uses as the mode. Write 755 or "0755"',
        ),
        (HEAD + "permissions:\n  - {object: /a, type: [link]}", "'link' is neither file nor directory."),
    ],
)
def test_a_fault_is_told_with_its_place(text: str, told: str) -> None:
    assert any(told in breach for breach in faults(text)), faults(text)


@pytest.mark.parametrize(
    ("hooks", "warning"),
    [
        (
            "AfterInstal: [{location: a}]",
            "this event does not exist, so its scripts do not run. Did you mean AfterInstall?",
        ),
        ("start: [{location: a}]", "Did you mean ApplicationStart?"),
        ("Xyz: [{location: a}]", "The events are: BeforeBlockTraffic, AfterBlockTraffic, App"),
        *(
            (
                f"{event}: [{{location: a}}]",
                f"no script runs at {event}, because it belongs to CodeDeploy itself.",
            )
            for event in ("Start", "DownloadBundle", "Install", "End", "BlockTraffic", "AllowTraffic")
        ),
    ],
)
def test_an_event_that_runs_no_script_is_passed_over_and_told(hooks: str, warning: str) -> None:
    """The agent looks up the scripts of each event that it comes to, and reads nothing else of the hooks."""
    spec = parse(f"{HEAD}hooks:\n  {hooks}\n".encode())
    assert spec.hooks == {}
    assert spec.warnings[0].startswith(f"hooks.{hooks.partition(':')[0]} (line 4): ")
    assert warning in spec.warnings[0]


def test_an_event_may_have_an_empty_list() -> None:
    assert parse(f"{HEAD}hooks:\n  AfterInstall: []\n".encode()).hooks == {"AfterInstall": ()}


def test_of_a_key_that_stands_twice_the_last_counts_and_it_is_told() -> None:
    """So does the agent: a reader of YAML in Ruby takes the last."""
    spec = parse(
        f"{HEAD}hooks:\n  AfterInstall:\n  - location: a\n    timeout: 300\n    timeout: 60\n".encode()
    )
    assert spec.hooks["AfterInstall"][0].timeout == 60
    assert "'timeout' appears twice; the last one counts" in spec.warnings[0]


def test_a_mode_is_what_the_agent_makes_of_it() -> None:
    def permission(mode: str) -> tuple[str, tuple[str, ...]]:
        spec = parse(f"{HEAD}permissions:\n  - {{object: /a, mode: {mode}}}\n".encode())
        return spec.permissions[0].mode, spec.warnings

    assert permission("644") == ("644", ())
    assert permission('"0644"') == ("0644", ())
    assert permission("7") == ("007", ())
    mode, warnings = permission("0644")
    assert mode == "420"
    assert "YAML reads 0644 as the number 420" in warnings[0]


def test_the_scripts_of_an_event_share_an_hour() -> None:
    def hooks(*times: str) -> str:
        return f"{HEAD}hooks:\n  AfterInstall:\n" + "".join(f"  - {{location: a{time}}}\n" for time in times)

    assert "may take 3601 seconds together" in faults(hooks(", timeout: 3600", ", timeout: 1"))[0]
    assert parse(hooks(", timeout: 3000", ", timeout: 600").encode())
    assert parse(hooks("", "").encode()), "those that say nothing are held to the hour when they run"


def test_all_faults_are_told_at_once() -> None:
    assert len(faults("version: 2\nos: mac\nfiles:\n  - {}\nhooks:\n  AfterInstall:\n  - {}\n")) == 5


def test_what_codedeploy_passes_over_is_told_as_a_warning() -> None:
    spec = parse(f"{HEAD}hook:\n  AfterInstall: []\n".encode())
    assert spec.warnings == ("hook (line 4): CodeDeploy ignores it. Did you mean hooks?",)


def test_text_that_is_not_utf_8_is_told_with_its_line() -> None:
    with pytest.raises(BadAppspec, match="line 3 is not UTF-8"):
        parse(HEAD.encode() + b"# \xe4")


def test_a_file_that_is_no_mapping_is_told_once() -> None:
    assert len(faults("- a")) == len(faults("just text")) == len(faults(HEAD + "files:\n  - a")) == 1


def test_a_small_file_cannot_become_endless() -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 40)
    )
    assert "more than 100000 values" in faults(bomb)[0]
    assert "more than 100000 values" in faults(f"{HEAD}{bomb}")[0]
    assert faults(HEAD + "files: &a [*a]")
    assert "this YAML cannot be read" in faults("[" * 1500)[0]
    assert "this YAML cannot be read" in faults('{"a":\t' * 1500)[0]


def test_the_file_is_at_the_root_of_the_revision(tmp_path: Path) -> None:
    with pytest.raises(BadAppspec, match=r"there is no appspec\.yml at the root"):
        read(tmp_path)
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "appspec.yml").write_text(HEAD)
    with pytest.raises(BadAppspec, match=r"it is at shop/appspec\.yml\. Zip what is in the folder"):
        read(tmp_path)
    (tmp_path / "appspec.yaml").write_text(HEAD)
    assert read(tmp_path).files == ()
