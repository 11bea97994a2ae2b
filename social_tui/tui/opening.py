"""What the app shows elsewhere: in the browser, a viewer, the pager, the editor, the clipboard."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from social_tui.errors import NotFoundError, UsageError
from social_tui.paths import ensure_private
from social_tui.tui import external

if TYPE_CHECKING:
    from social_tui.models import MediaRow
    from social_tui.tui.app import SocialTuiApp
    from social_tui.tui.model import LibraryModel

_LONGEST_COPY = 100_000


async def browse(app: SocialTuiApp, url: str) -> None:
    """Open the page of a post in the browser; only ``http`` and ``https`` are opened."""
    external.start(external.link_command(url))
    app.show_notice("Opened in the browser.")


async def view_file(app: SocialTuiApp, post_id: str | None, media: MediaRow | None) -> None:
    """Show the captured file of a media, or of a post's first one, in another program.

    The system's opener makes a window of its own; a command from the settings gets the terminal.
    """
    model = await app.model()
    path = await app.offload(_file_of, model, post_id, media)
    command = external.viewer_command(path, app.setup.viewer)
    if app.setup.viewer is not None:
        on_terminal(app, lambda: external.run_on_terminal(command))
    else:
        external.start(command)
        app.show_notice("Opened.")


async def page_json(app: SocialTuiApp, post_id: str) -> None:
    """Show the raw JSON of a post in the pager; in ASCII, so that nothing in it drives the terminal."""
    model = await app.model()
    post = await app.offload(model.post, post_id)
    if not post.raw_json:
        app.show_notice("This post has no raw JSON.")
        return
    text = _in_ascii(post.raw_json)
    command = external.pager_command(os.environ)
    on_terminal(app, lambda: external.run_on_terminal(command, text + "\n"))


async def edit_settings(app: SocialTuiApp) -> None:
    """Edit the library's ``config.toml``; what is changed holds from the next start on."""
    path = (await app.model()).settings.paths.config_file
    ensure_private(path.parent)
    command = external.editor_command(path, os.environ)
    on_terminal(app, lambda: external.run_on_terminal(command))
    app.show_notice("What you changed holds from the next start on.")


def copy(app: SocialTuiApp, text: str | None, what: str) -> None:
    """Copy a text to the clipboard of the terminal, by OSC 52.

    https://invisible-island.net/xterm/ctlseqs/ctlseqs.html#h3-Operating-System-Commands
    """
    if not text:
        app.show_notice(f"There is no {what} to copy.")
        return
    app.copy_to_clipboard(text[:_LONGEST_COPY])
    app.show_notice(f"The {what} is in the terminal's clipboard, where the terminal allows it.")


def on_terminal(app: SocialTuiApp, run: Callable[[], None]) -> None:
    """Give the terminal to another program and take it back when that ends.

    A Ctrl-C typed there is for that program alone, though the terminal sends it to both.

    Raises:
        UsageError: If the app has no terminal to give.
    """

    def hear(number: int, frame: FrameType | None) -> None:
        # The loop is told of it too, later.
        app.ignored_interrupts += 1

    before = signal.signal(signal.SIGINT, hear)
    try:
        with app.suspend():
            run()
    except SuspendNotSupported:
        raise UsageError("The app has no terminal here that another program could use.") from None
    finally:
        signal.signal(signal.SIGINT, before)
    app.refresh()


def _in_ascii(raw_json: str) -> str:
    """Write JSON line by line in ASCII; what is no JSON as it is, with escapes."""
    try:
        return json.dumps(json.loads(raw_json), indent=2, ensure_ascii=True)
    except (ValueError, RecursionError):
        return json.dumps(raw_json, ensure_ascii=True)


def _file_of(model: LibraryModel, post_id: str | None, media: MediaRow | None) -> Path:
    """Find the file of a media; of a post, that of its first captured one."""
    if media is not None:
        return model.file(media.media_id)
    rows = model.post(post_id).media if post_id is not None else ()
    captured = [row.media_id for row in rows if row.download_status == "ready"]
    if not captured:
        raise NotFoundError("Nothing of this post is captured.", hint="Download it first.")
    return model.file(captured[0])
