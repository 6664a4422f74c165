"""What people can do here, a flow each."""
