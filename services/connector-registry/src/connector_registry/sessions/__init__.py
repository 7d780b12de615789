"""Browsers stay signed in: a cookie that holds the bearer token, and that only the console's own requests can use."""
