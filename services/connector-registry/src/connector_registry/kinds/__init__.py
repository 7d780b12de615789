"""What a form for a connector asks for."""
