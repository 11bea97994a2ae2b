"""Analysis without any service: what this machine can measure, and nothing that it would have to guess."""

from __future__ import annotations

from social_tui.media_analysis.measuring import Measured, measure
from social_tui.media_analysis.ocr import Reader, find_tesseract
from social_tui.media_analysis.provider import PreparedMedia, RawAnswer
from social_tui.media_analysis.schema import Analysis, parse_analysis
from social_tui.text import human_bytes

_CONFIDENCE = 0.1
_SORTS = {"image": "An image", "video": "A video", "audio": "A sound"}


class LocalAnalysis(Analysis):
    """An analysis with the figures that it rests on."""

    measured: Measured


class LocalProvider:
    """Labelled ``local: basic``: colours, brightness, shape, likeness, and text where Tesseract is there."""

    name = "local"
    model = "basic"

    def __init__(self) -> None:
        tesseract = find_tesseract()
        self._reader = Reader(tesseract) if tesseract else None

    @property
    def detail(self) -> str:
        """``ocr`` where text is read, else ``facts``: installing Tesseract makes it worth asking again."""
        return "ocr" if self._reader else "facts"

    def analyse(self, media: PreparedMedia) -> RawAnswer:
        """Measure a media; see :class:`Provider`. It costs nothing."""
        measured = measure(media)
        text = self._reader.read(media.jpeg) if self._reader and media.jpeg else None
        found = LocalAnalysis(
            description=_describe(media, measured, text, reads=self._reader is not None),
            ocr_text=text or "",
            language=None,
            objects=[],
            people_count=None,
            brands=[],
            kind="unknown" if _main_type(measured) in _SORTS else "document",
            tags=_tags(measured),
            sentiment="unknown",
            safety_flags=[],
            confidence=_CONFIDENCE,
            measured=measured,
        )
        return RawAnswer(found.model_dump_json(), 0, 0, 0)

    def parse(self, raw_text: str) -> LocalAnalysis:
        """Read a saved answer; see :class:`Provider`."""
        return parse_analysis(raw_text, LocalAnalysis)


def _main_type(measured: Measured) -> str:
    return measured.mime_type.partition("/")[0]


def _describe(media: PreparedMedia, measured: Measured, text: str | None, *, reads: bool) -> str:
    sort = _SORTS.get(_main_type(measured), "A document")
    parts = [f"{sort} of type {measured.mime_type}"]
    if measured.width and measured.height:
        parts.append(f"{measured.width} x {measured.height} pixels, {measured.orientation}")
    if measured.duration_ms:
        parts.append(f"{measured.duration_ms / 1000:.1f} s long")
    if size := media.facts.get("byte_size"):
        parts.append(human_bytes(int(size)))
    if measured.colours:
        parts.append(f"mostly {' and '.join(measured.colours[:2])}")
    if measured.brightness:
        parts.append(f"{measured.brightness} overall")
    reading = "Text was not looked for."
    if media.jpeg is None:
        reading = f"There was no picture to look at. {media.no_picture}".rstrip()
    elif reads:
        reading = "Text was read in it." if text else "No text could be read in it."
    return f"{'; '.join(parts)}. {reading} Measured on this machine; nobody looked at what it shows."


def _tags(measured: Measured) -> list[str]:
    words = [
        _main_type(measured),
        measured.orientation,
        measured.brightness,
        *measured.colours,
    ]
    return [word for word in dict.fromkeys(words) if word]
