"""Zip archives and the exports of Strava and Garmin: streamed, bounded, never unpacked whole."""
