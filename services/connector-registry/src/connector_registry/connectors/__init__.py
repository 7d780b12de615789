"""What a connector is: its definition, its secrets, its versions, and the rules they obey. No I/O."""
