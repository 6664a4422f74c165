"""What may happen and what is owed: pure values and functions, without words for people."""
