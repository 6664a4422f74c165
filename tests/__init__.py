"""The tests, and the fakes that they share."""
