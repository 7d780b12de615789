"""What died, for operators: looked at in bounded pages, and replayed."""
