"""Croissant metadata of a parquet repository: its files with their digests, its tables with their columns.

The Hub makes such a file of its own from what it converts; this one goes with the files, and says what they are by
sha256. Names follow Croissant 1.0, which `mlcroissant` validates.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from transforms.publish.files import Outgoing

CONFORMS_TO = "http://mlcommons.org/croissant/1.0"

_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataBiases": "cr:dataBiases",
    "dataCollection": "cr:dataCollection",
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "personalSensitiveInformation": "cr:personalSensitiveInformation",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def build_croissant(
    name: str,
    description: str,
    licence: str,
    version: str,
    url: str,
    tables: Mapping[str, tuple[pa.Schema, Sequence[Outgoing]]],
    cite: str,
) -> str:
    """croissant.json. `tables` is config → the schema of its files, and the files; those with rows alone.

    Each file is a distribution and each shard a record set, because Croissant joins files only inside an archive or a
    repository. Columns that nest (messages, pictures, turns) are left to the schema inside the parquet files. There is
    no date: the same release is the same bytes on any day.
    """
    shards = [(config, schema, file) for config, (schema, files) in tables.items() for file in files]
    return (
        json.dumps(
            {
                "@context": _CONTEXT,
                "@type": "sc:Dataset",
                "name": name,
                "description": description,
                "conformsTo": CONFORMS_TO,
                "license": licence,
                "version": version,
                "url": url,
                "citeAs": cite,
                "distribution": [_file(file) for _, _, file in shards],
                "recordSet": [_records(config, schema, file) for config, schema, file in shards],
            },
            ensure_ascii=False,
            indent=1,
        )
        + "\n"
    )


def _file(file: Outgoing) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": file.path,
        "name": file.path,
        "contentUrl": file.path,
        "contentSize": f"{file.bytes} B",
        "encodingFormat": "application/x-parquet",
        "sha256": file.sha256,
    }


def _records(config: str, schema: pa.Schema, file: Outgoing) -> dict[str, Any]:
    id = f"{config}/{file.path.rsplit('/', 1)[1].removesuffix('.parquet')}"
    fields = [(column.name, kind) for column in schema if (kind := _kind(column.type))]
    nested = [column.name for column in schema if not _kind(column.type)]
    beside = f" Nested columns besides: {', '.join(nested)}." if nested else ""
    return {
        "@type": "cr:RecordSet",
        "@id": id,
        "name": id,
        "description": f"{file.rows} rows of the config `{config}`.{beside}",
        "key": {"@id": f"{id}/{'key' if config == 'rejects' else 'id'}"},
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{id}/{column}",
                "name": column,
                "dataType": kind,
                "source": {"fileObject": {"@id": file.path}, "extract": {"column": column}},
            }
            for column, kind in fields
        ],
    }


def _kind(type: pa.DataType) -> str:
    """The Croissant type of a plain column; an empty string for one that nests."""
    if pa.types.is_string(type):
        return "sc:Text"
    if pa.types.is_boolean(type):
        return "sc:Boolean"
    if pa.types.is_integer(type):
        return "sc:Integer"
    return "sc:Float" if pa.types.is_floating(type) else ""
