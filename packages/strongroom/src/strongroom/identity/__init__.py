"""Whose database this is: pin, state, identity, epoch chain, verdicts, and the gate."""

from strongroom.identity.accept import accept
from strongroom.identity.adopt import Adoption, adopt
from strongroom.identity.deletions import forget_tables, plan_deletion
from strongroom.identity.gate import REOPENED, OpenDatabase, check, open_database, verify_engine
from strongroom.identity.initialise import Initialised, init
from strongroom.identity.judgement import Judgement
from strongroom.identity.key_changes import (
    Rotated,
    add_recipient,
    remove_recipient,
    rotate_key,
)
from strongroom.identity.key_copies import save_key_copy
from strongroom.identity.key_ring import KeyFile, load_identities
from strongroom.identity.keys import recipients
from strongroom.identity.observation import Inspector, Warned
from strongroom.identity.swaps import (
    abandon_swap,
    begin_swap,
    current_incarnation,
    finish_swap,
    push_floors,
    restamp,
)
from strongroom.identity.verdicts import Verdict
from strongroom.identity.verification import Verification

__all__ = [
    "REOPENED",
    "Adoption",
    "Initialised",
    "Inspector",
    "Judgement",
    "KeyFile",
    "OpenDatabase",
    "Rotated",
    "Verdict",
    "Verification",
    "Warned",
    "abandon_swap",
    "accept",
    "add_recipient",
    "adopt",
    "begin_swap",
    "check",
    "current_incarnation",
    "finish_swap",
    "forget_tables",
    "init",
    "load_identities",
    "open_database",
    "plan_deletion",
    "push_floors",
    "recipients",
    "remove_recipient",
    "restamp",
    "rotate_key",
    "save_key_copy",
    "verify_engine",
]
