"""One dataset repository on the Hub, through huggingface_hub: what is there, and the few changes that publishing makes.

Each call makes one try: trying again is `patience.py`'s. The token is found by huggingface_hub itself
(HF_TOKEN, or what `hf auth login` has kept) and never comes through here.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx2
from huggingface_hub import CommitOperationAdd, CommitOperationCopy, CommitOperationDelete, HfApi, set_client_factory
from huggingface_hub.errors import RepositoryNotFoundError
from huggingface_hub.hf_api import RepoFile
from huggingface_hub.utils._http import default_client_factory

from transforms.publish.files import Outgoing, Remote
from transforms.publish.tar import Tar

_TIMEOUT = httpx2.Timeout(300.0, connect=30.0)
"""Longest silence in seconds; a large commit takes it a minute. By itself, huggingface_hub waits for ever."""


def _client() -> httpx2.Client:
    client = default_client_factory()
    client.timeout = _TIMEOUT
    return client


class Hub:
    """`endpoint` is the Hub's address; by default what huggingface_hub takes, HF_ENDPOINT or huggingface.co."""

    def __init__(self, id: str, endpoint: str | None = None) -> None:
        set_client_factory(_client)
        self.id = id
        self._api = HfApi(endpoint=endpoint, library_name="frametrail")

    @property
    def address(self) -> str:
        return f"{self._api.endpoint}/datasets/{self.id}"

    def is_public(self) -> bool | None:
        """None when there is no such repository, or none that this token may see."""
        try:
            return not self._api.dataset_info(self.id, expand=["private"], timeout=_TIMEOUT).private  # type: ignore[arg-type]
        except RepositoryNotFoundError:
            return None

    def create(self) -> None:
        """Private: it is made public, where that is wanted, when a whole release is there."""
        self._api.create_repo(self.id, repo_type="dataset", private=True, exist_ok=True)

    def make_public(self) -> None:
        self._api.update_repo_settings(self.id, repo_type="dataset", private=False)

    def branches(self) -> dict[str, str]:
        """Branch → its commit."""
        refs = self._api.list_repo_refs(self.id, repo_type="dataset")
        return {ref.name: ref.target_commit for ref in refs.branches}

    def tags(self) -> dict[str, str]:
        refs = self._api.list_repo_refs(self.id, repo_type="dataset")
        return {ref.name: ref.target_commit for ref in refs.tags}

    def files(self, revision: str) -> list[Remote]:
        tree = self._api.list_repo_tree(self.id, repo_type="dataset", revision=revision, recursive=True)
        return [
            Remote(one.path, one.size, one.blob_id, one.lfs.sha256 if one.lfs else "")
            for one in tree
            if isinstance(one, RepoFile)
        ]

    def read(self, path: str, revision: str) -> bytes:
        """One file, which is small."""
        with tempfile.TemporaryDirectory() as folder:
            found = self._api.hf_hub_download(
                self.id, path, repo_type="dataset", revision=revision, local_dir=folder, etag_timeout=300.0
            )
            return Path(found).read_bytes()

    def create_branch(self, branch: str) -> None:
        self._api.create_branch(self.id, repo_type="dataset", branch=branch, exist_ok=True)

    def delete_branch(self, branch: str) -> None:
        self._api.delete_branch(self.id, repo_type="dataset", branch=branch)

    def send(self, branch: str, files: Sequence[Outgoing], message: str) -> None:
        """Uploads files and commits them; what the Hub already has of their bytes is not sent again."""
        with _on_disk(files) as sources:
            additions = [CommitOperationAdd(file.path, source) for file, source in zip(files, sources, strict=True)]
            self._api.create_commit(
                self.id, additions, repo_type="dataset", revision=branch, commit_message=message, num_threads=4
            )

    def delete(self, branch: str, paths: Sequence[str], message: str) -> None:
        deletions = [CommitOperationDelete(path, is_folder=False) for path in paths]
        self._api.create_commit(self.id, deletions, repo_type="dataset", revision=branch, commit_message=message)

    def move(self, branch: str, commit: str, to: str, paths: Sequence[str], gone: Sequence[str], message: str) -> None:
        """Makes `branch`, which is at `commit`, hold what `to` holds at `paths`, in one commit and without sending
        anything large. Fails when somebody else has moved the branch meanwhile."""
        self._api.create_commit(
            self.id,
            [
                *(CommitOperationCopy(path, path, src_revision=to) for path in paths),
                *(CommitOperationDelete(path, is_folder=False) for path in gone),
            ],
            repo_type="dataset",
            revision=branch,
            parent_commit=commit,
            commit_message=message,
        )

    def tag(self, tag: str, commit: str) -> None:
        self._api.create_tag(self.id, repo_type="dataset", tag=tag, revision=commit)


@contextmanager
def _on_disk(files: Sequence[Outgoing]) -> Iterator[list[bytes | Path]]:
    """Where each file lies; a tar is written for as long as it is sent."""
    with tempfile.TemporaryDirectory(prefix="frametrail-") as folder:
        sources: list[bytes | Path] = []
        for number, file in enumerate(files):
            if isinstance(file.source, Tar):
                path = Path(folder, f"{number}.tar")
                with path.open("wb") as out:
                    file.source.write(out)
                sources.append(path)
            else:
                sources.append(file.source)
        yield sources
