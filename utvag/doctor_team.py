"""Do those who should read what is sealed to the team, and nobody else?"""

from handlers.house import House
from handlers.see_keys import KeysSeen, see_keys
from utvag.finding import Finding, Verdict, check


async def examine_team(house: House) -> list[Finding]:
    """As far as can be told by who does not read."""
    found = await see_keys(house)
    if not found.made:
        told = "team: no team yet; texts lie under the server's key until a counsellor signs in"
        return [*_forged(found), *_roles(found), Finding(Verdict.NOTE, told)]
    return [
        *_forged(found),
        *_roles(found),
        check(
            bool(found.readers),
            f"team: {found.readers} read what is sealed to it",
            "team: nobody is left who reads what is sealed to it; use the recovery sheet",
        ),
        *(
            Finding(
                Verdict.FAIL,
                f"team: {name} is not valid on the roster: key, role or entry is another than the "
                "one that a reader admitted; nothing is sealed to them",
            )
            for name in found.not_valid
        ),
        *_waiting(found.waiting),
        *_due(found),
        _sheet(found.sheet),
    ]


def _forged(found: KeysSeen) -> list[Finding]:
    if not found.forged:
        return []
    told = f"team: {found.forged} in the database that no reader made; somebody writes into it"
    return [Finding(Verdict.FAIL, told)]


def _roles(found: KeysSeen) -> list[Finding]:
    told = [
        Finding(
            Verdict.FAIL,
            f"roles: {name} has another in the database than was given; the given one counts. "
            "Somebody writes into it, or entries of the log are gone. Right is: "
            "utvag staff role NAME --role ROLE",
        )
        for name in found.role_forged
        if name not in found.role_unsaid
    ]
    told += [
        Finding(
            Verdict.FAIL,
            f"roles: nothing says which {name} was given, who is a reporter until you say it: "
            f'utvag staff role "{name}" --role ROLE. They were invited before the log was kept and '
            "joined later, or entries of the log are gone (utvag audit verify)",
        )
        for name in found.role_unsaid
    ]
    told += [
        Finding(
            Verdict.FAIL,
            f"invitations: {name}'s stands in the database otherwise than it was made and is "
            "refused. Somebody writes into it. Make another: utvag staff invite NAME --role ROLE",
        )
        for name in found.link_forged
    ]
    told += [
        Finding(
            Verdict.NOTE,
            f"invitations: of {name}'s the log says nothing, and it is refused. "
            "Make another: utvag staff invite NAME --role ROLE",
        )
        for name in found.link_unsaid
    ]
    if found.role_believed:
        members = "1 member" if found.role_believed == 1 else f"{found.role_believed} members"
        told.append(
            Finding(
                Verdict.NOTE,
                f"roles: {members} of before the log; what stands in the database is believed. "
                "Say it once: utvag staff role NAME --role ROLE",
            )
        )
    return told


def _waiting(count: int) -> list[Finding]:
    if not count:
        return []
    members = "1 member waits" if count == 1 else f"{count} members wait"
    return [Finding(Verdict.NOTE, f"team: {members} for admission")]


def _sheet(due: str) -> Finding:
    if not due:
        return Finding(Verdict.OK, "team: there is a recovery sheet")
    why = "the recovery sheet was used" if due == "used" else "no recovery sheet"
    return Finding(Verdict.NOTE, f"team: {why}; make one under Who reads, lock it away")


def _due(found: KeysSeen) -> list[Finding]:
    if found.due_since is None:
        return []
    told = f"team: rotation due since {found.due_since:%Y-%m-%d %H:%M} UTC; a reader must sign in"
    return [Finding(Verdict.NOTE, told)]
