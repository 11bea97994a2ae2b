"""Hostile and broken files cost one media its preview and nothing else."""

from __future__ import annotations

import io
import json
import resource
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image

from social_tui.media_cache.decode import Probe, make_page, make_strip, make_thumbnail, probe
from social_tui.media_cache.decoder import UndecodableError
from social_tui.media_cache.sniffing import HEAD_BYTES, sniff
from tests.media_cache import samples


def written(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "media.bin"
    path.write_bytes(data)
    return path


def drawn(path: Path, mime_type: str, side: int = 640) -> Image.Image:
    picture = make_thumbnail(path, mime_type, max_size=(side, side)).jpeg
    opened = Image.open(io.BytesIO(picture))
    assert opened.format == "JPEG"
    assert not opened.getexif()
    return opened.convert("RGB")


def differing_bits(first: int | None, second: int | None) -> int:
    assert first is not None
    assert second is not None
    return ((first ^ second) & (1 << 64) - 1).bit_count()


def test_a_copy_of_another_size_and_kind_looks_the_same_and_another_picture_does_not(tmp_path: Path) -> None:
    image = samples.scene()
    here = make_thumbnail(written(tmp_path, samples.encoded(image, "PNG")), "image/png").phash
    smaller = samples.encoded(image.resize((300, 250)), "JPEG")
    turned = samples.encoded(image.transpose(Image.Transpose.ROTATE_90), "JPEG", orientation=6)
    for copy in (smaller, turned):
        assert differing_bits(here, make_thumbnail(written(tmp_path, copy), "image/jpeg").phash) <= 3
    other = make_thumbnail(written(tmp_path, samples.encoded(samples.scene(4), "PNG")), "image/png").phash
    assert differing_bits(here, other) > 15


@pytest.mark.parametrize("colour", ["white", "black", "grey"])
def test_an_empty_picture_looks_like_nothing(tmp_path: Path, colour: str) -> None:
    path = written(tmp_path, samples.encoded(Image.new("RGB", (90, 80), colour), "PNG"))
    assert make_thumbnail(path, "image/png").phash is None


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        (kind, mode)
        for kind, modes in {
            "JPEG": ["RGB", "L", "1", "CMYK"],
            "PNG": ["RGB", "L", "1", "P", "RGBA", "LA", "I;16"],
            "GIF": ["RGB", "L", "1", "P", "RGBA"],
            "WEBP": ["RGB", "RGBA"],
            "AVIF": ["RGB", "RGBA"],
            "BMP": ["RGB", "L", "1", "P", "RGBA"],
            "TIFF": ["RGB", "L", "1", "P", "RGBA", "LA", "CMYK", "I;16"],
        }.items()
        for mode in modes
    ],
)
def test_pictures_of_all_kinds(tmp_path: Path, kind: str, mode: str) -> None:
    source = samples.noise(800, 200)
    source = source.convert("L").convert("I").convert("I;16") if mode == "I;16" else source.convert(mode)
    path = written(tmp_path, samples.encoded(source, kind))
    mime_type = f"image/{kind.lower()}"
    assert probe(path, mime_type, whole=True) == Probe(width=800, height=200, frames=1)
    thumbnail = drawn(path, mime_type)
    assert thumbnail.size == (640, 160)
    low, high = thumbnail.convert("L").getextrema()
    assert isinstance(low, float | int)
    assert isinstance(high, float | int)
    assert high - low > 60


def test_small_pictures_are_not_enlarged_and_transparency_is_white(tmp_path: Path) -> None:
    path = written(tmp_path, samples.encoded(Image.new("RGBA", (10, 6), (0, 0, 0, 0)), "PNG"))
    thumbnail = drawn(path, "image/png")
    assert thumbnail.size == (10, 6)
    assert thumbnail.getpixel((3, 3)) == (255, 255, 255)


def test_the_orientation_of_a_camera_is_applied(tmp_path: Path) -> None:
    picture = Image.new("RGB", (400, 200), "blue")
    picture.paste("red", (0, 0, 400, 100))
    path = written(tmp_path, samples.encoded(picture, "JPEG", orientation=6))
    assert probe(path, "image/jpeg") == Probe(width=200, height=400, frames=1)
    thumbnail = drawn(path, "image/jpeg", 100)
    assert thumbnail.size == (50, 100)
    right, left = thumbnail.getpixel((45, 50)), thumbnail.getpixel((5, 50))
    assert isinstance(right, tuple)
    assert isinstance(left, tuple)
    assert right[0] > 200 > 60 > right[2]
    assert left[2] > 200 > 60 > left[0]


@pytest.mark.parametrize(
    ("form", "codec", "mime_type"),
    [
        ("mp4", "libx264", "video/mp4"),
        ("mov", "libx264", "video/quicktime"),
        ("webm", "libvpx-vp9", "video/webm"),
    ],
)
def test_videos(tmp_path: Path, form: str, codec: str, mime_type: str) -> None:
    path = written(tmp_path, samples.video(20, dark=5, form=form, codec=codec))
    found = probe(path, mime_type, whole=True)
    assert (found.width, found.height, found.duration_ms) == (64, 48, 2000)
    top = drawn(path, mime_type).getpixel((32, 10))
    assert isinstance(top, tuple)
    assert top[0] > 150 > 90 > top[1], "the black frames of the beginning are no good picture"


def test_a_video_is_shown_the_way_it_was_held(tmp_path: Path) -> None:
    path = written(tmp_path, samples.turned(samples.video(5)))
    found = probe(path, "video/mp4")
    assert (found.width, found.height) == (48, 64)
    thumbnail = drawn(path, "video/mp4")
    assert thumbnail.size == (48, 64)
    right = thumbnail.getpixel((40, 32))
    assert isinstance(right, tuple)
    assert right[0] > 150 > 90 > right[1], "a quarter turn clockwise brings the red upper half to the right"


def test_sound_and_documents(tmp_path: Path) -> None:
    sound = probe(written(tmp_path, samples.sound()), "audio/mpeg", whole=True)
    assert sound.duration_ms is not None
    assert 900 < sound.duration_ms < 1200
    path = written(tmp_path, samples.pdf(3))
    assert probe(path, "application/pdf", whole=True) == Probe(frames=3)
    assert drawn(path, "application/pdf").size == (427, 640)


def test_each_page_of_a_document_is_drawn_alone_and_a_lost_one_says_so(tmp_path: Path) -> None:
    path = written(tmp_path, samples.pdf_with_a_lost_page())
    assert probe(path, "application/pdf").frames == 3
    for number in (1, 3):
        with Image.open(io.BytesIO(make_page(path, number))) as page:
            assert (page.format, page.size) == ("JPEG", (427, 640))
    for number in (2, 4):
        with pytest.raises(UndecodableError, match="Failed to load page"):
            make_page(path, number)


@pytest.mark.parametrize(
    ("form", "codec", "mime_type"),
    [
        ("mp3", "libmp3lame", "audio/mpeg"),
        ("wav", "pcm_s16le", "audio/wav"),
        ("ipod", "aac", "audio/mp4"),
        ("oga", "flac", "audio/ogg"),
    ],
)
def test_a_sound_is_drawn_by_how_loud_it_is(tmp_path: Path, form: str, codec: str, mime_type: str) -> None:
    path = written(tmp_path, samples.sound(4, form, codec, loud_from=2))
    assert make_thumbnail(path, mime_type).phash is None, "all sounds look alike"
    picture = drawn(path, mime_type)
    assert picture.size == (640, 213)
    middle, above = picture.crop((0, 106, 640, 107)), picture.crop((0, 40, 640, 41))
    assert brightness(middle) > 100, "silence is a line"
    assert brightness(above.crop((0, 0, 300, 1))) < 50 < 100 < brightness(above.crop((340, 0, 600, 1)))


def test_a_long_sound_is_drawn_to_its_end(tmp_path: Path) -> None:
    path = written(tmp_path, samples.sound(200, "wav", "pcm_s16le", loud_from=180))
    above = drawn(path, "audio/wav").crop((0, 40, 640, 41))
    assert brightness(above.crop((0, 0, 560, 1))) < 50 < 100 < brightness(above.crop((590, 0, 640, 1)))


def brightness(image: Image.Image) -> float:
    grey = image.convert("L").tobytes()
    return sum(grey) / len(grey)


@pytest.mark.parametrize(
    ("form", "codec", "mime_type"), [("mp4", "libx264", "video/mp4"), ("webm", "libvpx-vp9", "video/webm")]
)
def test_the_strip_of_a_video_shows_what_comes_later(
    tmp_path: Path, form: str, codec: str, mime_type: str
) -> None:
    path = written(tmp_path, samples.video(40, form=form, codec=codec, blue_from=25))
    strip = Image.open(io.BytesIO(make_strip(path, mime_type))).convert("RGB")
    assert strip.size == (3 * 64, 48)
    colours = [strip.getpixel((64 * place + 32, 10)) for place in range(3)]
    assert [isinstance(colour, tuple) and colour[2] > colour[0] for colour in colours] == [False, False, True]


def test_the_strip_of_a_cut_video_goes_as_far_as_the_video(tmp_path: Path) -> None:
    whole = samples.video(400)
    strip = Image.open(io.BytesIO(make_strip(written(tmp_path, whole[: len(whole) // 2]), "video/mp4")))
    assert strip.width in (64, 128)


@pytest.mark.parametrize(
    ("data", "mime_type"),
    [
        (samples.jpeg(300, 200)[:-2000], "image/jpeg"),
        (samples.encoded(samples.noise(300, 200), "PNG")[:-2000], "image/png"),
        (samples.encoded(samples.noise(300, 200), "WEBP")[:-2000], "image/webp"),
        (samples.gif(120), "image/gif"),
        (samples.video(40)[:-9000], "video/mp4"),
        (samples.video(40, form="webm", codec="libvpx-vp9")[:-9000], "video/webm"),
        (samples.sound(3, form="wav", codec="pcm_s16le")[:-200_000], "audio/wav"),
        (samples.pdf()[:-20], "application/pdf"),
    ],
    ids=["jpeg", "png", "webp", "endless gif", "mp4", "webm", "wav", "pdf"],
)
def test_what_is_cut_short_is_not_whole(tmp_path: Path, data: bytes, mime_type: str) -> None:
    with pytest.raises(UndecodableError):
        probe(written(tmp_path, data), mime_type, whole=True)


@pytest.mark.parametrize(
    ("data", "mime_type", "words"),
    [
        (samples.png_bomb(13_000, 13_000), "image/png", "million pixels|too many"),
        (samples.png_bomb(65_000, 65_000), "image/png", "million pixels|too many"),
        (samples.png_bomb(20_000, 10), "image/png", "too many"),
        (samples.png_bomb(0, 0), "image/png", "decoded"),
        (samples.HTML, "image/jpeg", "readable"),
        (samples.SVG, "image/png", "readable"),
        (b"", "image/gif", "readable"),
        (b"\xff\xd8\xff" + bytes(5000), "image/jpeg", "readable"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "image/jpeg", "readable"),
        (samples.encoded(samples.noise(9, 9), "PNG"), "image/jpeg", "readable"),
        (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "video/mp4", "decoded"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "video/webm", "decoded"),
        (samples.HTML, "video/mp4", "decoded"),
        (b"", "video/mp4", "decoded"),
        (samples.video(5)[:300], "video/mp4", "decoded"),
        (b"%PDF-1.7\nnothing else", "application/pdf", "decoded"),
        (b"x", "image/heic", "readable"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "image/heic", "decoded|HEIF|input"),
        (b"x", "text/html", "no preview of text/html"),
    ],
    ids=[str(number) for number in range(19)],
)
def test_bombs_and_broken_files_are_undecodable_and_the_next_file_is_fine(
    tmp_path: Path, data: bytes, mime_type: str, words: str
) -> None:
    path = written(tmp_path, data)
    for work in (probe, make_thumbnail):
        with pytest.raises(UndecodableError, match=words) as refused:
            work(path, mime_type)
        assert str(tmp_path) not in str(refused.value)
    path.write_bytes(samples.jpeg())
    assert probe(path, "image/jpeg").width == 64


def test_a_photo_of_a_telephone_looks_like_the_same_in_another_format(tmp_path: Path) -> None:
    pillow_heif.register_heif_opener()
    heic = written(tmp_path, samples.encoded(samples.scene(), "HEIF"))
    found = probe(heic, "image/heic", whole=True)
    assert (found.width, found.height) == (700, 600)
    phash = make_thumbnail(heic, "image/heic").phash
    assert phash is not None
    heic.write_bytes(samples.encoded(samples.scene(), "JPEG"))
    other = make_thumbnail(heic, "image/jpeg").phash
    assert other is not None
    assert (other ^ phash).bit_count() <= 3


def test_an_animation_of_many_frames_still_has_a_first_one(tmp_path: Path) -> None:
    path = written(tmp_path, samples.gif(300))
    assert probe(path, "image/gif").frames == 300
    assert drawn(path, "image/gif").size == (16, 16)


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(UndecodableError, match="No such file"):
        probe(tmp_path / "none.jpg", "image/jpeg")


def test_the_parent_stays_small(tmp_path: Path) -> None:
    bomb = written(tmp_path, samples.png_bomb(16_000, 1_500))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert drawn(bomb, "image/png").size == (640, 60)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32_000


SHARED = Path(__file__).parents[3] / "shared" / "data" / "media"


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared sample media are not there")
def test_real_files_are_what_their_manifest_says() -> None:
    alike = {"image/apng": "image/png", "image/mpo": "image/jpeg"}
    facts = json.loads((SHARED / "manifest.json").read_text())["files"]
    assert len(facts) == 40
    for fact in facts:
        path = SHARED / fact["file"]
        with path.open("rb") as file:
            found = sniff(file.read(HEAD_BYTES))
        mime_type = alike.get(fact["mime_type"], fact["mime_type"])
        if mime_type in ("image/svg+xml", "image/vnd.microsoft.icon"):
            assert found is None
            continue
        assert found is not None
        assert (found.mime_type, found.media_type) == (mime_type, fact["kind"].replace("pdf", "document"))
        probed = probe(path, mime_type, whole=True)
        if found.media_type in ("image", "video"):
            wanted = [fact.get(f"display_{side}", fact.get(side)) for side in ("width", "height")]
            assert [probed.width, probed.height] == wanted, path.name
        if found.media_type == "image":
            assert probed.frames == fact["frames"], path.name
        if "duration_s" in fact:
            assert probed.duration_ms == pytest.approx(fact["duration_s"] * 1000, abs=10)
        if found.media_type == "audio":
            continue
        assert make_thumbnail(path, mime_type).jpeg.startswith(b"\xff\xd8")
