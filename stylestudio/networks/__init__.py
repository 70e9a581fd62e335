"""Plain torch modules, written from the papers; they import nothing of ours."""
