"""The console comes from where its API is, with a policy that lets nothing else in."""

import gzip
import re
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from connector_registry.console.files import BUILT, ConsoleFiles
from connector_registry.console.routes import console_router

PAGE = '<html><script type="module" nonce="CONNECTORS_CSP_NONCE" src="/assets/main-1.js"></script></html>'
SCRIPT = "console.log(1)\n" * 50


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text(PAGE)
    (tmp_path / "assets" / "main-1.js").write_text(SCRIPT)
    (tmp_path / "assets" / "main-1.js.gz").write_bytes(gzip.compress(SCRIPT.encode()))
    (tmp_path / "secret.txt").write_text("outside")
    return tmp_path


def a_browser(folder: Path) -> httpx2.AsyncClient:
    app = FastAPI()
    app.include_router(console_router(ConsoleFiles(folder)))
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://registry")


@pytest.mark.parametrize("path", ["/", "/sign-in?code=x", "/tools/connectors", "/tools/connectors/1/edit"])
async def test_every_address_of_the_console_is_its_page(built: Path, path: str) -> None:
    async with a_browser(built) as browser:
        answer = await browser.get(path)
    assert answer.status_code == 200
    assert "/assets/main-1.js" in answer.text


async def test_scripts_need_a_nonce_that_is_new_each_time(built: Path) -> None:
    nonces = []
    async with a_browser(built) as browser:
        for _ in range(2):
            answer = await browser.get("/")
            policy = answer.headers["content-security-policy"]
            assert "unsafe" not in policy
            assert "default-src 'none'" in policy
            (nonce,) = set(re.findall(r"'nonce-([^']+)'", policy))
            assert f'nonce="{nonce}"' in answer.text
            nonces.append(nonce)
    assert nonces[0] != nonces[1]


async def test_assets_are_kept_for_ever_and_come_compressed(built: Path) -> None:
    async with a_browser(built) as browser:
        answer = await browser.get("/assets/main-1.js", headers={"Accept-Encoding": "gzip"})
        plain = await browser.get("/assets/main-1.js", headers={"Accept-Encoding": "identity"})
    assert answer.text == plain.text == SCRIPT
    assert answer.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"]


async def test_a_bundle_is_read_once_and_the_icon_as_often_as_it_is_asked_for(built: Path) -> None:
    (built / "assets" / "mark.svg").write_text("<svg>old</svg>")
    async with a_browser(built) as browser:
        first = await browser.get("/assets/main-1.js")
        await browser.get("/assets/mark.svg")
        (built / "assets" / "main-1.js").unlink()
        (built / "assets" / "main-1.js.gz").unlink()
        (built / "assets" / "mark.svg").write_text("<svg>new</svg>")
        again = await browser.get("/assets/main-1.js")
        known = await browser.get("/assets/main-1.js", headers={"If-None-Match": first.headers["etag"]})
        icon = await browser.get("/assets/mark.svg")
    assert (again.text, again.headers["content-encoding"]) == (SCRIPT, "gzip")
    assert (known.status_code, known.content) == (304, b"")
    assert icon.text == "<svg>new</svg>"
    assert "immutable" not in icon.headers["cache-control"]


async def test_what_is_kept_of_old_builds_does_not_grow(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connector_registry.console.files.MOST_KEPT_BYTES", 2_000)
    names = [f"/assets/old-{number}.js" for number in range(9)]
    async with a_browser(built) as browser:
        for name in names:
            (built / name.removeprefix("/")).write_text(SCRIPT)
            assert (await browser.get(name)).text == SCRIPT
            (built / name.removeprefix("/")).unlink()
        kept = [name for name in names if (await browser.get(name)).status_code == 200]
    assert kept == names[-1:]  # two find room, the third begins anew


@pytest.mark.parametrize(
    "path",
    [
        "/assets/none-1.js",
        "/assets/",
        "/assets/%00-1.js",
        "/assets/x-" + "x" * 300,
        "/assets/../secret.txt",
        "/assets/%2e%2e/secret.txt",
    ],
)
async def test_what_is_no_asset_is_not_there(built: Path, path: str) -> None:
    async with a_browser(built) as browser:
        answer = await browser.get(path)
    assert answer.status_code == 404
    assert "outside" not in answer.text


async def test_a_registry_without_a_console_says_so(tmp_path: Path) -> None:
    async with a_browser(tmp_path / "nothing") as browser:
        answer = await browser.get("/")
        assert (await browser.get("/assets/x-1.js")).status_code == 404
    assert answer.status_code == 503
    assert "make console" in answer.text


async def test_other_addresses_stay_those_of_the_api(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/api/nothing")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert (await client.get("/nothing")).status_code == 404
    page = await client.get("/tools/connectors?q=phone&status=active")
    assert page.status_code == (200 if (BUILT / "index.html").exists() else 503)
    assert page.headers["content-type"].startswith("text/html")
