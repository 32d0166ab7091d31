"""Token buckets: what comes back, how far one may fall, and what the interface answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.support.site import app_of
from tests.unit.web.conftest import Site
from web.limits import MOST_BUCKETS, RateLimit
from web.problems import MEDIA_TYPE


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_bucket_empties_and_fills_again() -> None:
    clock = Clock()
    limit = RateLimit(2, 10, now=clock)
    limit.charge("a", 9)
    assert limit.wait("a") == 0
    limit.charge("a", 7)
    assert (limit.wait("a"), limit.wait("b")) == (4, 0)
    clock.now += 3
    assert limit.wait("a") == 1
    clock.now += 0.5
    clock.now += 1000
    limit.charge("a", 10)
    assert limit.wait("a") == 1


def test_no_rate_is_no_limit_and_names_do_not_pile_up() -> None:
    free = RateLimit(0, 1)
    free.charge("a", 10**9)
    assert free.wait("a") == 0
    limit = RateLimit(1, 1, now=Clock())
    for number in range(MOST_BUCKETS + 10):
        limit.charge(str(number), 5)
    assert limit.wait("0") == 0
    assert limit.wait(str(MOST_BUCKETS)) > 0


def entry_of(site: Site, place: int) -> dict[str, Any]:
    added = site.season.chain.added[place]
    return {"note": added.signed.note.decode(), "items": list(added.lines)}


def limited(site: Site, folder: Path) -> FlaskClient:
    return app_of(site.season, folder, key_rate="1", key_burst="3").test_client()


def post(client: FlaskClient, entries: list[Any], **headers: str) -> Any:
    return client.post("/api/v1/entries", json={"entries": entries}, headers=headers)


def test_key_that_sends_too_much_waits_and_others_do_not(site: Site, tmp_path: Path) -> None:
    client = limited(site, tmp_path)
    first, other = entry_of(site, 0), entry_of(site, 9)
    keys = {one["note"].rpartition("\u2014 ")[2].split()[0] for one in (first, other)}
    assert len(keys) == 2
    assert post(client, [first] * 4).status_code == 200
    answer = post(client, [first])
    assert (answer.status_code, answer.mimetype) == (429, MEDIA_TYPE)
    assert answer.get_json()["code"] == "rate-limited"
    assert int(answer.headers["Retry-After"]) >= 1
    mixed = post(client, [first, other]).get_json()["results"]
    assert [one["status"] for one in mixed] == ["refused", "duplicate"]
    assert mixed[0]["problem"]["code"] == "rate-limited"
    assert mixed[0]["problem"]["retry_after"] >= 1


def test_what_is_refused_is_charged_to_its_sender_and_not_to_the_key_it_names(site: Site, tmp_path: Path) -> None:
    client = limited(site, tmp_path)
    good = entry_of(site, 0)
    forged = {**good, "note": good["note"].replace('"seq":1', '"seq":2', 1)}
    answer = post(client, [forged] * 4)
    assert {one["status"] for one in answer.get_json()["results"]} == {"refused"}
    assert post(client, [good]).status_code == 429
    elsewhere = client.post("/api/v1/entries", json={"entries": [good]}, environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert elsewhere.get_json()["results"][0]["status"] == "duplicate"


@pytest.mark.parametrize(("wish", "language"), [("zh-CN,zh;q=0.9", "zh"), ("en", "en"), ("fr", "en"), ("*", "en")])
def test_problems_are_in_the_language_of_the_caller(site: Site, tmp_path: Path, wish: str, language: str) -> None:
    client = limited(site, tmp_path)
    for answer in (
        client.get("/nothing", headers={"Accept-Language": wish}),
        post(client, [1], **{"Accept-Language": wish}),
    ):
        detail = answer.get_json().get("detail") or answer.get_json()["results"][0]["problem"]["detail"]
        assert detail.isascii() == (language == "en"), detail
