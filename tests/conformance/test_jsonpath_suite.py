"""The compliance test suite of RFC 9535, through the field mapper's own selection."""

import json
from typing import Any

from field_mapper.selection import InvalidPathError, renew_budget, select_nodes

from .conftest import FolderOf, Report

CASES = 703


def test_every_case_of_the_rfc_9535_suite_passes(conformance_folder: FolderOf, conformance_report: Report) -> None:
    suite = json.loads((conformance_folder("jsonpath", CASES) / "cts.json").read_text())
    cases = suite["tests"]
    assert len(cases) >= CASES
    failures = [case["name"] for case in cases if not _passes(case)]
    conformance_report(f"jsonpath: {len(cases) - len(failures)} of {len(cases)} pass")
    assert failures == []


def _passes(case: dict[str, Any]) -> bool:
    renew_budget()
    try:
        nodes = select_nodes(case["selector"], case.get("document"))
    except InvalidPathError:
        return bool(case.get("invalid_selector"))
    return not case.get("invalid_selector") and nodes in case.get("results", [case.get("result")])
