"""croissant.json, held against mlcroissant: it validates, and reads the rows of the files beside it."""

import json
from pathlib import Path

import mlcroissant
import pyarrow.parquet as pq

from transforms.publish.files import Repository


def written(repository: Repository, folder: Path) -> Path:
    """The repository as somebody has downloaded it."""
    for file in repository.files:
        data = file.source if isinstance(file.source, bytes) else file.source.read_bytes()  # type: ignore[union-attr]
        (folder / file.path).parent.mkdir(parents=True, exist_ok=True)
        (folder / file.path).write_bytes(data)
    return folder


def test_it_validates_and_reads(ready: list[Repository], tmp_path: Path) -> None:
    folder = written(ready[0], tmp_path)
    dataset = mlcroissant.Dataset(jsonld=str(folder / "croissant.json"))
    issues = dataset.metadata.ctx.issues
    assert list(issues.errors) == []
    assert ["datePublished" in warning for warning in issues.warnings] == [True]  # no clock in a release
    for path in ("sft_parquet/train-00000-of-00001.parquet", "rejects/full-00000-of-00001.parquet"):
        table = pq.read_table(folder / path)
        config = {"sft_parquet": "sft"}.get(path.split("/")[0], path.split("/")[0])
        name = f"{config}/{path.split('/')[1].removesuffix('.parquet')}"
        key = "key" if config == "rejects" else "id"
        read = [record[f"{name}/{key}"].decode() for record in dataset.records(name)]
        assert read == table[key].to_pylist()


def test_it_tells_every_table_by_its_digest(ready: list[Repository], tmp_path: Path) -> None:
    held = json.loads((written(ready[0], tmp_path) / "croissant.json").read_text())
    files = {one["contentUrl"]: one["sha256"] for one in held["distribution"]}
    assert files == {file.path: file.sha256 for file in ready[0].files if file.path.endswith(".parquet") and file.rows}
    assert (held["license"], held["version"]) == ("CC-BY-4.0", "1.0.0")
    fields = {field["name"] for field in held["recordSet"][0]["field"]}
    assert {"id", "video_id", "license", "pass_rate"} <= fields
    assert "images" in held["recordSet"][0]["description"]
