"""`sourcePath`: where in a response a value is, written as a dotted shorthand or as an RFC 9535 JSONPath.

The registry judges with this what may be saved, and the field mapper reads with it what it evaluates. Nothing here is
loaded into the executor.
"""
