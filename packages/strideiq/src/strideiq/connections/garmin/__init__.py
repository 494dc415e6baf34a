"""Garmin: an athlete's original files, by the API that Garmin gives away keys for."""
