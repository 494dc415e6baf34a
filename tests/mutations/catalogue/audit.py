"""The audit, the resolver of compose files, and the guarded Compose."""

from __future__ import annotations

from catalogue.mutation import TESTS, mutation

RESOLVING = (f"{TESTS}/audit/test_resolving.py",)
RULES = (f"{TESTS}/audit/test_rules.py",)
GUARDED = (f"{TESTS}/audit/test_guarded_compose.py",)
VERB = (f"{TESTS}/audit/test_audit_verb.py",)

MUTATIONS = (
    mutation(
        "cli/compose.py",
        "the volumes of a guarded database go by a word, without a permit",
        "    if not is_protected(configuration):\n        return None\n",
        "    return None\n",
        GUARDED,
    ),
    mutation(
        "cli/compose.py",
        "a permit for one call of compose lets another pass",
        '    words = shlex.join(["strongroom", "compose", *arguments])\n',
        '    words = "strongroom compose"\n',
        GUARDED,
    ),
    mutation(
        "audit/compose/interpolation.py",
        "a required variable that is not set stops nothing",
        'if kind == "?" and self.strict:',
        "if False:",
        RESOLVING,
    ),
    mutation(
        "audit/databases.py",
        "what the image mounts by itself hides nothing",
        "return None if hidden else nearest",
        "return nearest",
        RULES,
    ),
    mutation(
        "audit/guarding.py",
        "services start on what the pin does not know",
        "        raise _not_the_pinned(seen[0], knows=view.knows)\n",
        "        pass\n",
        GUARDED,
    ),
    mutation(
        "audit/guarding.py",
        "a new volume beside one with data is a first start",
        "            if one.neighbours:\n                raise _beside_data(one)\n",
        "",
        GUARDED,
    ),
    mutation(
        "audit/guarding.py",
        "volumes go without a proven backup",
        "        return [one for one in kept if _goes(project, one)]\n",
        "        return []\n",
        GUARDED,
    ),
    mutation(
        "audit/guarding.py",
        "a proven backup may be of any age",
        "if age > timedelta(seconds=configuration.policy.backup_age_max_s):",
        "if False:",
        GUARDED,
    ),
    mutation(
        "audit/engines.py",
        "whatever is in a volume is the pinned database",
        "if any(identifier in one.current for one in self.knowledge):",
        "if self.knowledge:",
        GUARDED,
    ),
    mutation(
        "audit/rules/engine.py",
        "a volume is named that the pin does not know",
        'if best is not None and best.standing == "pinned":',
        "if best is not None:",
        VERB,
    ),
)
