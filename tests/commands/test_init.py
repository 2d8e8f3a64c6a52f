import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from proxy.commands import init
from proxy.config.json_schema import schema
from tests.support.commands import shell as shell
from tests.support.turns import HANGS

CANARY = "sk-canary-0123456789abcdef"


@pytest.fixture
def ollama(monkeypatch):
    """A server of that name with two models, which is given time to answer; gives its host and port."""
    monkeypatch.setattr(init, "OLLAMA_SECONDS", HANGS)

    class Handler(BaseHTTPRequestHandler):
        said = (
            b'{"models": [{"name": "nomic-embed-text"}, {"name": "llama3.2:3b"}, {"name": "a b"}]}'
        )

        def do_GET(self):
            self.send_response(200)
            self.send_header("content-length", str(len(self.said)))
            self.end_headers()
            self.wfile.write(self.said)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}", Handler
    server.shutdown()
    server.server_close()


def test_it_writes_what_check_and_explain_take(shell):
    shell.set("OPENAI_API_KEY", CANARY)
    shell.set("ANTHROPIC_API_KEY", CANARY)

    status, out, err = shell.run("init")

    assert (status, err) == (0, "")
    assert out.splitlines() == [
        "Wrote firstbyte.yaml, and firstbyte.schema.json for editors.",
        "Providers: openai, anthropic.",
        "Next: firstbyte check && firstbyte serve",
    ]
    assert shell.run("check")[0] == 0
    explained = shell.run("explain", "chat")[1]
    assert explained.index("anthropic/claude") < explained.index("openai/gpt")


def test_no_key_gets_into_the_file(shell):
    shell.set("OPENAI_API_KEY", CANARY)

    shell.run("init")

    assert "canary" not in (shell.folder / "firstbyte.yaml").read_text()


def test_the_schema_for_editors_stands_beside_it(shell):
    shell.run("init")

    first = (shell.folder / "firstbyte.yaml").read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=./firstbyte.schema.json"
    assert json.loads((shell.folder / "firstbyte.schema.json").read_text()) == schema()


def test_what_is_there_is_not_overwritten_unless_that_was_said(shell):
    shell.write("# mine\n")

    refused = shell.run("init")
    kept = (shell.folder / "firstbyte.yaml").read_text()
    forced = shell.run("init", "--force")

    assert refused[0] == 1
    assert "--force overwrites it, --print shows a new one" in refused[2]
    assert kept == "# mine\n"
    assert forced[0] == 0
    assert "mock/lorem" in (shell.folder / "firstbyte.yaml").read_text()


def test_printing_writes_nothing(shell):
    shell.write("# mine\n")

    status, out, _ = shell.run("init", "--print")

    assert status == 0
    assert out.startswith("# yaml-language-server")
    assert [each.name for each in shell.folder.iterdir()] == ["firstbyte.yaml"]


def test_without_a_key_it_begins_with_what_needs_none(shell):
    _, out, _ = shell.run("init")

    assert "No key variable is set" in out
    assert shell.run("check")[0] == 0


def test_another_file_is_named_in_what_comes_next(shell):
    _, out, _ = shell.run("init", "other.yaml")

    assert "Next: firstbyte check --config other.yaml && firstbyte serve --config other.yaml" in out


def test_a_file_that_cannot_be_written_is_one_sentence(shell):
    status, _, err = shell.run("init", "nowhere/firstbyte.yaml")

    assert status == 1
    assert err == (
        "firstbyte init: nowhere/firstbyte.yaml cannot be written: No such file or directory\n"
    )


def test_models_of_a_running_ollama_are_in_the_cascade(shell, ollama):
    shell.set("OLLAMA_HOST", ollama[0])

    _, out, _ = shell.run("init", "--print")

    assert "    - ollama/llama3.2:3b\n" in out
    assert "embed" not in out
    assert "ollama/a b" not in out


@pytest.mark.parametrize("said", [b"{}", b"[", b'{"models": [1]}', b'{"models": 1}'])
def test_an_ollama_that_says_something_else_has_no_models(shell, ollama, said):
    ollama[1].said = said
    shell.set("OLLAMA_HOST", ollama[0])

    status, out, _ = shell.run("init", "--print")

    assert status == 0
    assert "# - ollama/…" in out


def test_an_ollama_that_does_not_run_is_no_obstacle(shell):
    shell.set("OLLAMA_HOST", "127.0.0.1:9")

    status, out, _ = shell.run("init", "--print")

    assert status == 0
    assert "  ollama: {}" in out
