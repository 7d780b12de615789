"""The contacts API."""

from field_mapper.inbound.http.export import export_router
from field_mapper.inbound.http.fields import fields_router
from field_mapper.inbound.http.imports import UPLOADS, imports_router
from field_mapper.inbound.http.preview import preview_router
from field_mapper.inbound.http.routes import contacts_router

__all__ = ["UPLOADS", "contacts_router", "export_router", "fields_router", "imports_router", "preview_router"]
