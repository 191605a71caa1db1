"""The page to try the API at: Swagger UI from a wheel, as no browser of ours asks a CDN."""

import base64
import hashlib
import re
from importlib.resources import files

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from gateway.api.protection import POLICY, policy

ASSETS = "/docs/assets"

_INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


def install(app: FastAPI) -> None:
    """Let `app` serve `/docs`."""
    page = get_swagger_ui_html(
        openapi_url="/openapi.json",
        title=app.title,
        swagger_js_url=f"{ASSETS}/swagger-ui-bundle.js",
        swagger_css_url=f"{ASSETS}/swagger-ui.css",
        swagger_favicon_url=f"{ASSETS}/favicon.png",
    )
    page.headers[POLICY] = _policy_of(page)

    async def docs(_: Request) -> Response:
        return page

    app.add_route("/docs", docs, include_in_schema=False)
    app.mount(ASSETS, StaticFiles(directory=str(files("fastapi_offline") / "static")))


def _policy_of(page: HTMLResponse) -> str:
    """Return a policy that lets the page's one script run, by its hash, and its inline styles."""
    (script,) = _INLINE.findall(page.body)
    digest = base64.b64encode(hashlib.sha256(script).digest()).decode()
    return policy(
        script_src=f"'self' 'sha256-{digest}'",
        style_src="'self' 'unsafe-inline'",
    )
