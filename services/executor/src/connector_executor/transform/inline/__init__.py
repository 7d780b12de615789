"""JSONata evaluated in the caller's own process, metered: the part of the language that mappings are made of.

source → `tokens` → `parser` → `tree` → `compiler` → a closure, which a `Run` pays for as it goes. What is evaluated
is the tree that was read here; there is no second parser whose reading could differ. Whatever this package does
not know, or does not know to be cheap, is refused, and a worker's engine answers instead.
"""

from connector_executor.transform.inline.plan import Plan, Plans, compile_plan

__all__ = ["Plan", "Plans", "compile_plan"]
