"""Which address leads to which page?"""

from collections.abc import Awaitable, Callable
from typing import Protocol

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from handlers.errors import NotFound
from handlers.house import House
from handlers.live import Live
from staff import (
    account_page,
    audit_page,
    away_page,
    block_pages,
    board_page,
    calendar_page,
    caseload_page,
    copies_page,
    deletion_page,
    duty_pages,
    export_page,
    help_deeds,
    hold_page,
    import_page,
    installed,
    join_pages,
    leave_page,
    limits_page,
    needed_page,
    passkey_pages,
    pattern_page,
    phrases_page,
    picture_page,
    policy_page,
    proofs,
    queue_page,
    register_pages,
    removal_pages,
    retention_page,
    rota_give_page,
    rota_lines_page,
    rota_page,
    safe_deeds,
    settings_page,
    sheet_page,
    shift_pages,
    sign_in_pages,
    swap_page,
    team_page,
    way_change_pages,
    ways_page,
    why_page,
)
from staff import conversation_deeds as deeds
from staff.conversation_page import conversation_page, shown, thread
from staff.find_page import FindPages
from staff.headers import guard, new_nonce
from staff.live_pages import LivePages
from staff.serve import (
    Endpoint,
    bare_deed,
    deed,
    id_in_path,
    nowhere,
    open_deed,
    open_page,
    page,
    stranger,
    stream,
    to,
    trouble_page,
)
from staff.settings import StaffSettings
from staff.switches import do_switch
from staff.troubles import Unexpected, WrongMethod
from staff.visit import Desk, SignedIn, Visit

TALK = "/conversations/{id}"
MESSAGE = TALK + "/messages/{message}"
PICTURE = MESSAGE + "/pictures/{place}"
ROTA = "/rota/{id}"
WAY = "/ways/{id}"

LEAD_BACK = (
    "/account", "/audit", "/blocks", "/board", "/limits", "/lines", "/rota", "/team", "/ways"
)  # fmt: skip
"""The pages to which their forms' own addresses lead."""

__all__ = ["ErrorPage", "StaffSettings", "create_router", "error_pages"]


def create_router(house: House, settings: StaffSettings, live: Live) -> APIRouter:
    """All pages of the desk."""
    desk = Desk(house, settings, house_mark=lambda: live.house_mark)
    open_pages, finds = LivePages(live), FindPages()
    router = APIRouter()
    gets: dict[str, Endpoint] = {
        "/": page(desk, _to_queue),
        "/login": open_page(desk, sign_in_pages.sign_in_page),
        "/logout": page(desk, sign_in_pages.sign_out_page),
        "/join/{token}": open_page(desk, join_pages.join_page),
        "/queue": page(desk, queue_page.queue_page),
        "/queue/rows": page(desk, queue_page.queue_rows),
        audit_page.PATH: page(desk, audit_page.audit_page),
        audit_page.DAY: page(desk, audit_page.day_page),
        "/board": page(desk, board_page.board_page),
        "/board/now": page(desk, board_page.board_now),
        "/board/{id}": page(desk, board_page.board_talk_page),
        "/live": stream(desk, open_pages.stream),
        "/live/here": stream(desk, open_pages.here),
        "/find": page(desk, finds.form),
        "/find/{id}": page(desk, finds.found),
        "/phrases": page(desk, phrases_page.phrases_page),
        caseload_page.PATH: page(desk, caseload_page.caseload_page),
        limits_page.PATH: page(desk, limits_page.limits_page),
        retention_page.PATH: page(desk, retention_page.retention_page),
        retention_page.PREVIEW: page(desk, retention_page.to_retention),
        block_pages.PATH: page(desk, block_pages.blocks_page),
        TALK + "/blocking": page(desk, block_pages.blocking_page),
        "/rota": page(desk, rota_page.rota_page),
        "/rota/lines": page(desk, rota_lines_page.lines_page),
        "/rota/leave": page(desk, leave_page.leave_page),
        "/rota/calendar": page(desk, calendar_page.calendar_page),
        "/calendar/{language}/{token}.ics": open_page(desk, calendar_page.calendar_file),
        ROTA + "/give": page(desk, rota_give_page.give_page),
        ROTA + "/import": page(desk, import_page.import_page),
        ROTA + "/swap": page(desk, swap_page.swap_page),
        ROTA + "/patterns": page(desk, pattern_page.patterns_page),
        ROTA + "/patterns/new": page(desk, pattern_page.grid_page),
        ROTA + "/needed": page(desk, needed_page.needed_page),
        account_page.PATH: page(desk, account_page.account_page),
        removal_pages.PASSPHRASE: page(desk, removal_pages.passphrase_page),
        removal_pages.PASSKEY: page(desk, removal_pages.passkey_page),
        "/settings": page(desk, settings_page.settings_page),
        "/ways": page(desk, ways_page.ways_page),
        "/ways/list": page(desk, ways_page.ways_list),
        way_change_pages.MOVE: page(desk, way_change_pages.moving_page),
        way_change_pages.REMOVE: page(desk, way_change_pages.removing_page),
        "/paging": page(desk, policy_page.to_policy),
        "/paging/{id}": page(desk, policy_page.policy_page),
        "/paging/{id}/{tier}": page(desk, policy_page.tier_page),
        team_page.PATH: page(desk, team_page.team_page),
        sheet_page.SHEET: page(desk, sheet_page.sheet_page),
        sheet_page.RECOVER: page(desk, sheet_page.recover_page),
        "/manifest.webmanifest": open_page(desk, installed.manifest),
        "/icons/{name}": open_page(desk, installed.app_icon),
        "/worker.js": open_page(desk, installed.worker),
        "/offline": open_page(desk, installed.offline_page),
        TALK + "/hand-over": page(desk, shift_pages.handing_page),
        shift_pages.END: page(desk, shift_pages.ending_page),
        TALK + "/away": page(desk, away_page.away_page),
        TALK + "/why": page(desk, why_page.why_page),
        TALK + "/handover": page(desk, shift_pages.handover_page),
        TALK + "/deletion": page(desk, deletion_page.deletion_page),
        TALK + "/duty": page(desk, duty_pages.raising_page),
        duty_pages.PATH + "/{id}": page(desk, duty_pages.duty_page),
        TALK + "/disclosure": page(desk, register_pages.asking_page),
        **{TALK + name: page(desk, show) for name, show in hold_page.PAGES.items()},
        TALK + "/export": page(desk, export_page.export_page),
        **{path: page(desk, show) for path, show in register_pages.PAGES.items()},
        TALK: page(desk, conversation_page),
        TALK + "/thread": page(desk, thread),
        PICTURE: page(desk, picture_page.picture),
        "/static/{name:path}": _static(desk),
    }
    posts: dict[str, Endpoint] = {
        "/login": open_deed(desk, sign_in_pages.do_sign_in),
        "/login/passkey": open_deed(desk, passkey_pages.do_enter),
        "/login/passkey/options": open_deed(desk, passkey_pages.do_enter_options),
        "/logout": deed(desk, sign_in_pages.do_sign_out),
        "/join/{token}": open_deed(desk, join_pages.do_join),
        "/switch": open_deed(desk, do_switch),
        "/live/sign": deed(desk, open_pages.do_sign),
        "/live/used": deed(desk, open_pages.do_used),
        "/account/passphrase": deed(desk, account_page.do_change),
        removal_pages.PASSPHRASE: deed(desk, removal_pages.do_remove_passphrase),
        "/account/proof/options": deed(desk, proofs.do_prove_options),
        "/account/passkeys": deed(desk, passkey_pages.do_enrol),
        "/account/passkeys/options": deed(desk, passkey_pages.do_enrol_options),
        removal_pages.PASSKEY: deed(desk, removal_pages.do_remove_passkey),
        "/account/sessions/end": deed(desk, account_page.do_end_all),
        "/account/sessions/{id}/end": deed(desk, account_page.do_end),
        audit_page.PATH: deed(desk, audit_page.do_look),
        audit_page.PATH + "/verify": deed(desk, audit_page.do_verify),
        audit_page.PATH + "/export": deed(desk, audit_page.do_export),
        "/board/{id}/reassign": deed(desk, board_page.do_reassign),
        "/find": deed(desk, finds.do_find),
        "/phrases": deed(desk, phrases_page.do_add),
        "/phrases/{id}": deed(desk, phrases_page.do_change),
        "/phrases/{id}/remove": deed(desk, phrases_page.do_remove),
        caseload_page.PATH + "/{id}/most": deed(desk, caseload_page.do_set),
        limits_page.PATH + "/{id}": deed(desk, limits_page.do_set),
        retention_page.PATH: deed(desk, retention_page.do_set),
        retention_page.PREVIEW: deed(desk, retention_page.do_preview),
        block_pages.PATH + "/{id}/lift": deed(desk, block_pages.do_lift),
        TALK + "/block": deed(desk, block_pages.do_block),
        TALK + "/duty": deed(desk, duty_pages.do_raise),
        duty_pages.PATH + "/{id}": deed(desk, duty_pages.do_close),
        TALK + "/disclosure": deed(desk, register_pages.do_ask),
        **{TALK + name: deed(desk, do) for name, do in hold_page.DEEDS.items()},
        TALK + "/export": deed(desk, export_page.do_export),
        **{path: deed(desk, do) for path, do in register_pages.DEEDS.items()},
        "/rota/lines/{id}": deed(desk, rota_lines_page.do_go_by),
        "/rota/calendar": deed(desk, calendar_page.do_calendar),
        "/rota/leave": deed(desk, leave_page.do_leave),
        "/rota/leave/{id}/strike": deed(desk, leave_page.do_strike_leave),
        ROTA + "/give": deed(desk, rota_give_page.do_give),
        ROTA + "/shifts/{shift}/strike": deed(desk, rota_give_page.do_strike),
        ROTA + "/import": deed(desk, import_page.do_import, with_file=True),
        ROTA + "/swap": deed(desk, swap_page.do_ask),
        ROTA + "/swaps/{swap}/accept": deed(desk, swap_page.do_accept),
        ROTA + "/swaps/{swap}/withdraw": deed(desk, swap_page.do_withdraw),
        ROTA + "/patterns": deed(desk, pattern_page.do_write),
        ROTA + "/patterns/{pattern}/end": deed(desk, pattern_page.do_end),
        ROTA + "/needed": deed(desk, needed_page.do_need),
        "/ways/sms": deed(desk, ways_page.do_add_sms),
        "/ways/push": deed(desk, ways_page.do_add_push),
        "/pages/pressed": bare_deed(desk, ways_page.do_press),
        "/pages/shown": bare_deed(desk, ways_page.do_shown),
        "/pages/renewed": bare_deed(desk, ways_page.do_renewed),
        "/ways/telegram": deed(desk, ways_page.do_link),
        WAY + "/code": deed(desk, ways_page.do_confirm),
        WAY + "/again": deed(desk, ways_page.do_ask_again),
        WAY + "/test": deed(desk, ways_page.do_try),
        way_change_pages.MOVE: deed(desk, way_change_pages.do_move),
        way_change_pages.REMOVE: deed(desk, way_change_pages.do_remove),
        "/paging/{id}/{tier}": deed(desk, policy_page.do_write),
        "/team/{id}/admit": deed(desk, team_page.do_admit),
        "/team/noted": deed(desk, team_page.do_note),
        "/team/device": deed(desk, team_page.do_lose_device),
        "/team/anew": deed(desk, team_page.do_begin_anew),
        sheet_page.SHEET: deed(desk, sheet_page.do_make),
        sheet_page.SHEET + "/{id}": deed(desk, sheet_page.do_confirm),
        sheet_page.RECOVER: deed(desk, sheet_page.do_recover),
        TALK + "/away": deed(desk, away_page.do_keep),
        TALK + "/away/lift": deed(desk, away_page.do_lift),
        TALK + "/why": deed(desk, why_page.do_give),
        TALK + "/take": deed(desk, queue_page.do_take),
        "/pages/read": deed(desk, queue_page.do_acknowledge),
        TALK + "/reply": deed(desk, deeds.do_reply),
        TALK + "/plan": deed(desk, deeds.do_plan),
        TALK + "/plans/{plan}/withdraw": deed(desk, deeds.do_withdraw_plan),
        TALK + "/take-up": deed(desk, queue_page.do_take_up),
        TALK + "/followed-up": deed(desk, queue_page.do_followed_up),
        TALK + "/template": deed(desk, deeds.do_template),
        TALK + "/draft": deed(desk, deeds.do_draft),
        TALK + "/shown": deed(desk, shown),
        TALK + "/note": deed(desk, deeds.do_note),
        TALK + "/hours": deed(desk, deeds.do_hours),
        TALK + "/gate": deed(desk, deeds.do_gate),
        TALK + "/safe": deed(desk, safe_deeds.do_safe),
        TALK + "/word": deed(desk, safe_deeds.do_word),
        TALK + "/release": deed(desk, deeds.do_release),
        TALK + "/transfer": deed(desk, deeds.do_transfer),
        TALK + "/close": deed(desk, deeds.do_close),
        copies_page.AGAIN: deed(desk, copies_page.do_again),
        shift_pages.START: deed(desk, shift_pages.do_start),
        shift_pages.END: deed(desk, shift_pages.do_end),
        "/debriefs/{id}": deed(desk, shift_pages.do_debrief),
        TALK + "/hand-over": deed(desk, shift_pages.do_hand_over),
        TALK + "/deletion/confirm": deed(desk, deletion_page.do_confirm),
        TALK + "/deletion/decline": deed(desk, deletion_page.do_decline),
        TALK + "/help": deed(desk, help_deeds.do_help),
        TALK + "/join": deed(desk, help_deeds.do_join),
        TALK + "/aside": deed(desk, help_deeds.do_aside),
        TALK + "/take-over": deed(desk, help_deeds.do_take_over),
        TALK + "/told": deed(desk, help_deeds.do_told),
        MESSAGE + "/resend": deed(desk, deeds.do_resend),
        MESSAGE + "/noted": deed(desk, deeds.do_note_trouble),
        MESSAGE + "/redact": deed(desk, deeds.do_redact),
        PICTURE + "/show": deed(desk, picture_page.do_show),
    }
    gets |= {path: page(desk, _to_talk) for path in posts.keys() - gets if path.startswith(TALK)}
    for queued in (shift_pages.START, copies_page.AGAIN, "/debriefs/{id}"):
        gets[queued] = page(desk, _to_queue)
    gets["/login/passkey"] = open_page(desk, sign_in_pages.sign_in_page)
    for place in LEAD_BACK:
        theirs = [path for path in posts.keys() - gets if path.startswith(place)]
        gets |= dict.fromkeys(theirs, page(desk, _led_to(place)))
    for path, endpoint in gets.items():
        router.add_route(path, endpoint, methods=["GET"], include_in_schema=False)
    for path, endpoint in posts.items():
        router.add_route(path, endpoint, methods=["POST"], include_in_schema=False)
    return router


class ErrorPage(Protocol):
    """Makes the page for an address of nobody's (404, 405) or an error of ours (500).

    `number`: the id by which an error of ours is found in the log.
    """

    async def __call__(self, request: Request, status: int, number: str = "") -> Response:
        """The page, whoever asks for it."""
        ...


def error_pages(house: House, settings: StaffSettings) -> ErrorPage:
    """The same for all addresses of the desk."""
    desk = Desk(house, settings)
    kinds = {404: nowhere(desk, NotFound), 405: nowhere(desk, WrongMethod)}

    async def error_page(request: Request, status: int, number: str = "") -> Response:
        if status in kinds:
            return await kinds[status](request)
        return trouble_page(stranger(desk, request), Unexpected(number))

    return error_page


async def _to_talk(visit: SignedIn) -> Response:
    """A form's own address, come to by a reload or by Back."""
    return to(f"/conversations/{id_in_path(visit)}")


def _led_to(path: str) -> Callable[[SignedIn], Awaitable[Response]]:
    """Of a form's own address, come to by a reload or by Back."""

    async def endpoint(visit: SignedIn) -> Response:
        del visit
        return to(path)

    return endpoint


async def _to_queue(visit: Visit) -> Response:
    del visit
    return to("/queue")


def _static(desk: Desk) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        name, mark = request.path_params["name"], request.query_params.get("v", "")
        found = desk.static.response(name, mark)
        if found is None:
            return trouble_page(stranger(desk, request), NotFound())
        return guard(found, new_nonce())

    return endpoint
