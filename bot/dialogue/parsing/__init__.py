"""What people type, read: amounts, numbers, services, purchases in one line, words. Pure."""
