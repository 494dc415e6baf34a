"""Resolve shell text into the simple commands that it would run.

``evaluating.Evaluation`` walks the text, ``steps.Step`` is what it finds.
"""
