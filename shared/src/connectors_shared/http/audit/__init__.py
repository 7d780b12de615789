"""Who did what: an entry is written in the transaction of the change, and never changed."""
