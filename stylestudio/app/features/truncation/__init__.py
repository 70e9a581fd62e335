"""How far pictures stray from the average one."""
