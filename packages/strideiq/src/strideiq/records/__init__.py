"""Best efforts and personal bests."""
