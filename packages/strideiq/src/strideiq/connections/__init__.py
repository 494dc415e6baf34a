"""Services that an athlete connects: what they send, what their terms allow, and how it comes."""
