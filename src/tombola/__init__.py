"""Draw winning tickets from any PyTorch model."""
