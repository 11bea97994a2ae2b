"""What screens on posts and media share: the verbs, and hearing of changes."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from textual import on
from textual.screen import Screen

from social_tui.models import JobKind, PostSummary
from social_tui.tui.model import LibraryModel, Target
from social_tui.tui.opening import browse, copy, page_json, view_file
from social_tui.tui.presentation import KIND_NAMES, requested_words
from social_tui.tui.screens.confirm import ConfirmScreen
from social_tui.tui.widgets.preview import Preview

if TYPE_CHECKING:
    from social_tui.tui.app import SocialTuiApp

_ALL_QUESTIONS: dict[JobKind, str] = {
    "download": "Download every media that is not captured yet?",
    "verify": "Hash every captured file again?",
    "archive": "Archive every captured file that is not archived yet?",
    "analyze": "Analyse every captured media that is not analysed yet?",
}
_ALL_DETAILS: dict[JobKind, str] = {
    "download": "Links that die first come first.",
    "verify": "A damaged or missing file is set back to be downloaded again.",
    "archive": "Each file is checked in the archive before its row says so.",
    "analyze": "Each unique file is analysed once; with a paid service this costs money.",
}


class LibraryScreen(Screen[None]):
    """A screen on which a post or a media is selected."""

    app: SocialTuiApp

    @property
    def target(self) -> Target | None:
        """What the keys act on."""
        return None

    @property
    def post(self) -> PostSummary | None:
        """The selected post."""
        return None

    def rows_changed(self, post_ids: frozenset[str] | None) -> None:
        """Hear that posts changed; None when any may have."""

    def pictures_changed(self) -> None:
        """Draw all pictures anew, or leave them out."""
        for preview in self.query(Preview):
            preview.redraw()

    @on(Preview.Wanted)
    def _draw_preview(self, message: Preview.Wanted) -> None:
        # Handled here: a message that a screen's own handler brought about goes no further than the screen.
        self.app.draw(message)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer retries and cancels only where there is something to retry or cancel."""
        if action in ("retry", "retry_all"):
            return self.app.figures.all_failed > 0
        if action in ("cancel", "cancel_all"):
            return self.app.figures.all_open > 0
        return True

    def action_request(self, kind: JobKind) -> None:
        """Queue work on the selected post or media."""

        async def work(model: LibraryModel, target: Target) -> None:
            result = await self.app.offload(model.request, kind, target)
            self.app.show_notice(requested_words(kind, result))

        self._on_target(work)

    def action_retry(self) -> None:
        """Try again what failed of the selected post or media."""

        async def work(model: LibraryModel, target: Target) -> None:
            count = await self.app.offload(model.retry, target)
            self.app.show_notice(f"{count} queued again." if count else "Nothing failed here.")

        self._on_target(work)

    def action_cancel(self) -> None:
        """Call off the jobs of the selected post or media."""

        async def work(model: LibraryModel, target: Target) -> None:
            count = await self.app.offload(model.cancel, target)
            self.app.show_notice(f"{count} called off." if count else "No jobs here.")

        self._on_target(work)

    def action_mark(self) -> None:
        """Mark the selected post, or take its mark away."""
        post = self.post
        if post is None:
            self.app.show_notice("No post is selected.")
            return

        async def work() -> None:
            model = await self.app.model()
            await self.app.offload(model.mark, post.post_id, not post.is_marked)
            self.rows_changed(frozenset([post.post_id]))

        self.app.start_beside("mark", work)

    def action_open_raw(self) -> None:
        """Show the raw JSON of the selected post."""
        from social_tui.tui.screens.raw import RawScreen

        if self.post is None:
            self.app.show_notice("No post is selected.")
        else:
            self.app.push_screen(RawScreen(self.post))

    def action_page_json(self) -> None:
        """Show the raw JSON of the selected post in the pager."""
        if self.post is None:
            self.app.show_notice("No post is selected.")
        else:
            self.app.start("external", page_json, self.app, self.post.post_id)

    def action_browse(self) -> None:
        """Open the page of the selected post in the browser."""
        if self.post is None or not self.post.url:
            self.app.show_notice("No post with a link is selected.")
        else:
            self.app.start("external", browse, self.app, self.post.url)

    def action_view_file(self) -> None:
        """Open the captured file of the selected media in another program."""
        target = self.target
        if target is None:
            self.app.show_notice("No post is selected.")
        else:
            self.app.start("external", view_file, self.app, target)

    def action_copy_link(self) -> None:
        """Copy the link of the selected post."""
        copy(self.app, self.post.url if self.post is not None else None, "link")

    def action_copy_text(self) -> None:
        """Copy the words of the selected post."""
        copy(self.app, self.post.text_content if self.post is not None else None, "text")

    def action_request_all(self, kind: JobKind) -> None:
        """Queue work for everything that needs it, after asking."""

        async def work(model: LibraryModel) -> None:
            result = await self.app.offload(model.request_all, kind)
            self.app.show_notice(requested_words(kind, result))

        self._ask(_ALL_QUESTIONS[kind], _ALL_DETAILS[kind], f"{KIND_NAMES[kind].capitalize()} all", work)

    def action_retry_all(self) -> None:
        """Try every failed job again, after asking."""

        async def work(model: LibraryModel) -> None:
            self.app.show_notice(f"{await self.app.offload(model.retry_all)} queued again.")

        question = f"Try all {self.app.figures.all_failed} failed jobs again?"
        self._ask(question, "What failed for good, such as a dead link, fails again.", "Retry all", work)

    def action_cancel_all(self) -> None:
        """Call off every job, after asking."""

        async def work(model: LibraryModel) -> None:
            self.app.show_notice(f"{await self.app.offload(model.cancel_all)} called off.")

        question = f"Call off all {self.app.figures.all_open} jobs?"
        self._ask(question, "What is finished stays; the rest can be asked for again.", "Cancel all", work)

    def _on_target(self, work: Callable[[LibraryModel, Target], Coroutine[Any, Any, None]]) -> None:
        target = self.target
        if target is None:
            self.app.show_notice("No post is selected.")
            return

        async def act() -> None:
            await work(await self.app.model(), target)

        self.app.start_beside("act", act)

    def _ask(
        self, question: str, detail: str, verb: str, work: Callable[[LibraryModel], Coroutine[Any, Any, None]]
    ) -> None:
        async def act() -> None:
            await work(await self.app.model())

        def answer(is_confirmed: bool | None) -> None:
            if is_confirmed:
                self.app.start_beside("act", act)

        self.app.push_screen(ConfirmScreen(question, detail, verb), answer)
