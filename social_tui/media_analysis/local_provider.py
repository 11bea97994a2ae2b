"""Analysis without any service: what this machine can measure, and nothing that it would have to guess."""

from __future__ import annotations

from collections.abc import Sequence

from social_tui.media_analysis.kinds import kind_of
from social_tui.media_analysis.language import language_of
from social_tui.media_analysis.measuring import Measured, measure
from social_tui.media_analysis.ocr import (
    NetworkReader,
    Reader,
    TesseractReader,
    TextReader,
    find_tesseract,
    has_networks,
)
from social_tui.media_analysis.provider import PreparedMedia, RawAnswer
from social_tui.media_analysis.schema import Analysis, parse_analysis
from social_tui.text import human_bytes

_CONFIDENCE = 0.1
# Raised when more is measured, or otherwise.
_VERSION = "4"
# What a file says of itself, as facts name it.
_NOTED = ("camera", "taken", "software", "turned", "place")
_SORTS = {"image": "An image", "video": "A video", "audio": "A sound"}


class LocalAnalysis(Analysis):
    """An analysis with the figures that it rests on."""

    measured: Measured


class LocalProvider:
    """Labelled ``local: basic``: colours, shape, likeness, what the camera noted, and text with its language.

    Text is read where something that reads is installed; see ``docs/analysis-local.md``.

    Args:
        keeps_place: Whether the place that a camera noted is kept, and not only that there is one.
    """

    name = "local"
    model = "basic"

    def __init__(self, *, keeps_place: bool = False) -> None:
        self.prompt_version = f"{_VERSION} with places" if keeps_place else _VERSION
        tesseract, networks = find_tesseract(), has_networks()
        readers: list[TextReader] = [NetworkReader()] if networks else []
        if tesseract:
            readers.append(TesseractReader(tesseract))
        self._reader = Reader(*readers) if readers else None
        self._detail = "networks" if networks else "ocr" if tesseract else "facts"

    @property
    def detail(self) -> str:
        """``networks`` or ``ocr`` (Tesseract) by what reads text, else ``facts``.

        Installing a better one makes it worth asking again.
        """
        return self._detail

    def most_microdollars(self, media: PreparedMedia, *, in_batch: bool = False) -> int:
        """Return 0: nothing is sent to anyone."""
        return 0

    def cost_microdollars(self, input_tokens: int, output_tokens: int, *, in_batch: bool = False) -> int:
        """Return 0: nothing is paid."""
        return 0

    def analyse(self, media: PreparedMedia) -> RawAnswer:
        """Measure a media; see :class:`Provider`. It costs nothing."""
        measured = measure(media)
        text = self._read(media.pictures)
        kind = kind_of(media, text)
        found = LocalAnalysis(
            description=_describe(media, measured, text, reads=self._reader is not None),
            ocr_text=text,
            language=language_of(text),
            objects=[],
            people_count=None,
            brands=[],
            kind=kind,
            tags=_tags(measured, kind),
            sentiment="unknown",
            safety_flags=[],
            confidence=_CONFIDENCE,
            measured=measured,
        )
        return RawAnswer(found.model_dump_json(), 0, 0, 0)

    def _read(self, pictures: Sequence[bytes]) -> str:
        """Read the text of pictures, page by page."""
        texts = (self._reader.read(jpeg) for jpeg in pictures) if self._reader else ()
        return "\n\n".join(filter(None, texts))

    def parse(self, raw_text: str) -> LocalAnalysis:
        """Read a saved answer; see :class:`Provider`."""
        return parse_analysis(raw_text, LocalAnalysis)


def _main_type(measured: Measured) -> str:
    return measured.mime_type.partition("/")[0]


def _describe(media: PreparedMedia, measured: Measured, text: str, *, reads: bool) -> str:
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
    where = f"{len(media.pages)} of its {media.page_count} pages" if media.page_count else "it"
    if not media.pictures:
        reading = f"There was no picture to look at. {media.no_picture}".rstrip()
    elif reads:
        reading = f"Text was read in {where}." if text else f"No text could be read in {where}."
    told = [f"{name} {media.facts[name]}" for name in _NOTED if name in media.facts]
    noted = f" Its file says: {', '.join(told)}." if told else ""
    words = f"{'; '.join(parts)}. {reading}{noted}"
    return f"{words} Measured on this machine; nobody looked at what it shows."


def _tags(measured: Measured, kind: str) -> list[str]:
    words = [
        _main_type(measured),
        kind if kind != "unknown" else "",
        measured.orientation,
        measured.brightness,
        *measured.colours,
    ]
    return [word for word in dict.fromkeys(words) if word]
