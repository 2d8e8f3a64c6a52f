import pytest

from proxy.store.redis.address import parse
from proxy.store.redis.connect import client, close


@pytest.mark.parametrize("text", ["redis://u:p@h:7/3", "redis+sentinel://u:p@h/s/3"])
async def test_a_client_tries_once_and_waits_no_longer_than_it_is_told(text):
    made = client(parse(text), 0.25)
    given = made.connection_pool.connection_kwargs
    await close(made)

    assert given["retry"].get_retries() == 0
    assert given["socket_connect_timeout"] == 0.25
    assert (given["username"], given["password"], given["db"]) == ("u", "p", 3)


async def test_a_clusters_client_tries_once_too():
    made = client(parse("redis+cluster://u:p@h:7"), 0.25)
    given = made.connection_kwargs
    await close(made)

    assert made.retry.get_retries() == 0
    assert given["socket_connect_timeout"] == 0.25
    assert (given["username"], given["password"]) == ("u", "p")


@pytest.mark.parametrize("text", ["rediss://h", "rediss+sentinel://h/s"])
async def test_tls_verifies_the_server(text):
    made = client(parse(text), 0.25)
    connection = made.connection_pool.make_connection()
    context = connection.ssl_context
    await close(made)

    assert context.check_hostname
    assert context.cert_reqs.name == "CERT_REQUIRED"


async def test_sentinels_are_not_given_the_servers_password():
    made = client(parse("redis+sentinel://u:p@h/s"), 0.25)
    sentinels = made.connection_pool.sentinel_manager.sentinels
    given = [each.connection_pool.connection_kwargs for each in sentinels]
    await close(made)

    assert [(each["username"], each["password"]) for each in given] == [(None, None)]
