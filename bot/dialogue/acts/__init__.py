"""What admins ask for, confirm and have approved by a second person: the part that all flows with acts share. Pure."""
