"""Commands of Django that are guarded here: ``migrate`` and ``flush``."""
