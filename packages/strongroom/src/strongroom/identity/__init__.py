"""Whose database this is: pin, state, identity, epoch chain, verdicts, and the gate."""

from strongroom.identity.accept import accept
from strongroom.identity.adopt import Adoption, adopt
from strongroom.identity.deletions import forget_tables, plan_deletion
from strongroom.identity.gate import OpenDatabase, check, open_database, verify_engine
from strongroom.identity.initialise import Initialised, init
from strongroom.identity.judgement import Judgement
from strongroom.identity.keys import load_identities, recipients, save_key_copy
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
    "Adoption",
    "Initialised",
    "Inspector",
    "Judgement",
    "OpenDatabase",
    "Verdict",
    "Verification",
    "Warned",
    "abandon_swap",
    "accept",
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
    "restamp",
    "save_key_copy",
    "verify_engine",
]
