"""接口: the JSON API, one document, composed of the apps' routers."""

from ninja import NinjaAPI

from yiwang.kernel.base.http.problems import install
from yiwang.kernel.registers.licences.http.api import router as verification
from yiwang.services.applications.http.api import router as applications
from yiwang.services.items.http.api import router as items

api = NinjaAPI(
    title="一网 Yiwang",
    version="1",
    description="一网通办接口 Service delivery API. Errors are RFC 9457 problems in both languages.",
    urls_namespace="api",
    docs_url=None,
)
install(api)
api.add_router("/items", items)
api.add_router("/verify", verification)
api.add_router("", applications)
