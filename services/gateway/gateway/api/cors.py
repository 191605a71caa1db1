"""Which pages of other origins may ask: a refusal of that, too, is a problem in one sentence."""

from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response

from gateway.api import problems
from gateway.api.problems import SHOWN_CHARS, ProblemError
from gateway.api.request_id import HEADER, accepted, request_id

OF_THE_BODY = ("content-length", "content-type")


class Cors(CORSMiddleware):
    """Starlette's, which refuses in plain text. It is around what gives a request its id."""

    def preflight_response(self, request_headers: Headers) -> Response:
        answer = super().preflight_response(request_headers)
        if answer.status_code < HTTPStatus.BAD_REQUEST:
            return answer
        request_id.set(accepted(request_headers.get(HEADER, "")))
        kept = {name: text for name, text in answer.headers.items() if name not in OF_THE_BODY}
        refusal = ProblemError(
            HTTPStatus.BAD_REQUEST,
            "preflight-refused",
            self._reason(request_headers),
            headers=kept | {HEADER: request_id.get()},
        )
        return problems.response(None, refusal)

    def _reason(self, asked: Headers) -> str:
        origin, method = asked["origin"], asked["access-control-request-method"]
        if not self.is_allowed_origin(origin):
            named = repr(origin[:SHOWN_CHARS])
            return f"pages of {named} may not ask here: name their origin in YAA_CORS_ORIGINS"
        if method not in self.allow_methods:
            most = ", ".join(self.allow_methods)
            return f"pages of other origins may not ask {method[:SHOWN_CHARS]!r}: use one of {most}"
        if "access-control-request-private-network" in asked:
            return "pages of a public network may not ask here: open them from this network"
        headers = asked.get("access-control-request-headers", "")[:SHOWN_CHARS]
        most = self.preflight_headers["Access-Control-Allow-Headers"]
        return f"pages of other origins may not send all of {headers!r}: send none but {most}"
