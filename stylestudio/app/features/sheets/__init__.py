"""Contact sheets: tables of pictures in one file."""
