"""What each command takes: its options, their help and its examples. Light, so that --help answers at once."""
