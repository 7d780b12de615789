"""JSONata transforms of strangers: metered and run here, or run in a supervised process."""

from connector_executor.transform.outcome import INVALID_DOCUMENT, Transformed, TransformFailure
from connector_executor.transform.transformer import Transformer
from connector_executor.transform.turns import Turn

__all__ = ["INVALID_DOCUMENT", "TransformFailure", "Transformed", "Transformer", "Turn"]
