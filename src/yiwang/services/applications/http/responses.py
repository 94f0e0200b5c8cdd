"""Answers that the browser shows with a viewer of its own."""

from django.http import HttpResponse

from yiwang.kernel.ui.middleware import HEADER, policy

__all__ = ["for_the_viewer"]


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
