"""What is a way called, does it work, and how far did a test page come?"""

from collections.abc import Callable

from handlers.see_ways import OwnWay, Tested
from staff.visit import SignedIn


def way_name(visit: SignedIn) -> Callable[[OwnWay], str]:
    """By which its owner knows it."""

    def name(own: OwnWay) -> str:
        said = visit.words.code("way", own.way.kind)
        return visit.words.say("ways.ending", way=said, ending=own.ending) if own.ending else said

    return name


def way_state(visit: SignedIn) -> Callable[[OwnWay], str]:
    """Whether pages arrive there."""
    say, times = visit.words.say, visit.times

    def state(own: OwnWay) -> str:
        way = own.way
        if own.off:
            return say("ways.no_channel")
        if way.verified_at is None:
            return say("ways.unverified")
        if way.gone_at is not None:
            return say("ways.gone", time=times.exact(way.gone_at))
        if way.failed_at is not None:
            return say("ways.failed", time=times.exact(way.failed_at))
        return say("ways.works")

    return state


def way_test(visit: SignedIn) -> Callable[[Tested], str]:
    """How far the last test page came."""

    def said(test: Tested) -> str:
        time = visit.times.clock(test.at)
        return visit.words.code("ways.tested", test.how_far, time=time)

    return said
