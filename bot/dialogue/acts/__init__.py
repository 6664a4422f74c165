"""What admins ask for, confirm and have approved by a second person: the machine of acts, which knows no flow. Pure."""
