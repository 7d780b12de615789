"""A pretend third-party API, shaped like AudienceAcuity's, that runs as a process of its own."""
