"""Strongroom's own verbs: those that only a person decides."""

from __future__ import annotations

from strongroom.command_guard.rules import Rule


def _rule(name: str, pattern: str, loses: str) -> Rule:
    return Rule(name, pattern, loses, "needs_human")


RULES = (
    _rule("own-accept", "strongroom accept", "accepts a database that was refused, which a person decides"),
    _rule("own-prune", "strongroom prune !--dry-run", "removes backups, or says that a person looked at what had happened"),
    _rule("own-fsck", "strongroom fsck +--repair", "changes the store of the backups"),
    _rule("own-restore", "strongroom restore +--swap", "puts another database in the place of this one"),
    _rule("own-undo", "strongroom undo", "puts another database in the place of this one"),
    _rule("own-grant", "strongroom permit grant", "grants a permit, which a person decides"),
    _rule("own-permit", "strongroom permit run", "uses a permit up, for an act that loses data"),
    _rule("own-leaks", "strongroom leaks +--remove", "removes rows"),
    _rule("own-unprotect", "strongroom protect +--remove|--off|--undo", "takes guards out of the database"),
    _rule("own-key", "strongroom key rotate|remove-recipient", "changes who can open new backups"),
    _rule("own-state", "strongroom state rebuild", "makes the state anew, which a person decides"),
    _rule("own-freeze", "strongroom freeze", "stops the database and lets nobody in"),
    _rule("own-guard", "strongroom guard uninstall|disable", "takes the guard away"),
    _rule("own-migrate", "strongroom migrate +--downgrade|--stamp", "takes migrations back"),
    _rule("own-token", "strongroom accept|permit|protect|migrate|init +--issue-token|--token-file", "decides in a person's place"),
    _rule("own-application", "strideiq undo|delete|erase|accept|reset", "changes or removes what people own"),
)  # fmt: skip

DANGEROUS = """
strongroom accept --verdict shrunk --found abc
strongroom prune
strongroom prune --acknowledge
strongroom restore --swap
strongroom undo
strongroom permit grant 1a2b
strongroom leaks --remove p --found f
strongroom guard uninstall claude
uv run strongroom prune
rm strongroom.lock
rm -rf store/backups
echo 'environment = "test"' >> strongroom.toml
echo '' > ~/.config/strongroom/guard.toml
"""

SAFE = """
strongroom check
strongroom status
strongroom backup
strongroom backup && strongroom drill
strongroom backups
strongroom drill
strongroom find
strongroom audit
strongroom restore
strongroom prune --dry-run
strongroom permit ask 'truncate public.run' --reason x
strongroom permit list
strongroom guard check 'docker compose down -v'
strongroom guard explain 'rm -rf /'
strongroom ledger verify
strongroom migrate
strongroom migrations lint a.sql
strongroom fsck
strongroom key list
cat strongroom.toml
"""
