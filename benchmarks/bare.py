"""What everything is measured against: a FastAPI route that only checks the signature."""

import sys

import uvicorn
from fastapi import FastAPI, Request, Response
from twilio.request_validator import RequestValidator


def create_app(public: str, token: str) -> FastAPI:
    """One route, nothing behind it."""
    app = FastAPI()
    validator = RequestValidator(token)

    @app.post("/webhooks/twilio/message")
    async def message(request: Request) -> Response:
        form = await request.form()
        url = public + request.url.path
        if not validator.validate(url, form, request.headers.get("x-twilio-signature", "")):
            return Response(status_code=403)
        return Response("<Response/>", media_type="text/xml")

    return app


if __name__ == "__main__":
    uvicorn.run(
        create_app(sys.argv[2], sys.argv[3]),
        port=int(sys.argv[1]),
        log_level="warning",
        access_log=False,
    )
