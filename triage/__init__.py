"""The scripted questions: the engine, the script format, the linter and the danger signs.

The format of a script file (YAML 1.2; every value is a word, so yes and no need no care, though
quotation marks keep other programs from reading them as true and false):

script, languages, start, returning
    Its name; its languages, the first being the one that others fall back to; the question that
    a new contact is asked first, and the one that a contact who was here before is asked
    (`returning` may be left out: the same).
interrupts
    What counts at every question. `human`: digit, words, goto (a queue step); anywhere in a short
    text. `more`: words, say (a text), gate: the whole text only, with an open gate only, and the
    question stays. `skip`: digit, words: the whole text only; each question has its own way on.
    `more` may be left out, and `skip`, which is then the digit 0. A digit may be spelt `digits`.
courtesies
    By language: whole texts that wait for no answer where somebody has the conversation ("tack").
    May be left out. No goodbyes: they may be somebody's last words.
steps: by name, each one of
    ask: {sv: …, en: …}      a question, with
        save                   the name under which staff see the answer
        choices: {code: …}     digit, words by language, goto; may carry `numbers: 10-17` (numbers
                               that mean it) and effects
        skip                   goto, words of its own, effects; left out: to a human
        free                   optional; goto and effects of an answer in free words, which is
                               then never misunderstood; the words are kept
        silence                after (600s, 10m, 1h; at most 24h) and goto (a queue step)
        optional: true         left out once the re-prompt is spent
        again: {sv: […], en: […]}  optional; whole texts ("hej") after which the question itself is
                               the re-prompt, without "I did not understand"
    say: {sv: …, en: …}      a statement that goes on by itself: goto. Never two in a row
    queue: {…}               a human takes over: priority (P1-P4), reason, say (a text id), alone
                               (the text id used instead when nobody is on call; without it
                               nothing may be said that promises somebody)
    say + end: silence       the allowed end without a human: gate: closed, and effects
effects
    tier: P1-P4 (only ever raises), reason (a code that staff pages translate), gate: open|closed,
    mark (a code that staff see, as under_18), lower: P4 (the relatives' path only, from P3)
names
    Steps and texts have at most 32 characters, and so have reasons and marks, which are written
    with a-z, 0-9 and _ alone.
texts
    Everything else that the line says, by id and language; samples.py lists what must be there.
neutral
    By the id of a text or a step: what is said instead where a telephone may be watched, with the
    same places to fill in. May be left out; a text without one that has a word of
    scripts/betraying.yaml is withheld there, and a question without one is asked by a person.
tests
    name, say (a list of texts; "(silence)" means that none came), language, returning, and expect:
    end, sent, tier, reason, gate, answers, marks: what the whole conversation came to.

A text's id in `sent` is the step's name or the text's id. Not answering self_harm counts as P2, as
"sometimes" does, but the questions go on (domain.md leaves it open).
"""
