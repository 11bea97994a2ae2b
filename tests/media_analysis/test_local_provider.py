from __future__ import annotations

import importlib.util
import io
import shutil
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from social_tui.errors import AnalysisError
from social_tui.media_analysis import local_provider
from social_tui.media_analysis.language import language_of
from social_tui.media_analysis.local_provider import LocalProvider
from social_tui.media_analysis.measuring import colour_name, difference_hash, measure
from social_tui.media_analysis.ocr import (
    Children,
    NetworkReader,
    Reader,
    TesseractReader,
    _Child,
    has_networks,
    library_of,
    read_text,
)
from social_tui.media_analysis.provider import PreparedMedia
from tests.media_analysis.pictures import BLUE, jpeg_of, poster, prepared, two_halves
from tests.support.peers import need

needs_tesseract = pytest.mark.skipif(
    library_of(shutil.which("tesseract") or "/tesseract") is None,
    reason="Tesseract is not on this machine, or not with its library",
)


@pytest.fixture
def without_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_provider, "has_networks", lambda: False)


@pytest.fixture
def without_readers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, without_networks: None) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


def idle_of(reader: TesseractReader | NetworkReader) -> list[_Child]:
    assert reader._children is not None
    return reader._children._idle


def program(folder: Path, script: str) -> str:
    path = folder / "tesseract"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.usefixtures("without_readers")
def test_it_says_what_it_measured_and_claims_nothing_else() -> None:
    provider = LocalProvider()

    raw = provider.analyse(prepared())
    found = provider.parse(raw.text)

    assert (provider.name, provider.model, provider.detail) == ("local", "basic", "facts")
    assert (raw.input_tokens, raw.output_tokens, raw.cost_microdollars) == (0, 0, 0)
    assert found.description == (
        "An image of type image/png; 640 x 400 pixels, landscape; mostly blue and white. "
        "Text was not looked for. Measured on this machine; nobody looked at what it shows."
    )
    assert found.tags == ["image", "landscape", "blue", "white"]
    assert found.measured.colours == ["blue", "white"]
    assert found.people_count is None
    assert (found.kind, found.sentiment, found.language) == ("unknown", "unknown", None)
    assert (found.ocr_text, found.objects, found.brands, found.safety_flags) == ("", [], [], [])
    assert found.confidence <= 0.2


@pytest.mark.usefixtures("without_readers")
def test_a_sound_has_facts_only() -> None:
    provider = LocalProvider()
    found = provider.parse(provider.analyse(PreparedMedia((), "audio/ogg", duration_ms=2500)).text)
    assert found.description.startswith(
        "A sound of type audio/ogg; 2.5 s long. There was no picture to look at."
    )
    assert found.tags == ["audio"]
    assert found.measured.dhash == ""


@pytest.mark.usefixtures("without_readers")
def test_a_pdf_is_a_document() -> None:
    provider = LocalProvider()
    assert provider.parse(provider.analyse(prepared(mime_type="application/pdf")).text).kind == "document"


@pytest.mark.usefixtures("without_networks")
def test_each_page_is_read_and_it_is_told_how_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program stands in for Tesseract and reads every other page."""
    seen = tmp_path / "seen"
    script = f"cat > /dev/null; echo . >> {seen}; n=$(wc -l < {seen}); [ $n = 2 ] || cat {tmp_path}/table"
    (tmp_path / "table").write_text(TABLE)
    monkeypatch.setattr(local_provider, "find_tesseract", lambda: program(tmp_path, script))
    provider = LocalProvider()
    page = jpeg_of(two_halves())
    media = PreparedMedia((page,) * 3, "application/pdf", pages=(1, 3, 4), page_count=50)
    found = provider.parse(provider.analyse(media).text)
    assert found.ocr_text == "Bike shop\n\x1b[2Jopen\n\nBike shop\n\x1b[2Jopen"
    assert "Text was read in 3 of its 50 pages." in found.description
    assert len(seen.read_text().splitlines()) == 3


@pytest.mark.parametrize(
    ("size", "orientation"), [((300, 200), "landscape"), ((200, 300), "portrait"), ((300, 295), "square")]
)
def test_the_shape_of_the_media_itself_counts(size: tuple[int, int], orientation: str) -> None:
    media = PreparedMedia((jpeg_of(two_halves()),), "image/jpeg", *size)
    assert measure(media).orientation == orientation


@pytest.mark.parametrize(("grey", "brightness"), [(10, "dark"), (128, ""), (240, "bright")])
def test_brightness_is_named_only_where_it_is_marked(grey: int, brightness: str) -> None:
    picture = Image.new("RGB", (50, 50), (grey, grey, grey))
    assert measure(prepared(picture)).brightness == brightness


@pytest.mark.parametrize(
    ("rgb", "name"),
    [
        ((0, 0, 0), "black"),
        ((255, 255, 255), "white"),
        ((128, 128, 128), "grey"),
        ((220, 20, 30), "red"),
        ((255, 0, 40), "red"),
        ((255, 140, 0), "orange"),
        ((120, 70, 20), "brown"),
        ((250, 230, 40), "yellow"),
        ((30, 140, 50), "green"),
        ((40, 200, 190), "turquoise"),
        (BLUE, "blue"),
        ((120, 40, 200), "purple"),
        ((255, 105, 180), "pink"),
        ((255, 170, 180), "pink"),
    ],
)
def test_colours_have_plain_names(rgb: tuple[int, int, int], name: str) -> None:
    assert colour_name(*rgb) == name


def test_a_likeness_survives_shrinking_and_strong_compression() -> None:
    picture = Image.radial_gradient("L").resize((640, 400)).rotate(30)
    smaller = Image.open(io.BytesIO(jpeg_of(picture.resize((200, 125)), 40)))
    other = two_halves((640, 400))

    def distance(first: Image.Image, second: Image.Image) -> int:
        return (int(difference_hash(first), 16) ^ int(difference_hash(second), 16)).bit_count()

    assert distance(picture, smaller) <= 4
    assert distance(picture, other) >= 16
    assert len(difference_hash(picture)) == 16


def test_a_broken_thumbnail_says_so() -> None:
    with pytest.raises(AnalysisError, match="cannot be decoded"):
        measure(PreparedMedia((jpeg_of(two_halves())[:300],), "image/jpeg"))


TABLE = """\
level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext
4\t1\t1\t1\t1\t0\t0\t0\t9\t9\t-1\t
5\t1\t1\t1\t1\t1\t0\t0\t9\t9\t96.1\tBike
5\t1\t1\t1\t1\t2\t0\t0\t9\t9\t70.0\tshop
5\t1\t1\t1\t1\t3\t0\t0\t9\t9\t69.9\tnoise
5\t1\t1\t1\t2\t1\t0\t0\t9\t9\t91\t\x1b[2Jopen
5\t1\t1\t1\t2\t2\t0\t0\t9\t9\t95\t\x20
5\tbroken"""


def test_only_words_that_are_sure_are_kept_line_by_line(tmp_path: Path) -> None:
    (tmp_path / "table").write_text(TABLE)
    tesseract = program(tmp_path, f'cat > /dev/null; /bin/cat "{tmp_path}/table"')
    assert read_text(tesseract, b"jpeg") == "Bike shop\n\x1b[2Jopen"


@pytest.mark.parametrize("script", ["exec sleep 30", "exit 3", "kill -9 $$"])
def test_an_engine_that_fails_or_hangs_reads_nothing(tmp_path: Path, script: str) -> None:
    assert read_text(program(tmp_path, script), b"jpeg", seconds=0.5) is None


def test_an_engine_that_went_away_reads_nothing(tmp_path: Path) -> None:
    assert read_text(str(tmp_path / "gone"), b"jpeg") is None


@pytest.mark.usefixtures("without_networks")
def test_text_that_was_read_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "table").write_text(TABLE)
    program(tmp_path, f'/bin/cat > /dev/null; /bin/cat "{tmp_path}/table"')
    monkeypatch.setenv("PATH", str(tmp_path))
    provider = LocalProvider()

    found = provider.parse(provider.analyse(prepared()).text)

    assert provider.detail == "ocr"
    assert found.ocr_text == "Bike shop\n\x1b[2Jopen"
    assert "Text was read in it." in found.description


@needs_tesseract
@pytest.mark.usefixtures("without_networks")
def test_tesseract_reads_a_poster_and_nothing_in_a_picture_without_text() -> None:
    provider = LocalProvider()
    assert (
        provider.parse(provider.analyse(prepared(poster("OPEN DAY 2026"))).text).ocr_text == "OPEN DAY 2026"
    )
    assert provider.parse(provider.analyse(prepared(two_halves())).text).ocr_text == ""


@needs_tesseract
def test_tesseract_stays_loaded_and_reads_the_same() -> None:
    program = shutil.which("tesseract") or ""
    reader = TesseractReader(program)
    pictures = [poster("OPEN DAY 2026"), two_halves(), poster("Bike shop")]

    texts = [reader.read(jpeg_of(picture)) for picture in pictures]

    assert texts == ["OPEN DAY 2026", "", "Bike shop"]
    assert texts == [read_text(program, jpeg_of(picture)) for picture in pictures]
    assert len(idle_of(reader)) == 1, "one process read them all"


@needs_tesseract
def test_a_reader_that_died_is_replaced() -> None:
    reader = TesseractReader(shutil.which("tesseract") or "")
    assert reader.read(jpeg_of(poster("OPEN DAY 2026"))) == "OPEN DAY 2026"
    dead = idle_of(reader)[0]
    dead._process.kill()
    dead._process.wait()
    assert reader.read(jpeg_of(poster("Bike shop"))) == "Bike shop"
    assert idle_of(reader) != [dead]


@needs_tesseract
def test_what_ends_the_reader_goes_to_the_program() -> None:
    reader = TesseractReader(shutil.which("tesseract") or "")
    reader.read(jpeg_of(poster("OPEN DAY 2026")))
    png = io.BytesIO()
    poster("Bike shop").save(png, "PNG")  # the loaded one takes JPEG only
    assert reader.read(png.getvalue()) == "Bike shop"
    assert idle_of(reader) == []


def test_a_library_that_is_none_leaves_the_program(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "libtesseract.so.5").write_text("none")
    (tmp_path / "table").write_text(TABLE)
    tesseract = program(tmp_path / "bin", f'cat > /dev/null; /bin/cat "{tmp_path}/table"')
    assert library_of(tesseract) == tmp_path / "lib" / "libtesseract.so.5"
    reader = TesseractReader(tesseract)
    for _ in range(2):  # one process alone may have died of its picture
        assert reader.read(b"jpeg") == "Bike shop\n\x1b[2Jopen"
    assert reader._children is None


def test_what_reads_is_told_no_secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for secret in ("DATABASE_URL", "OPENAI_API_KEY", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(secret, "canary")
    for name in ("TESSDATA_PREFIX", "LC_CTYPE"):
        monkeypatch.setenv(name, "told")
    recorder = program(tmp_path, f'env >> "{tmp_path}/seen"')
    monkeypatch.setattr(sys, "executable", recorder)

    assert Children("network").ask(b"jpeg") is None
    assert read_text(recorder, b"jpeg") == ""

    seen = (tmp_path / "seen").read_text()
    assert "canary" not in seen
    assert [seen.count(f"{name}=told\n") for name in ("TESSDATA_PREFIX", "LC_CTYPE")] == [2, 2]


@pytest.fixture(scope="module")
def networks() -> NetworkReader:
    """Give one reader to all tests, because loading the networks takes seconds."""
    need(has_networks(), "the extra local is not installed")
    return NetworkReader()


def test_networks_read_what_lies_askew_or_over_a_photo(networks: NetworkReader) -> None:
    photo = Image.effect_noise((640, 480), 80).convert("RGB").filter(ImageFilter.GaussianBlur(3))
    blank = jpeg_of(photo)
    ImageDraw.Draw(photo).text((40, 180), "Free coffee", "white", font=ImageFont.load_default(80))
    askew = poster("OPEN DAY 2026").rotate(8, fillcolor="white", expand=True)
    texts = [networks.read(jpeg) for jpeg in (jpeg_of(photo), jpeg_of(askew), blank)]
    assert texts == ["Free coffee", "OPEN DAY 2026", ""]
    assert len(idle_of(networks)) == 1, "one process read them all"


def test_what_ends_the_networks_leaves_the_next_reader() -> None:
    need(has_networks(), "the extra local is not installed")
    networks = NetworkReader()  # a new one: also the first picture of all may be what ends it

    class Other:
        def read(self, jpeg: bytes) -> str | None:
            return f"{len(jpeg)} bytes"

    reader = Reader(networks, Other())
    assert reader.read(b"no jpeg") == "7 bytes"
    assert reader.read(jpeg_of(poster("Bike shop"))) == "Bike shop", "another process reads again"
    assert Reader().read(b"") is None


def test_the_provider_reads_with_networks_and_tells_the_language(networks: NetworkReader) -> None:
    need(importlib.util.find_spec("lingua"), "the extra local is not installed")
    provider = LocalProvider()
    provider._reader = Reader(networks)
    found = provider.parse(provider.analyse(prepared(poster("The museum is open today"))).text)
    assert provider.detail == "networks"
    assert (found.ocr_text, found.language) == ("The museum is open today", "en")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Wir sind ab Montag wieder für Sie da", "de"),
        ("Free coffee for all visitors on Saturday", "en"),
        ("Kaffee", None),  # too short to tell
        ("Kaffee gratis für alle", None),  # could be two
        ("Call 555-0199", None),
        ("", None),
    ],
)
def test_a_language_is_told_only_when_it_is_sure(text: str, language: str | None) -> None:
    need(importlib.util.find_spec("lingua"), "the extra local is not installed")
    assert language_of(text) == language
