"""Other programs: which are called with what, and that no data becomes an option, a command or a scheme."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from social_tui.errors import ConfigurationError, NotFoundError, UsageError
from social_tui.tui import external


def program(folder: Path, name: str, script: str = "") -> Path:
    """Make a program that writes its arguments, one a line, beside itself."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > "{path}.called"\n{script}')
    path.chmod(0o755)
    return path


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def test_a_link_goes_to_the_systems_opener_as_one_word(programs: Path) -> None:
    opener = program(programs, "open" if sys.platform == "darwin" else "xdg-open")
    url = "https://example.com/a?b=$(touch%20x)&c=';d"
    assert external.link_command(url) == [str(opener), url]


@pytest.mark.parametrize(
    "url",
    [
        "", "file:///etc/passwd", "javascript:alert(1)", "--help", "-v https://example.com", "https://",
        "http://exa mple.com/", "https://example.com/\n--x", "https://example.com/\x1b]0;x\x07",
        "https://example.com:99999/", "vscode://x", "HTTPS ://x", "https:example.com", "ftp://x/", "//x.org",
    ],
)  # fmt: skip
def test_nothing_but_a_web_address_is_opened(programs: Path, url: str) -> None:
    program(programs, "xdg-open")
    with pytest.raises(UsageError, match="http"):
        external.link_command(url)


def test_without_an_opener_it_says_what_else_to_do(programs: Path) -> None:
    with pytest.raises(NotFoundError, match="Copy the link"):
        external.link_command("https://example.com/")


def test_a_file_is_named_whole_so_that_it_is_no_option(
    programs: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    viewer = program(programs, "show")
    monkeypatch.chdir(tmp_path)
    command = external.viewer_command(Path("-rf $(x).png"), "show --fit 'two words'")
    assert command == [str(viewer), "--fit", "two words", str(tmp_path / "-rf $(x).png")]
    external.run_on_terminal(command)
    called = Path(f"{viewer}.called").read_text().splitlines()
    assert called == ["--fit", "two words", str(tmp_path / "-rf $(x).png")]


def test_pager_and_editor_come_from_the_environment_or_the_usual_ones(programs: Path, tmp_path: Path) -> None:
    for name in ("less", "more", "vi", "most", "emacs", "kak"):
        program(programs, name)
    path = tmp_path / "config.toml"
    assert external.pager_command({"PAGER": "most -w"}) == [str(programs / "most"), "-w"]
    assert external.pager_command({"PAGER": " "}) == [str(programs / "less")]
    assert external.editor_command(path, {"VISUAL": "kak", "EDITOR": "emacs"})[0] == str(programs / "kak")
    assert external.editor_command(path, {"EDITOR": "emacs -nw"}) == [
        str(programs / "emacs"),
        "-nw",
        str(path),
    ]
    assert external.editor_command(path, {}) == [str(programs / "vi"), str(path)]


@pytest.mark.parametrize("command", ["nothing-of-this-name", "'open quote", "$(less)", "less; rm"])
def test_a_command_that_makes_no_sense_names_its_setting(programs: Path, command: str) -> None:
    with pytest.raises(ConfigurationError, match="PAGER"):
        external.pager_command({"PAGER": command})


def test_no_pager_and_no_editor_says_which_variable_to_set(programs: Path) -> None:
    with pytest.raises(NotFoundError, match="PAGER"):
        external.pager_command({})
    with pytest.raises(NotFoundError, match="EDITOR"):
        external.editor_command(Path("x"), {})


def test_the_pager_reads_the_text_and_may_end_before_its_end(programs: Path, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    pager = program(programs, "pager", f"exec /bin/cat > '{taken}'\n")
    external.run_on_terminal([str(pager)], "é\n")
    assert taken.read_text(encoding="utf-8") == "é\n"
    external.run_on_terminal([str(program(programs, "early", "exit 3\n"))], "x" * 1_000_000)


def test_a_program_that_cannot_be_started_says_so(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("no program")
    for start in (external.start, external.run_on_terminal):
        with pytest.raises(ConfigurationError, match="text cannot be started"):
            start([str(text)])


def test_a_window_of_its_own_never_sees_the_terminal() -> None:
    script = (
        "import sys\nfrom social_tui.tui import external\n"
        "external.start([sys.executable, '-c', 'import sys; print(1); sys.exit(sys.stdin.read())'])"
    )
    done = subprocess.run([sys.executable, "-c", script], input=b"x", capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")
