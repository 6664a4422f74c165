"""The watch: what nobody asked for and somebody should know. Alerts, the nightly audit, the morning report."""
