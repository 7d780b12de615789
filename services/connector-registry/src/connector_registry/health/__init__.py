"""Why a connector runs, or does not, in words for its owner."""
