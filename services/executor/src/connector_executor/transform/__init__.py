"""Untrusted JSONata transforms: metered and run in this process, or run in a supervised one."""

from connector_executor.transform.outcome import INVALID_DOCUMENT, Transformed, TransformFailure
from connector_executor.transform.transformer import Transformer
from connector_executor.transform.turns import Turn

__all__ = ["INVALID_DOCUMENT", "TransformFailure", "Transformed", "Transformer", "Turn"]
