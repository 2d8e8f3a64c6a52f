from proxy.config.json_schema import schema
from proxy.core import jsons
from tests.support.commands import shell as shell


def test_it_prints_the_schema(shell):
    status, out, _ = shell.run("schema")

    assert status == 0
    assert jsons.decode_object(out.encode()) == schema()
