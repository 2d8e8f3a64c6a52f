from proxy.core.credential import AwsAuth, GoogleAuth
from proxy.core.secret import Secret


def test_a_credential_does_not_print_its_secrets():
    aws = AwsAuth("eu-west-1", "bedrock", "AKIA", Secret("wJalrXUtnFEMI"), Secret("session-token"))
    google = GoogleAuth(Secret("ya29.a-long-token"))

    assert "wJalr" not in repr(aws)
    assert "session-t" not in repr(aws)
    assert "ya29" not in repr(google)
