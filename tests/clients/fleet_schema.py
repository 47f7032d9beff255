"""The fleet's tables as the checks make them: with a tag, and one of them with a stream."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "schema"))
import create_table  # pylint: disable=wrong-import-position

tables = create_table.tables


def create_request(prefix, table):
    request = create_table.create_request(prefix, table)
    request["Tags"] = [{"Key": "Project", "Value": "MRGC"}]
    if table["name"] == "gpu-instances":
        request["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    return request
