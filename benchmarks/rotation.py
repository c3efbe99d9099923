"""How long the private halves of 10,000 contacts take to be sealed to a new pair of the team.

Run it: `.venv/bin/python -m benchmarks.rotation`
"""

import sys
from time import perf_counter
from uuid import uuid4

from storage.admitted import Key
from storage.pairs import new_pair, seal_to
from storage.pairs_carried_over import Held, resealed

CONTACTS = 10_000


def main(count: int) -> None:
    """One line with what it took."""
    old, new = new_pair(), Key(2, new_pair())
    held: list[Held] = []
    for _ in range(count):
        whose = uuid4()
        place = ("contact_pairs", whose, 1)
        held.append((whose, 1, 1, seal_to(old.public, new_pair().private, *place)))
    began = perf_counter()
    done = resealed(held, {1: old}, new)
    print(f"{len(done)} contacts resealed in {perf_counter() - began:.2f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else CONTACTS)
