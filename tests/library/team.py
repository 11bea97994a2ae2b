"""A team in a project: a worker that archived a picture, and members with machines of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from social_tui.config import Settings
from social_tui.library.archiving import archive_media
from social_tui.library.capturing import capture
from social_tui.library.importing import import_paths
from social_tui.library.lending import open_bytes
from social_tui.library.session import Library, open_library
from social_tui.models import BlobRow
from social_tui.store.media import blob_for_media
from social_tui.store.supabase_project import open_account
from tests.media_cache.samples import jpeg
from tests.support.fault_server import FaultServer
from tests.support.s3_server import S3Server
from tests.support.supabase_rig import SupabaseRig
from tests.support.world import World, rows

PASSWORD = "correct horse battery staple"
PICTURE = jpeg(90, 90)


@dataclass
class Team:
    """A library in a project, whose worker archived one picture that two media show, and a bucket.

    Args:
        rig: The project.
        s3: The bucket's server.
        bucket: The bucket.
        worker: The worker's library.
        media_id: The second one of them.
        member: Opens the library of somebody who is signed in, on a machine of their own.
    """

    rig: SupabaseRig
    s3: S3Server
    bucket: str
    worker: Library
    media_id: str
    member: Callable[..., Library]

    @property
    def blob(self) -> BlobRow:
        """What the picture's bytes are, with all that a worker may know."""
        blob = blob_for_media(self.worker.gateway, self.media_id)
        assert blob is not None
        return blob


@pytest.fixture
def team(
    supabase: SupabaseRig,
    library_home: Path,
    media_server: FaultServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Team]:
    with ExitStack() as stack:
        s3 = stack.enter_context(S3Server())
        bucket = s3.make_bucket()

        def member(role: str = "viewer", **changes: object) -> Library:
            email = f"{role}.{uuid4().hex[:8]}@example.com"
            supabase.join(supabase.sign_up(email, PASSWORD), role)
            settings = Settings(
                **{
                    "home": tmp_path_factory.mktemp("member"),
                    "supabase_url": supabase.url,
                    "supabase_key": supabase.publishable_key,
                    "allow_private": (urlsplit(s3.url).netloc,),
                    **changes,
                }
            )
            open_account(settings).sign_in(email, PASSWORD)
            return stack.enter_context(open_library(settings, actor="app"))

        world = World(library_home, supabase.database_url, media_server)
        world.use(s3.settings(bucket))
        worker = stack.enter_context(world.open("worker"))
        post = world.post(world.serve("/a.jpg", PICTURE), world.serve("/b.jpg", PICTURE))
        import_paths(worker, [world.write([post])])
        for name in ("a.jpg", "b.jpg"):
            row = rows(worker)[name]
            capture(worker, row.media_id, claim=name)
        archive_media(worker, row.media_id)
        yield Team(supabase, s3, bucket, worker, row.media_id, member)


def read(library: Library, media_id: str) -> bytes:
    """Return the bytes of a media, from wherever the library has them."""
    with open_bytes(library, media_id, purpose="test") as (_, path):
        return path.read_bytes()
