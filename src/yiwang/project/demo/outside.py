"""Validate a sealed PDF as an outsider would: with the city's root certificate and nothing of ours.

Run as ``python -m yiwang.project.demo.outside FILE ROOTS``; it uses pyHanko's own validation, and
``pdfsig`` of poppler beside it where that is installed.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from asn1crypto import pem, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext


def validate(file: Path, roots: Path) -> tuple[bool, str]:
    """Return whether the only signature is intact, trusted and covers all, and who signed."""
    anchors = [
        x509.Certificate.load(der)
        for _kind, _headers, der in pem.unarmor(roots.read_bytes(), multiple=True)
    ]
    with file.open("rb") as stream:
        signatures = PdfFileReader(stream).embedded_signatures
        if len(signatures) != 1:
            return False, f"{len(signatures)} signatures"
        status = validate_pdf_signature(
            signatures[0],
            signer_validation_context=ValidationContext(trust_roots=anchors, allow_fetching=False),
        )
        return bool(status.bottom_line), str(status.signing_cert.subject.human_friendly)


def poppler_says(file: Path) -> str:
    """Return pdfsig's line about the signature, or that it is not installed."""
    program = shutil.which("pdfsig")
    if program is None:
        return "pdfsig is not installed"
    output = subprocess.run(  # noqa: S603 a fixed program on a file of ours
        [program, "-nocert", str(file)], capture_output=True, text=True, timeout=60, check=False
    ).stdout
    lines = [line.strip(" -") for line in output.splitlines() if "Signature Validation" in line]
    return lines[0] if lines else "pdfsig found no signature"


if __name__ == "__main__":
    is_valid, signer = validate(Path(sys.argv[1]), Path(sys.argv[2]))
    sys.stdout.write(
        f"{'valid' if is_valid else 'INVALID'}; {signer}; {poppler_says(Path(sys.argv[1]))}\n"
    )
    sys.exit(0 if is_valid else 1)
