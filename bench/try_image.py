"""Runs the image that `deploy/image/build` made as a container engine would, and has a streamed answer from it.

    python bench/try_image.py ROOT          as root, on Linux

ROOT is the image's file system, mounted. The proxy runs in it as user 65532 and as process 1 of its own, with no
capability, with nothing to write to, and with no shell; it is told to stop as an engine does it. Prints the size, the
time from the start to the first `ready` and to the first byte of an answer, and what stopping took.
"""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

USER = 65532
PATIENCE = 30.0
OURS = "opt/firstbyte"
ENVIRONMENT = ["PATH=/opt/firstbyte/bin:/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE=1"]
BODY = {"model": "mock/echo", "stream": True, "messages": [{"role": "user", "content": "Hello"}]}

CONTAINER = """
set -e
mount --make-rprivate /
mount --bind "$ROOT" "$ROOT"
mount --bind /dev/null "$ROOT/dev/null" 2>/dev/null || mount --rbind /dev "$ROOT/dev"
mount -t proc proc "$ROOT/proc"
mount -o remount,bind,ro "$ROOT"
cd /
exec setpriv --no-new-privs --bounding-set=-all,+setuid,+setgid,+sys_chroot --inh-caps=-all \
  chroot --userspec=65532:65532 --groups= "$ROOT" /usr/bin/env -i "$@"
"""
"""A container by the kernel's own means: its own mounts and processes, everything read-only, then nobody's rights."""


def main(root: str) -> int:
    """Measure; the exit status."""
    whole, ours = size(Path(root)), size(Path(root) / OURS)
    print(f"size unpacked    {whole / 1e6:.0f} MB, of them {ours / 1e6:.0f} MB above the base")
    listen, ops = free_port(), free_port()
    began = time.monotonic()
    container = start(root, listen, ops)
    try:
        ready = wait_until_ready(ops, container) - began
        first, text = stream(listen)
        print(f"start to ready   {ready:.2f} s (process 1, user {USER}, read-only root)")
        print(f"first byte       {first * 1000:.1f} ms after the call; {len(text)} bytes, whole")
        inside = process(container)
        writes = confined(inside, Path(root))
        probe = healthy(root, ops)
    finally:
        status, took = stop(container)
    print(f"probe            exit {probe}, by the image's own health check")
    print(f"stop             exit {status} after {took:.2f} s")
    wrong = [*writes, *faults(text, probe, status)]
    for each in wrong:
        print(f"WRONG            {each}")
    return 1 if wrong else 0


def size(folder: Path) -> int:
    """Bytes of the files in it; a hard link counts once."""
    seen = {}
    for each in folder.rglob("*"):
        at = each.lstat()
        seen[at.st_ino] = at.st_size
    return sum(seen.values())


def free_port() -> int:
    """One that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def start(root: str, listen: int, ops: int) -> subprocess.Popen:
    """The image's entry point, with the addresses that we want."""
    apart = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
    addresses = ["--listen", f"127.0.0.1:{listen}", "--ops-listen", f"127.0.0.1:{ops}"]
    container = ["sh", "-c", CONTAINER, "container", *ENVIRONMENT]
    return subprocess.Popen(  # noqa: S603 (our own words)
        [*apart, *container, "firstbyte", "serve", *addresses], env={**os.environ, "ROOT": root}
    )


def wait_until_ready(ops: int, container: subprocess.Popen) -> float:
    """When `/readyz` first said yes."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and container.poll() is None:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", ops, timeout=2)
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return time.monotonic()
        except OSError:
            time.sleep(0.01)
    sys.exit("the container did not become ready")


def stream(listen: int) -> tuple[float, bytes]:
    """Seconds to the first byte of a streamed answer, and all of it."""
    connection = http.client.HTTPConnection("127.0.0.1", listen, timeout=PATIENCE)
    began = time.monotonic()
    headers = {"content-type": "application/json"}
    connection.request("POST", "/v1/chat/completions", json.dumps(BODY), headers)
    answer = connection.getresponse()
    head = answer.read(1)
    return time.monotonic() - began, head + answer.read()


def process(container: subprocess.Popen) -> int:
    """Its number out here; `unshare` is its parent."""
    return int(Path(f"/proc/{container.pid}/task/{container.pid}/children").read_text().split()[0])


def confined(pid: int, root: Path) -> list[str]:
    """What it could do and should not."""
    status = dict(
        line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines()
    )
    wrong = []
    if set(status["Uid"].split()) != {str(USER)} or set(status["Gid"].split()) != {str(USER)}:
        wrong.append(f"it runs as {status['Uid']}")
    if int(status["CapEff"], 16) or int(status["CapPrm"], 16):
        wrong.append(f"it has the capabilities {status['CapEff']}")
    options = next(
        line.split()[5]
        for line in Path(f"/proc/{pid}/mountinfo").read_text().splitlines()
        if line.split()[4] == "/"
    )
    if "ro" not in options.split(","):
        wrong.append(f"its root is mounted {options}")
    lent = [each for each in root.rglob("*") if each.lstat().st_mode & 0o6000 and each.is_file()]
    return [*wrong, *(f"{each} lends its owner's rights" for each in lent if not each.is_symlink())]


def healthy(root: str, ops: int) -> int:
    """The exit status of the health check, with the address that we chose."""
    python = [f"/{OURS}/bin/python", "-m", "proxy.commands.probe", "live"]
    command = ["chroot", f"--userspec={USER}:{USER}", root, "/usr/bin/env", "-i", *python]
    command += ["--url", f"http://127.0.0.1:{ops}"]
    return subprocess.run(command, check=False).returncode  # noqa: S603 (our own words)


def stop(container: subprocess.Popen) -> tuple[int, float]:
    """Its exit status, and seconds from SIGTERM to the end."""
    began = time.monotonic()
    if container.poll() is None:
        os.kill(process(container), signal.SIGTERM)
    try:
        status = container.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        container.kill()
        status = -1
    return status, time.monotonic() - began


def faults(text: bytes, probe: int, status: int) -> list[str]:
    """What was not as it should be."""
    wrong = []
    if b"Hello" not in text or not text.rstrip().endswith(b"data: [DONE]"):
        wrong.append(f"the answer was {text!r}")
    if probe or status:
        wrong.append("the health check or the stop did not end with 0")
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
