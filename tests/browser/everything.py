"""A desk on which all that a page can show is there, and a look at it for everybody."""

from typing import Literal
from uuid import UUID, uuid4

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

from domain.contact_rules import SafeHours
from domain.conversation import Outcome
from domain.delivery import Delivery
from domain.member import Member, Role
from handlers.close import close
from handlers.phrases import add_phrase
from handlers.reply import reply
from handlers.set_safe_hours import set_safe_hours
from handlers.take import take
from handlers.write_note import write_note
from storage import outbox
from tests.browser.desk import Desk
from tests.world import World, became

LIGHTS: tuple[Literal["dark", "light"], ...] = ("dark", "light")
AT_REST = """document.getAnimations()
  .forEach((each) => each instanceof CSSTransition && each.finish())"""
"""No colour is on its way to that of the other light; one that is folded away would never come."""

BROKEN = """axe.run({resultTypes: ["violations"]}).then((found) =>
  found.violations.map((each) => `${each.id}: ${each.nodes[0].html}`))"""


async def full(desk: Desk) -> None:
    """Alva has a conversation with all that a page can show; the other one is closed by Elis."""
    world, house = desk.world, desk.world.house
    elis = await World.hired(house, "Elis")
    await take(house, world.counsellor, desk.talk)
    await world.text("jag är 16 och rädd")
    await world.reply(desk.talk, "jag läser")
    async with house.db.write() as tx:
        now = world.clock.now()
        (row,) = await outbox.sendable(tx, now, 10)
        await outbox.lease(tx, [row], now, now)
        await became(tx, row.id, Delivery.FAILED, now, error_code=30003)
    await write_note(house, world.counsellor, desk.talk, "ring mamma", form_key=uuid4())
    hours = SafeHours(now.time().replace(hour=18), now.time().replace(hour=22))
    await set_safe_hours(house, world.counsellor, desk.talk, hours)
    await take(house, elis, desk.other)
    await reply(house, elis, desk.other, "hej", form_key=uuid4(), asked=True)
    await world.text("hjälp", "+46701740612")
    await world.text("hjälp", "+46701740613")
    third = next(iter((await world.queue()).waiting)).id
    await take(house, elis, third)


async def coordinator(desk: Desk) -> Member:
    """Somebody who changes phrases; one in each language is there."""
    bo = await World.hired(desk.world.house, "Bo", Role.COORDINATOR)
    for language, name in (("sv", "Tid att ses"), ("en", "Time to meet")):
        body = "{alias} här. Passar det på torsdag klockan tio, i receptionen?"
        await add_phrase(desk.world.house, bo, language, name, body, form_key=uuid4())
    return bo


async def came_back(desk: Desk) -> UUID:
    """A closed conversation whose contact was here twice."""
    house, alva = desk.world.house, desk.world.counsellor
    phone = "+46701740630"
    before = {row.id for row in (await desk.world.queue()).waiting}
    await desk.world.text("hej", phone)
    talk = next(r.id for r in (await desk.world.queue()).waiting if r.id not in before)
    for outcome in (Outcome.INFORMATION, Outcome.HELP_BEGUN):
        await take(house, alva, talk)
        await close(house, alva, talk, outcome)
        desk.world.clock.advance(hours=30)
        await desk.world.text("hej igen", phone)
    await take(house, alva, talk)
    await close(house, alva, talk, Outcome.OTHER)
    return talk


async def is_clean(page: Page) -> None:
    """axe finds nothing, in either light."""
    await page.wait_for_load_state("load")  # with all that dresses it
    await page.evaluate(Axe().axe_script)
    for light in LIGHTS:
        await page.emulate_media(color_scheme=light)
        await page.evaluate(AT_REST)
        assert await page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") is (
            light == "dark"
        )
        broken = await page.evaluate(BROKEN)
        assert not broken, (page.url, light, broken)


async def fits(page: Page) -> None:
    """Nothing makes the page wider than its window."""
    wide = """() => [...document.querySelectorAll("body *")].filter((e) => {
      const box = e.getBoundingClientRect();
      return box.width && box.right > innerWidth + 1 && !e.closest(".unseen, .skip");
    }).map((e) => e.outerHTML.slice(0, 120))"""
    await page.wait_for_load_state("load")  # with all that dresses it
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
        page.url,
        (await page.evaluate(wide))[:3],
    )
