"""The dashboard: its built files, and its one page wherever a browser goes."""

import hashlib
import os
from asyncio import to_thread
from mimetypes import guess_type
from pathlib import Path

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

FOREVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
NO_PAGES = ("/api", "/admin", "/health", "/metrics", "/docs", "/openapi.json", "/assets", "/static")
"""What begins so is answered by what stands there, whoever asks."""
NOT_BUILT = """<!doctype html>
<html lang="ko">
  <head><meta charset="utf-8"><title>yaa</title></head>
  <body>
    <h1>yaa</h1>
    <p>대시보드를 아직 만들지 않았어요. <code>make dashboard</code> 후 새로고침해 주세요.</p>
    <p lang="en">The dashboard has not been built: run <code>make dashboard</code>, then reload.</p>
    <p><a href="/docs">/docs</a></p>
  </body>
</html>
"""

_TYPES = {".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2"}
"""Those that `mimetypes` knows on some machines only, or otherwise."""


def install(app: FastAPI, folder: Path) -> None:
    """Let `app` serve what was built into `folder`, or is going to be."""
    index = folder / "index.html"

    async def page(request: Request) -> Response:
        return await _page(index, request)

    app.add_api_route("/", page, include_in_schema=False)
    # a name under assets/ holds a hash of what is in it
    app.mount("/assets", _Files(folder / "assets", caching=FOREVER))
    app.mount("/static", _Files(folder / "static", caching=ASK_AGAIN))


class Pages:
    """ASGI middleware: a browser that goes to an address of the dashboard is given its page.

    `/channels` is one, and the API's too: only a browser that is led there asks for HTML.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _is_page(scope):
            scope["path"] = "/"
        await self._app(scope, receive, send)


def _is_page(scope: Scope) -> bool:
    path = scope["path"]
    return (
        scope["method"] in {"GET", "HEAD"}
        and "text/html" in Headers(scope=scope).get("accept", "")
        and not any(path == part or path.startswith(f"{part}/") for part in NO_PAGES)
    )


async def _page(index: Path, request: Request) -> Response:
    """Answer with the page; a browser that has it is told so.

    Its tag comes from what is in it: two builds may be of one size and, in a wheel, of one time.
    """
    try:
        body = await to_thread(index.read_bytes)
    except FileNotFoundError:
        return HTMLResponse(NOT_BUILT)
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": ASK_AGAIN, "Vary": "Accept"}
    known = request.headers.get("if-none-match", "")
    if tag in (each.strip().removeprefix("W/") for each in known.split(",")):
        return Response(status_code=304, headers=headers)
    return HTMLResponse(body, headers=headers)


class _Files(StaticFiles):
    """Files of a folder that may come later, packed where the build has packed them."""

    def __init__(self, folder: Path, *, caching: str) -> None:
        super().__init__(directory=folder, check_dir=False)
        self._caching = caching

    async def check_config(self) -> None:
        """Take a folder that is not there for an empty one."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        asked = Headers(scope=scope)
        path, packed = Path(full_path), Path(f"{os.fspath(full_path)}.gz")
        headers = {"Cache-Control": self._caching, "Vary": "Accept-Encoding"}
        media_type = _TYPES.get(path.suffix) or guess_type(path)[0]
        if "gzip" in asked.get("accept-encoding", "") and packed.is_file():
            path, stat_result = packed, packed.stat()
            headers["Content-Encoding"] = "gzip"
        response = FileResponse(
            path, status_code, headers, media_type=media_type, stat_result=stat_result
        )
        if self.is_not_modified(response.headers, asked):
            return NotModifiedResponse(response.headers)
        return response
