"""A browser that looks at the console of a real proxy, and everything that it must not do."""

import asyncio
import shutil
import threading
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

from proxy.app import App
from proxy.web.server import new_event_loop
from tests.support.turns import HANGS

NAMES = ("chromium", "chromium-browser", "google-chrome")
VIOLATED = "document.addEventListener('securitypolicyviolation', (e) => console.error('CSP', e.violatedDirective))"
EXPECTED = "Failed to load resource: the server responded with a status of"
"""What Chromium says of every answer that is no success; which ones come is the test's to say."""


def chromium():
    """Where the browser is."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    assert found, "the console's tests need Chromium; on Debian: sudo apt-get install chromium"
    return found


FAINT = """() => {
  const parts = (colour) => { const found = colour.match(/[\\d.]+/g).map(Number); return [...found.slice(0, 3), found[3] ?? 1]; };
  const over = (above, below) => [0, 1, 2].map((at) => above[at] * above[3] + below[at] * (1 - above[3]));
  const line = (element) => (element ? [element, ...line(element.parentElement)] : []);
  const light = (colour) => [0.2126, 0.7152, 0.0722].reduce((sum, share, at) => {
    const value = colour[at] / 255;
    return sum + share * (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  }, 0);
  const ratio = (element) => {
    const behind = line(element).map((each) => parts(getComputedStyle(each).backgroundColor)).reverse()
      .reduce((below, above) => over(above, below), [255, 255, 255]);
    const ink = parts(getComputedStyle(element).color);
    ink[3] *= line(element).reduce((all, each) => all * getComputedStyle(each).opacity, 1);
    const [less, more] = [light(behind), light(over(ink, behind))].sort((a, b) => a - b);
    return (more + 0.05) / (less + 0.05);
  };
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (words.nextNode()) {
    const element = words.currentNode.parentElement;
    if (!words.currentNode.textContent.trim() || !element.getClientRects().length || element.closest("option, :disabled")) continue;
    if (ratio(element) < 4.5) found.push(`${words.currentNode.textContent.trim()}: ${ratio(element).toFixed(2)}`);
  }
  return found;
}"""
"""The words on the page that stand out less from what is behind them than WCAG 2.2 asks (1.4.3: 4.5 to 1)."""


@contextmanager
def browser():
    """A browser without a window."""
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-dev-shm-usage"]
        launched = playwright.chromium.launch(executable_path=chromium(), args=flags)
        try:
            yield launched
        finally:
            launched.close()


@contextmanager
def looking(launched, origin, *, width=1440, height=900, theme="light", refused=(), timezone="UTC"):
    """A page that opens the console; at its end it must have done nothing that a console may not do.

    Args:
        launched: The browser.
        origin: Of the ops listener.
        width: Of the window, in pixels.
        height: Of the window, in pixels.
        theme: `light` or `dark`, as the system has it.
        refused: Statuses that the test provokes.
        timezone: Of whoever looks.
    """
    wrong = []
    context = launched.new_context(
        base_url=origin,
        viewport={"width": width, "height": height},
        color_scheme=theme,
        timezone_id=timezone,
        reduced_motion="reduce",
    )
    context.add_init_script(VIOLATED)
    page = context.new_page()
    page.set_default_timeout(1000 * HANGS)
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on("console", lambda said: _heard(said, wrong, refused))
    page.on("request", lambda request: _within(request.url, origin, wrong))
    try:
        page.goto(f"{origin}/console")
        yield page
        assert wrong == []
    finally:
        context.close()


def _heard(said, wrong, refused):
    if said.type not in ("error", "warning"):
        return
    if said.text.startswith(EXPECTED) and any(f"of {status} " in said.text for status in refused):
        return
    wrong.append(f"{said.type}: {said.text}")


def _within(url, origin, wrong):
    parts = urlsplit(url)
    if f"{parts.scheme}://{parts.netloc}" != origin:
        wrong.append(f"reached {url}")


class Proxy:
    """A running proxy with an ops listener."""

    def __init__(self):
        self.calls = ""
        self.ops = ""
        self.app = None
        self.loop = None


async def _live(proxy, config, furnish, ready):
    proxy.loop = asyncio.get_running_loop()
    proxy.app = app = App(config, observers=())
    host, port = app.bind()
    await app.start()
    if furnish is not None:
        app.adopt(furnish(config, app.simulator))
    proxy.calls = f"http://{host}:{port}"
    proxy.ops = "http://{}:{}".format(*app.ops_address)
    ready.set()
    try:
        await app.serve()
    finally:
        await app.aclose()


@contextmanager
def proxied(config, furnish=None):
    """Run a proxy in a thread of its own.

    Args:
        config: What it begins with.
        furnish: Gives the configuration to go by, from that one and the simulated providers; by default the same.
    """
    proxy, ready, failures = Proxy(), threading.Event(), []

    def run():
        try:
            with asyncio.Runner(loop_factory=new_event_loop) as runner:
                runner.run(_live(proxy, config, furnish, ready))
        except Exception as error:  # noqa: BLE001 (raised again on the test's thread)
            failures.append(error)
        finally:
            ready.set()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert ready.wait(HANGS)
        if failures:
            raise failures[0]
        yield proxy
    finally:
        if thread.is_alive():
            proxy.loop.call_soon_threadsafe(proxy.app.server.drain)
        thread.join(HANGS)
    assert not thread.is_alive()
