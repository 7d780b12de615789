"""The console, served from where its API is: pages, and the assets that its build made."""
