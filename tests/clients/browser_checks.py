"""Whether dynamodb-admin, a table browser, shows the fleet's tables and their items.

    browser_checks.py ENDPOINT BROWSER

BROWSER is where dynamodb-admin, which looks at ENDPOINT, is served. Uses tables of its own prefix, and deletes them at the
end.
"""

import json
import sys
import urllib.request

import boto3

from checks import Checks, equal
from fleet_schema import create_request, tables

PREFIX = "browser"


def page_at(url):
    request = urllib.request.Request(url, headers={"Accept": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read().decode()


def item_of(table):
    """An item with every attribute of the schema's table that is text or a number."""
    values = {"S": "some text", "N": "42"}
    return {attribute["name"]: {attribute["type"]: values[attribute["type"]]} for attribute in table["attributes"]
            if attribute["type"] in values}


def main():
    endpoint, browser = sys.argv[1:3]
    client = boto3.client("dynamodb", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="dummy",
                          aws_secret_access_key="dummy")
    checks = Checks("dynamodb-admin")
    try:
        for table in tables():
            client.create_table(**create_request(PREFIX, table))
            client.put_item(TableName=f"{PREFIX}-{table['name']}", Item=item_of(table))
        with checks.check("the page of tables"):
            page = page_at(f"{browser}/")
            for table in tables():
                assert f"{PREFIX}-{table['name']}" in page, f"{table['name']} is not on the page"
        for table in tables():
            name = f"{PREFIX}-{table['name']}"
            with checks.check(f"the page of {name}"):
                assert name in page_at(f"{browser}/tables/{name}")
            with checks.check(f"the items of {name}"):
                shown = json.loads(page_at(f"{browser}/tables/{name}/items"))
                equal(len(shown["Items"]), 1)
                text = json.dumps(shown["Items"][0])
                for attribute in item_of(table):
                    assert attribute in text, f"{attribute} is not shown: {text}"
    finally:
        for table in tables():
            client.delete_table(TableName=f"{PREFIX}-{table['name']}")
    return checks.finish()


if __name__ == "__main__":
    sys.exit(main())
