"""Documents: the files that go with messages, made when they are sent, and the files that people send, read."""
