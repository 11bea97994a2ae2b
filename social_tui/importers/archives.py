"""Unpacks what exports are packed with; bombs are refused, and nothing is ever written."""

from __future__ import annotations

import bz2
import errno
import gzip
import io
import lzma
import struct
import sys
import zipfile
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from social_tui.errors import ImportRefusedError
from social_tui.importers.text_window import READ_ERRORS, ByteSource

GZIP_MAGIC = b"\x1f\x8b"  # RFC 1952 section 2.3.1
XZ_MAGIC = b"\xfd7zXZ\0"  # https://tukaani.org/xz/xz-file-format.txt section 2.1.1.1
BZIP2_MAGIC = b"BZh"  # https://sourceware.org/bzip2/
#: RFC 8878 section 3.1.1, and what parallel packers begin with (section 3.1.2, a frame to be skipped).
ZSTD_MAGICS = (b"\x28\xb5\x2f\xfd", *(bytes((0x50 + number,)) + b"\x2a\x4d\x18" for number in range(16)))
ZIP_MAGICS = (b"PK\x03\x04", b"PK\x05\x06")  # https://pkware.cachefly.net/webdocs/APPNOTE/ section 4.3

MAX_MEMBERS = 200_000
#: JSON that repeats itself packs to a hundredth; what unpacks to more than these was made to do harm.
MAX_RATIO = 300
_HARMLESS_BYTES = 256 * 2**20
_MAX_BYTES = 2**41
#: The largest presets need 65 MiB (xz) and 128 MiB (zstd) to unpack; a file may ask for 4 GiB.
_MOST_MEMORY = 256 * 2**20
_TOO_LARGE_WINDOW = (
    "it takes more than 256 MiB to unpack; have zstd do it: zstd -dc --long=31 FILE | social-tui import -"
)


def most_unpacked(packed: int) -> int:
    """Return how many bytes so many packed ones may unpack to before it is taken for harm."""
    return max(_HARMLESS_BYTES, MAX_RATIO * packed)


class Bounded:
    """Unpacked data, up to where they are more than any export unpacks to.

    Args:
        unpacked: The data.
        packed_bytes: Tells how many bytes of the packed file were read so far.
    """

    def __init__(self, unpacked: ByteSource, packed_bytes: Callable[[], int]) -> None:
        self._source = unpacked
        self._packed_bytes = packed_bytes
        self._unpacked_bytes = 0

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes, none at the end.

        Raises:
            OSError: If it was made to do harm.
        """
        data = self._source.read(size)
        self._unpacked_bytes += len(data)
        if self._unpacked_bytes > most_unpacked(self._packed_bytes()):
            raise OSError(errno.EFBIG, f"it unpacks to more than {MAX_RATIO} times its size")
        return data


class Gzip:
    """Unpacked gzip data, handed out up to the very byte at which the file is damaged."""

    def __init__(self, packed: io.BufferedIOBase) -> None:
        self._file = gzip.GzipFile(fileobj=packed)

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes, none at the end."""
        # read1, because read() loses what it has gathered when the data turn out to be cut off.
        return self._file.read1(size)


class Bzip2:
    """Unpacked bzip2 data, handed out up to the block in which the file is damaged."""

    def __init__(self, packed: io.BufferedIOBase) -> None:
        self._file = bz2.BZ2File(packed)

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes, none at the end."""
        return self._file.read1(size)


class _Decoder(Protocol):
    """What unpacks one of the parts that a file may be put together of."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Parts:
    """Unpacked data of a file that may be put together of several packed ones.

    Args:
        packed: The packed file.
        new_decoder: Makes what unpacks the next part.
        padding: What may stand between parts.
    """

    def __init__(self, packed: ByteSource, new_decoder: Callable[[], _Decoder], padding: bytes = b"") -> None:
        self._packed = packed
        self._new_decoder = new_decoder
        self._padding = padding
        self._decoder = new_decoder()
        self._is_between = False

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes, none at the end.

        Raises:
            EOFError: If the file is cut off.
        """
        data = b""
        while not data:
            packed = b""
            if self._decoder.eof:
                packed = self._decoder.unused_data.lstrip(self._padding)
                packed = packed or self._packed.read(io.DEFAULT_BUFFER_SIZE)
                if not packed:
                    return b""
                self._decoder, self._is_between = self._new_decoder(), True
            elif self._decoder.needs_input:
                packed = self._packed.read(io.DEFAULT_BUFFER_SIZE)
                if not packed and not self._is_between:
                    raise EOFError
                if not packed:
                    return b""
            packed = packed.lstrip(self._padding) if self._is_between else packed
            self._is_between = self._is_between and not packed
            data = self._decoder.decompress(packed, size)
        return data


class Xz(_Parts):
    """Unpacked xz data, with a bound on the memory that the file may ask for."""

    def __init__(self, packed: ByteSource) -> None:
        # Zeros may stand between the parts: section 2.2 of the format.
        super().__init__(packed, self._decoder_in_bounds, padding=b"\0")

    @staticmethod
    def _decoder_in_bounds() -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=_MOST_MEMORY)


class Zstd(_Parts):
    """Unpacked Zstandard data, with a bound on the memory that the file may ask for."""

    def __init__(self, packed: ByteSource) -> None:
        if sys.version_info >= (3, 14):
            from compression import zstd
        else:
            from backports import zstd

        options = {int(zstd.DecompressionParameter.window_log_max): _MOST_MEMORY.bit_length() - 1}
        super().__init__(packed, lambda: zstd.ZstdDecompressor(options=options))
        self._error = zstd.ZstdError

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes, none at the end.

        Raises:
            EOFError: If the file is cut off.
            OSError: If it is damaged, or asks for too much memory.
        """
        try:
            return super().read(size)
        except self._error as error:
            # As libzstd says it: ZSTD_error_frameParameter_windowTooLarge.
            if "too much memory" in str(error):
                raise OSError(errno.ENOMEM, _TOO_LARGE_WINDOW) from error
            raise OSError("damaged") from error


#: What reading damaged zip files raises; RuntimeError also for ways of packing that are not known.
_ZIP_ERRORS = (*READ_ERRORS, ValueError, RuntimeError, struct.error, OverflowError)


class Zip:
    """The members of a zip file that may hold posts, in the order of their names.

    Args:
        file: The packed file; a zip file can only be read where one can go back and forth.
        is_wanted: Tells by its name whether a member may hold posts.

    Raises:
        ImportRefusedError: If it is damaged or was made to do harm.
    """

    def __init__(self, file: io.BufferedReader[Any], is_wanted: Callable[[str], bool]) -> None:
        if not file.seekable():
            raise ImportRefusedError("is a zip file, which is read from a file only and not from a stream")
        try:
            self._archive = zipfile.ZipFile(file)
            packed = file.seek(0, io.SEEK_END)
        except _ZIP_ERRORS as error:
            raise ImportRefusedError("is a damaged zip file") from error
        infos = [info for info in self._archive.infolist() if not info.is_dir()]
        # Members that lie over each other unpack to more than the file could hold
        # (https://www.bamsoftware.com/hacks/zipbomb/).
        if len(infos) > MAX_MEMBERS or sum(info.compress_size for info in infos) > packed:
            raise ImportRefusedError(
                "is a zip file that was made to do harm: its members lie over each other"
            )
        if sum(info.file_size for info in infos) > _MAX_BYTES:
            raise ImportRefusedError("is a zip file that unpacks to more than 2 TiB")
        self._infos = sorted(
            (info for info in infos if is_wanted(info.filename) and not is_hidden(info.filename)),
            key=lambda info: info.filename,
        )

    def names(self) -> Iterator[str]:
        """Yield the names of the members; they name rejections and are never used as paths."""
        for info in self._infos:
            yield info.filename

    def open(self, index: int) -> io.BufferedReader[Any]:
        """Open a member by its number in the order of the names.

        Raises:
            ImportRefusedError: If it is encrypted, packed in an unknown way or a bomb.
        """
        return self.open_member(self._infos[index])

    def find(self, name: str) -> zipfile.ZipInfo | None:
        """Return the member of exactly this name, whatever it is."""
        return self._archive.NameToInfo.get(name)

    def open_member(self, info: zipfile.ZipInfo) -> io.BufferedReader[Any]:
        """Open a member.

        Raises:
            ImportRefusedError: If it is encrypted, packed in an unknown way or a bomb.
        """
        if info.flag_bits & 0x1:
            raise ImportRefusedError("is encrypted")
        if info.file_size > most_unpacked(info.compress_size):
            raise ImportRefusedError(f"unpacks to more than {MAX_RATIO} times its size")
        try:
            return io.BufferedReader(self._archive.open(info))
        except _ZIP_ERRORS as error:
            raise ImportRefusedError("cannot be unpacked") from error


def is_hidden(name: str) -> bool:
    """Tell whether a member is hidden, or one that macOS adds."""
    parts = name.split("/")
    return any(part.startswith((".", "__MACOSX")) and part not in (".", "..") for part in parts)
