import pytest

from proxy.codecs.sigv4 import Keys
from proxy.core.errors import Kind, ProxyError
from proxy.core.secret import Secret
from proxy.upstream.aws_profile import profile_keys, profile_name

CREDENTIALS = """
[default]
aws_access_key_id = AKIDDEFAULT
aws_secret_access_key = abc%def+/=

[work]
aws_access_key_id=AKIDWORK
aws_secret_access_key=s3
aws_session_token = token:with=signs
region = eu-west-1
"""
CONFIG = """
[default]
region = eu-west-1

[profile config-only]
aws_access_key_id = AKIDCONFIG
aws_secret_access_key = s3

[profile role]
role_arn = arn:aws:iam::1:role/x
source_profile = default

[profile tool]
credential_process = /bin/tool
"""


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / ".aws"
    folder.mkdir()
    (folder / "credentials").write_text(CREDENTIALS)
    (folder / "config").write_text(CONFIG)
    return {"HOME": str(tmp_path)}


def test_keys_are_read_as_they_stand(home):
    assert profile_keys(home, "") == Keys("AKIDDEFAULT", Secret("abc%def+/="))
    assert profile_keys(home, "work") == Keys("AKIDWORK", Secret("s3"), Secret("token:with=signs"))
    assert profile_keys(home, "config-only") == Keys("AKIDCONFIG", Secret("s3"))


def test_the_usual_profile_has_a_variable():
    assert profile_name({}, "") == "default"
    assert profile_name({"AWS_PROFILE": "work"}, "") == "work"
    assert profile_name({"AWS_DEFAULT_PROFILE": "old"}, "") == "old"
    assert profile_name({"AWS_PROFILE": "work"}, "named") == "named"


def test_files_may_stand_elsewhere(home, tmp_path):
    (tmp_path / "keys").write_text("[default]\naws_access_key_id=A\naws_secret_access_key=b\n")
    elsewhere = Keys("A", Secret("b"))

    for place in (str(tmp_path / "keys"), "~/keys"):
        assert profile_keys({**home, "AWS_SHARED_CREDENTIALS_FILE": place}, "") == elsewhere
    assert profile_keys({"AWS_CONFIG_FILE": str(tmp_path / "keys")}, "") == elsewhere


def test_a_home_may_have_another_name(home):
    assert profile_keys({"USERPROFILE": home["HOME"]}, "")


def test_what_is_not_there_is_nothing(home, tmp_path):
    assert profile_keys(home, "nobody") is None
    assert profile_keys({}, "") is None
    assert profile_keys({"HOME": str(tmp_path / "nowhere")}, "") is None
    (tmp_path / ".aws" / "credentials").write_bytes(b"\xff\xfe")
    assert profile_keys(home, "") is None
    (tmp_path / ".aws" / "credentials").write_text("[default]\naws_access_key_id=A\n")
    assert profile_keys(home, "") is None


@pytest.mark.parametrize(("profile", "way"), [("role", "role_arn"), ("tool", "credential_process")])
def test_a_profile_that_says_how_to_get_keys_is_told_that_we_do_not(home, profile, way):
    with pytest.raises(ProxyError) as caught:
        profile_keys(home, profile)

    assert caught.value.kind is Kind.AUTH
    assert way in caught.value.message


def test_a_file_in_another_form_is_a_sentence_without_a_word_of_it(home, tmp_path):
    (tmp_path / ".aws" / "credentials").write_text("secret without a section\n")
    with pytest.raises(ProxyError) as caught:
        profile_keys(home, "")

    assert caught.value.kind is Kind.AUTH
    assert "secret without" not in caught.value.message
