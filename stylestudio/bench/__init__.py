"""The bench: what the program costs, measured on the machine it runs on."""
