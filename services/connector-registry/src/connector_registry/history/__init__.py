"""What happened: executions as they ended, kept by a process of its own (`recording`) and read over REST."""
