"""Making a value fit the field it is written to, or refusing it with a reason."""

from field_mapper.coercion.custom_fields import (
    Choice,
    CustomFieldType,
    FieldDefinition,
    FieldOptions,
    coerce_custom_value,
    type_of,
)
from field_mapper.coercion.sizes import bytes_of
from field_mapper.coercion.user_fields import UserFieldCoercion, is_national, is_region
from field_mapper.coercion.values import ValueRefusedError, is_absent, is_storable, storable

__all__ = [
    "Choice",
    "CustomFieldType",
    "FieldDefinition",
    "FieldOptions",
    "UserFieldCoercion",
    "ValueRefusedError",
    "bytes_of",
    "coerce_custom_value",
    "is_absent",
    "is_national",
    "is_region",
    "is_storable",
    "storable",
    "type_of",
]
