"""The guard's hooks, its daemon, and what installs and watches them."""

from __future__ import annotations

from catalogue.mutation import TESTS, mutation

_ROOM = f"{TESTS}/command_guard/hosts"
CONTRACTS = (f"{_ROOM}/test_contracts.py",)
DAEMON = (f"{_ROOM}/test_daemon.py",)
DOCTOR = (f"{_ROOM}/test_doctor.py",)
INSTALLING = (f"{_ROOM}/test_installing.py",)
SHELL = (f"{_ROOM}/test_shell.py",)
MCP = (f"{_ROOM}/test_mcp.py",)

MUTATIONS = (
    mutation(
        "command_guard/hosts/answering.py",
        "a host's JSON that is not understood is let through",
        '        return _refused(adapter, f"what {host} sent was not understood: {error}", event)',
        "        return adapter.neutral()",
        CONTRACTS,
    ),
    mutation(
        "command_guard/hosts/answering.py",
        "an agent edits the hook away",
        "if old != new and holds_our_hook(str(directory / edit.path), old):",
        "if False:",
        CONTRACTS,
    ),
    mutation(
        "command_guard/hosts/claude.py",
        "a person is asked where nobody is",
        'may_ask = document.get("permission_mode") in _ASKING_MODES',
        "may_ask = True",
        CONTRACTS,
    ),
    mutation(
        "command_guard/daemon.py",
        "an old daemon answers after an upgrade",
        "if not code.is_as_loaded():",
        "if False:",
        DAEMON,
    ),
    mutation(
        "command_guard/resident.py",
        "another user's process is believed",
        "sys.byteorder) != os.getuid()",
        "sys.byteorder) < 0",
        DAEMON,
    ),
    mutation(
        "command_guard/hosts/settings.py",
        "a hook that cannot run lets everything through",
        "exit 2; }}",
        "exit 0; }}",
        DOCTOR,
    ),
    mutation(
        "command_guard/hosts/doctor.py",
        "a hook is not fired with what is dangerous",
        '(DANGEROUS, "refused")',
        '(HARMLESS, "allowed")',
        DOCTOR,
    ),
    mutation(
        "command_guard/hosts/jsonc.py",
        "a hook that was changed is taken out by force",
        "    if not core or text.count(core) != 1:\n        return None",
        "    if not core or text.count(core) != 1:\n        return text",
        INSTALLING,
    ),
    mutation(
        "command_guard/shim.py",
        "a refused program runs all the same",
        "        return REFUSED\n    program",
        "    program",
        SHELL,
    ),
    mutation(
        "command_guard/querying.py",
        "an agent's statement may be another one than a SELECT",
        'if len(statements) != 1 or statements[0].kind != "SelectStmt":',
        "if not statements:",
        MCP,
    ),
)
