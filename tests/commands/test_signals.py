import os
import select
import signal

from proxy.commands.signals import Signals


def test_signals_wait_to_be_asked_for_in_their_order():
    before = signal.getsignal(signal.SIGUSR1)
    with Signals((signal.SIGUSR1, signal.SIGUSR2)) as signals:
        quiet = signals.came()
        os.kill(os.getpid(), signal.SIGUSR1)
        os.kill(os.getpid(), signal.SIGUSR2)
        ready, _, _ = select.select([signals], [], [], 5)
        came = signals.came()

    assert (quiet, ready) == ([], [signals])
    assert came == [signal.SIGUSR1, signal.SIGUSR2]
    assert signal.getsignal(signal.SIGUSR1) == before
