"""The caller's side of a cycle: what is written to it stays here."""


class Socket:
    """A connection, which notes each write."""

    def __init__(self):
        self.writes = []
        self.closed = False

    def write(self, data):
        self.writes.append(bytes(data))

    write_soon = write

    def straight(self):
        return self.write

    def close(self):
        self.closed = True

    def is_closing(self):
        return self.closed


class Flow:
    """Takes more for as long as nobody says otherwise."""

    write_paused = False
    is_deserted = False

    def __init__(self):
        self.drained = 0

    async def drain(self):
        self.drained += 1

    def resume_reading(self):
        pass
