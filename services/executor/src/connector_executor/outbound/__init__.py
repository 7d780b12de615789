"""What goes out beside results: dead letters."""
