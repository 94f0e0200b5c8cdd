"""核验接口: public on purpose, since a licence that only its issuer can check proves nothing."""

from dataclasses import asdict
from ssl import DER_cert_to_PEM_cert
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import File, Router, UploadedFile

from yiwang.kernel.base.crypto.authority import revocation_list, trust_anchors
from yiwang.kernel.base.crypto.facade import jwks
from yiwang.kernel.base.files.upload_handlers import RefusedUpload
from yiwang.kernel.base.http.errors import TooLargeError
from yiwang.kernel.registers.licences.verification import verify_code, verify_file

router = Router(tags=["verification"])


@router.get("/keys", summary="公钥 The public keys of signed records (JWKS)")
def get_keys(request: HttpRequest) -> dict[str, Any]:
    return jwks()


@router.get("/authority", summary="根证书 The certificates that seals chain to (PEM)")
def get_authority(request: HttpRequest) -> HttpResponse:
    pem = "".join(DER_cert_to_PEM_cert(der) for der in trust_anchors())
    return HttpResponse(pem, content_type="application/x-pem-file")


@router.get("/revoked", summary="吊销列表 The revocation list of seal certificates (DER)")
def get_revoked(request: HttpRequest) -> HttpResponse:
    return HttpResponse(revocation_list(), content_type="application/pkix-crl")


@router.post("/file", summary="上传文件核验 Verify a file")
def check_file(request: HttpRequest, file: File[UploadedFile]) -> dict[str, Any]:
    # A file beyond the limit of the site arrives without its content: it is no licence of ours.
    if isinstance(file, RefusedUpload):
        raise TooLargeError
    return asdict(verify_file(file.read()))


@router.get("/{code}", summary="核验码核验 Verify by code")
def check_code(request: HttpRequest, code: str) -> dict[str, Any]:
    return asdict(verify_code(code))
