"""The Hub's HTTP API on loopback, as much of it as publishing and loading a dataset takes, with faults on request.

It keeps what the Hub keeps: commits as trees, branches, tags, files as git blobs or in large file storage. It refuses
what the Hub refuses: a token that is not its own, a pointer to bytes that never came, a commit on a parent that is no
longer the head. Nobody but the object storage gets bytes of large files, and that one must get no token.
"""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from ruamel.yaml import YAML

from tests.running import running

TOKEN = "hf_canaryCanaryCanaryCanaryCanaryCana"
PAGE = 5
"""Files on a page of a tree: 1000 on the Hub, few here, so that pages are turned."""
LARGE = (".parquet", ".tar", ".png")
REGULAR_BYTES = 10_000_000


@dataclass
class Fault:
    """What goes wrong with the next `times` requests that match, after `skip` that go well: `status` is answered, or
    the connection is cut (`cut`) before anything is done, or after it (`lost`)."""

    method: str
    path: str
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    lost: bool = False
    times: int = 1
    skip: int = 0


@dataclass
class Repo:
    private: bool
    commits: dict[str, dict[str, str]]
    branches: dict[str, str]
    tags: dict[str, str] = field(default_factory=dict)
    large: set[str] = field(default_factory=set)

    def at(self, revision: str) -> str | None:
        known = {**self.tags, **self.branches}
        return known.get(revision, revision if revision in self.commits else None)


@dataclass(frozen=True)
class Seen:
    method: str
    path: str
    bytes: int


class Hub:
    """What the double holds. `blobs` is sha256 → bytes, `seen` every request in order."""

    def __init__(self) -> None:
        self.repos: dict[str, Repo] = {}
        self.blobs: dict[str, bytes] = {}
        self.seen: list[Seen] = []
        self.faults: list[Fault] = []
        self.lock = threading.RLock()
        self.endpoint = ""

    def create(self, id: str, private: bool = True) -> Repo:
        first = {".gitattributes": self.keep(b"*.parquet filter=lfs\n")}
        oid = self.oid(first, "")
        self.repos[id] = Repo(private, {oid: first}, {"main": oid})
        return self.repos[id]

    def keep(self, data: bytes) -> str:
        digest = hashlib.sha256(data).hexdigest()
        self.blobs[digest] = data
        return digest

    def oid(self, tree: dict[str, str], parent: str) -> str:
        return hashlib.sha1(json.dumps([parent, tree], sort_keys=True).encode()).hexdigest()

    def files(self, id: str, revision: str) -> dict[str, bytes]:
        repo = self.repos[id]
        return {path: self.blobs[digest] for path, digest in repo.commits[repo.at(revision) or ""].items()}

    def sent(self, method: str = "", path: str = "") -> list[Seen]:
        return [one for one in self.seen if method in ("", one.method) and re.search(path, one.path)]


def is_large(path: str, size: int) -> bool:
    return size > 0 and (path.endswith(LARGE) or size > REGULAR_BYTES)


class _Refused(Exception):
    def __init__(self, status: int, code: str = "", message: str = "", **more: str) -> None:
        self.status, self.code, self.message, self.more = status, code, message, more


class _Cut(Exception):
    pass


def _page(status: int) -> bytes:
    """What stands in an answer that is none: the Hub's own words of a limit, a proxy's page of an outage."""
    return b'{"error": "Too many requests"}' if status == 429 else b"<html>no</html>"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet: the client would keep us waiting 40 ms to say that it has the head
    hub: Hub

    def log_message(self, *_: object) -> None:
        pass

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (ConnectionError, _Cut):
            self.close_connection = True

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_PUT = do_DELETE = do_HEAD = do_GET

    def _serve(self) -> None:
        split = urlsplit(self.path)
        path, self.query = unquote(split.path), parse_qs(split.query)
        fault = self._fault(path)
        if fault and fault.cut:
            self.rfile.read(min(100, int(self.headers.get("content-length", "0"))))
            self.connection.close()
            raise _Cut
        body = self._body()
        with self.hub.lock:
            self.hub.seen.append(Seen(self.command, path, len(body)))
        if fault and not fault.lost:
            return self._answer(fault.status, _page(fault.status), fault.headers)
        try:
            with self.hub.lock:
                for method, pattern, act in ROUTES:
                    found = re.fullmatch(pattern, path)
                    if found and self.command in method.split():
                        answer = act(self, body, *found.groups())
                        break
                else:
                    raise _Refused(404, message=f"{self.command} {path} is not doubled")
            status, headers = 200, {"Content-Type": "application/json"}
        except _Refused as refused:
            status, answer = refused.status, {"error": refused.message, **refused.more}
            headers = {"X-Error-Code": refused.code, "X-Error-Message": refused.message}
        if fault:
            self.connection.close()
            raise _Cut
        content, headers = answer if isinstance(answer, tuple) else (json.dumps(answer).encode(), headers)
        self._answer(status, content, headers)

    def _fault(self, path: str) -> Fault | None:
        with self.hub.lock:
            for fault in self.hub.faults:
                if fault.method == self.command and re.search(fault.path, path) and fault.times > 0:
                    if fault.skip:
                        fault.skip -= 1
                        return None
                    fault.times -= 1
                    return fault
        return None

    def _body(self) -> bytes:
        if self.headers.get("transfer-encoding", "") != "chunked":
            return self.rfile.read(int(self.headers.get("content-length", "0")))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        whole = body
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("range", ""))
        if status == 200 and wanted:
            first, last = int(wanted[1]), int(wanted[2] or len(whole) - 1)
            body, status = whole[first : last + 1], 206
            headers = {**headers, "Content-Range": f"bytes {first}-{min(last, len(whole) - 1)}/{len(whole)}"}
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def repo(self, id: str, write: bool = False) -> Repo:
        known = self.headers.get("authorization") == f"Bearer {TOKEN}"
        if "authorization" in self.headers and not known:
            raise _Refused(401, message="Invalid credentials in Authorization header")
        repo = self.hub.repos.get(id)
        if repo is None or (repo.private and not known):
            raise _Refused(404 if known else 401, "RepoNotFound", "Repository not found")
        if write and not known:
            raise _Refused(401, message="Invalid username or password.")
        return repo

    def commit_of(self, repo: Repo, revision: str) -> str:
        commit = repo.at(revision)
        if commit is None:
            raise _Refused(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        return commit


Answer = Any


def _create(call: _Handler, body: bytes) -> Answer:
    if call.headers.get("authorization") != f"Bearer {TOKEN}":
        raise _Refused(401, message="Invalid username or password.")
    wanted = json.loads(body)
    id = f"{wanted['organization']}/{wanted['name']}"
    if wanted["type"] != "dataset" or id in call.hub.repos:
        raise _Refused(409, message="You already created this dataset repo", url=f"{call.hub.endpoint}/datasets/{id}")
    call.hub.create(id, wanted["visibility"] == "private")
    return {"url": f"{call.hub.endpoint}/datasets/{id}"}


def _info(call: _Handler, body: bytes, id: str, revision: str | None = None) -> Answer:
    repo = call.repo(id)
    commit = call.commit_of(repo, revision or "main")
    siblings = [{"rfilename": path} for path in sorted(repo.commits[commit])]
    return {"_id": "0", "id": id, "sha": commit, "private": repo.private, "siblings": siblings, "tags": []}


def _refs(call: _Handler, body: bytes, id: str) -> Answer:
    repo = call.repo(id)
    told = {
        kind: [{"name": name, "ref": f"refs/{ref}/{name}", "targetCommit": commit} for name, commit in held.items()]
        for kind, ref, held in (("branches", "heads", repo.branches), ("tags", "tags", repo.tags))
    }
    return {**told, "converts": []}


def _entry(call: _Handler, repo: Repo, path: str, digest: str) -> dict[str, Any]:
    data = call.hub.blobs[digest]
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {len(data)}\n".encode()
    large = is_large(path, len(data))
    kept = pointer if large else data
    entry = {"type": "file", "path": path, "size": len(data), "oid": hashlib.sha1(b"blob %d\0" % len(kept) + kept)}
    entry["oid"] = entry["oid"].hexdigest()  # type: ignore[attr-defined]
    return entry | ({"lfs": {"oid": digest, "size": len(data), "pointerSize": len(pointer)}} if large else {})


def _folders(paths: list[str]) -> set[str]:
    return {"/".join(path.split("/")[:depth]) for path in paths for depth in range(1, path.count("/") + 1)}


def _tree(call: _Handler, body: bytes, id: str, revision: str, below: str | None = None) -> Answer:
    repo = call.repo(id)
    tree = repo.commits[call.commit_of(repo, revision)]
    prefix = f"{below}/" if below else ""
    inside = {path: digest for path, digest in tree.items() if path.startswith(prefix)}
    if below and not inside:
        raise _Refused(404, "EntryNotFound", f"{below} does not exist")
    recursive = call.query.get("recursive", ["false"])[0].lower() in ("true", "1")
    folders = [folder for folder in _folders(list(inside)) if folder.startswith(prefix)]
    entries: list[dict[str, Any]] = [
        {"type": "directory", "path": folder, "oid": "0" * 40, "size": 0} for folder in folders
    ]
    entries += [_entry(call, repo, path, digest) for path, digest in inside.items()]
    if not recursive:
        entries = [entry for entry in entries if "/" not in entry["path"].removeprefix(prefix)]
    entries.sort(key=lambda entry: entry["path"])
    at = int(call.query.get("cursor", ["0"])[0])
    more = f"?recursive={recursive}&cursor={at + PAGE}"
    link = {"Link": f'<{call.hub.endpoint}{urlsplit(call.path).path}{more}>; rel="next"'}
    page = json.dumps(entries[at : at + PAGE]).encode()
    return page, {"Content-Type": "application/json", **(link if at + PAGE < len(entries) else {})}


def _paths_info(call: _Handler, body: bytes, id: str, revision: str) -> Answer:
    repo = call.repo(id)
    tree = repo.commits[call.commit_of(repo, revision)]
    is_json = body.lstrip().startswith(b"{")
    paths = json.loads(body)["paths"] if is_json else parse_qs(body.decode())["paths"]
    folders = _folders(list(tree))
    found = [_entry(call, repo, path, tree[path]) for path in paths if path in tree]
    return found + [
        {"type": "directory", "path": path, "oid": "0" * 40, "size": 0} for path in paths if path in folders
    ]


def _branch(call: _Handler, body: bytes, id: str, name: str) -> Answer:
    repo = call.repo(id, write=True)
    if call.command == "DELETE":
        if name not in repo.branches or name == "main":
            raise _Refused(404, "RevisionNotFound", "no such branch")
        del repo.branches[name]
        return {}
    if name in repo.branches:
        raise _Refused(409, message="Reference already exists")
    repo.branches[name] = call.commit_of(repo, json.loads(body or b"{}").get("startingPoint", "main"))
    return {}


def _tag(call: _Handler, body: bytes, id: str, revision: str) -> Answer:
    repo = call.repo(id, write=True)
    name = json.loads(body)["tag"]
    if name in repo.tags:
        raise _Refused(409, message="Tag reference exists already")
    repo.tags[name] = call.commit_of(repo, revision)
    return {}


def _settings(call: _Handler, body: bytes, id: str) -> Answer:
    call.repo(id, write=True).private = json.loads(body)["visibility"] == "private"
    return {}


def _yaml(call: _Handler, body: bytes) -> Answer:
    head = json.loads(body)["content"].split("---\n")[1]
    held = YAML(typ="safe").load(head)
    if not {"license", "configs", "task_categories"} <= set(held):
        raise _Refused(400, message="Invalid metadata")
    return {"errors": [], "warnings": []}


def _preupload(call: _Handler, body: bytes, id: str, revision: str) -> Answer:
    repo = call.repo(id, write=True)
    tree = repo.commits[call.commit_of(repo, revision)]
    files = []
    for file in json.loads(body)["files"]:
        path = file["path"]
        there = _entry(call, repo, path, tree[path]) if path in tree else {}
        oid = there.get("lfs", there).get("oid")
        mode = "lfs" if is_large(path, file["size"]) else "regular"
        files.append({"path": path, "uploadMode": mode, "shouldIgnore": False, **({"oid": oid} if oid else {})})
    return {"files": files}


def _batch(call: _Handler, body: bytes, id: str) -> Answer:
    call.repo(id, write=True)
    objects = []
    for one in json.loads(body)["objects"]:
        upload = {"upload": {"href": f"{call.hub.endpoint}/storage/{one['oid']}"}}
        objects.append(one if one["oid"] in call.hub.blobs else {**one, "actions": upload})
    return {"transfer": "basic", "objects": objects}


def _store(call: _Handler, body: bytes, oid: str) -> Answer:
    if "authorization" in call.headers:
        raise _Refused(400, message="a token was sent to the object storage")
    if hashlib.sha256(body).hexdigest() != oid:
        raise _Refused(400, message="these are other bytes")
    call.hub.keep(body)
    return {}


def _commit(call: _Handler, body: bytes, id: str, branch: str) -> Answer:
    repo = call.repo(id, write=True)
    if branch not in repo.branches:
        raise _Refused(404, "RevisionNotFound", "no such branch")
    parent = repo.branches[branch]
    tree = dict(repo.commits[parent])
    for line in body.splitlines():
        key, value = (one := json.loads(line))["key"], one["value"]
        if key == "header" and value.get("parentCommit", parent) != parent:
            raise _Refused(412, message="the branch has moved")
        if key == "file":
            tree[value["path"]] = call.hub.keep(base64.b64decode(value["content"]))
        elif key == "lfsFile":
            if value["oid"] not in call.hub.blobs:
                raise _Refused(400, message=f"LFS pointer of {value['path']} points to nothing")
            tree[value["path"]] = value["oid"]
        elif key == "deletedFile" and tree.pop(value["path"], None) is None:
            raise _Refused(404, "EntryNotFound", "A file with this name doesn't exist")
    oid = call.hub.oid(tree, parent)
    repo.commits[oid], repo.branches[branch] = tree, oid
    return {"success": True, "commitOid": oid, "commitUrl": f"{call.hub.endpoint}/datasets/{id}/commit/{oid}"}


def _resolve(call: _Handler, body: bytes, id: str, revision: str, path: str) -> Answer:
    repo = call.repo(id)
    commit = call.commit_of(repo, revision)
    if path not in repo.commits[commit]:
        raise _Refused(404, "EntryNotFound", "Entry not found")
    entry = _entry(call, repo, path, repo.commits[commit][path])
    tag = f'"{entry.get("lfs", entry)["oid"]}"'
    return call.hub.blobs[repo.commits[commit][path]], {"ETag": tag, "X-Repo-Commit": commit, "Accept-Ranges": "bytes"}


_ID = r"([\w.-]+/[\w.-]+)"
ROUTES: tuple[tuple[str, str, Callable[..., Answer]], ...] = (
    ("POST", "/api/repos/create", _create),
    ("POST", "/api/validate-yaml", _yaml),
    ("GET", rf"/api/datasets/{_ID}", _info),
    ("GET", rf"/api/datasets/{_ID}/revision/(.+)", _info),
    ("GET", rf"/api/datasets/{_ID}/refs", _refs),
    ("GET", rf"/api/datasets/{_ID}/tree/([^/]+)", _tree),
    ("GET", rf"/api/datasets/{_ID}/tree/([^/]+)/(.+)", _tree),
    ("POST", rf"/api/datasets/{_ID}/paths-info/(.+)", _paths_info),
    ("POST DELETE", rf"/api/datasets/{_ID}/branch/(.+)", _branch),
    ("POST", rf"/api/datasets/{_ID}/tag/(.+)", _tag),
    ("PUT", rf"/api/datasets/{_ID}/settings", _settings),
    ("POST", rf"/api/datasets/{_ID}/preupload/(.+)", _preupload),
    ("POST", rf"/api/datasets/{_ID}/commit/(.+)", _commit),
    ("POST", rf"/datasets/{_ID}\.git/info/lfs/objects/batch", _batch),
    ("PUT", r"/storage/(.+)", _store),
    ("GET HEAD", rf"/datasets/{_ID}/resolve/([^/]+)/(.+)", _resolve),
)


@contextmanager
def serve() -> Iterator[Hub]:
    """A double that serves as long as the block lasts."""
    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub}))
    server.daemon_threads = True
    hub.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    with running(server):
        yield hub
