"""A folder of small migrations, for tests that import this fixture."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from social_tui.store.bootstrap import supabase_directory


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Give a folder like `supabase/` with the real queue files and two small migrations."""
    shutil.copytree(supabase_directory() / "jobs", tmp_path / "jobs")
    (tmp_path / "migrations").mkdir()
    write(tmp_path, "20250101000000_first", "create table first (id int);\ninsert into first values (1);")
    write(tmp_path, "20250102000000_second", "create table second (id int);")
    return tmp_path


def write(directory: Path, name: str, sql: str) -> None:
    (directory / "migrations" / f"{name}.sql").write_text(sql)
