"""Reads exported batches with pyarrow, DuckDB and Polars, and holds each row against what it should be.

Standard input: one JSON object a line, {"folder": .., "rows": [..]}. Null is the same as nothing.
What has no column type of its own stands in the files as its JSON, as a text.
"""

import json
import sys

import duckdb
import polars
import pyarrow as pa
import pyarrow.parquet


def plain(value, kind):
    """The value as JSON has it: maps as objects, and nothing in the place of nulls."""
    if value is None:
        return None
    if pa.types.is_map(kind):
        if isinstance(value, dict):
            entries = value.items()
        else:
            entries = [entry.values() if isinstance(entry, dict) else entry for entry in value]
        members = {key: plain(item, kind.item_type) for key, item in entries}
    elif pa.types.is_struct(kind):
        members = {field.name: plain(value[field.name], field.type) for field in kind}
    elif pa.types.is_list(kind):
        return [plain(item, kind.value_type) for item in value]
    else:
        return value
    return {name: item for name, item in members.items() if item is not None}


def is_same(read, expected):
    if isinstance(expected, dict) and isinstance(read, dict):
        return read.keys() == expected.keys() and all(
            is_same(read[name], expected[name]) for name in expected
        )
    if isinstance(expected, list) and isinstance(read, list):
        return len(read) == len(expected) and all(map(is_same, read, expected))
    if isinstance(read, str) and not isinstance(expected, str):
        return without_nulls(json.loads(read)) == expected
    if isinstance(read, bool) or isinstance(expected, bool):
        return read is expected
    if isinstance(read, float) and isinstance(expected, int):
        return read == float(expected)
    return read == expected


def without_nulls(value):
    if isinstance(value, dict):
        return {name: without_nulls(it) for name, it in value.items() if it is not None}
    if isinstance(value, list):
        return [without_nulls(it) for it in value]
    return value


def with_pyarrow(folder):
    return pyarrow.parquet.read_table(folder).to_pylist()


def with_duckdb(folder):
    found = duckdb.connect().execute(f"select * from read_parquet('{folder}/*.parquet')")
    names = [column[0] for column in found.description]
    return [dict(zip(names, row)) for row in found.fetchall()]


def with_polars(folder):
    return polars.read_parquet(f"{folder}/*.parquet").to_dicts()


def check(folder, expected):
    # What the columns are is said once; pyarrow reads the types as they are written.
    kind = pa.struct(pyarrow.parquet.read_table(folder).schema)
    for reader in (with_pyarrow, with_duckdb, with_polars):
        rows = [plain(row, kind) for row in reader(folder)]
        if len(rows) != len(expected):
            sys.exit(f"{reader.__name__}: {len(rows)} rows instead of {len(expected)}")
        for number, (row, wanted) in enumerate(zip(rows, expected)):
            if not is_same(row, wanted):
                sys.exit(f"{reader.__name__}: row {number} is {row}\ninstead of {wanted}")
    print(len(expected))


for line in sys.stdin:
    batch = json.loads(line)
    check(batch["folder"], [without_nulls(row) for row in batch["rows"]])
