"""The `stylestudio` command: one small file a subcommand."""
