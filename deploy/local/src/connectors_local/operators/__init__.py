"""What a person on call asks the executor: why a connector does not run, and what is parked."""
