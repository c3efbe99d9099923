"""Staff of a restored line read that their answers are held, until they are not."""

import pytest

from handlers.let_write import let_write
from storage import backup_marks
from storage.backup_marks import Kind, Mark
from tests.browser.scene import Scene

WORDS = {
    "en": "This line was restored from a back-up.",
    "sv": "Linjen är återställd från en säkerhetskopia.",
}


@pytest.mark.parametrize("language", ["sv", "en"])
async def test_the_queue_and_the_conversation_say_so_while_it_lasts(
    scene: Scene, language: str
) -> None:
    now, words = scene.world.clock.now(), WORDS[language]
    await scene.taken()
    scene.alva.http.headers["accept-language"] = language
    pages = ("/queue", scene.path, f"{scene.path}/thread?box=1", "/queue/rows")
    for path in pages:
        assert words not in (await scene.alva.get(path)).text
    async with scene.world.house.db.write() as tx:
        await backup_marks.put(tx, Mark(Kind.RESTORE, now, now))
    for path in pages:
        assert words in (await scene.alva.get(path)).text, path
    await let_write(scene.world.house)
    for path in pages:
        assert words not in (await scene.alva.get(path)).text, path
