"""Taking the model to another domain, by words or by pictures."""
