"""What a flow is: a list of steps, as people write it, judged when it is saved, and as the engine runs it."""
