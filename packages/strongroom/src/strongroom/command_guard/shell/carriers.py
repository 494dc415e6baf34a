"""Commands inside commands: functions, aliases, ``bash -c``, ``eval``, xargs, scripts, code."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from strongroom.command_guard.shell.arguments import words_inside
from strongroom.command_guard.shell.bodies import body_of
from strongroom.command_guard.shell.code import carried_by_code
from strongroom.command_guard.shell.evaluating import Evaluation, Scope
from strongroom.command_guard.shell.outputs import output_of
from strongroom.command_guard.shell.steps import (
    EDGE,
    FETCHED,
    Step,
    is_known,
    names_in,
    shown,
    unknown,
)
from strongroom.command_guard.shell.unwrapping import as_compose, unwrapped

SHELLS = frozenset({"bash", "sh", "zsh", "dash", "ksh", "ash", "fish", "rbash", "busybox"})
_RESERVED = frozenset(
    [
        "{",
        "}",
        "then",
        "do",
        "else",
        "elif",
        "fi",
        "done",
        "esac",
        "if",
        "while",
        "until",
        "for",
        "case",
        "in",
        "function",
        "coproc",
        "!",
    ]
)
_POWERSHELLS = frozenset({"powershell", "pwsh"})
_EXPORTING = frozenset({"export", "declare", "local", "readonly", "typeset", "set"})


def carry(evaluation: Evaluation, step: Step, scope: Scope) -> str:
    """Note a step, or what it leads to; answer with what it prints."""
    if not step.words:
        evaluation.steps.append(step)
        return step.standard_input or ""
    while step.words and (step.words[0] in _RESERVED or step.words[0].endswith("()")):
        # The grammar took a word of the shell's own for a command; what follows is one.
        evaluation.broken = True
        step = step.with_words(step.words[1:])
    if not step.words:
        return ""
    step = as_compose(step)
    name = step.words[0]
    if name in scope.functions:
        inner = scope.inner()
        inner.parameters = step.arguments
        return evaluation.run(scope.functions[name], inner, step.standard_input)
    if name in scope.aliases:
        text = " ".join([scope.aliases.pop(name), *map(shlex.quote, step.arguments)])
        return evaluation.run_text(text, scope, step.standard_input)
    if (builtin := _BUILTINS.get(name)) is not None:
        return builtin(evaluation, step, scope)
    return _carried(evaluation, step, scope)


def _carried(  # noqa: C901  one after the other
    evaluation: Evaluation, step: Step, scope: Scope
) -> str:
    inside = unwrapped(step)
    if inside:
        if inside[0].step.places != step.places:
            evaluation.steps.append(replace(step, standard_input=None))
        printed = ""
        for one in inside:
            within = _scope_of(one.step, scope)
            if one.text is None:
                printed += evaluation.run_step(one.step, within)
            else:
                within.through = (*within.through, step.program)
                printed += evaluation.run_text(one.text, within, step.standard_input)
        return printed
    if step.program == "ssh" and step.standard_input and len(step.words) > 1:
        within = _scope_of(replace(step, places=(*step.places, f"host {step.words[-1]}")), scope)
        evaluation.run_text(step.standard_input, within)
    for text in _shell_texts(step):
        within = _scope_of(step, scope)
        within.through = (*step.through, step.text(60))
        within.parameters = _parameters(step)
        evaluation.run_text(text, within)
    for words in words_inside(step):
        evaluation.run_step(replace(step, words=words, standard_input=None), scope)
    for inner in carried_by_code(evaluation.files, step):
        if isinstance(inner, str):
            evaluation.run_text(inner, _scope_of(step, scope))
        else:
            evaluation.run_step(inner, scope) if inner.words[0] != step.words[0] else None
    for body in body_of(evaluation.files, step):
        within = Scope(body.directory, dict(step.variables), body.parameters, places=step.places)
        within.through = (*step.through, step.text(60))
        evaluation.run_text(body.text, within, step.standard_input)
    printed = _shown_files(evaluation, step) or output_of(step)
    evaluation.steps.append(replace(step, output=printed))
    return printed


def _shown_files(evaluation: Evaluation, step: Step) -> str:
    """What ``cat FILE`` and its like print, where the files lie in the working tree."""
    if step.program not in {"cat", "head", "tail", "bat", "tac"} or not step.is_local:
        return ""
    names = [word for word in step.arguments if not word.startswith("-") and is_known(word)]
    texts = [evaluation.files.text(step.directory, name) for name in names]
    return "".join(text for text in texts if text)


def _scope_of(step: Step, scope: Scope) -> Scope:
    """A shell of its own: it inherits variables, but neither functions nor aliases."""
    return Scope(
        step.directory if step.is_local else None,
        dict(step.variables),
        functions=dict(scope.functions) if step.places == scope.places else {},
        places=step.places,
        through=step.through,
    )


def _shell_texts(step: Step) -> list[str]:  # noqa: C901, PLR0911  one for each program
    """Shell text in the arguments or the input of a program that takes such."""
    name, words = step.program, list(step.arguments)
    if name == "busybox" and words[:1] in (["sh"], ["ash"]):
        words.pop(0)
    if name in SHELLS:
        return _of_shell(step, words)
    if name in _POWERSHELLS:
        places = [n for n, word in enumerate(words) if word.lower() in {"-c", "-command", "/c"}]
        return [" ".join(words[places[0] + 1 :])] if places else []
    if name == "cmd":
        return [" ".join(words[1:])] if words[:1] and words[0].lower() in {"/c", "/k"} else []
    if name == "expect":
        return [one for word in words for one in re.findall(r"spawn\s+([^;\n]+)", word)]
    if name == "npm" and words[:2] == ["pkg", "set"]:
        return [word.partition("=")[2] for word in words[2:] if word.startswith("scripts.")]
    if name in {"at", "batch"} and step.standard_input:
        return [step.standard_input]
    if name == "tmux" and {"send-keys", "send", "new-session", "new", "new-window"} & set(words):
        return [word for word in words if " " in word]
    if name == "screen":
        return [word for word in words if " " in word]
    if name in {"awk", "gawk", "mawk"}:
        return [text for word in words for text in re.findall(r'system\s*\(\s*"([^"]*)"', word)]
    if name == "git":
        aliases = [re.match(r"alias\.[^=]+=!(.*)", word, re.DOTALL) for word in words]
        return [one[1] for one in aliases if one] + _foreach(words)
    if name == "crontab" and words[:1] == ["-"] and step.standard_input:
        return [re.sub(r"(?m)^(?:\S+[ \t]+){5}", "", step.standard_input)]
    return []


def _foreach(words: Sequence[str]) -> list[str]:
    """The command of ``git submodule foreach``."""
    if list(words[:2]) != ["submodule", "foreach"]:
        return []
    return [" ".join(word for word in words[2:] if not word.startswith("--"))]


def _of_shell(step: Step, words: Sequence[str]) -> list[str]:
    for place, word in enumerate(words):
        if re.fullmatch(r"-[a-zA-Z]*c", word) or word == "--command":
            return [words[place + 1]] if place + 1 < len(words) else []
        if not word.startswith(("-", "+")):
            return []  # a script's name: ``bodies`` reads it
    text = step.standard_input
    if text is None or text.strip() == FETCHED:
        return []
    return [text] if is_known(text) or "\n" in text.strip() else [_opaque(text)]


def _opaque(text: str) -> str:
    """A command that says that nobody can know what a shell is given."""
    return f"strongroom-opaque {shlex.quote(shown(text.strip())[:80])}"


def _parameters(step: Step) -> tuple[str, ...] | None:
    words = step.arguments
    for place, word in enumerate(words):
        if re.fullmatch(r"-[a-zA-Z]*c", word):
            return words[place + 3 :]
    return None


def _eval(evaluation: Evaluation, step: Step, scope: Scope) -> str:
    text = " ".join(step.arguments)
    if not is_known(text) and text.strip().startswith(EDGE):
        hook = names_in(text)[0] in _HOOKS
        return "" if hook else evaluation.run_text(_opaque(text), scope)
    return evaluation.run_text(text, scope, step.standard_input)


_HOOKS = frozenset(
    {
        *(
            "ssh-agent",
            "direnv",
            "brew",
            "pyenv",
            "rbenv",
            "nodenv",
            "fnm",
            "starship",
            "zoxide",
            "mise",
        ),
        *(
            "asdf",
            "opam",
            "dircolors",
            "conda",
            "minikube",
            "docker-machine",
            "poetry",
            "atuin",
            "fzf",
        ),
        *(
            "register-python-argcomplete",
            "kubectl",
            "helm",
            "gh",
            "keychain",
            "thefuck",
            "rtx",
            "goenv",
        ),
        *(
            "nvm",
            "volta",
            "luarocks",
            "jenv",
            "npm",
            "uv",
            "gpg-agent",
            "resize",
            "lesspipe",
            "ssh-add",
        ),
    }
)
"""Programs that print what a shell sets for them."""


def _source(evaluation: Evaluation, step: Step, scope: Scope) -> str:
    if not step.arguments:
        return ""
    name = step.arguments[0]
    text = evaluation.files.text(scope.directory, name) if is_known(name) else None
    text = step.standard_input if name == "/dev/stdin" else text
    if text is None or "activate" in name:
        return ""
    return evaluation.run_text(text, scope)


def _trap(evaluation: Evaluation, step: Step, scope: Scope) -> str:
    if step.arguments and not step.arguments[0].startswith("-"):
        evaluation.run_text(step.arguments[0], scope)
    return ""


def _cd(evaluation: Evaluation, step: Step, scope: Scope) -> str:
    del evaluation
    words = [word for word in step.arguments if not word.startswith("-") or word == "-"]
    if not words:
        scope.directory = Path.home()
    elif (
        words[0] == "-"
        or not is_known(words[0])
        or (scope.directory is None and not words[0].startswith("/"))
    ):
        scope.directory = None
    else:
        base = scope.directory or Path("/")
        scope.directory = base / words[0].replace(
            "~", str(Path.home()), 1 if words[0].startswith("~") else 0
        )
    return ""


def _alias(evaluation: Evaluation, step: Step, scope: Scope) -> str:
    del evaluation
    for word in step.arguments:
        name, _, text = word.partition("=")
        if text:
            scope.aliases[name] = text
    return ""


def _export(evaluation: Evaluation, step: Step, scope: Scope) -> str:
    for word in step.arguments:
        name, given, text = word.partition("=")
        if given and re.fullmatch(r"\w+", name):
            scope.variables[name] = text
    evaluation.steps.append(step)
    return ""


def _read(evaluation: Evaluation, step: Step, scope: Scope) -> str:
    del evaluation
    text = step.standard_input
    for word in step.arguments:
        if not word.startswith("-"):
            known = text is not None and is_known(text) and "\n" not in text.strip()
            scope.variables[word] = (text or "").strip() if known else unknown(word)
    return ""


_BUILTINS: dict[str, Callable[[Evaluation, Step, Scope], str]] = {
    "eval": _eval,
    "source": _source,
    ".": _source,
    "trap": _trap,
    "cd": _cd,
    "pushd": _cd,
    "alias": _alias,
    "read": _read,
    **dict.fromkeys(_EXPORTING, _export),
}
