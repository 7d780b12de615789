"""A call that a person wants to see through: what is noted on its way, and the report that is made of it."""
