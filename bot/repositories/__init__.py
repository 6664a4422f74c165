"""What is kept and how it is asked for: the named statements and, beside them, the typed scripts that yield them."""
