"""A deleted account is gone, with a permit and a proven backup, and nothing calls it a loss."""

from __future__ import annotations

from homes import Home

EMAIL = "demo@strideiq.example"


def test_a_deleted_account_is_gone_and_is_no_loss(demo: Home) -> None:
    def delete(again: str = EMAIL) -> int:
        return demo.strideiq("delete-account", EMAIL, "--confirm", again).code

    def athletes() -> int:
        return len(demo.strideiq("athlete", "list").document["athletes"])

    assert delete("somebody@else.example") == 1
    assert delete() == 1  # no backup is proven from which a mistake could be mended
    assert demo.strongroom("backup").code == 0
    assert demo.strongroom("drill").code == 0

    configuration = demo.paths / "strongroom.toml"
    allowed = configuration.read_text()
    configuration.write_text(allowed.replace('application_confirms = ["delete"]', "", 1))
    assert delete() == 30  # nobody said that the application may confirm this
    configuration.write_text(allowed)
    assert athletes() == 1

    gone = demo.strideiq("delete-account", EMAIL, "--confirm", EMAIL)
    assert gone.code == 0, gone
    assert gone.document["tables"]["activity"] > 500
    assert athletes() == 0
    checked = demo.strongroom("check")
    assert checked.code == 0, checked
    acts = demo.strongroom("ledger", "show", "--last", 200).document["entries"]
    assert {"permit_granted", "deletion_planned"} <= {one["kind"] for one in acts}
    with demo.up() as running:
        assert running.address
    assert demo.strongroom("check").code == 0
