"""``social-tui demo``: the main job on sample posts."""

from __future__ import annotations

import click

from social_tui.cli.session import Session, pass_session


@click.command("demo")
@pass_session
def demo(session: Session) -> int:
    """Run the main job on sample posts.

    Imports posts, captures their media from a server of its own, verifies, archives and analyses them,
    prints what happened, and opens the app when it is on a terminal.
    """
    from social_tui.demo import run

    return run(session.settings())
