"""A library that looks the same every time: posts of several scripts, media in every state."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import psycopg

from social_tui.library import importing
from social_tui.library.analysing import analyse_media
from social_tui.library.archiving import archive_media
from social_tui.library.capturing import capture
from social_tui.library.session import Library
from social_tui.media_cache.fetcher import FetchError
from social_tui.models import MediaRow
from tests.support.fault_server import respond, serve
from tests.support.world import World, rows

NEWEST_MS = 1_763_640_000_000
HOUR_MS = 3_600_000
AUTHORS = (
    ("ada-lovelace", "Ada", "Lovelace"),
    ("ghopper", "Grace", "Hopper"),
    ("yamada-taro", "太郎", "山田"),
    ("mcurie", "Marie", "Skłodowska-Curie"),
    ("al-khwarizmi", "محمد", "الخوارزمي"),
)
TEXTS = (
    "We measured it twice, and the second time was even better.\n\nWe learnt:\n- test early\n- test often",
    "全角の文字は二つの桁を取るので、列が揃うことを確認します。",
    "Émile, Zoë und Jürgen 👩‍👩‍👧‍👦 celebrate ❤️ the launch 🇵🇹 👍🏽 with everyone",
    "Quarterly numbers are out: revenue up 14 %, and the chart shows why.",
    "Hiring two data engineers in Porto.",
    "",
    "مرحبا بالعالم",
)
COLOURS = ((196, 84, 72), (64, 140, 196), (92, 168, 104), (226, 186, 84))


def picture(number: int, width: int = 320, height: int = 192) -> bytes:
    """Draw a picture of four even fields, which survive JPEG and scaling unchanged."""
    from PIL import Image

    image = Image.new("RGB", (width, height), COLOURS[number % 4])
    for field, box in enumerate(((0, 0), (width // 2, 0), (0, height // 2)), start=1):
        image.paste(COLOURS[(number + field) % 4], (*box, box[0] + width // 2, box[1] + height // 2))
    # One dot of its own, so that no two pictures are the same bytes.
    image.putpixel((0, 0), (number % 256, number // 256, 0))
    output = io.BytesIO()
    image.save(output, "PNG")
    return output.getvalue()


def build(world: World, posts: int = 40) -> None:
    """Fill a library: import, then capture, archive and analyse parts of it."""
    with world.open() as library:
        importing.import_paths(library, [world.write([_post(world, number) for number in range(posts)])])
        for path, media in sorted(rows(library).items()):
            _work_on(library, int(path.split("-")[1]), media)
    freeze(world.database_url)


def _post(world: World, number: int) -> dict[str, Any]:
    username, first, last = AUTHORS[number % len(AUTHORS)]
    urls = [_serve(world, number, item) for item in range((0, 1, 3, 1, 2)[number % 5])]
    return world.post(
        *urls,
        posted_at={"timestamp": NEWEST_MS - number * 7 * HOUR_MS},
        text=TEXTS[number % len(TEXTS)],
        author={"username": username, "first_name": first, "last_name": last},
        stats={"total_reactions": 37 * number % 500, "comments": number % 9, "reposts": number % 4},
    )


def _serve(world: World, number: int, item: int) -> str:
    path = f"/m-{number:03}-{item}.png"
    fault = (number + item) % 7
    if fault == 4:
        return world.serve(path, respond(404))
    if fault == 5:
        return world.serve(path, serve(b"<!doctype html><title>Sign in</title>", "text/html"))
    return world.serve(path, picture(10 * number + item), "image/png")


def _work_on(library: Library, number: int, media: MediaRow) -> None:
    """Bring a media as far as its post's number says."""
    if number % 6 == 5:
        return
    # The server loses some on purpose; their rows say so.
    with contextlib.suppress(FetchError):
        capture(library, media.media_id, claim="gallery")
        if number % 2:
            archive_media(library, media.media_id)
        if number % 3 != 2:
            analyse_media(library, media.media_id)


_FREEZE = """
set session_replication_role = replica;
alter table public.media_events disable trigger all;
create temporary table new_posts as
  select post_id as old,
    'p-' || lpad(row_number() over (order by posted_at_timestamp desc)::text, 17, '0') as new
  from public.posts;
create temporary table new_media as
  select media_id as old, 'med-' || lpad(row_number() over (order by media_url)::text, 17, '0') as new
  from public.post_media;
update public.posts p set post_id = n.new from new_posts n where p.post_id = n.old;
update public.post_media m set post_id = n.new from new_posts n where m.post_id = n.old;
update public.media_events e set post_id = n.new from new_posts n where e.post_id = n.old;
update public.post_media m set media_id = n.new,
  media_url = regexp_replace(media_url, '^http://[^/]+', 'https://media.example.com')
  from new_media n where m.media_id = n.old;
update public.media_events e set media_id = n.new, correlation_id = n.new
  from new_media n where e.media_id = n.old;
update public.posts set
  raw_json = regexp_replace(raw_json, 'http://127[.0-9]+:[0-9]+', 'https://media.example.com', 'g');
update public.media_events set at = '2025-11-20T12:00:00Z', details = '{}';
update public.media_blobs set archive_url = 'local:media/2025/11/archived.png' where archive_url is not null;
update public.media_blobs set archived_at = '2025-11-20T12:05:00Z' where archived_at is not null;
update public.media_blobs set read_back_at = '2025-11-20T12:06:00Z' where read_back_at is not null;
update public.media_blobs set archive_checked_at = archived_at where archive_checked_at is not null;
update public.media_blobs set verified_at = '2025-11-20T12:01:00Z' where verified_at is not null;
update public.post_media set ai_analyzed_at = '2025-11-20T12:10:00Z' where ai_analyzed_at is not null;
update public.post_media set url_expires_at = null;
update public.post_media set ai_analysis = json_build_object(
  'description', 'Four even fields of colour, two above and two below, with a dot in the corner.',
  'ocr_text', '', 'language', null, 'people_count', 0, 'kind', 'illustration',
  'tags', json_build_array('colours', 'fields'), 'confidence', 0.9)
  where ai_analysis is not null;
update public.post_media set ai_analysis_log = jsonb_build_array(jsonb_build_object(
  'event', 'ai_analysis_completed', 'status', 'success', 'model', 'gpt-6-luna',
  'details', jsonb_build_object('tokens_used', 2250, 'cost_microdollars', 365, 'analysis_time_ms', 2340)))
  where ai_analysis_status = 'completed';
delete from private.media_labels;
insert into private.media_labels (media_id, label, post_id, workspace_id)
  select m.media_id, l, m.post_id, m.workspace_id
  from public.post_media m cross join lateral private.labels_of(m.ai_analysis) l;
select private.refresh_words(array(select p.post_id from public.posts p));
alter table public.media_events enable trigger all;
"""


def freeze(database_url: str) -> None:
    """Give every id and time of a library a value that is the same in every run."""
    with psycopg.connect(database_url) as connection:
        connection.execute(_FREEZE)
