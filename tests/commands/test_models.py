from proxy.config.catalog import catalog
from tests.support.commands import shell as shell


def test_every_name_stands_at_the_start_of_a_line(shell):
    shell.write("providers: {openai: {}}\nmodels: {chat: [openai/gpt-6]}\n")
    shell.set("OPENAI_API_KEY", "sk-0123456789abcdef")

    status, out, _ = shell.run("models")

    names = [line.split()[0] for line in out.splitlines()]
    assert status == 0
    assert names[:2] == ["chat", "openai/*"]
    assert "mock/echo" in names


def test_a_pool_is_shown_as_one_step(shell):
    shell.write("models: {chat: [{pool: [mock/echo, mock/lorem]}, mock/slow]}\n")

    _, out, _ = shell.run("models")

    assert out.splitlines()[0].split(maxsplit=1)[1] == "(mock/echo | mock/lorem) > mock/slow"


def test_a_provider_that_is_off_says_why(shell):
    shell.write("providers: {openai: {}}\n")

    _, out, _ = shell.run("models")

    assert "off: " in out
    assert "OPENAI_API_KEY" in out


def test_the_vendors_are_listed_by_id(shell):
    status, out, _ = shell.run("models", "--vendors")

    ids = [line.split()[0] for line in out.splitlines()]
    assert status == 0
    assert ids == [vendor.id for vendor in catalog().vendors]
    assert len(ids) >= 100
    assert all(line[0] != " " for line in out.splitlines())


def test_a_vendor_tells_its_protocol_its_variable_and_its_address(shell):
    _, out, _ = shell.run("models", "--vendors")

    rows = {line.split()[0]: " ".join(line.split()[1:]) for line in out.splitlines()}
    assert rows["groq"] == "openai GROQ_API_KEY https://api.groq.com/openai/v1"
    assert rows["vllm"] == "openai VLLM_API_KEY http://localhost:8000/v1"
    assert rows["ollama"] == "ollama no key http://localhost:11434"
    assert rows["vertex"] == "vertex GOOGLE_APPLICATION_CREDENTIALS https://{google_host}"
