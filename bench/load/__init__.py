"""Several replicas over one PostgreSQL, under load and under fire."""
