from tests.support.commands import shell as shell


def test_every_name_stands_at_the_start_of_a_line(shell):
    shell.write("providers: {openai: {}}\nmodels: {chat: [openai/gpt-6]}\n")
    shell.set("OPENAI_API_KEY", "sk-0123456789abcdef")

    status, out, _ = shell.run("models")

    names = [line.split()[0] for line in out.splitlines()]
    assert status == 0
    assert names[:2] == ["chat", "openai/*"]
    assert "mock/echo" in names


def test_a_provider_that_is_off_says_why(shell):
    shell.write("providers: {openai: {}}\n")

    _, out, _ = shell.run("models")

    assert "off: " in out
    assert "OPENAI_API_KEY" in out


def test_the_vendors_are_listed_by_id(shell):
    status, out, _ = shell.run("models", "--vendors")

    ids = [line.split()[0] for line in out.splitlines()]
    assert status == 0
    assert {"openai", "anthropic", "groq", "deepseek"} <= set(ids)
    assert len(ids) == len(set(ids))
