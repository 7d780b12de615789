"""Pages of the console and its assets. They are no part of the API's document."""

from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from connector_registry.console.files import ConsoleFiles
from connectors_shared.http.parameters import takes_any_parameter

PAGES: Final = ("/", "/sign-in", "/tools", "/tools/{_path:path}")
"""Addresses that people type, keep and send to each other; any other is the API's, or nobody's."""


def console_router(files: ConsoleFiles) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @takes_any_parameter  # the console reads them
    async def page() -> Response:
        return await run_in_threadpool(files.page)

    for path in PAGES:
        router.add_api_route(path, page, methods=["GET"], name="A page of the console")

    @router.get("/assets/{path:path}", name="An asset of the console")
    @takes_any_parameter
    async def asset(path: str, request: Request) -> Response:
        return await files.asset(path, request)

    return router
