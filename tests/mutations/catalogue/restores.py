"""Restores."""

from __future__ import annotations

from catalogue.mutation import TESTS, mutation

OTHERS = (f"{TESTS}/restores/test_others.py",)
ASIDE = (f"{TESTS}/restores/test_aside.py",)
NEW_MACHINE = (f"{TESTS}/restores/test_new_machine.py",)

MUTATIONS = (
    mutation(
        "restores/renaming/building.py",
        "a new server is not given the role that owns our schema",
        "if any(role.name == OWNER for role in manifest.roles):",
        "if False:",
        OTHERS,
    ),
    mutation(
        "restores/aside/removing.py",
        "a schema aside is removed with what others have put there",
        "    if others:\n",
        "    if False:\n",
        ASIDE,
    ),
    mutation(
        "restores/renaming/exchanging.py",
        "a swap leaves settings and rights of the database behind",
        "if differing := difference(wanted, facts):",
        "if differing := []:",
        OTHERS,
    ),
    mutation(
        "restores/renaming/exchanging.py",
        "a database is renamed though its sessions go on",
        "execute(_SESSIONS, [names, own, all_of_them])",
        "execute(_SESSIONS, [[], own, all_of_them])",
        OTHERS,
    ),
    mutation(
        "restores/aside/copying.py",
        "a table comes back aside with other rows than it had",
        "if (expected.rows, expected.digest) != (found.rows, found.digest):",
        "if False:",
        ASIDE,
    ),
    mutation(
        "restores/aside/removing.py",
        "a schema is removed that no restore made",
        'if entry.kind == KIND and (told["schema"], told["schema_oid"]) == (schema, rows[0][0]):',
        "if entry.kind == KIND:",
        ASIDE,
    ),
    mutation(
        "restores/new_machine/home.py",
        "a new home is put over what lies there",
        "if not directory.exists() or (directory.is_dir() and not any(directory.iterdir())):",
        "if True:",
        NEW_MACHINE,
    ),
)
