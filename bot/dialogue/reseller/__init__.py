"""What only resellers do: they sell to clients from a balance of their own, one by one or many at once."""
