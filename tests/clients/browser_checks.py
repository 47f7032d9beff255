"""Whether dynamodb-admin, a table browser, shows the fleet's tables and their items.

    browser_checks.py ENDPOINT MODULES

MODULES is the folder in which npm installed dynamodb-admin. Uses tables of its own prefix, and deletes them at the end.
"""

import json
import os
import pathlib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import boto3

from checks import Checks, equal
from fleet_schema import create_request, tables

PREFIX = "browser"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Browser:
    """dynamodb-admin in a process of its own."""

    def __init__(self, endpoint, modules):
        self.port = free_port()
        environment = {**os.environ, "DYNAMO_ENDPOINT": endpoint, "AWS_REGION": "us-east-1",
                       "AWS_ACCESS_KEY_ID": "dummy", "AWS_SECRET_ACCESS_KEY": "dummy"}
        self.process = subprocess.Popen(
            ["node", str(pathlib.Path(modules) / "node_modules/dynamodb-admin/dist/dynamodb-admin.js"), "-H", "127.0.0.1",
             "-p", str(self.port)], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def get(self, path):
        """The page at the path; waits until the browser is there."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers={"Accept": "application/json"})
        deadline = time.monotonic() + 30
        while True:
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:
                    return answer.read().decode()
            except urllib.error.HTTPError:
                raise
            except OSError:
                if self.process.poll() is not None:
                    raise RuntimeError(f"it did not start: {self.process.stderr.read()}") from None
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


def item_of(table):
    """An item with every attribute of the schema's table that is text or a number."""
    values = {"S": "some text", "N": "42"}
    return {attribute["name"]: {attribute["type"]: values[attribute["type"]]} for attribute in table["attributes"]
            if attribute["type"] in values}


def main():
    endpoint, modules = sys.argv[1:3]
    client = boto3.client("dynamodb", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="dummy",
                          aws_secret_access_key="dummy")
    checks = Checks("dynamodb-admin")
    browser = Browser(endpoint, modules)
    try:
        for table in tables():
            client.create_table(**create_request(PREFIX, table))
            client.put_item(TableName=f"{PREFIX}-{table['name']}", Item=item_of(table))
        with checks.check("the page of tables"):
            page = browser.get("/")
            for table in tables():
                assert f"{PREFIX}-{table['name']}" in page, f"{table['name']} is not on the page"
        for table in tables():
            name = f"{PREFIX}-{table['name']}"
            with checks.check(f"the page of {name}"):
                assert name in browser.get(f"/tables/{name}")
            with checks.check(f"the items of {name}"):
                shown = json.loads(browser.get(f"/tables/{name}/items?queryableSelection=table&operationType=items"))
                equal(len(shown["Items"]), 1)
                text = json.dumps(shown["Items"][0])
                for attribute in item_of(table):
                    assert attribute in text, f"{attribute} is not shown: {text}"
    finally:
        browser.stop()
        for table in tables():
            client.delete_table(TableName=f"{PREFIX}-{table['name']}")
    return checks.finish()


if __name__ == "__main__":
    sys.exit(main())
