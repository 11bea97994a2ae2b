"""Which files are found where."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from social_tui.exports import Rejection
from social_tui.importers import find_files, iter_posts


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (
        "b.json",
        "a.jsonl",
        "sub/c.JSON",
        "sub/d.json.gz",
        "sub/e.har",
        "notes.txt",
        ".hidden.json",
        ".git/e.json",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("[]")
    return tmp_path


def test_folders_give_their_exports_in_order(folder: Path) -> None:
    files, rejections = find_files([str(folder)])
    assert [os.path.relpath(file, folder) for file in files] == [
        "a.jsonl",
        "b.json",
        "sub/c.JSON",
        "sub/d.json.gz",
        "sub/e.har",
    ]
    assert rejections == []


def test_a_file_named_twice_is_read_once_and_any_name_will_do(folder: Path) -> None:
    named = [
        str(folder / "notes.txt"),
        "-",
        str(folder / "b.json"),
        str(folder),
        "-",
        f"{folder}/sub/../b.json",
    ]
    files, rejections = find_files(named)
    assert [os.path.relpath(file, folder) if file != "-" else file for file in files] == [
        "notes.txt",
        "-",
        "b.json",
        "a.jsonl",
        "sub/c.JSON",
        "sub/d.json.gz",
        "sub/e.har",
    ]
    assert rejections == []


def test_paths_that_give_nothing_are_said(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    (tmp_path / "broken").symlink_to("nowhere")
    named = [str(empty), str(tmp_path / "none"), str(tmp_path / "broken"), "a\0b"]
    files, rejections = find_files(named)
    assert files == []
    assert rejections == [
        Rejection(file=named[0], position=0, reason="is a folder without JSON files"),
        Rejection(file=named[1], position=0, reason="cannot be opened: no such file or directory"),
        Rejection(file=named[2], position=0, reason="cannot be opened: no such file or directory"),
        Rejection(file=named[3], position=0, reason="cannot be opened: the name is not valid"),
    ]


def test_links_to_folders_are_not_followed(folder: Path) -> None:
    (folder / "sub" / "loop").symlink_to(folder)
    files, _ = find_files([str(folder)])
    assert len(files) == 5


def test_a_link_that_leads_in_a_circle_costs_only_itself(folder: Path) -> None:
    (folder / "circle.json").symlink_to("circle.json")
    files, rejections = find_files([str(folder)])
    assert len(files) == 6
    assert rejections == []
    (reason,) = [
        each.reason for each in iter_posts(folder / "circle.json", "c") if isinstance(each, Rejection)
    ]
    assert reason == "cannot be opened: too many levels of symbolic links"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_a_folder_without_permission_is_said(folder: Path) -> None:
    (folder / "sub").chmod(0)
    try:
        files, rejections = find_files([str(folder)])
    finally:
        (folder / "sub").chmod(0o700)
    assert len(files) == 2
    assert [each.reason for each in rejections] == ["cannot be read: permission denied"]
