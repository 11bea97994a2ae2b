from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
from PIL import Image

from social_tui.errors import AnalysisError
from social_tui.media_analysis.local_provider import LocalProvider
from social_tui.media_analysis.measuring import colour_name, difference_hash, measure
from social_tui.media_analysis.ocr import Reader, library_of, read_text
from social_tui.media_analysis.provider import PreparedMedia
from tests.media_analysis.pictures import BLUE, jpeg_of, poster, prepared, two_halves

needs_tesseract = pytest.mark.skipif(
    library_of(shutil.which("tesseract") or "/tesseract") is None,
    reason="Tesseract is not on this machine, or not with its library",
)


@pytest.fixture
def without_tesseract(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


def program(folder: Path, script: str) -> str:
    path = folder / "tesseract"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.usefixtures("without_tesseract")
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


@pytest.mark.usefixtures("without_tesseract")
def test_a_sound_has_facts_only() -> None:
    provider = LocalProvider()
    found = provider.parse(provider.analyse(PreparedMedia(None, "audio/ogg", duration_ms=2500)).text)
    assert found.description.startswith(
        "A sound of type audio/ogg; 2.5 s long. There was no picture to look at."
    )
    assert found.tags == ["audio"]
    assert found.measured.dhash == ""


@pytest.mark.usefixtures("without_tesseract")
def test_a_pdf_is_a_document() -> None:
    provider = LocalProvider()
    assert provider.parse(provider.analyse(prepared(mime_type="application/pdf")).text).kind == "document"


@pytest.mark.parametrize(
    ("size", "orientation"), [((300, 200), "landscape"), ((200, 300), "portrait"), ((300, 295), "square")]
)
def test_the_shape_of_the_media_itself_counts(size: tuple[int, int], orientation: str) -> None:
    media = PreparedMedia(jpeg_of(two_halves()), "image/jpeg", *size)
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
        measure(PreparedMedia(jpeg_of(two_halves())[:300], "image/jpeg"))


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
def test_tesseract_reads_a_poster_and_nothing_in_a_picture_without_text() -> None:
    provider = LocalProvider()
    assert (
        provider.parse(provider.analyse(prepared(poster("OPEN DAY 2026"))).text).ocr_text == "OPEN DAY 2026"
    )
    assert provider.parse(provider.analyse(prepared(two_halves())).text).ocr_text == ""


@needs_tesseract
def test_tesseract_stays_loaded_and_reads_the_same() -> None:
    program = shutil.which("tesseract") or ""
    reader = Reader(program)
    pictures = [poster("OPEN DAY 2026"), two_halves(), poster("Bike shop")]

    texts = [reader.read(jpeg_of(picture)) for picture in pictures]

    assert texts == ["OPEN DAY 2026", "", "Bike shop"]
    assert texts == [read_text(program, jpeg_of(picture)) for picture in pictures]
    assert len(reader._idle) == 1, "one process read them all"


@needs_tesseract
def test_a_reader_that_died_is_replaced() -> None:
    reader = Reader(shutil.which("tesseract") or "")
    assert reader.read(jpeg_of(poster("OPEN DAY 2026"))) == "OPEN DAY 2026"
    dead = reader._idle[0]
    dead._process.kill()
    dead._process.wait()
    assert reader.read(jpeg_of(poster("Bike shop"))) == "Bike shop"
    assert reader._idle != [dead]


@needs_tesseract
def test_what_ends_the_reader_goes_to_the_program() -> None:
    reader = Reader(shutil.which("tesseract") or "")
    reader.read(jpeg_of(poster("OPEN DAY 2026")))
    png = io.BytesIO()
    poster("Bike shop").save(png, "PNG")  # the loaded one takes JPEG only
    assert reader.read(png.getvalue()) == "Bike shop"
    assert reader._idle == []


def test_a_library_that_is_none_leaves_the_program(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "libtesseract.so.5").write_text("none")
    (tmp_path / "table").write_text(TABLE)
    tesseract = program(tmp_path / "bin", f'cat > /dev/null; /bin/cat "{tmp_path}/table"')
    assert library_of(tesseract) == tmp_path / "lib" / "libtesseract.so.5"
    reader = Reader(tesseract)
    assert reader.read(b"jpeg") == "Bike shop\n\x1b[2Jopen"
    assert reader._library is None
