"""Training plans, the calendar, matching what was done, proposals, and exports."""
