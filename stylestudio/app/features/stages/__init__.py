"""Networks that the finished picture goes through."""
