"""Single-use approvals of one effect: asked for, confirmed, consumed with the act itself."""
