"""What an analysis is given of a picture, and what it may keep: sizes, notes of cameras, personal data."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import psycopg
from PIL import Image

from social_tui.config import Settings
from social_tui.jobs.batch import run_to_end
from social_tui.library.analysing import analyse_media
from social_tui.library.batching import submit_batches
from social_tui.library.capturing import capture
from social_tui.library.estimating import estimate_analyses, most_of_each, question_of
from social_tui.library.importing import import_paths
from social_tui.library.session import Library
from social_tui.store.analyses import spending
from social_tui.store.jobs import request_jobs
from social_tui.tui.presentation import analysis_fields
from tests.media_cache.samples import encoded, jpeg, noise, pdf, pdf_with_a_lost_page, video
from tests.media_cache.test_camera import DETAILS, HERE, NAMES, noted, picture
from tests.support.openai_server import ANALYSIS, OpenAIServer
from tests.support.world import World, rows


def take(world: World, library: Library, **files: bytes) -> None:
    urls = [world.serve(f"/{name}", content, "application/octet-stream") for name, content in files.items()]
    import_paths(library, [world.write([world.post(*urls)])])
    for row in rows(library).values():
        capture(library, row.media_id, claim=row.media_id)


def analyse_again(library: Library) -> None:
    """Analyse what is outdated, of which there are unique bytes once."""
    assert estimate_analyses(library, outdated=True).requests == 1
    assert request_jobs(library.gateway, "analyze", outdated=question_of(library)).requested == 1
    run_to_end(library, "analyze")


def test_a_model_gets_small_pictures_only(world: World, ai: OpenAIServer) -> None:
    world.use(ai.settings())
    files = {
        "large": jpeg(3000, 2000),
        "tall": encoded(noise(500, 2000), "PNG"),
        "small": picture(exif=noted(NAMES, DETAILS, HERE)),
        "film": video(),
        "pages": pdf(),
    }
    sizes = {}
    with world.open("worker") as library:
        take(world, library, **files)
        for name, row in rows(library).items():
            analyse_media(library, row.media_id)
            part = ai.requests[-1]["input"][0]["content"][1]
            data = part["image_url"].removeprefix("data:image/jpeg;base64,")
            with Image.open(io.BytesIO(base64.b64decode(data))) as sent:
                sizes[name] = sent.size
                assert (sent.format, dict(sent.getexif()), part["detail"]) == ("JPEG", {}, "low")
    assert max(sizes.pop("pages")) <= 640
    # Upright, as the camera noted it; of the film three frames side by side.
    assert sizes == {"large": (640, 427), "tall": (160, 640), "small": (40, 60), "film": (192, 48)}
    assert "Canon" not in json.dumps(ai.requests)


def sizes_of(request: dict[str, Any]) -> list[tuple[int, int]]:
    """Return the sizes of the pictures in a request."""
    found = []
    for part in request["input"][0]["content"][1:]:
        data = part["image_url"].removeprefix("data:image/jpeg;base64,")
        with Image.open(io.BytesIO(base64.b64decode(data))) as picture:
            found.append(picture.size)
    return found


def test_of_a_document_its_first_pages_are_sent_and_nothing_costs_more_than_was_told(
    world: World, ai: OpenAIServer
) -> None:
    world.use(ai.settings())
    # An answer without figures counts as what was held for it.
    ai.usage = {}
    files = {"one": pdf(1), "three": pdf(3), "fifty": pdf(50), "lost": pdf_with_a_lost_page()}
    asked: dict[str, str] = {}
    with world.open("worker") as library:
        take(world, library, **files, picture=jpeg())
        told = estimate_analyses(library)
        each, document = most_of_each(library.provider)
        assert (told.requests, told.most_microdollars) == (5, each + 4 * document)
        assert told.input_tokens == 5 * 1_900 + 4 * 2 * 1_000
        held = {}
        for name, row in rows(library).items():
            before = spending(library.gateway)[0].spent_microdollars
            analyse_media(library, row.media_id)
            held[name] = spending(library.gateway)[0].spent_microdollars - before
            asked[name] = ai.requests[-1]["input"][0]["content"][0]["text"].partition(", made smaller")[0]
    sent = dict(zip(held, map(sizes_of, ai.requests), strict=True))
    page = (427, 640)
    assert {name: sizes for name, sizes in sent.items() if name != "picture"} == {
        "one": [page],
        "three": [page] * 3,
        "fifty": [page] * 3,
        "lost": [page] * 2,
    }
    assert asked["one"] == "This is the only page of a PDF document"
    assert asked["fifty"] == "Of a PDF document of 50 pages these are the pages 1, 2, 3"
    assert asked["lost"] == "Of a PDF document of 3 pages these are the pages 1, 3"
    assert held["picture"] <= each
    assert held["one"] < held["lost"] < held["three"] <= held["fifty"] <= document
    assert sum(held.values()) <= (told.most_microdollars or 0)
    assert world.checker().problems() == []


def test_a_batch_holds_what_several_pages_may_cost_for_documents_alone(
    world: World, ai: OpenAIServer
) -> None:
    world.use(ai.settings())
    with world.open("worker") as library:
        take(world, library, picture=jpeg(), first=pdf(1), second=pdf(2))
        most, document = most_of_each(library.provider, in_batch=True)
        assert most < document
        told = estimate_analyses(library, in_batch=True).most_microdollars
        assert told == most + 2 * document
    # One has no room any more: what was imported last.
    world.use(ai.settings(ai_cap_day=(told - 1) / 1_000_000))
    with world.open("worker") as poorer:
        report = submit_batches(poorer)
        assert (report.requests, report.left_out) == (2, 1)
        [lines] = ai.desk.lines.values()
        assert len(lines) == 2
        with psycopg.connect(world.database_url) as connection:
            held = connection.execute(
                "select a.held_microdollars, b.mime_type from public.ai_analyses a"
                " join public.media_blobs b on b.sha256 = a.sha256"
            ).fetchall()
        assert sorted(held) == sorted(
            (document, mime) if mime == "application/pdf" else (most, mime) for _, mime in held
        )
        assert spending(poorer.gateway)[0].held_microdollars == sum(row[0] for row in held)


def test_of_a_place_only_that_there_is_one_is_kept_unless_the_settings_allow_it(world: World) -> None:
    world.use(Settings(ai_provider="local"))
    hostile = noted(NAMES | {0x0131: "\x1b[31mred"}, DETAILS, HERE)
    with world.open("worker") as library:
        take(world, library, a=picture(exif=hostile))
        row = analyse_media(library, rows(library)["a"].media_id)
        found = json.loads(row.ai_analysis or "")
        facts = found["measured"]["facts"]
        assert (found["kind"], facts["camera"]) == ("photo", "Canon EOS 5D")
        assert (facts["turned"], facts["place"]) == ("by 90° clockwise", "noted")
        assert "camera Canon EOS 5D, taken 2024-05-01 10:20:30+02:00" in found["description"]
        assert "52.52" not in (row.ai_analysis or "")
        assert "\x1b" in facts["software"]
        assert "\x1b" not in "".join(text for _, text in analysis_fields(row))
        assert estimate_analyses(library, outdated=True).media == 0
    world.use(Settings(ai_personal_data=True))
    with world.open("worker") as library:
        analyse_again(library)
        found = json.loads(rows(library)["a"].ai_analysis or "")
        assert found["measured"]["facts"]["place"] == "52.52000, -13.40500"


def test_another_policy_on_personal_data_is_another_question(world: World, ai: OpenAIServer) -> None:
    world.use(ai.settings())
    ai.analysis = {**ANALYSIS, "people_names": ["Ada Lovelace"]}
    with world.open("worker") as library:
        take(world, library, a=jpeg())
        assert "Ada" not in (analyse_media(library, rows(library)["a"].media_id).ai_analysis or "")
    world.use(Settings(ai_personal_data=True))
    with world.open("worker") as library:
        analyse_again(library)
        assert json.loads(rows(library)["a"].ai_analysis or "")["people_names"] == ["Ada Lovelace"]
    assert ai.billed == 2
    assert world.checker().problems() == []
