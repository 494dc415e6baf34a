"""Shell text is parsed whatever characters it has, and its nodes tell the text itself."""

from __future__ import annotations

import subprocess
import sys

import pytest

from strongroom.shell_grammar import parse_shell

EVERY_PLANE = """
from strongroom.shell_grammar import parse_shell
for number in range(0x80, 0x110000, 389):
    if not 0xD800 <= number < 0xE000:
        parse_shell("echo {" + chr(number) + "; a=" + chr(number) + " <<" + chr(number))
"""


def test_no_character_ends_the_process() -> None:
    """In processes of their own, for where memory lies differs from one to the next."""
    asked = [subprocess.Popen([sys.executable, "-c", EVERY_PLANE]) for _ in range(4)]
    assert [one.wait(timeout=120) for one in asked] == [0, 0, 0, 0]


@pytest.mark.parametrize(
    "text", ["echo 'ü' {\U0001f600é; ls", "grep \u2003 x", "echo \udcff", "ä=ö"]
)
def test_nodes_tell_the_text_itself(text: str) -> None:
    real = text.encode("utf-8", "replace")
    root = parse_shell(text)
    waiting = [root]
    while waiting:
        node = waiting.pop()
        assert node.text == real[node.start_byte : node.end_byte]
        waiting += node.children
    assert root.end_byte == len(real)
