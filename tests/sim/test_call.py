import asyncio

from proxy.sim.call import Call, Hold
from proxy.sim.dialect import Ask


def test_a_call_is_named_by_its_model_and_prints_no_content():
    ask = Ask("echo", stream=True, said="a secret", prompt_tokens=2)
    call = Call("/v1/messages", {"a": "secret"}, {"x-api-key": "secret"}, ask, 1, 0.0)

    assert call.model == "echo"
    assert "secret" not in repr(call)


async def test_a_hold_says_that_it_is_reached_and_keeps_until_it_is_released():
    hold = Hold(0)
    waiting = asyncio.ensure_future(hold.wait())
    await hold.reached.wait()

    assert not waiting.done()

    hold.release()
    await waiting


async def test_a_released_hold_lets_everybody_pass():
    hold = Hold(0)
    hold.release()
    await hold.wait()

    assert hold.reached.is_set()
