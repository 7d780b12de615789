"""Making a value fit the field it is written to, or refusing it with a reason."""

from field_mapper.coercion.custom_fields import CustomFieldType, coerce_custom_value, type_of
from field_mapper.coercion.sizes import bytes_of
from field_mapper.coercion.user_fields import UserFieldCoercion
from field_mapper.coercion.values import ValueRefusedError, is_absent

__all__ = [
    "CustomFieldType",
    "UserFieldCoercion",
    "ValueRefusedError",
    "bytes_of",
    "coerce_custom_value",
    "is_absent",
    "type_of",
]
