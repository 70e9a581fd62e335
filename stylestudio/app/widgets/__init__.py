"""Controls that know nothing of the document; they show values and tell of edits."""
