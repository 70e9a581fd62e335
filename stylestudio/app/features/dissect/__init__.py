"""Units that draw what is brushed: found, then taken away, boosted or inserted."""
