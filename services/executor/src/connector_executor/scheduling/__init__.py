"""What runs next: the line, admission, places and calls; and which offsets are finished."""
