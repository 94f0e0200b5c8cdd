"""用印: put the red seal on a PDF and sign it so that nothing may change afterwards.

A PAdES baseline B signature (subfilter ``ETSI.CAdES.detached``) with P-256, the certificates up to
the intermediate embedded, and a certification that admits no later change. The seal's picture is
the look of the signature field, drawn as vectors.

Sources: ETSI EN 319 142-1 (PAdES), ISO 32000-2 clause 12.8.2.2 (DocMDP).
"""

import asyncio
import io
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import algos, x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.pdf_utils import content, layout
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator.registry import SimpleCertificateStore

from yiwang.kernel.trust.seals.errors import NotAPdfError, SealsError
from yiwang.kernel.trust.seals.picture import DIAMETER_MM

POINTS_PER_MM = 72 / 25.4
FIELD_NAME = "YiwangSeal"
PLACE_KEYWORD = "yiwang-seal:"
# Twice the size of the CMS: it stands in hexadecimal. One leaf and one intermediate need 2 KB.
SIGNATURE_BYTES_RESERVED = 2 * 6144
DIGEST = "sha256"
# Distance of the seal's centre from the right and lower edge where a file says nothing.
DEFAULT_PLACE_MM = (55.0, 60.0)


@dataclass(frozen=True, slots=True)
class SealKey:
    """What sealing needs of a seal: certificates in DER, the parsed key, the picture as PDF."""

    certificate: bytes
    intermediates: tuple[bytes, ...]
    private_key: ec.EllipticCurvePrivateKey
    picture_pdf: bytes


@dataclass(frozen=True, slots=True)
class Place:
    """Where the seal goes: page from 0, centre in points from the lower left corner."""

    page: int
    x: float
    y: float

    @property
    def box(self) -> tuple[int, int, int, int]:
        """The square of 42 mm round the centre, in whole points."""
        half = DIAMETER_MM * POINTS_PER_MM / 2
        left, low = round(self.x - half), round(self.y - half)
        side = round(2 * half)
        return left, low, left + side, low + side


class _WarmSigner(signers.Signer):
    """Signs with a key that is parsed already; pyHanko's own parses it at every signature."""

    def __init__(self, key: SealKey) -> None:
        certificate = x509.Certificate.load(key.certificate)
        registry = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        for der in key.intermediates:
            registry.register(x509.Certificate.load(der))
        super().__init__(
            signing_cert=certificate,
            cert_registry=registry,
            signature_mechanism=algos.SignedDigestAlgorithm({"algorithm": f"{DIGEST}_ecdsa"}),
            embed_roots=False,
        )
        self._private_key = key.private_key

    async def async_sign_raw(
        self, data: bytes, digest_algorithm: str, dry_run: bool = False
    ) -> bytes:
        """Sign with SHA-256, the only digest this signer is asked for."""
        return self._private_key.sign(data, ec.ECDSA(hashes.SHA256()))


class _Artwork(content.PdfContent):
    """The picture of the seal, taken over as vectors."""

    def __init__(self, pdf: bytes) -> None:
        super().__init__()
        self._pdf = pdf

    def render(self) -> bytes:
        """Copy the page into the document and draw it."""
        writer = self._ensure_writer
        drawn = writer.import_page_as_xobject(PdfFileReader(io.BytesIO(self._pdf)))
        self.resources.xobject["/Seal"] = drawn
        left, low, right, high = drawn.get_object()["/BBox"]
        self.box = layout.BoxConstraints(width=right - left, height=high - low)
        return b"/Seal Do"


def seal_pdf(
    pdf: bytes,
    key: SealKey,
    *,
    moment: datetime,
    reason: str = "",
    location: str = "",
    place: Place | None = None,
) -> bytes:
    """Seal ``pdf`` and return the new file; ``moment`` is what the signature says of its time.

    Without ``place`` the seal goes where the document's template marked it, else to the lower right
    of the last page.

    :raises NotAPdfError: the bytes are no complete PDF, or it is encrypted.
    :raises SealsError: the file bears a signature already.
    """
    try:
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
        if writer.prev.encrypted:
            raise NotAPdfError(cause="encrypted")
        if any(True for _ in fields.enumerate_sig_fields(writer.prev)):
            raise SealsError("文件已经用过印", "The file is sealed already.")
        spot = place or find_place(writer.prev)
        return _sign(writer, key, spot, moment, reason, location)
    except (PdfError, SigningError) as error:
        raise NotAPdfError(cause=type(error).__name__) from error


def _sign(
    writer: IncrementalPdfFileWriter,
    key: SealKey,
    place: Place,
    moment: datetime,
    reason: str,
    location: str,
) -> bytes:
    signer = signers.PdfSigner(
        signers.PdfSignatureMetadata(
            field_name=FIELD_NAME,
            md_algorithm=DIGEST,
            reason=reason or None,
            location=location or None,
            certify=True,
            docmdp_permissions=fields.MDPPerm.NO_CHANGES,
            subfilter=fields.SigSeedSubFilter.PADES,
        ),
        signer=_WarmSigner(key),
        stamp_style=StaticStampStyle(
            border_width=0,
            background=_Artwork(key.picture_pdf),
            background_opacity=1.0,
            background_layout=layout.SimpleBoxLayoutRule(
                x_align=layout.AxisAlignment.ALIGN_MID,
                y_align=layout.AxisAlignment.ALIGN_MID,
                inner_content_scaling=layout.InnerScaling.STRETCH_TO_FIT,
            ),
        ),
        new_field_spec=fields.SigFieldSpec(FIELD_NAME, on_page=place.page, box=place.box),
    )
    session = signer.init_signing_session(writer)
    # pyHanko reads the machine's clock; the platform has one clock of its own.
    session.system_time = moment
    document = session.prepare_tbs_document(None, SIGNATURE_BYTES_RESERVED)
    output = io.BytesIO()
    prepared, _ = document.digest_tbs_document(output=output)
    asyncio.run(
        document.perform_signature(
            document_digest=prepared.document_digest,
            pdf_cms_signed_attrs=PdfCMSSignedAttributes(signing_time=moment),
        )
    )
    return output.getvalue()


def find_place(reader: PdfFileReader) -> Place:
    """Return where the template wants the seal, else the default place on the last page."""
    pages = reader.root["/Pages"]["/Count"]
    try:
        keywords = str(reader.trailer_view["/Info"]["/Keywords"])
    except KeyError:
        keywords = ""
    for word in keywords.replace(",", " ").split():
        if word.startswith(PLACE_KEYWORD):
            page, x, y = word.removeprefix(PLACE_KEYWORD).split(":")
            _, height = _page_size(reader, int(page) - 1)
            return Place(int(page) - 1, float(x), height - float(y))
    width, _ = _page_size(reader, pages - 1)
    right, low = (distance * POINTS_PER_MM for distance in DEFAULT_PLACE_MM)
    return Place(pages - 1, width - right, low)


def _page_size(reader: PdfFileReader, page: int) -> tuple[float, float]:
    reference, _ = reader.find_page_for_modification(page)  # type: ignore[no-untyped-call]
    node = reference.get_object()
    while "/MediaBox" not in node:
        node = node["/Parent"]
    left, low, right, high = (float(edge) for edge in node["/MediaBox"])
    return right - left, high - low
