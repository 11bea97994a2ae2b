"""Posts read before anybody looks at them, because they stand beside the one that is looked at."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from social_tui.models import PostDetail
    from social_tui.tui.app import SocialTuiApp
    from social_tui.tui.widgets.preview import Preview

MOST_POSTS = 6
# What changes while it is read is read again, but not for as long as an import goes on.
MOST_READS = 2
# The post that is looked at comes first, with its picture.
PREPARE_SECONDS = 0.05


class NearPosts:
    """Reads whole posts, and keeps the last few as long as nothing of them changes.

    Args:
        app: Runs what blocks in threads.
    """

    def __init__(self, app: SocialTuiApp) -> None:
        self._app = app
        self._posts: OrderedDict[str, PostDetail] = OrderedDict()
        self._changes = 0

    def forget(self, post_ids: frozenset[str] | None) -> None:
        """Read posts that changed again when they are asked for; None when any may have."""
        self._changes += 1
        for post_id in [each for each in self._posts if post_ids is None or each in post_ids]:
            del self._posts[post_id]

    async def read(self, post_id: str) -> PostDetail:
        """Return a post, as it is known to be now."""
        known = self._posts.get(post_id)
        if known is not None:
            return known
        model = await self._app.model()
        for _ in range(MOST_READS):
            changes = self._changes
            post = await self._app.offload(model.post, post_id)
            if changes == self._changes:
                self._posts[post_id] = post
                break
        while len(self._posts) > MOST_POSTS:
            self._posts.popitem(last=False)
        return post

    async def prepare(self, post_ids: Sequence[str], preview: Preview) -> None:
        """Read posts, and the pictures that would be shown of them.

        Args:
            post_ids: The posts.
            preview: Where the pictures would be shown; out of sight it needs none.
        """
        await asyncio.sleep(PREPARE_SECONDS)
        for post_id in post_ids:
            post = await self.read(post_id)
            if post.media and preview.size.area:
                await self._app.pictures.prepare(post.media[0])
