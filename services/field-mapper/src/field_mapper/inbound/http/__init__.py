"""The contacts API."""

from field_mapper.inbound.http.fields import fields_router
from field_mapper.inbound.http.routes import contacts_router

__all__ = ["contacts_router", "fields_router"]
