"""From a file's bytes to the activities in it.

Nothing here knows of the database or of the web, so that a parser process starts quickly: it
imports the pure modules of activities (``observed``, ``measures``) rather than their public door.
"""
