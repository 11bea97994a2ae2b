"""The pages that are written from the code are current, and the example of a `.env` file is one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from social_tui.cli.reference import env_example, main, pages, with_key_tables
from social_tui.config import Settings, load_settings
from social_tui.tui.actions import SCOPES

CHECKOUT = Path(__file__).parents[2]


@pytest.mark.parametrize("path", list(pages()))
def test_a_generated_page_is_current(path: str) -> None:
    assert (CHECKOUT / path).read_text(encoding="utf-8") == pages()[path], (
        "run: python -m social_tui.cli.reference"
    )


def test_every_place_has_its_keys_on_a_page_and_they_are_those_of_the_registry() -> None:
    scopes: set[str] = set()
    for page in CHECKOUT.glob("docs/*.md"):
        text = page.read_text(encoding="utf-8")
        tables = re.findall(r"<!-- keys: ([a-z ]+) -->", text)
        assert len(tables) == text.count("<!-- /keys -->"), page
        assert with_key_tables(text) == text, f"{page}: run: python -m social_tui.cli.reference"
        scopes.update(scope for table in tables for scope in table.split())
    assert scopes == set(SCOPES)


def test_the_readme_leads_to_the_page_of_every_screen() -> None:
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    pages_of_it = set(re.findall(r"\(docs/([a-z-]+)\.md\)", readme))
    assert [name for name in pages_of_it if not (CHECKOUT / "docs" / f"{name}.md").exists()] == []
    screens = re.findall(r"\(([a-z-]+)\.md\) \|", (CHECKOUT / "docs" / "app.md").read_text(encoding="utf-8"))
    assert len(screens) > 10
    assert set(screens) <= pages_of_it


def test_all_pages_are_written(tmp_path: Path) -> None:
    main(tmp_path)

    assert {str(each.relative_to(tmp_path)) for each in tmp_path.rglob("*") if each.is_file()} == set(pages())


def test_the_example_taken_as_it_is_gives_the_defaults(tmp_path: Path) -> None:
    uncommented = re.sub(r"^# (?=[A-Z0-9_]+=)", "", env_example(), flags=re.MULTILINE)
    (tmp_path / ".env").write_text(uncommented)

    settings = load_settings(environment={}, env_file=tmp_path / ".env", user_file=tmp_path / "none.toml")

    assert settings.model_dump() == Settings().model_dump()
    assert uncommented.count("\n\n") == len(Settings.model_fields)
