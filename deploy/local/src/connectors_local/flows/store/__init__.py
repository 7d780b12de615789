"""Where flows and runs are kept: two ports, on Postgres and in memory."""
