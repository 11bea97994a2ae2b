"""Files that say how they were made: XMP packets in their containers, and C2PA manifests, signed."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import c2pa  # type: ignore[import-untyped]
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

BY_AI = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
PARTLY = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"


def packet(source_type: str = BY_AI, *, tool: str = "Dream 3", as_element: bool = False) -> bytes:
    """Write an XMP packet that says how a picture was made."""
    said = f'iptc:DigitalSourceType="{source_type}"'
    inside = ""
    if as_element:
        said, inside = "", f"<iptc:DigitalSourceType>{source_type}</iptc:DigitalSourceType>"
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
        ' xmlns:iptc="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
        f' xmp:CreatorTool="{tool}" {said}>{inside}</rdf:Description></rdf:RDF></x:xmpmeta>'
        '<?xpacket end="w"?>'
    ).encode()


def in_jpeg(jpeg: bytes, xmp: bytes) -> bytes:
    """Put a packet behind the first segment of a JPEG."""
    after = 4 + int.from_bytes(jpeg[4:6], "big") - 2 + 2
    body = b"http://ns.adobe.com/xap/1.0/\0" + xmp
    return jpeg[:after] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + jpeg[after:]


def in_png(png: bytes, xmp: bytes, *, compressed: bool = False) -> bytes:
    """Put a packet behind the header of a PNG."""
    text = zlib.compress(xmp) if compressed else xmp
    body = b"XML:com.adobe.xmp\0" + bytes([compressed, 0]) + b"\0\0" + text
    chunk = struct.pack(">I", len(body)) + b"iTXt" + body + struct.pack(">I", zlib.crc32(b"iTXt" + body))
    return png[:33] + chunk + png[33:]


def in_webp(webp: bytes, xmp: bytes) -> bytes:
    """Put a packet at the end of a WebP."""
    body = b"XMP " + struct.pack("<I", len(xmp)) + xmp + b"\0" * (len(xmp) % 2)
    return webp[:4] + struct.pack("<I", len(webp) - 8 + len(body)) + webp[8:] + body


def in_mp4(mp4: bytes, xmp: bytes) -> bytes:
    """Put a packet at the end of an MP4."""
    body = bytes.fromhex("be7acfcb97a942e89c71999491e3afac") + xmp
    return mp4 + struct.pack(">I", len(body) + 8) + b"uuid" + body


def signed(
    content: bytes,
    mime_type: str,
    *source_types: str,
    tool: str = "Dream",
    prepare: Callable[[Any], None] = lambda builder: None,
) -> bytes:
    """Sign a file with a C2PA manifest that says how it was made; ``prepare`` does more to its builder."""
    actions = [{"action": "c2pa.created", "digitalSourceType": each} for each in source_types]
    assertions = [{"label": "c2pa.actions", "data": {"actions": actions}}] if actions else []
    said = {"claim_generator_info": [{"name": tool, "version": "3"}], "assertions": assertions}
    out = io.BytesIO()
    with _signer() as signer, c2pa.Builder(said) as builder:
        prepare(builder)
        builder.sign(signer, mime_type, io.BytesIO(content), out)
    return out.getvalue()


def _signer() -> Any:
    """Make a signer whose certificate comes from a CA that nobody knows."""
    root, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca = _certificate("Test CA", root, "Test CA", root)
    leaf = _certificate("Dream Signing", key, "Test CA", root)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    chain = b"".join(each.public_bytes(serialization.Encoding.PEM) for each in (leaf, ca))
    return c2pa.Signer.from_info(
        c2pa.C2paSignerInfo(alg=b"es256", sign_cert=chain, private_key=pem, ta_url=None)
    )


def _certificate(
    subject: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    issuer_key: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    is_ca = subject == issuer
    now = datetime.now(UTC)
    usage = dict.fromkeys(
        (
            *("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
            *("encipher_only", "decipher_only"),
        ),
        False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
        .add_extension(
            x509.KeyUsage(digital_signature=not is_ca, key_cert_sign=is_ca, crl_sign=is_ca, **usage),
            critical=True,
        )
    )
    if not is_ca:
        builder = builder.add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=True
        )
    return builder.sign(issuer_key, hashes.SHA256())


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Dream Makers"),
        ]
    )
