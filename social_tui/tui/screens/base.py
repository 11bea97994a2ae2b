"""What screens on posts and media share: the verbs, and hearing of changes."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import BindingsMap
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widget import Widget

from social_tui.models import Changed, JobKind, PostChange, PostSummary
from social_tui.tui.compositor import SparingCompositor
from social_tui.tui.opening import browse, copy, page_json, view_file
from social_tui.tui.presentation import (
    KIND_NAMES,
    changed_words,
    posts_words,
    requested_words,
    restored_words,
)
from social_tui.tui.records import Target
from social_tui.tui.screens.confirm import ask
from social_tui.tui.widgets.preview import Preview

if TYPE_CHECKING:
    from social_tui.tui.app import SocialTuiApp
    from social_tui.tui.model import LibraryModel

    Work = Callable[[LibraryModel, Target], Coroutine[Any, Any, None]]

# From so many posts on, what takes long, costs money or cannot be undone is asked for first.
ASK_FROM = 50
_DETAILS: dict[JobKind, str] = {
    "download": "Links that die first come first; what failed before stays failed.",
    "verify": "A damaged or missing file is set back to be downloaded again.",
    "archive": "Each file is checked in the archive before its row says so.",
    "analyze": "Each unique file is analysed once; with a paid service this costs money.",
}
_NO_POST = "No post is selected."


class LibraryScreen(Screen[None]):
    """A screen on which posts or a media are selected, covered by its widgets."""

    BLANK: ClassVar[bool] = True
    app: SocialTuiApp

    def __init__(self, *, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self._compositor = SparingCompositor()
        self._chain_from: Widget | None = None
        self._chain: list[tuple[DOMNode, BindingsMap]] = []

    @property
    def _binding_chain(self) -> list[tuple[DOMNode, BindingsMap]]:
        """The keys of what has the focus and of all around it, put together once and not twice a key."""
        if not self._chain or self._chain_from is not self.focused:
            self._chain, self._chain_from = super()._binding_chain, self.focused
        return self._chain

    @property
    def target(self) -> Target | None:
        """What the keys act on."""
        return None

    @property
    def post(self) -> PostSummary | None:
        """The post under the cursor."""
        return None

    @property
    def doubt(self) -> str:
        """Why it is not certain what the keys would act on; empty when it is."""
        return ""

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
        """Offer only what there is something to do for."""
        if action == "retry":
            return self.app.figures.all_failed > 0
        if action == "cancel":
            return self.app.figures.all_open > 0
        if action == "undo":
            return bool(self.app.undoable)
        return True

    # Work on media.

    def action_request(self, kind: JobKind) -> None:
        """Queue work on what is selected."""

        async def work(model: LibraryModel, target: Target) -> None:
            result = await self.app.offload(model.request, kind, target)
            self.app.show_notice(requested_words(kind, result))

        verb = KIND_NAMES[kind].capitalize()
        self._on_target(work, lambda posts: (f"{verb} the media of {posts}?", _DETAILS[kind], verb))

    def action_retry(self) -> None:
        """Try again what failed of what is selected."""

        async def work(model: LibraryModel, target: Target) -> None:
            count = await self.app.offload(model.retry, target)
            self.app.show_notice(f"{count:,} queued again." if count else "Nothing failed here.")

        detail = "What failed for good, such as a dead link, fails again."
        self._on_target(work, lambda posts: (f"Try again what failed of {posts}?", detail, "Retry"))

    def action_cancel(self) -> None:
        """Call off the jobs of what is selected."""

        async def work(model: LibraryModel, target: Target) -> None:
            count = await self.app.offload(model.cancel, target)
            self.app.show_notice(f"{count:,} called off." if count else "No jobs here.")

        detail = "What is finished stays; the rest can be asked for again."
        self._on_target(work, lambda posts: (f"Call off the jobs of {posts}?", detail, "Call off"))

    # Marks and tags, which can be undone.

    def action_mark(self) -> None:
        """Mark what is selected, or take the mark of the one post away that has it."""
        post, target = self.post, self.target
        is_one = target is not None and target.count == 1 and post is not None
        self._change("unmark" if is_one and post is not None and post.is_marked else "mark")

    def action_unmark(self) -> None:
        """Take the marks of what is selected away."""
        self._change("unmark")

    def action_tag(self, change: PostChange) -> None:
        """Tag what is selected, or take a tag away; asks which."""
        from social_tui.tui.screens.prompt import PromptScreen

        target = self.target
        if target is None:
            self.app.show_notice(_NO_POST)
            return

        def named(name: str | None) -> None:
            if name:
                self._change(change, name)

        def tags(model: LibraryModel, typed: str) -> list[str]:
            return [name for name, _ in model.suggest("tag", typed)]

        verb = "Tag for" if change == "tag" else "Tag to take from"
        self.app.push_screen(PromptScreen(f"{verb} {posts_words(target.count)}", suggest=tags), named)

    def _change(self, change: PostChange, tag: str | None = None) -> None:
        async def work(model: LibraryModel, target: Target) -> None:
            changed = await self.app.offload(model.change, change, target, tag)
            self._changed(changed, changed_words(change, changed.changed, tag), target.posts.post_ids)

        self._on_target(work)

    def _changed(self, changed: Changed, words: str, post_ids: frozenset[str] | None) -> None:
        if changed.changed:
            self.app.undoable.append(changed)
            words += f" {self.app.keymap.shown('library.undo')} takes it back."
        self.app.show_notice(words)
        self.rows_changed(post_ids)
        self.refresh_bindings()

    def action_undo(self) -> None:
        """Take the last change of marks or tags back."""
        if not self.app.undoable:
            self.app.show_notice("There is nothing to undo.")
            return
        last = self.app.undoable.pop()

        async def work() -> None:
            model = await self.app.model()
            count = await self.app.offload(model.undo, last)
            self.app.show_notice(f"Undone: {posts_words(count)}.")
            self.rows_changed(None)
            self.refresh_bindings()

        self.app.start_beside("act", work)

    def action_restore(self) -> None:
        """Take files out of quarantine that are right after all: of the media, or of the post."""
        post, target = self.post, self.target
        media = target.media if target is not None else None

        async def work() -> None:
            model = await self.app.model()
            result = await self.app.offload(model.restore, post.post_id if post else None, media)
            self.app.show_notice(restored_words(result.queued, [path.name for path in result.damaged]))

        if post is None and media is None:
            self.app.show_notice(_NO_POST)
        else:
            self.app.start_beside("act", work)

    # The rest.

    def action_export(self) -> None:
        """Write what is selected to a file; asks which."""
        from social_tui.tui.screens.prompt import PromptScreen

        target = self.target
        if target is None:
            self.app.show_notice(_NO_POST)
            return

        async def work(model: LibraryModel, target: Target, path: Path) -> None:
            self.app.show_notice(f"Exporting {posts_words(target.count)} …")
            count = await self.app.offload(model.export, target, self.app.view.sort, path)
            self.app.show_notice(f"{posts_words(count)} written to {path}.")

        def named(name: str | None) -> None:
            if name:
                self._on_target(lambda model, target: work(model, target, Path(name).expanduser()))

        question = f"File for {posts_words(target.count)}: .jsonl, or .csv for a table"
        self.app.push_screen(PromptScreen(question, value="posts.jsonl"), named)

    def action_open_raw(self) -> None:
        """Show the raw JSON of the post under the cursor."""
        from social_tui.tui.screens.raw import RawScreen

        if self.post is None:
            self.app.show_notice(_NO_POST)
        else:
            self.app.push_screen(RawScreen(self.post))

    def action_page_json(self) -> None:
        """Show the raw JSON of the post under the cursor in the pager."""
        if self.post is None:
            self.app.show_notice(_NO_POST)
        else:
            self.app.start("external", page_json, self.app, self.post.post_id)

    def action_browse(self) -> None:
        """Open the page of the post under the cursor in the browser."""
        if self.post is None or not self.post.url:
            self.app.show_notice("No post with a link is selected.")
        else:
            self.app.start("external", browse, self.app, self.post.url)

    def action_view_file(self) -> None:
        """Open the captured file of the selected media in another program."""
        post, target = self.post, self.target
        media = target.media if target is not None else None
        if post is None and media is None:
            self.app.show_notice(_NO_POST)
        else:
            self.app.start("external", view_file, self.app, post.post_id if post else None, media)

    def action_copy_link(self) -> None:
        """Copy the link of the post under the cursor."""
        copy(self.app, self.post.url if self.post is not None else None, "link")

    def action_copy_text(self) -> None:
        """Copy the words of the post under the cursor."""
        copy(self.app, self.post.text_content if self.post is not None else None, "text")

    def _on_target(self, work: Work, question: Callable[[str], tuple[str, str, str]] | None = None) -> None:
        """Do something with what is selected; with a question and many posts, ask first."""
        target = self.target
        if target is None or self.doubt:
            self.app.show_notice(self.doubt or _NO_POST, "warning" if self.doubt else "information")
            return

        async def act() -> None:
            await work(await self.app.model(), target)

        start = partial(self.app.start_beside, "act", act)
        if question is not None and target.count >= ASK_FROM:
            ask(self.app, question(posts_words(target.count)), start)
        else:
            start()
