"""The drawn media: all there, sound, the same every time, and what their names say."""

from __future__ import annotations

import io

import av
import pypdfium2
import pytest
from PIL import Image, ImageStat

from social_tui.demo.assets import ASSETS
from social_tui.demo.canvas import seeded
from social_tui.demo.documents import draw_documents
from social_tui.demo.pictures import COPIES, PICTURES, draw_pictures
from social_tui.demo.video import FRAMES_PER_SECOND, SECONDS, SIZE, draw_video


@pytest.fixture(scope="module")
def pictures() -> dict[str, bytes]:
    return draw_pictures()


def test_every_asset_whose_bytes_arrive_is_drawn(pictures: dict[str, bytes]) -> None:
    drawn = pictures | draw_video() | draw_documents()
    assert set(drawn) == {name for name, asset in ASSETS.items() if asset.outcome == "ok"}


def test_pictures_decode_and_show_something(pictures: dict[str, bytes]) -> None:
    formats = set()
    for data in pictures.values():
        with Image.open(io.BytesIO(data)) as image:
            formats.add(image.format)
            assert min(image.size) >= 300
            assert max(ImageStat.Stat(image.convert("RGB")).stddev) > 20
    assert formats == {"JPEG", "PNG", "WEBP", "GIF"}


def test_drawing_again_gives_the_same_bytes_and_another_seed_gives_others(pictures: dict[str, bytes]) -> None:
    for name, draw in PICTURES.items():
        assert draw(seeded(f"demo/{name}")) == pictures[name]
    assert PICTURES["mountain-lake"](seeded("other")) != pictures["mountain-lake"]


def test_only_copies_share_their_bytes(pictures: dict[str, bytes]) -> None:
    assert len(set(pictures.values())) == len(PICTURES)
    for copy, original in COPIES.items():
        assert pictures[copy] == pictures[original]


def test_the_radar_moves(pictures: dict[str, bytes]) -> None:
    with Image.open(io.BytesIO(pictures["radar"])) as image:
        assert getattr(image, "n_frames", 1) == 16


def test_the_film_is_h264_and_has_a_cover_of_its_own() -> None:
    film = draw_video()
    assert draw_video() == film
    with av.open(io.BytesIO(film["night-flight"]), "r") as container:
        stream = container.streams.video[0]
        frames = [frame.to_image() for frame in container.decode(stream)]  # type: ignore[no-untyped-call]
        assert stream.codec_context.name == "h264"
        assert len(frames) == round(SECONDS * FRAMES_PER_SECOND)
    with Image.open(io.BytesIO(film["night-flight-cover"])) as cover:
        assert cover.size == frames[0].size == SIZE
        middle = ImageStat.Stat(frames[len(frames) // 2]).mean
        assert ImageStat.Stat(cover).mean == pytest.approx(middle, abs=8)
    assert ImageStat.Stat(frames[0]).mean != pytest.approx(ImageStat.Stat(frames[-1]).mean, abs=0.5)


def test_the_document_has_two_pages_of_a4() -> None:
    drawn = draw_documents()
    assert draw_documents() == drawn
    with pypdfium2.PdfDocument(drawn["field-guide"]) as document:
        sizes = [document.get_page_size(number) for number in range(len(document))]
    assert sizes == [pytest.approx((595, 842), abs=2)] * 2
