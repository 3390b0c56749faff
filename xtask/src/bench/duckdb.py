"""The filter and the projection of the export benchmark, done by DuckDB.

Arguments: the profiles (NDJSON), the file to write, the segment, from when and until when.
Prints what it took as a line of JSON. With `--compare`, a folder of Parquet files and a file, it
prints how many rows are in one of them only.
"""

import json
import resource
import sys
import time

import duckdb

connection = duckdb.connect()

if sys.argv[1] == "--compare":
    ours, theirs = (f"select * from read_parquet('{path}')" for path in sys.argv[2:])
    (different,) = connection.execute(
        f"select count(*) from (({ours} except all {theirs}) union all ({theirs} except all {ours}))"
    ).fetchone()
    print(different)
    sys.exit()

profiles, out, segment, start, end = sys.argv[1:]
# The quickest of several ways to ask: only the needed fields are read, and the segment is a field.
query = f"""
    copy (
        select _id, person, personalEmail
        from read_ndjson('{profiles}', columns = {{
            '_id': 'VARCHAR',
            'person': 'STRUCT("name" STRUCT(firstName VARCHAR))',
            'personalEmail': 'STRUCT(address VARCHAR)',
            'segmentMembership':
                'STRUCT(ups STRUCT("{segment}" STRUCT(lastQualificationTime TIMESTAMPTZ, status VARCHAR)))'
        }})
        where segmentMembership.ups."{segment}".status in ('realized', 'existing')
          and segmentMembership.ups."{segment}".lastQualificationTime >= '{start}'
          and segmentMembership.ups."{segment}".lastQualificationTime < '{end}'
    ) to '{out}' (format parquet, compression snappy)
"""


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


# It would be printed among the figures.
connection.execute("set enable_progress_bar = false")
before, cpu_before = time.perf_counter(), cpu()
(rows,) = connection.execute(query).fetchone()
print(
    json.dumps(
        {
            "wall": time.perf_counter() - before,
            "cpu": cpu() - cpu_before,
            "peak_rss_kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
            "rows": rows,
            "version": duckdb.__version__,
        }
    )
)
