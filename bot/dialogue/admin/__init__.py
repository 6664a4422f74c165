"""What only admins do: they read, decide about orders, move money and change the rules, each as his role allows."""
