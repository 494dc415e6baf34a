"""Plans outside of the application: for watches, calendars and paper."""
