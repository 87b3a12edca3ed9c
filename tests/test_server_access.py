"""Keys with scopes and tenants: who may ask what, whose people they see, and what is written down about it."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from served import Home, logged, said
from starlette.testclient import TestClient

from sayagain.errors import ServeError
from sayagain.online.layer import Layer
from sayagain.schema import Turn
from sayagain.schema.person import person_of
from sayagain.schema.tenant import in_tenant
from sayagain.server import audit
from sayagain.server.access import Scope
from sayagain.server.app import ROUTES, create
from sayagain.server.caller import Caller
from sayagain.server.inbox_to_log import compact
from sayagain.server.keys import Key, Keys
from sayagain.server.refused import Refused
from sayagain.server.settings import Settings
from sayagain.state import Database
from sayagain.state.inbox import Inbox
from sayagain.state.profiles import Store

SCOPED = {scope: f"the key that may {scope}" for scope in Scope}
ACME, ZENITH, OWN, GUEST = "a key of acme's own", "a key of zenith's own", "a key of no tenant", "a key that is not"
OPENS = {
    Scope.REWRITE: {"/rewrite", "/choose"},
    Scope.OBSERVE: {"/observe", "/observe/batch", "/feedback", "/teach", "/ask", "/answer"},
    Scope.VIEW: {"/explain", "/metrics", "/experiments"},
    Scope.REVIEW: set[str](),
    Scope.ADMIN: {route.path for route in ROUTES},
}
BODIES: dict[str, Any] = {
    "/observe/batch": [said("b")],
    "/feedback": {"turn": "b", "helpful": True},
    "/forget": {"user": "nobody"},
    "/switch/off": {"reason": "it calls the wrong people"},
    "/ask": {"turns": [said("a")]},
    "/answer": {"question": {"id": "q", "user": said("a")["user"], "kind": "teach_me", "say": "?"}, "turn": said("a")},
    "/teach": {"user": "nobody", "text": "I like jazz"},
    "/experiments/start": {"name": "x", "arms": {"none": 0.5, "current": 0.5}, "control": "none"},
}
QUERIES = {"/preferences": "?user=nobody"}


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def shared(home: Home) -> Iterator[TestClient]:
    """A service of two tenants, and of one who is of none."""
    keys = [Key.of(ACME, tenant="acme", name="kitchen"), Key.of(ZENITH, tenant="zenith"), Key.of(OWN)]
    home.settings = Settings(keys=Keys(keys))
    with home.served() as service:
        yield service


@pytest.fixture
def audited(caplog: pytest.LogCaptureFixture) -> Callable[[], list[dict[str, Any]]]:
    """What the audit wrote so far."""
    caplog.set_level(logging.INFO, "sayagain.audit")
    return lambda: [json.loads(each.getMessage()) for each in caplog.records if each.name == "sayagain.audit"]


# Scopes


@pytest.mark.parametrize("scope", list(Scope))
def test_a_key_opens_what_its_scope_names_and_nothing_else(home: Home, scope: Scope) -> None:
    home.settings = Settings(keys=Keys(Key.of(text, [each]) for each, text in SCOPED.items()))
    with home.served() as service:
        service.post("/observe", json=said("b"), headers=bearer(SCOPED[Scope.OBSERVE]))
        for route in ROUTES:
            body = BODIES.get(route.path, said("a"))
            path = route.path + QUERIES.get(route.path, "")
            answer = service.request(route.method, path, json=body, headers=bearer(SCOPED[scope]))
            if route.path in OPENS[scope] or route.path == "/health":
                assert answer.status_code == (404 if "{" in route.path else 200), route.path  # there is none
            else:
                assert answer.status_code == 403
                assert answer.json()["error"] == f"The key lacks the scope {route.access.scope}"


def test_a_key_that_is_not_known_opens_nothing_but_health(home: Home) -> None:
    home.settings = Settings(keys=Keys([Key.of(SCOPED[Scope.OBSERVE], [Scope.OBSERVE])]))
    with home.served() as service:
        for route in ROUTES:
            answer = service.request(route.method, route.path, json=said("a"), headers=bearer(GUEST))
            assert answer.status_code == (200 if route.path == "/health" else 401)
        assert service.get("/openapi.json", headers=bearer(GUEST)).status_code == 401
        assert service.get("/nowhere", headers=bearer(SCOPED[Scope.OBSERVE])).status_code == 404


def test_an_address_with_a_name_in_it_is_as_closed_as_any(home: Home) -> None:
    home.settings = Settings(keys=Keys(Key.of(text, [each]) for each, text in SCOPED.items()))
    with home.served() as service:
        job = service.post("/forget", json={"user": "ann"}, headers=bearer(SCOPED[Scope.ADMIN])).json()["job"]
        assert service.get(f"/forget/{job}", headers=bearer(SCOPED[Scope.OBSERVE])).status_code == 403
        assert service.get(f"/forget/{job}", headers=bearer(SCOPED[Scope.ADMIN])).json()["turns"] == 0
        assert service.get(f"/forget/{job}/", headers=bearer(SCOPED[Scope.OBSERVE])).status_code == 404
        assert 'route="/forget/{job}",status="200"' in service.get("/metrics", headers=bearer(SCOPED[Scope.VIEW])).text


def test_the_description_says_which_scope_an_address_needs(home: Home) -> None:
    with home.served() as service:
        paths = service.get("/openapi.json").json()["paths"]
    assert paths["/rewrite"]["post"]["security"] == [{"key": ["rewrite"]}, {}]
    assert paths["/forget"]["post"]["security"] == [{"key": ["admin"]}, {}]
    assert paths["/health"]["get"]["security"] == [{}]
    assert all("403" in operation["responses"] for path in paths.values() for operation in path.values())


# The key file


def test_what_follows_a_key_on_its_line_says_what_it_is_good_for(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text(
        "# assistants\n"
        "0123456789abcdef-1 observe,rewrite tenant=acme name=kitchen\n"
        "0123456789abcdef-2 tenant=acme\n"
        "0123456789abcdef-3\n"
        "a key of several words\n",
        encoding="utf8",
    )
    keys = Keys.read(tmp_path / "keys", "0123456789abcdef-4")
    found = [keys.find(f"Bearer 0123456789abcdef-{number}".encode()) for number in range(1, 5)]
    assert [key and (set(key.scopes), key.tenant) for key in found] == [
        ({Scope.OBSERVE, Scope.REWRITE}, "acme"),
        ({Scope.ADMIN}, "acme"),
        ({Scope.ADMIN}, None),
        ({Scope.ADMIN}, None),
    ]
    assert found[0] is not None
    assert found[2] is not None
    assert found[0].name == "kitchen"
    assert found[2].name == hashlib.sha256(b"0123456789abcdef-3").hexdigest()[:8]
    assert keys.find(b"Bearer a key of several words") is not None
    assert keys.find(b"Bearer 0123456789abcdef-1 observe,rewrite tenant=acme name=kitchen") is None


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("0123456789abcdef observe,marzipan", r"line 2: A scope is not known.*observe, rewrite, view, review, admin"),
        ("0123456789abcdef observe,", "line 2: A scope is not known"),
        ("0123456789abcdef tenant=Marzipan", "line 2: A tenant or a name is not right.*tenant=NAME"),
        ("0123456789abcdef tenant=marzipan tenant=b", "line 2: A tenant or a name is not right"),
        ("0123456789abcdef team=marzipan", "line 2: A tenant or a name is not right"),
        ("marzipan observe,rewrite", "line 2: An API key has fewer than 16"),
        ("marzipan tenant=acme-of-the-south", "line 2: An API key has fewer than 16"),
        ("0123456789abcdef-marzipan view", "given twice"),
    ],
)
def test_a_line_that_is_wrong_is_named_and_not_repeated(tmp_path: Path, line: str, complaint: str) -> None:
    (tmp_path / "keys").write_text(f"0123456789abcdef-marzipan observe\n{line}\n", encoding="utf8")
    with pytest.raises(ServeError, match=complaint) as refused:
        Keys.read(tmp_path / "keys")
    assert "marzipan" not in str(refused.value).lower().replace(str(tmp_path), "")


# Tenants


def test_one_name_in_two_tenants_is_two_people(home: Home, shared: TestClient) -> None:
    for key, text in ((ACME, "stop"), (ZENITH, "go on"), (OWN, "louder")):
        turn = said("a", text, user="ann")
        assert shared.post("/observe", json=turn, headers=bearer(key)).json() == {"turn": "a", "outcome": "accepted"}
        assert shared.post("/observe", json=turn, headers=bearer(key)).json() == {"turn": "a", "outcome": "known"}
        answer = shared.post("/observe/batch", json=[turn], headers=bearer(key)).json()
        assert answer == {"turns": [{"turn": "a", "outcome": "known"}]}
    assert {(turn.turn, turn.user, turn.text) for turn in home.layer.told(3)} == {
        ("tenant:acme:a", "tenant:acme:ann", "stop"),
        ("tenant:zenith:a", "tenant:zenith:ann", "go on"),
        ("a", "ann", "louder"),
    }


def test_a_turn_without_identifiers_is_named_as_it_would_be_without_tenants(shared: TestClient) -> None:
    turn = {"time": 0, "text": "stop"}
    for key in (ACME, OWN):
        answer = shared.post("/observe", json=turn, headers=bearer(key)).json()
        assert answer == {"turn": Turn.model_validate(turn).turn, "outcome": "accepted"}


def test_a_tenant_s_key_asks_about_its_own_people_only(home: Home, shared: TestClient) -> None:
    users: list[str] = []
    rewrite = home.layer.rewrite  # explaining asks for it too
    home.layer.rewrite = lambda turn: users.append(turn.user) or rewrite(turn)  # type: ignore[method-assign,func-returns-value]
    for path in ("/rewrite", "/explain"):
        for key in (ACME, ZENITH, OWN):
            answer = shared.post(path, json=said("a", "turn on the haul light", "ann"), headers=bearer(key))
            assert answer.status_code == 200
            assert "tenant" not in answer.text
    assert users == 2 * ["tenant:acme:ann", "tenant:zenith:ann", "ann"]


def test_feedback_about_a_turn_of_another_tenant_finds_no_such_turn(home: Home, shared: TestClient) -> None:
    shared.post("/observe", json=said("a"), headers=bearer(ACME))
    for key in (ZENITH, OWN):
        for turn in ("a", "acme:a"):
            answer = shared.post("/feedback", json={"turn": turn, "helpful": False}, headers=bearer(key))
            assert answer.status_code == 404
    answer = shared.post("/feedback", json={"turn": "a", "helpful": False}, headers=bearer(ACME))
    assert (answer.status_code, answer.json()) == (200, {"turn": "a"})
    home.layer.told(2)
    assert [turn.turn for turn in home.layer.seen] == ["tenant:acme:a"] * 2


def test_a_tenant_forgets_its_own_people_only(home: Home, shared: TestClient) -> None:
    for key in (ACME, ZENITH, OWN):
        shared.post("/observe", json=said("a", user="ann"), headers=bearer(key))
    home.layer.told(3)
    receipt = shared.post("/forget", json={"user": "ann"}, headers=bearer(ZENITH)).json()
    assert receipt["turns"] == 1
    assert shared.post("/forget", json={"user": "acme:ann"}, headers=bearer(ZENITH)).json()["turns"] == 0
    assert shared.get(f"/forget/{receipt['job']}", headers=bearer(ZENITH)).json() == receipt
    for key in (ACME, OWN):
        assert shared.get(f"/forget/{receipt['job']}", headers=bearer(key)).status_code == 404
    assert {turn.user for turn in home.layer.seen} == {"tenant:acme:ann", "ann"}


def test_a_tenant_s_people_are_in_memory_and_log_under_their_own_names(tmp_path: Path) -> None:
    home = Home(tmp_path, Settings(keys=Keys([Key.of(ACME, tenant="acme"), Key.of(OWN)])))
    database = Database.open(home.state)
    made = create(Layer.open(None, database), Inbox(database), home.log, home.settings)
    with TestClient(made, base_url="http://localhost:8377") as service:
        for key in (ACME, OWN):
            service.post("/observe", json=said("a", user="ann"), headers=bearer(key))
        service.post("/forget", json={"user": "ann"}, headers=bearer(OWN))
    assert Store(Database.open(home.state)).read("tenant:acme:ann") is not None
    assert Store(Database.open(home.state)).read("ann") is None
    inbox, log = Inbox(home.state), home.log
    compact(inbox, log, before=float("inf"))
    inbox.close()
    assert [(turn.turn, turn.user) for turn in logged(log)] == [("tenant:acme:a", "tenant:acme:ann")]


@pytest.mark.parametrize(
    "user",
    ["tenant:acme:ann", " Tenant:acme:ann", "ｔenant:acme:ann", "te\u200bnant:acme:ann", "\u00a0tenant：acme:ann"],
)
def test_nobody_else_can_name_a_tenant_s_people(shared: TestClient, user: str) -> None:
    for path in ("/observe", "/rewrite", "/explain", "/forget"):
        answer = shared.post(path, json=said("a", user=user), headers=bearer(OWN))
        assert (answer.status_code, "of tenants" in answer.json()["error"]) == (422, True)
    assert shared.post("/observe/batch", json=[said("a", user=user)], headers=bearer(OWN)).status_code == 422
    assert shared.post("/observe", json=said("a", user=user), headers=bearer(ACME)).status_code == 200


def test_nobody_else_can_name_a_tenant_s_turns(shared: TestClient) -> None:
    shared.post("/observe", json=said("a"), headers=bearer(ACME))
    assert shared.post("/observe", json=said("tenant:acme:a"), headers=bearer(OWN)).status_code == 422
    body = {"turn": "tenant:acme:a", "helpful": False}
    assert shared.post("/feedback", json=body, headers=bearer(OWN)).status_code == 422


names = st.text(max_size=20) | st.sampled_from(["tenant:", "acme", "zenith", ":", " ", "ann"]).flatmap(
    lambda part: st.lists(st.just(part) | st.text(max_size=3), max_size=5).map("".join)
)


@given(names, names)
def test_no_two_callers_have_one_person_between_them(one: str, other: str) -> None:
    acme, zenith, own = (Caller("", Key.of(OWN, tenant=tenant)) for tenant in ("acme", "zenith", None))
    of_acme, of_zenith = acme.user(one), zenith.user(other)
    assert person_of(of_acme) != person_of(of_zenith)
    assert acme.turn_id(one) != zenith.turn_id(other)
    try:
        of_none, named = own.user(other), own.turn_id(other)
    except Refused:
        return
    assert (of_none, named) == (other, other)
    assert person_of(of_none) != person_of(of_acme)
    assert named != acme.turn_id(one)


@given(st.text(max_size=20), st.text(max_size=20))
def test_who_is_one_person_without_tenants_is_one_within_a_tenant(one: str, other: str) -> None:
    same = person_of(one) == person_of(other)
    if "tenant:" not in person_of(one) + person_of(other):
        assert (person_of(in_tenant("acme", one)) == person_of(in_tenant("acme", other))) == same
    assert person_of(in_tenant("acme", one)) == person_of(in_tenant("acme", f" {one}\u200b"))


def test_what_concerns_all_tenants_is_closed_to_each(home: Home, shared: TestClient) -> None:
    assert shared.post("/bundle/reload", headers=bearer(ACME)).json()["error"] == "This concerns all tenants"
    assert shared.get("/metrics", headers=bearer(ACME)).status_code == 403
    assert home.layer.version == "000001"
    assert shared.post("/bundle/reload", headers=bearer(OWN)).status_code == 200


# The audit


def test_each_look_at_a_person_and_each_erasure_leaves_a_line_without_a_name(
    shared: TestClient, audited: Callable[[], list[dict[str, Any]]], caplog: pytest.LogCaptureFixture
) -> None:
    shared.post("/explain", json=said("turn-a", "marzipan", "ann"), headers=bearer(ACME))
    shared.post("/forget", json={"user": "Ann"}, headers=bearer(ACME))
    shared.post("/forget", json={"user": 5}, headers=bearer(ZENITH))
    shared.post("/bundle/reload", headers=bearer(OWN))
    shared.post("/rewrite", json=said("turn-b", "marzipan", "ann"), headers=bearer(ACME))
    found = [(line["who"], line["tenant"], line["what"], line["status"], "person" in line) for line in audited()]
    assert found == [
        ("kitchen", "acme", "/explain", 200, True),
        ("kitchen", "acme", "/forget", 200, True),
        (Key.of(ZENITH).name, "zenith", "/forget", 422, False),
        (Key.of(OWN).name, None, "/bundle/reload", 200, False),
    ]
    assert not [word for word in ("marzipan", "ann", "turn-", ACME) if word in caplog.text.lower()]
    person = hmac.digest(hashlib.sha256(ACME.encode()).digest(), b"ann", "sha256").hex()[:32]
    assert [line["person"] for line in audited() if "person" in line] == [person, person]


def test_refusals_leave_a_line_a_second_for_each_key(
    shared: TestClient, audited: Callable[[], list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(audit.time, "monotonic", lambda: now[0])
    for _ in range(5):
        shared.post("/forget", json={"user": "ann"}, headers=bearer(GUEST))
    shared.get("/metrics", headers=bearer(ACME))
    now[0] += audit.REFUSALS_EVERY
    shared.get("/marzipan", headers=bearer(GUEST))
    found = [(line["who"], line["what"], line["status"], line.get("more")) for line in audited()]
    assert found == [
        (None, "/forget", 401, None),
        ("kitchen", "/metrics", 403, None),
        (None, "other", 401, 4),
    ]


def test_audit_lines_go_to_a_file_that_only_its_owner_reads_also_after_it_was_moved_away(
    home: Home, tmp_path: Path
) -> None:
    file, moved = tmp_path / "audit.jsonl", tmp_path / "audit.jsonl.1"
    file.write_text('{"what": "before"}\n', encoding="utf8")
    with audit.written_to(file), home.served() as service:
        service.post("/bundle/reload")
        file.rename(moved)
        service.post("/bundle/reload")
        service.post("/observe", json=said("a"), headers={"Origin": "https://stranger.example"})
    read = [[json.loads(line) for line in each.read_text(encoding="utf8").splitlines()] for each in (moved, file)]
    assert [[line["what"] for line in each] for each in read] == [
        ["before", "/bundle/reload"],
        ["/bundle/reload", "/observe"],
    ]
    assert file.stat().st_mode & 0o777 == 0o600
    assert not logging.getLogger("sayagain.audit").handlers


def test_a_file_for_the_audit_that_cannot_be_written_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ServeError, match=r"cannot be written: Is a directory.*--audit"), audit.written_to(tmp_path):
        pass
