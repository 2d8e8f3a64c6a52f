"""The console in a real browser: what an operator does there, at every width, in light and dark, with keys alone.

Every page of these tests fails where the browser complains, a policy is violated, or a request leaves the origin.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from proxy.config.schema import Alias, Auth, Config, Provider, Server, TargetRef
from proxy.core.secret import Secret
from proxy.sim.script import BEHAVIOURS, Behaviour, Fault, Mode, Source
from tests.support.lookout import FAINT, browser, looking, proxied

SCREENS = Path(__file__).parents[2] / "build" / "screens"
ADMIN_KEY = "fb-admin-for-the-console-0001"
SHOWN = {
    "playground": ".turn.answer .timeline",
    "calls": ".call[data-seq] svg",
    "targets": ".card svg",
    "access/keys": "main .empty, td",
    "access/teams": "main .empty, td",
    "access/usage": "td",
    "config": ".panel",
    "snippets": "pre code",
}
"""Each view, and what is there once it has what it shows."""


def alias(name, *targets, description=""):
    refs = tuple(TargetRef(*target.split("/", 1)) for target in targets)
    return Alias(name, refs, description=description)


ALIASES = (
    alias(
        "chat",
        "openai/gpt-6.1-sol",
        "anthropic/claude-sonnet-5-5",
        description="overloaded first, then one that speaks",
    ),
    alias("fast", "groq/llama-3.3-70b-versatile", "openai/gpt-6.1-sol", "openai/gpt-5.4-mini"),
    alias("mini", "openai/gpt-5.4-mini"),
    alias("torn", "mock/cut"),
)
CONFIG = Config(server=Server(port=0, ops_port=0, drain_timeout=1.0))
MODELS = {
    "gpt-6.1-sol": BEHAVIOURS["overloaded"],
    "claude-sonnet-5-5": Behaviour(Source.LOREM, words=22, first_delay=0.12, gap=0.011),
    "llama-3.3-70b-versatile": Behaviour(head_delay=0.03, fault=Fault(Mode.STATUS, 500, every=2)),
    "gpt-5.4-mini": Behaviour(Source.LOREM, words=24, first_delay=0.06, gap=0.01),
}
"""How the models of the pictures behave."""


def furnished(config, simulator):
    """Providers under the names that people know, all of them simulated."""
    for name, behaviour in MODELS.items():
        simulator.awake.add(name, behaviour)
    base = simulator.base_url
    providers = {
        "openai": Provider("openai", "openai", "openai", f"{base}/v1"),
        "anthropic": Provider("anthropic", "anthropic", "anthropic", base),
        "groq": Provider("groq", "groq", "openai", f"{base}/v1"),
    }
    return replace(config, providers=providers, models={each.name: each for each in ALIASES})


@pytest.fixture(scope="module")
def chromium():
    with browser() as launched:
        yield launched


@pytest.fixture(scope="module")
def proxy():
    with proxied(CONFIG, furnished) as running:
        yield running


@pytest.fixture
def look(chromium, proxy):
    def looked(**more):
        return looking(chromium, proxy.ops, **more)

    return looked


def go(page, view):
    page.evaluate("(view) => { location.hash = `#/${view}`; }", view)
    page.wait_for_selector(f"main.view-{view.partition('/')[0]} h1")


def say(page, text, model=None, fallback=None):
    page.wait_for_selector("#message")
    if model:
        page.select_option("#model-0", model)
    if fallback:
        page.select_option("#fallback-0", fallback)
    page.fill("#message", text)
    page.keyboard.press("Control+Enter")


def call(page, model, text="hello", status=200):
    """A call of the console's own, without its page."""
    body = {"model": model, "stream": True, "messages": [{"role": "user", "content": text}]}
    answer = page.request.post("/console/v1/chat/completions", data=body)
    assert answer.status == status


def photograph(page, name):
    SCREENS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENS / f"{name}.png")


def test_a_chat_is_streamed_and_its_cascade_is_drawn(look):
    with look() as page:
        say(page, "waves on the shore", model="mock/echo")
        page.wait_for_selector(".turn.answer .timeline")

        assert page.inner_text(".turn.answer .text") == "waves on the shore"
        assert page.inner_text(".lane .who >> nth=0") == "mock/echo"
        assert page.inner_text(".lane .what >> nth=0").startswith("served")
        assert "first byte" in page.inner_text(".foot-note")


def test_a_failover_is_seen_in_the_answer_and_among_the_live_calls(look):
    with look() as page:
        say(page, "still here", model="mock/overloaded", fallback="mock/echo")
        page.wait_for_selector(".turn.answer .timeline")

        assert page.inner_text(".turn.answer .text") == "still here"
        assert page.locator(".lane .who").all_inner_texts()[:2] == ["mock/overloaded", "mock/echo"]
        assert page.inner_text(".lane .what >> nth=0").startswith("overloaded")
        assert page.inner_text(".lane .what >> nth=1").startswith("served")

        go(page, "calls")
        row = page.locator(".call[data-seq]").first
        row.wait_for()

        assert "mock/overloaded overloaded, then mock/echo served" in row.get_attribute(
            "aria-label"
        )
        row.click()
        page.wait_for_selector("dialog .timeline rect.wait.bad")
        assert page.locator("dialog .timeline rect.speaks").count() == 1


def test_a_call_appears_while_one_looks_and_a_cut_is_seen_as_one(look):
    with look() as page:
        go(page, "calls")
        page.wait_for_selector("#pulse[data-is=live]")
        call(page, "torn")
        row = page.locator(".call[data-seq]:has-text('torn')").first
        row.wait_for()

        assert row.locator(".badge").inner_text() == "cut"
        assert row.locator("svg .cut").count() == 1


def test_two_models_are_compared_and_an_answer_can_be_stopped(look, proxy):
    # However long the page takes, there is something to be stopped.
    simulator = proxy.app.simulator.awake
    simulator.hold("slow", after=0)
    with look() as page:
        page.wait_for_selector("#message")
        page.check("#compare")
        page.select_option("#model-0", "mock/slow")
        page.select_option("#model-1", "mock/echo")
        page.fill("#message", "side by side")
        page.click("text=Send")
        page.wait_for_selector("section:nth-of-type(2) .turn.answer .timeline")
        page.keyboard.press("Escape")
        page.wait_for_selector("section:nth-of-type(1) .warn:has-text('Stopped')")

        assert page.inner_text("section:nth-of-type(2) .text") == "side by side"
    proxy.loop.call_soon_threadsafe(simulator.release, "slow")


def test_a_failure_says_what_to_do(look):
    with look(refused=(429, 500, 502, 503)) as page:
        say(page, "hello", model="mock/fail-500")
        page.wait_for_selector(".trouble")

        assert page.inner_text(".trouble strong")
        assert len(page.inner_text(".trouble p")) > 20


def test_a_team_gets_credits_and_a_key_that_is_shown_once_and_revoked(look):
    with look() as page:
        go(page, "access/teams")
        page.click("text=New team")
        page.fill("#team-id", "acme")
        page.click("text=Make it")
        page.wait_for_selector("td:has-text('acme')")
        page.click("[aria-label='Give credits to acme']")
        page.fill("dialog input >> nth=0", "250")
        page.click("dialog >> text=Give")
        page.wait_for_selector("text=250 left")

        go(page, "access/keys")
        page.click("text=New key")
        page.fill("#key-name", "for the demo")
        page.click("text=Make it")
        key = page.locator("#new-key")
        key.wait_for()
        made = key.inner_text()
        assert made.startswith("fb-")
        page.keyboard.press("Escape")
        page.wait_for_selector("td:has-text('for the demo')")
        assert made not in page.content()

        page.click("[aria-label='Revoke for the demo']")
        page.click("dialog >> text=Revoke >> nth=-1")
        page.wait_for_selector(".badge:has-text('revoked')")
        assert page.locator("[aria-label='Revoke for the demo']").count() == 0

        go(page, "access/ledger")
        page.wait_for_selector("td:has-text('grant')")


def test_everything_is_reached_by_keys_alone(look):
    with look() as page:
        page.wait_for_selector("#message")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        order = []
        for _ in range(12):
            page.keyboard.press("Tab")
            order.append(page.evaluate("document.activeElement.textContent.trim().slice(0, 12)"))
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"nobody sees that {order[-1]!r} has the focus"
        assert order[:4] == ["Firstbyte", "Playgroundp", "Live callsc", "Targetst"]

        page.keyboard.press("/")
        page.keyboard.type("by keys alone")
        page.select_option("#model-0", "mock/echo")
        page.focus("#message")
        page.keyboard.press("Control+Enter")
        page.wait_for_selector(".turn.answer .timeline")
        page.evaluate("document.activeElement.blur()")
        for key, title in (
            ("c", "Live calls"),
            ("t", "Targets"),
            ("k", "Keys & credits"),
            ("f", "Configuration"),
            ("s", "Snippets"),
        ):
            page.keyboard.press("g")
            page.keyboard.press(key)
            page.wait_for_selector(f"h1:has-text('{title}')")
            assert page.evaluate("document.activeElement.tagName") == "H1"

        page.keyboard.press("?")
        page.wait_for_selector("dialog kbd")
        page.keyboard.press("Escape")
        page.wait_for_selector("dialog", state="detached")
        page.keyboard.press("g")
        page.keyboard.press("c")
        page.wait_for_selector(".call[data-seq]")
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.wait_for_selector("dialog .timeline")
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.dataset.seq")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(375, 812), (1440, 900)])
def test_every_view_fits_its_window_in_light_and_dark(look, width, height, theme):
    with look(width=width, height=height, theme=theme) as page:
        call(page, "fast")
        call(page, "torn")
        say(page, "What is the first byte worth?", model="chat")
        page.wait_for_selector(".turn.answer .timeline")
        for view, shown in SHOWN.items():
            go(page, view)
            page.wait_for_selector("#pulse[data-is=live]")
            page.wait_for_selector(shown)
            photograph(page, f"{view.replace('/', '-')}-{width}-{theme}")

            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{view} is {wide} px wide"
            assert page.evaluate(FAINT) == [], f"nobody reads that in {view}"
        dark = (
            page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
            == "rgb(16, 17, 22)"
        )
        assert dark is (theme == "dark")
        page.click("#theme")
        page.click("#theme")
        turned = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        assert turned == "rgb(16, 17, 22)", "the second turn is to dark, whatever the system has"


def test_a_long_name_pushes_nothing_out_of_sight(chromium):
    with proxied(CONFIG, furnished) as fresh, looking(chromium, fresh.ops) as page:
        for path, body in (
            ("/admin/teams", {"id": "acme", "name": "x" * 200}),
            ("/admin/keys", {"team_id": "acme", "name": "y" * 200}),
        ):
            assert page.request.post(path, data=body).ok
        for view, last in (("access/keys", "Revoke"), ("access/teams", "Suspend")):
            go(page, view)
            button = page.locator(f"td button:has-text('{last}')").bounding_box()

            assert button["x"] + button["width"] < 1440 - 32
        page.set_viewport_size({"width": 375, "height": 812})
        name = page.locator("td .named").first.bounding_box()

        assert name["x"] + name["width"] < 375 - 14


def test_a_list_that_is_not_read_to_its_end_says_so(look):
    def answer(route):
        some = [
            {"id": f"t{at}", "name": None, "status": "active", "budget_mode": "job_based"}
            | {"credits": dict.fromkeys(("allocated", "held", "spent", "remaining"), 0)}
            for at in range(200)
        ]
        route.fulfill(json={"data": some, "has_more": True, "next_cursor": "c"})

    with look() as page:
        page.route("**/admin/teams?*", answer)
        go(page, "access/teams")
        page.wait_for_selector("td")

        assert "The oldest 2,000, and there are more" in page.inner_text("main [role=note]")
        assert page.get_attribute("main [role=region]", "aria-label") == "Teams"


def test_day_and_time_are_of_one_place(look):
    with look(timezone="America/New_York") as page:
        said = page.evaluate("import('/console/dom.js').then((dom) => dom.moment(3600))")

    assert said == "1969-12-31 20:00:00"


def test_a_target_that_broke_off_is_not_said_to_be_without_a_failure(look):
    with look() as page:
        call(page, "torn")
        go(page, "targets")
        card = page.locator(".card[aria-label='mock/cut']")
        card.locator("rect.try.bad").first.wait_for()

        assert card.locator(".note").inner_text().startswith("Its last try: ")


def test_the_pictures_of_the_documents_are_taken(chromium):
    """On a proxy of their own, so that they show what there is to see; docs/images has them, made smaller."""
    size = {"width": 1180, "height": 680}
    with proxied(CONFIG, furnished) as fresh:
        with looking(chromium, fresh.ops, theme="dark", **size) as page:
            for model in ("chat", "fast", "torn", "mini", "fast", "chat", "fast", "mini", "fast"):
                call(page, model)
            go(page, "calls")
            page.locator(".call[data-seq]").nth(8).wait_for()
            page.evaluate("document.activeElement.blur()")
            photograph(page, "console-calls")
        with looking(chromium, fresh.ops, **size) as page:
            page.wait_for_selector("#message")
            page.check("#compare")
            page.select_option("#model-1", "mini")
            say(page, "What is the first byte worth?", model="chat")
            page.locator(".timeline").nth(1).wait_for()
            page.evaluate("document.activeElement.blur()")
            photograph(page, "console-playground")


def test_the_console_can_be_turned_off(chromium):
    with proxied(replace(CONFIG, console=False)) as without:
        page = chromium.new_page()
        for path in ("/console", "/console/app.js", "/console/v1/models", "/admin/recent"):
            assert page.request.get(f"{without.ops}{path}").status == 404
        assert page.request.get(f"{without.ops}/admin/targets").status == 200
        page.close()


def test_the_lines_to_paste_name_this_server(look, proxy):
    with look() as page:
        go(page, "snippets")
        page.click("[data-tool=curl]")

        assert f"{proxy.calls}/v1/chat/completions" in page.inner_text("pre")
        assert "{{" not in page.inner_text("pre")


def test_the_admin_key_is_asked_for_once_kept_nowhere_and_shows_no_secret(chromium):
    config = replace(CONFIG, auth=Auth(required=True, admin_key=Secret(ADMIN_KEY)))
    with proxied(config) as shut, looking(chromium, shut.ops, refused=(401,)) as page:
        page.fill("#admin-key", "wrong")
        page.keyboard.press("Enter")
        page.wait_for_selector("dialog .bad")
        page.fill("#admin-key", ADMIN_KEY)
        page.keyboard.press("Enter")
        say(page, "with the key", model="mock/echo")
        page.wait_for_selector(".turn.answer .timeline")
        go(page, "config")
        page.wait_for_selector(".panel")

        kept = page.evaluate(
            "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"
        )
        assert ADMIN_KEY not in kept + page.content() + page.url
        assert page.locator("dialog").count() == 0
        page.reload()
        page.wait_for_selector("#admin-key")


def test_what_gave_up_without_a_key_goes_on_with_one(chromium):
    config = replace(CONFIG, auth=Auth(required=True, admin_key=Secret(ADMIN_KEY)))
    with proxied(config) as shut, looking(chromium, shut.ops, refused=(401,)) as page:
        page.wait_for_selector("#admin-key")
        page.keyboard.press("Escape")
        page.wait_for_selector("#pulse[data-is=away]")
        page.click("button:has-text('Try again')")
        page.fill("#admin-key", "ключ")
        page.keyboard.press("Enter")

        assert page.locator("#admin-key:invalid").count() == 1, "no header can carry it"
        page.fill("#admin-key", f" {ADMIN_KEY} ")
        page.keyboard.press("Enter")
        page.wait_for_selector("#message")
        page.wait_for_selector("#pulse[data-is=live]")


def test_whoever_looks_on_is_asked_again_when_the_admin_key_has_changed(chromium):
    def at(key):
        return replace(CONFIG, auth=Auth(required=True, admin_key=Secret(key)))

    with (
        proxied(at(ADMIN_KEY)) as shut,
        looking(chromium, shut.ops, refused=(401,)) as page,
    ):
        page.fill("#admin-key", ADMIN_KEY)
        page.keyboard.press("Enter")
        page.wait_for_selector("#pulse[data-is=live]")
        shut.loop.call_soon_threadsafe(shut.app.adopt, at("fb-another-0002"))
        page.wait_for_selector("#admin-key")
        page.fill("#admin-key", "fb-another-0002")
        page.keyboard.press("Enter")
        page.wait_for_selector("#pulse[data-is=live]")


@pytest.mark.parametrize(
    ("field", "wrong"), [("key-rpm", "1,000"), ("key-tpm", "many"), ("key-budget", "2,50")]
)
def test_a_bound_that_is_no_number_makes_no_key_without_one(look, field, wrong):
    with look() as page:
        page.request.post("/admin/teams", data={"id": "bounded"})
        go(page, "access/keys")
        page.click("text=New key")
        page.fill("#key-name", wrong)
        page.fill(f"#{field}", wrong)
        page.click("text=Make it")

        assert page.locator(f"#{field}:invalid").count() == 1
        assert page.locator("#new-key").count() == 0
        page.fill(f"#{field}", " 20 ")
        page.click("text=Make it")
        page.wait_for_selector("#new-key")


def test_who_goes_by_keys_stays_where_they_were(look):
    with look() as page:
        page.request.post("/admin/teams", data={"id": "stays"})
        page.request.post("/admin/keys", data={"team_id": "stays", "name": "goes"})
        go(page, "access/teams")
        page.focus("[aria-label='Suspend stays']")
        page.keyboard.press("Enter")
        page.wait_for_selector("[aria-label='Resume stays']:focus")
        page.keyboard.press("Enter")
        page.wait_for_selector("[aria-label='Suspend stays']:focus")
        page.focus("[aria-label='Give credits to stays']")
        page.keyboard.press("Enter")
        page.fill("#amount", "many")
        page.keyboard.press("Enter")
        assert page.locator("#amount:invalid").count() == 1
        page.fill("#amount", "7")
        page.keyboard.press("Enter")
        page.wait_for_selector("text=7 left")
        page.wait_for_selector("[aria-label='Give credits to stays']:focus")

        go(page, "access/keys")
        page.focus("[aria-label='Revoke goes']")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_selector("tr:has-text('goes') .badge:has-text('revoked')")
        page.wait_for_selector("[role=region][aria-label=Keys]:focus")
