import argparse

import pytest

from proxy.commands.settings import BOUNDS, MODELS, Setting, add_settings, body_of, yes

ALL = (MODELS, *BOUNDS, Setting("--jobs-only", "jobs_only", "only", yes, "YES|NO"))


def parsed(*argv):
    parser = argparse.ArgumentParser()
    add_settings(parser, ALL)
    return body_of(parser.parse_args(argv), ALL)


@pytest.mark.parametrize(
    ("argv", "body"),
    [
        ([], {}),
        (["--models", "a, b,"], {"allowed_models": ["a", "b"]}),
        (["--models", ""], {"allowed_models": []}),
        (["--models", "none", "--rpm", "none"], {"allowed_models": None, "rpm": None}),
        (["--rpm", "5", "--budget-usd", "1.5"], {"rpm": 5, "budget_usd": 1.5}),
        (["--jobs-only", "yes"], {"jobs_only": True}),
        (["--jobs-only", "NO"], {"jobs_only": False}),
    ],
)
def test_an_option_is_the_field_of_its_name_and_says_nothing_where_it_was_not_given(argv, body):
    assert parsed(*argv) == body


@pytest.mark.parametrize(
    ("argv", "form"),
    [
        (["--rpm", "many"], "a whole number or `none`"),
        (["--budget-usd", "many"], "a number or `none`"),
        (["--jobs-only", "maybe"], "yes, no or `none`"),
    ],
)
def test_what_cannot_be_read_is_wrong_usage(argv, form, capsys):
    with pytest.raises(SystemExit) as caught:
        parsed(*argv)

    assert caught.value.code == 2
    assert f"expected {form}, got {argv[1]!r}" in capsys.readouterr().err
