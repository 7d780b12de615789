"""`/api/audit`: who did what."""

from fastapi import APIRouter

from connectors_shared.http.access import Access
from connectors_shared.http.audit.routes import audit_router
from connectors_shared.http.audit.trail import Trail

PATH = "/api/audit"


def registry_audit_router(trail: Trail, access: Access) -> APIRouter:
    return audit_router(trail, access, PATH)
