"""Making a value fit the field it is written to, or refusing it with a reason."""

from connectors_shared.definition.mappings.terms import is_region
from field_mapper.coercion.custom_fields import (
    Choice,
    CustomFieldType,
    FieldDefinition,
    FieldOptions,
    coerce_custom_value,
    type_of,
)
from field_mapper.coercion.sizes import bytes_of
from field_mapper.coercion.user_fields import UserFieldCoercion, all_tags, is_national, tag_list
from field_mapper.coercion.values import ValueRefusedError, as_text, is_absent, is_storable, storable

__all__ = [
    "Choice",
    "CustomFieldType",
    "FieldDefinition",
    "FieldOptions",
    "UserFieldCoercion",
    "ValueRefusedError",
    "all_tags",
    "as_text",
    "bytes_of",
    "coerce_custom_value",
    "is_absent",
    "is_national",
    "is_region",
    "is_storable",
    "storable",
    "tag_list",
    "type_of",
]
