"""What each command does: calls the package and prints. Brings torch."""
