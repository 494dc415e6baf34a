"""A new machine, with nothing but the private key and the address of the store."""

from strongroom.restores.new_machine.home import (
    STEPS,
    HomePlan,
    NewHome,
    plan_home,
    restore_home,
)
from strongroom.restores.new_machine.visiting import Found, found_in

__all__ = ["STEPS", "Found", "HomePlan", "NewHome", "found_in", "plan_home", "restore_home"]
