"""``social-tui cache``: what is kept on this machine, and what may leave it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from social_tui.cli import options
from social_tui.cli.exit_codes import ExitCode
from social_tui.cli.media import verify_cache
from social_tui.cli.output import complain, print_json, say
from social_tui.cli.progress import ProgressBar
from social_tui.cli.reports import cache_lines, room_lines
from social_tui.cli.session import Session, pass_session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from social_tui.reports import DrawReport


class _Size(click.ParamType[int]):
    """A number of bytes, such as ``20 GB``."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        from pydantic import ByteSize, TypeAdapter, ValidationError

        try:
            return TypeAdapter(ByteSize).validate_python(value)
        except ValidationError:
            self.fail(f"{value!r} is no size, such as '500 MB' or '20 GB'", param, ctx)


@click.group()
def cache() -> None:
    """See what is kept on this machine, make room, and check it."""


@cache.command("status")
@options.as_json
@pass_session
def status(session: Session, as_json: bool) -> ExitCode:
    """Print what the cache holds, its limit, and what of it may leave."""
    from social_tui.library.evicting import cache_report

    with session.library() as library:
        report = cache_report(library)
    if as_json:
        print_json(report)
    else:
        say("\n".join(cache_lines(report)))
    return ExitCode.OK


@cache.command("gc")
@click.option("--to", "to_bytes", type=_Size(), metavar="SIZE", help="Bring the cache down to this size.")
@options.dry_run
@options.as_json
@pass_session
def gc(session: Session, to_bytes: int | None, dry_run: bool, as_json: bool) -> ExitCode:
    """Make room: first what was borrowed, then thumbnails, then archived media, the longest unused first.

    Without --to nothing leaves a cache within its limit, and a larger one is brought down to nine tenths of
    it. What is not archived stays; so does what is pinned, of a marked post, or in use. What left is read
    from the archive when it is needed, and is in the cache again then. Where there is no login to the
    database, only what was borrowed and thumbnails leave.
    """
    from social_tui.library.evicting import make_room

    with session.library() as library:
        report = make_room(library, to_bytes=to_bytes, dry_run=dry_run)
    if as_json:
        print_json(report)
    else:
        say("\n".join(room_lines(report)))
    for problem in report.problems:
        complain(problem)
    if report.problems:
        return ExitCode.FAILED
    return ExitCode.PARTIAL if report.bytes_too_many else ExitCode.OK


cache.add_command(verify_cache, "verify")


@cache.command("draw")
@options.as_json
@pass_session
def draw(session: Session, as_json: bool) -> ExitCode:
    """Draw the small pictures that are missing, so that they show at once and pictures alike are found."""
    from social_tui.library.previewing import draw_missing

    with session.library() as library, ProgressBar("Drawing") as bar:

        def show(report: DrawReport) -> None:
            bar.update(report.drawn + report.without_picture, None, "files")

        report = draw_missing(library, on_progress=show)
    if as_json:
        print_json(report)
    else:
        say(f"{report.drawn:,} drawn, {report.without_picture:,} without a picture.")
    return ExitCode.OK


@cache.command("pin")
@click.argument("media_ids", type=options.MEDIA_ID, metavar="MEDIA_ID...", nargs=-1)
@click.option("--post-id", type=options.POST_ID, metavar="ID", help="The media of this post.")
@click.option("--off", is_flag=True, help="Let them leave the cache again.")
@options.as_json
@pass_session
def pin(
    session: Session, media_ids: Sequence[str], post_id: str | None, off: bool, as_json: bool
) -> ExitCode:
    """Keep media in the cache, whatever room is needed.

    The media of marked posts stay as well.
    """
    if not media_ids and post_id is None:
        raise click.UsageError("Say which media: by their ids, or by --post-id ID")
    from social_tui.store.cache import pin_media
    from social_tui.store.media import get_media, iterate_media
    from social_tui.store.posts import get_post

    with session.library() as library:
        chosen = [get_media(library.gateway, media_id).media_id for media_id in media_ids]
        if post_id is not None:
            get_post(library.gateway, post_id)
            chosen += [row.media_id for row in iterate_media(library.gateway, post_id=post_id)]
        pinned = pin_media(library.gateway, chosen, is_pinned=not off, actor=library.actor)
    without = len(set(chosen)) - len(pinned)
    if as_json:
        print_json({"media_ids": pinned, "pinned": not off})
    else:
        say(f"{len(pinned):,} {'may leave the cache again' if off else 'stay in the cache'}.")
    if without:
        complain(f"{without:,} were not downloaded yet, so there is nothing to keep.")
    return ExitCode.PARTIAL if without else ExitCode.OK
