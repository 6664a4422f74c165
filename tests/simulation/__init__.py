"""The whole program in a world of its own: one loop, virtual time, everything that can go wrong, all by a seed."""
