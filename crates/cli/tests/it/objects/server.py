"""An S3 server (moto) and a second S3 client (boto3) that looks into it.

Standard input: one JSON object a line, {"do": .., ..}; standard output: its answer, a line each. The
first line of output is the server's address. It ends with its standard input.
"""

import hashlib
import json
import os
import sys

os.environ.update(
    AWS_ACCESS_KEY_ID="admin", AWS_SECRET_ACCESS_KEY="admin", AWS_DEFAULT_REGION="us-east-1",
    # Nobody is asked who he is until that is switched on.
    INITIAL_NO_AUTH_ACTION_COUNT=str(10**9),
)

import boto3
from botocore.config import Config
from moto import settings
from moto.server import ThreadedMotoServer

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
url = "http://{}:{}".format(*server.get_host_and_port())


def client(service, **more):
    return boto3.client(service, endpoint_url=url, config=Config(retries={"total_max_attempts": 1}), **more)


s3 = client("s3")


def make(bucket):
    s3.create_bucket(Bucket=bucket)


def put(bucket, key, text):
    s3.put_object(Bucket=bucket, Key=key, Body=text.encode("latin-1"))


def objects(bucket):
    """Every object with what it is."""
    found = {}
    for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
        got = s3.get_object(Bucket=bucket, Key=entry["Key"])
        body = got["Body"].read()
        found[entry["Key"]] = {
            "bytes": len(body),
            "sha256": hashlib.sha256(body).hexdigest(),
            "etag": got["ETag"].strip('"'),
            "says": got["Metadata"],
            "text": body.decode() if entry["Key"].endswith(".json") else None,
        }
    return found


def uploads(bucket):
    """How many uploads in parts are open."""
    return len(s3.list_multipart_uploads(Bucket=bucket).get("Uploads", []))


def guard():
    """Lets in only one new user from here on, who may do anything with S3."""
    iam = client("iam")
    iam.create_user(UserName="exporter")
    everything = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}
    iam.put_user_policy(UserName="exporter", PolicyName="all", PolicyDocument=json.dumps(everything))
    key = iam.create_access_key(UserName="exporter")["AccessKey"]
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
    return [key["AccessKeyId"], key["SecretAccessKey"]]


print(url, flush=True)
for line in sys.stdin:
    order = json.loads(line)
    print(json.dumps(globals()[order.pop("do")](**order)), flush=True)
