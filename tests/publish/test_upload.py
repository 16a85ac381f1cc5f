"""The real huggingface_hub client against the Hub's double: what is there afterwards, and what was sent for it."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.publish import Wanted, prepare, send
from schemas.errors import SettingsError, StoppedError
from tests.publish.conftest import TAUGHT
from tests.publish.hub_double import Fault, Hub
from transforms.publish import upload
from transforms.publish.files import Outgoing, Repository, made
from transforms.publish.hub import Hub as Client
from transforms.publish.patience import Patience

PARQUET, JSONL = "me/tiny", "me/tiny-jsonl"


def to(repositories: list[Repository], hub: Hub, patience: Patience, public: bool = False) -> bool:
    clients = [Client(repository.id, hub.endpoint) for repository in repositories]
    return send(repositories, public, clients, patience, lambda line: None)


def held(files: tuple[Outgoing, ...]) -> dict[str, tuple[int, str]]:
    return {file.path: (file.bytes, file.sha256) for file in files}


def there(hub: Hub, id: str, revision: str) -> dict[str, tuple[int, str]]:
    tree = hub.repos[id].commits[hub.repos[id].at(revision) or ""]
    return {path: (len(hub.blobs[digest]), digest) for path, digest in tree.items() if path != ".gitattributes"}


def stored(hub: Hub) -> int:
    """Uploads of large files."""
    return len(hub.sent("PUT", "^/storage/"))


def test_tag_and_main_hold_what_was_prepared(
    ready: list[Repository], release: Path, hub: Hub, patience: Patience
) -> None:
    assert to(ready, hub, patience) is True
    for repository in ready:
        repo = hub.repos[repository.id]
        assert there(hub, repository.id, "v1.0.0") == held(repository.files)
        assert (set(repo.branches), set(repo.tags)) == ({"main"}, {"v1.0.0"})
        assert repo.branches["main"] == repo.tags["v1.0.0"]
        assert repo.private
    for path in ("sft_parquet/train-00000-of-00001.parquet", "rl/train-00000-of-00001.parquet", "config.yaml"):
        assert hub.files(PARQUET, "v1.0.0")[path] == (release / path).read_bytes()


def test_the_same_again_sends_nothing(ready: list[Repository], hub: Hub, patience: Patience) -> None:
    to(ready, hub, patience)
    before = len(hub.seen)
    assert to(ready, hub, patience) is False
    assert {one.method for one in hub.seen[before:]} == {"GET"}


def test_each_large_file_is_sent_once(ready: list[Repository], hub: Hub, patience: Patience) -> None:
    repository = ready[0]
    to([repository], hub, patience)
    large = {file.sha256 for file in repository.files if file.path.endswith((".parquet", ".png"))}
    assert sorted(one.path for one in hub.sent("PUT", "^/storage/")) == sorted(f"/storage/{sha}" for sha in large)


def test_a_tag_with_other_bytes_is_refused(
    ready: list[Repository], build: Callable[..., Path], hub: Hub, patience: Patience
) -> None:
    to(ready[:1], hub, patience)
    commits = set(hub.repos[PARQUET].commits)
    other = build(dataset=TAUGHT.model_copy(update={"description": "Other words."}))
    before = len(hub.seen)
    with pytest.raises(SettingsError, match="tag_exists: v1.0.0 of me/tiny is there with other bytes"):
        to(prepare(other, Wanted(PARQUET)), hub, patience)
    assert {one.method for one in hub.seen[before:]} == {"GET"}
    assert set(hub.repos[PARQUET].commits) == commits


def test_a_card_in_other_words_is_refused_and_told_apart(ready: list[Repository], hub: Hub, patience: Patience) -> None:
    to(ready[:1], hub, patience)
    worded = version(ready[0], "v1.0.0")
    with pytest.raises(SettingsError, match="tag_exists: .*README.md: other bytes.*raise the version$") as caught:
        to([worded], hub, patience)
    assert "the rows are the same" not in caught.value.detail  # report.json is missing, which is the release's
    report = next(file for file in ready[0].files if file.path == "report.json")
    with pytest.raises(SettingsError, match="tag_exists: .*README.md: other bytes.*the rows are the same"):
        to([replace(worded, files=(*worded.files, report))], hub, patience)


def version(repository: Repository, tag: str) -> Repository:
    """Another version of the release, as it would be sent: with its own card, and without one of the files."""
    files = [file for file in repository.files if file.path not in ("README.md", "report.json")]
    card = [file.source for file in repository.files if file.path == "README.md"][0]
    assert isinstance(card, bytes)
    return replace(repository, tag=tag, files=(*files, made("README.md", card + tag.encode())))


def test_a_new_version_moves_main_and_leaves_the_old_tag(ready: list[Repository], hub: Hub, patience: Patience) -> None:
    to(ready[:1], hub, patience)
    old = there(hub, PARQUET, "v1.0.0")
    newer = version(ready[0], "v1.1.0")
    before = stored(hub)
    assert to([newer], hub, patience) is True
    assert there(hub, PARQUET, "main") == there(hub, PARQUET, "v1.1.0") == held(newer.files)
    assert there(hub, PARQUET, "v1.0.0") == old != held(newer.files)
    assert stored(hub) == before


def test_an_older_version_does_not_move_main_back(ready: list[Repository], hub: Hub, patience: Patience) -> None:
    to([version(ready[0], "v1.10.0")], hub, patience)
    main = hub.repos[PARQUET].branches["main"]
    with pytest.raises(SettingsError, match="older: me/tiny has v1.10.0 already"):
        to([version(ready[0], "v1.9.0")], hub, patience)
    assert hub.repos[PARQUET].branches == {"main": main}


@pytest.mark.parametrize(
    "fault",
    [
        Fault("POST", "/repos/create", cut=True, times=99),
        Fault("POST", "/branch/", status=403),
        Fault("PUT", "/storage/", cut=True, skip=2, times=99),
        Fault("POST", "/objects/batch", status=403),
        Fault("POST", "/commit/publish", status=403, skip=1),
        Fault("POST", "/commit/publish", cut=True, times=99),
        Fault("GET", "/tree/publish", status=403, skip=1),
        Fault("POST", "/commit/main", status=403),
        Fault("POST", "/tag/", status=403),
        Fault("POST", "/tag/", cut=True, times=99),
    ],
    ids=lambda fault: f"{fault.method} {fault.path} {fault.status or 'cut'}",
)
def test_an_upload_that_was_cut_has_no_tag_and_is_finished_by_the_next(
    ready: list[Repository], hub: Hub, patience: Patience, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    monkeypatch.setattr(upload, "BATCH_FILES", 4)
    repository = ready[0]
    hub.faults = [fault]
    with pytest.raises((SettingsError, StoppedError)):
        to([repository], hub, patience)
    assert all(repo.tags == {} for repo in hub.repos.values())
    main_is_whole = PARQUET in hub.repos and there(hub, PARQUET, "main") == held(repository.files)
    assert main_is_whole or not hub.repos or there(hub, PARQUET, "main") == {}
    hub.faults, kept, before = [], set(hub.blobs), stored(hub)
    assert to([repository], hub, patience) is True
    assert there(hub, PARQUET, "v1.0.0") == there(hub, PARQUET, "main") == held(repository.files)
    assert set(hub.repos[PARQUET].branches) == {"main"}
    again = {one.path.removeprefix("/storage/") for one in hub.sent("PUT", "^/storage/")[before:]}
    assert again & kept == set()


def test_only_what_the_branch_lacks_is_committed_again(
    ready: list[Repository], hub: Hub, patience: Patience, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "BATCH_FILES", 4)
    repository = ready[0]
    hub.faults = [Fault("POST", "/commit/publish", status=403, skip=2)]
    with pytest.raises(SettingsError, match="no_access"):
        to([repository], hub, patience)
    assert len(there(hub, PARQUET, "publish-v1.0.0")) == 8
    before = len(hub.sent("POST", "/commit/publish"))
    to([repository], hub, patience)
    assert len(hub.sent("POST", "/commit/publish")[before:]) == -(-(len(repository.files) - 8) // 4)


@pytest.mark.parametrize("method, path", [
    ("GET", "/refs"), ("GET", "/tree/"), ("POST", "/repos/create"), ("POST", "/branch/"), ("POST", "/validate-yaml"),
    ("POST", "/preupload/"), ("POST", "/objects/batch"), ("PUT", "/storage/"), ("POST", "/commit/publish"),
    ("POST", "/commit/main"), ("POST", "/tag/"), ("DELETE", "/branch/"), ("GET", "/api/datasets/me/tiny$"),
])  # fmt: skip
@pytest.mark.parametrize(
    "how", ["lost", *(pytest.param(how, marks=pytest.mark.heavy) for how in ("busy", "away", "cut"))]
)
def test_what_may_pass_is_tried_again(
    ready: list[Repository], hub: Hub, patience: Patience, waits: list[float], method: str, path: str, how: str
) -> None:
    """Also when an answer was lost after the Hub had done what was asked."""
    faults = {
        "busy": Fault(method, path, status=429, headers={"Retry-After": "37"}, times=2),
        "away": Fault(method, path, status=503, times=2),
        "cut": Fault(method, path, cut=True, times=2),
        "lost": Fault(method, path, lost=True),
    }
    hub.faults = [faults[how]]
    repository = ready[0]
    assert to([repository], hub, patience) is True
    assert hub.faults[0].times == 0
    assert there(hub, PARQUET, "v1.0.0") == there(hub, PARQUET, "main") == held(repository.files)
    assert set(hub.repos[PARQUET].branches) == {"main"}
    assert len(waits) == (1 if how == "lost" else 2)
    assert min(waits) >= (37 if how == "busy" else 1)


def test_the_hubs_own_way_to_name_a_wait_is_obeyed(
    ready: list[Repository], hub: Hub, patience: Patience, waits: list[float]
) -> None:
    hub.faults = [Fault("GET", "/refs", status=429, headers={"RateLimit": '"api";r=0;t=211'})]
    assert to(ready[:1], hub, patience) is True
    assert waits == [211.0]


def test_a_hub_that_stays_away_stops_the_run(
    ready: list[Repository], hub: Hub, patience: Patience, waits: list[float]
) -> None:
    hub.faults = [Fault("GET", "/refs", status=502, times=99)]
    with pytest.raises(StoppedError, match=r"hub_away: the Hub does not answer \(HTTP 502\)"):
        to(ready[:1], hub, patience)
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0]


def test_a_wait_beyond_patience_stops_the_run(
    ready: list[Repository], hub: Hub, patience: Patience, waits: list[float]
) -> None:
    hub.faults = [Fault("GET", "/refs", status=429, headers={"Retry-After": "7200"}, times=99)]
    with pytest.raises(StoppedError, match="run it again later, in 7200 s at the earliest"):
        to(ready[:1], hub, patience)
    assert waits == []


def test_without_a_token_nothing_is_made(
    ready: list[Repository], hub: Hub, patience: Patience, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "")
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", "/nowhere")
    with pytest.raises(SettingsError, match="no_access: the Hub refuses"):
        to(ready[:1], hub, patience)
    assert hub.repos == {}


def test_a_file_that_changed_on_the_way_gets_no_tag(
    release: Path, tmp_path: Path, hub: Hub, patience: Patience
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(release, copy)
    (repository,) = prepare(copy, Wanted(PARQUET))
    (copy / "rl/train-00000-of-00001.parquet").write_bytes(b"something else")
    with pytest.raises(SettingsError, match="not_arrived: .*rl/train-00000-of-00001.parquet: other bytes"):
        to([repository], hub, patience)
    assert hub.repos[PARQUET].tags == {}
    assert there(hub, PARQUET, "main") == {}


def test_somebody_elses_change_of_main_is_not_lost(
    ready: list[Repository], hub: Hub, patience: Patience, monkeypatch: pytest.MonkeyPatch
) -> None:
    move = Client.move

    def late(self: Client, branch: str, *rest: object) -> None:
        repo = hub.repos[PARQUET]
        repo.commits["y" * 40] = {"theirs.txt": hub.keep(b"theirs")}
        repo.branches["main"] = "y" * 40
        move(self, branch, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Client, "move", late)
    with pytest.raises(SettingsError, match="moved: somebody else changed the repository"):
        to(ready[:1], hub, patience)
    assert there(hub, PARQUET, "main") == {"theirs.txt": (6, hub.keep(b"theirs"))}
    assert hub.repos[PARQUET].tags == {}


def test_it_is_public_only_where_that_was_said_and_only_when_it_is_whole(
    ready: list[Repository], hub: Hub, patience: Patience
) -> None:
    hub.faults = [Fault("POST", "/tag/", status=403)]
    with pytest.raises(SettingsError):
        to(ready[:1], hub, patience, public=True)
    assert hub.repos[PARQUET].private
    to(ready[:1], hub, patience, public=True)
    assert not hub.repos[PARQUET].private


def test_a_repository_that_is_public_gets_nothing_unasked(
    ready: list[Repository], hub: Hub, patience: Patience
) -> None:
    hub.create(PARQUET, private=False)
    with pytest.raises(SettingsError, match="is_public: me/tiny is public"):
        to(ready[:1], hub, patience)
    assert {one.method for one in hub.seen} == {"GET"}
    assert to(ready[:1], hub, patience, public=True) is True


def test_none_becomes_public_before_all_are_whole(ready: list[Repository], hub: Hub, patience: Patience) -> None:
    """The card of one names the other."""
    hub.faults = [Fault("POST", "/me/tiny-jsonl/tag/", status=403)]
    with pytest.raises(SettingsError, match="no_access"):
        to(ready, hub, patience, public=True)
    assert (hub.repos[PARQUET].private, hub.repos[JSONL].private) == (True, True)
    assert to(ready, hub, patience, public=True) is True
    assert (hub.repos[PARQUET].private, hub.repos[JSONL].private) == (False, False)


def test_nothing_is_sent_to_one_where_the_other_has_other_bytes(
    ready: list[Repository], hub: Hub, patience: Patience
) -> None:
    other = replace(ready[1], files=(*ready[1].files, made("more.json", "{}")))
    to([other], hub, patience)
    before = len(hub.seen)
    with pytest.raises(SettingsError, match="tag_exists: v1.0.0 of me/tiny-jsonl"):
        to(ready, hub, patience)
    assert {one.method for one in hub.seen[before:]} == {"GET"}
    assert PARQUET not in hub.repos


def test_a_repository_that_holds_something_else_keeps_it(ready: list[Repository], hub: Hub, patience: Patience) -> None:
    """Here a name that was mistyped; one that a person has just made, with a card, is taken."""
    repo = hub.create(PARQUET)
    main = repo.branches["main"]
    repo.commits[main] |= {"data/a.csv": hub.keep(b"1"), "README.md": hub.keep(b"mine")}
    with pytest.raises(SettingsError, match="not_a_release: main of me/tiny holds what no earlier release"):
        to(ready[:1], hub, patience)
    assert (repo.branches, {one.method for one in hub.seen}) == ({"main": main}, {"GET"})
    del repo.commits[main]["data/a.csv"]
    assert to(ready[:1], hub, patience) is True


@pytest.mark.parametrize("beside", ["notes.md", "manifest.json"])
def test_what_no_release_of_this_dataset_put_there_is_kept(
    ready: list[Repository], hub: Hub, patience: Patience, beside: str
) -> None:
    """A file that a person has put beside a release, or the release of another dataset."""
    to(ready[:1], hub, patience)
    repo = hub.repos[PARQUET]
    there = repo.commits[repo.branches["main"]]
    repo.commits[repo.branches["main"]] = {**there, beside: hub.keep(b'{"dataset": "other", "files": []}')}
    newer = replace(ready[0], tag="v1.0.1")
    before = len(hub.seen)
    with pytest.raises(SettingsError, match="not_a_release: main of me/tiny holds what no earlier release") as refused:
        to([newer], hub, patience)
    assert beside != "notes.md" or "(notes.md)" in str(refused.value)
    assert {one.method for one in hub.seen[before:]} <= {"GET", "HEAD"}
    repo.commits[repo.branches["main"]] = there
    assert to([newer], hub, patience) is True


@pytest.mark.parametrize("same", [True, False])
def test_somebody_who_is_faster_with_the_tag_is_looked_at(
    ready: list[Repository], hub: Hub, patience: Patience, monkeypatch: pytest.MonkeyPatch, same: bool
) -> None:
    check = upload._check

    def late(files: Sequence[Outgoing], client: Client, revision: str, patience: Patience) -> None:
        check(files, client, revision, patience)
        repo = hub.repos[PARQUET]
        repo.commits["y" * 40] = {**repo.commits[repo.branches["main"]], **({} if same else {"x": hub.keep(b"x")})}
        repo.tags["v1.0.0"] = "y" * 40

    monkeypatch.setattr(upload, "_check", late)
    if same:
        assert to(ready[:1], hub, patience) is True
    else:
        with pytest.raises(SettingsError, match="tag_exists: v1.0.0 of me/tiny is there with other bytes"):
            to(ready[:1], hub, patience)


@pytest.mark.parametrize("status", [400, 403])
def test_an_address_of_the_storage_that_was_too_old_is_asked_for_again(
    ready: list[Repository], hub: Hub, patience: Patience, status: int
) -> None:
    hub.faults = [Fault("PUT", "/storage/", status=status, skip=1)]
    assert to(ready[:1], hub, patience) is True
    assert hub.faults[0].times == 0
    assert len(hub.sent("POST", "/objects/batch")) > 1


def test_a_public_repository_that_was_not_seen_at_first_gets_nothing_either(
    ready: list[Repository], hub: Hub, patience: Patience
) -> None:
    hub.create(PARQUET, private=False)
    hub.faults = [Fault("GET", "/api/datasets/me/tiny$", status=404, headers={"X-Error-Code": "RepoNotFound"})]
    with pytest.raises(SettingsError, match="is_public: me/tiny is public"):
        to(ready[:1], hub, patience)
    assert [one.path for one in hub.seen if one.method != "GET"] == ["/api/repos/create"]
    assert set(hub.repos[PARQUET].branches) == {"main"}


def test_neither_goes_where_one_may_not(ready: list[Repository], hub: Hub, patience: Patience) -> None:
    hub.create(JSONL, private=False)
    with pytest.raises(SettingsError, match="is_public: me/tiny-jsonl is public"):
        to(ready, hub, patience)
    assert PARQUET not in hub.repos


def test_batches_are_cut_by_number_and_by_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "BATCH_FILES", 3)
    monkeypatch.setattr(upload, "BATCH_BYTES", 10)
    files = [made(str(n), b"x" * size) for n, size in enumerate((1, 1, 1, 1, 9, 1, 20, 1))]
    assert [[file.bytes for file in batch] for batch in upload.batches(files)] == [[1, 1, 1], [1, 9], [1], [20], [1]]
