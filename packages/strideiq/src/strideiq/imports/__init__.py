"""Files in, and a verdict for each of them."""
