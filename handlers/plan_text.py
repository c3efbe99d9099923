"""A counsellor writes now what is to be sent later, or takes it back."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from domain.contact_rules import refusal
from domain.member import Member
from domain.message import Author
from domain.wall import moment
from handlers.belongs import standing_with
from handlers.betraying import betraying
from handlers.desk import found, once, owned
from handlers.errors import BadInput, MayNotLeave, NotFound, NotYours
from handlers.house import House
from handlers.may_open import must_say_why
from handlers.reply import checked
from storage import contacts, drafts, events, plans
from storage.drafts import Box
from storage.events import Event
from storage.plans import Kind, Plan, State

LONGEST = timedelta(days=30)
MOST = 10
"""Planned texts of one conversation."""


async def plan_text(
    house: House,
    member: Member,
    conversation_id: UUID,
    body: str,
    at: datetime,
    *,
    form_key: UUID,
    asked: bool,
) -> None:
    """`at`: on the wall clock of the line's zone. The rules are asked for that moment, and again
    when it has come: nobody looks then, so no word that betrays is let through.

    Raises BadInput, MayNotLeave, NotYours, NotFound or NotAllowed.
    """
    text, now, due_at = checked(body), house.now(), moment(at, house.zone)
    if not now < due_at <= now + LONGEST:
        raise BadInput("at", "not_ahead")
    async with house.db.write() as tx:
        conversation = await owned(tx, member, conversation_id)
        contact = (await contacts.by_ids(tx, [conversation.contact_id]))[conversation.contact_id]
        here = await standing_with(tx, contact, conversation)
        tells = betraying(text) if here.watched else ()
        reason = refusal(
            here, Author.COUNSELLOR, "", due_at, house.zone, asked, betrays=bool(tells)
        )
        if reason is not None:
            raise MayNotLeave(reason, tells)
        fresh = once(form_key, conversation_id, text, at)
        if await plans.by_ids(tx, [fresh]):
            return
        if len(await plans.of_conversation(tx, conversation_id)) >= MOST:
            raise BadInput("at", "too_many")
        plan = Plan(
            id=fresh,
            conversation_id=conversation_id,
            kind=Kind.MESSAGE,
            state=State.PLANNED,
            member_id=member.id,
            asked=asked,
            planned_at=now,
            due_at=due_at,
            changed_at=now,
        )
        if await plans.add(tx, plan, text):
            await drafts.forget(tx, Box.REPLY, conversation_id, member.id)
            said = due_at.isoformat()
            await events.add(tx, [Event(conversation_id, "planned", now, member.id, said)])


async def withdraw_plan(house: House, member: Member, conversation_id: UUID, plan_id: UUID) -> None:
    """It is not sent; too late is too late. Raises NotYours, NeedsReason, NotFound or
    NotAllowed."""
    now = house.now()
    async with house.db.write() as tx:
        conversation = await found(tx, member, conversation_id)
        if conversation.owner_id not in {None, member.id}:
            raise NotYours
        await must_say_why(tx, member, conversation, now)
        plan = (await plans.by_ids(tx, [plan_id])).get(plan_id)
        if plan is None or plan.conversation_id != conversation_id:
            raise NotFound
        if plan.state is State.PLANNED:
            gone = replace(plan, state=State.WITHDRAWN, due_at=None, changed_at=now)
            await plans.save(tx, [gone])
            was = plan.due_at.isoformat() if plan.due_at else None
            said = Event(conversation_id, "plan_withdrawn", now, member.id, was)
            await events.add(tx, [said])
