"""下载: answer with a stored file under a readable name."""

from urllib.parse import quote

from django.http import HttpResponse

from yiwang.kernel.base.files.facade import open_file

__all__ = ["pdf_response"]


def pdf_response(file_id: int, name: str) -> HttpResponse:
    """Answer with a stored PDF, shown in the browser; never kept by caches in between."""
    with open_file(file_id) as stream:
        response = HttpResponse(stream.read(), content_type="application/pdf")
    response.headers["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(name)}"
    response.headers["Cache-Control"] = "private, no-store"
    return response
