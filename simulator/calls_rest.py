"""Twilio's REST API for calls: the list and one of them.

Source: Twilio, "Call resource". A call that no webhook answered is on the list like any other.
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from simulator.calls import Call
from simulator.date_filter import read_dates
from simulator.paging import page_of, read_page
from simulator.provider import Provider
from simulator.resource import API, error, rfc2822

_PLACE = "PA"
"""Stands before a call's own sid in the token of a page."""


async def list_calls(provider: Provider, request: Request) -> Response:
    """One page, newest first, with the address of the next."""
    query = dict(request.query_params)
    try:
        began, ended = read_dates(query, "StartTime"), read_dates(query, "EndTime")
        asked = read_page(query)
    except ValueError:
        return error(20404)
    before = asked.token.removeprefix(_PLACE) if asked.token else None
    found = (
        call
        for call in provider.calls.newest_first(before)
        if query.get("To") in (None, "", call.to)
        and query.get("From") in (None, "", call.sender)
        and query.get("Status") in (None, "", call.status)
        and not query.get("ParentCallSid")
        and began.matches(call.began)
        and ended.matches(call.ended)
    )
    account = provider.config.account_sid

    def token(call: Call) -> str:
        return f"{_PLACE}{call.sid}"

    def told(call: Call) -> dict[str, Any]:
        return call_resource(call, account)

    path = f"{API}/Accounts/{account}/Calls.json"
    return JSONResponse(page_of("calls", path, asked, found, token, told))


async def fetch(provider: Provider, request: Request) -> Response:
    """One call, or 404."""
    call = provider.calls.get(request.path_params["sid"])
    if call is None:
        return error(20404)
    return JSONResponse(call_resource(call, provider.config.account_sid))


def call_resource(call: Call, account: str) -> dict[str, Any]:
    """One call; numbers that Twilio gives as text are text."""
    path = f"{API}/Accounts/{account}/Calls/{call.sid}"
    length = None if call.ended is None else str(int((call.ended - call.began).total_seconds()))
    return {
        "account_sid": account,
        "answered_by": None,
        "api_version": "2010-04-01",
        "caller_name": None,
        "date_created": rfc2822(call.began),
        "date_updated": rfc2822(call.ended or call.began),
        "direction": call.direction,
        "duration": length,
        "end_time": rfc2822(call.ended),
        "forwarded_from": None,
        "from": call.sender,
        "from_formatted": call.sender,
        "group_sid": None,
        "parent_call_sid": None,
        "phone_number_sid": None,
        "price": None,
        "price_unit": "USD",
        "queue_time": "0",
        "sid": call.sid,
        "start_time": rfc2822(call.began),
        "status": call.status,
        "subresource_uris": {"recordings": f"{path}/Recordings.json"},
        "to": call.to,
        "to_formatted": call.to,
        "trunk_sid": None,
        "uri": f"{path}.json",
    }
