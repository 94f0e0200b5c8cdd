"""下载: answer with a document that the browser shows itself."""

from urllib.parse import quote

from django.http import HttpResponse

from yiwang.kernel.base.files.facade import open_file
from yiwang.kernel.ui.middleware import HEADER, policy

__all__ = ["for_the_viewer", "pdf_response"]


def pdf_response(file_id: int, name: str) -> HttpResponse:
    """Answer with a stored PDF, shown in the browser; never kept by caches in between."""
    with open_file(file_id) as stream:
        response = HttpResponse(stream.read(), content_type="application/pdf")
    response.headers["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(name)}"
    response.headers["Cache-Control"] = "private, no-store"
    return for_the_viewer(response)


def for_the_viewer(response: HttpResponse) -> HttpResponse:
    """Let our pages frame a document, and let the browser show it with its own viewer.

    That viewer is an object with inline style, which the policy of pages blocks: without this a
    PDF stays black. A picture or a PDF runs nothing of ours.
    """
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    response.headers[HEADER] = policy(
        default_src="'none'",
        style_src="'unsafe-inline'",
        object_src="'self'",
        frame_ancestors="'self'",
    )
    return response
