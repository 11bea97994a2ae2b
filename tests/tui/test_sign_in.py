"""Signing in inside the app, at its start and when the sign-in ends while it is open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from textual.pilot import Pilot

from social_tui.config import Settings
from social_tui.store.account_file import FILE_NAME
from social_tui.tui.app import SocialTuiApp
from social_tui.tui.screens.main import MainScreen
from social_tui.tui.screens.sign_in import SignInScreen
from social_tui.tui.session import Session
from tests.store.library_rows import import_one, post, reference
from tests.support.supabase_rig import SupabaseRig
from tests.tui.driving import loaded, shown, until

PASSWORD = "correct-horse"


@pytest.fixture
def email(supabase: SupabaseRig) -> str:
    """Make an editor with an account, and a post."""
    address = f"ada.{uuid4().hex[:8]}@example.com"
    supabase.join(supabase.sign_up(address, PASSWORD), "editor")
    gateway = supabase.gateway()
    import_one(gateway, post("1", [reference("a")], text="Engines turn"))
    gateway.close()
    return address


@pytest.fixture
def settings(supabase: SupabaseRig, library_home: Path) -> Settings:
    return Settings.model_validate(
        {"home": library_home, "supabase_url": supabase.url, "supabase_key": supabase.publishable_key}
    )


@pytest.fixture
def app(settings: Settings) -> Iterator[SocialTuiApp]:
    """Give the app on the project, where nobody is signed in."""
    session = Session(lambda: settings)
    app = SocialTuiApp(session)
    yield app
    app.join_threads()
    session.close()


async def answer(pilot: Pilot[None], app: SocialTuiApp, email: str, secret: str) -> None:
    """Fill both boxes, as pasting does, and press enter."""
    assert isinstance(app.screen, SignInScreen)
    app.screen.email.value, app.screen.secret.value = email, secret
    app.screen.secret.focus()
    await pilot.press("enter")


async def test_the_work_goes_on_after_signing_in_at_the_start_and_in_between(
    app: SocialTuiApp, email: str, settings: Settings
) -> None:
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, SignInScreen), "nobody was asked")
        assert "Nobody is signed in" in shown(app)
        await pilot.press("x", "enter", *"wrong", "enter")
        await until(pilot, lambda: "Check the e-mail" in shown(app), "the refusal is not told")
        assert "wrong" not in shown(app)
        await answer(pilot, app, email, PASSWORD)
        await loaded(pilot, app)
        assert "Engines turn" in shown(app)
        assert PASSWORD not in shown(app)

        # Signed out by another program on this machine, and the token that is still known refused.
        (settings.paths.state / FILE_NAME).unlink()
        signing_in = app._opener.signing_in()  # type: ignore[attr-defined]
        assert signing_in.who() is None
        app.problem = "The sign-in has ended."
        await until(pilot, lambda: isinstance(app.screen, SignInScreen), "nobody was asked again")
        assert "The sign-in has ended." in shown(app)
        await answer(pilot, app, email, PASSWORD)
        await until(pilot, lambda: isinstance(app.screen, MainScreen), "it does not go on")
        assert signing_in.who() is not None


async def test_a_membership_that_is_revoked_while_the_app_is_open_is_told(
    app: SocialTuiApp, email: str, supabase: SupabaseRig
) -> None:
    member = "user_id = (select id from auth.users where email = %s)"
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, SignInScreen))
        await answer(pilot, app, email, PASSWORD)
        await loaded(pilot, app)
        [(user,)] = supabase.execute(
            f"delete from public.workspace_members where {member} returning user_id", email
        )
        await until(pilot, lambda: "not a member of any workspace" in shown(app), "it is not told")
        await pilot.press("m", "enter")
        assert app.failure is None
        assert supabase.execute("select is_marked from public.posts") == [(False,)]
        supabase.join(str(user), "editor")
        await until(pilot, lambda: "not a member of any workspace" not in shown(app), "it does not go on")
        await loaded(pilot, app)
        assert "Engines turn" in shown(app)


async def test_a_code_by_mail_signs_in_too(app: SocialTuiApp, email: str, supabase: SupabaseRig) -> None:
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, SignInScreen))
        await answer(pilot, app, email, "")
        await until(pilot, lambda: "A code is on its way" in shown(app))
        await answer(pilot, app, email, supabase.code_sent_to(email))
        await loaded(pilot, app)
        assert "Engines turn" in shown(app)


async def test_who_does_not_sign_in_is_told_why_nothing_opened(app: SocialTuiApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, SignInScreen))
        await pilot.press("escape")
        await until(pilot, lambda: app.failure is not None)
    assert "social-tui account login" in str(app.failure)
