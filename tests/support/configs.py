"""Configurations, good and bad, that the loader and the JSON Schema must judge alike."""

from proxy.config.load import load
from proxy.config.problems import ConfigError

CANARY = "sk-canary-5b1e0c9a77d24f"

ENVIRON = {
    "OPENAI_API_KEY": CANARY,
    "ANTHROPIC_API_KEY": CANARY,
    "GROQ_API_KEY": CANARY,
    "COUNT": "2",
    "WORD": CANARY,
    "EMPTY": "",
}

GOOD = [
    "",
    "# nothing but a comment\n",
    "server:\nauth:\nlog:\ndefaults:\nproviders:\nmodels:\nprofiles:\n",
    "server: {listen: '127.0.0.1:9000', hosts: [llm.internal], max_body: 1MiB, drain_timeout: 0}",
    "server: {listen: '[::1]:0', tls: {cert: a.pem, key: b.pem}}",
    "server: {listen: '0.0.0.0:80'}\nauth: {required: false}",
    "auth: {required: true, keys: [{key: abc, team: blue, allowed_models: [chat]}]}",
    "auth: {keys: []}",
    "log: {format: json}",
    "defaults: {retries: 2, connect_timeout: 250ms, total_timeout: 1.5h, retry_after_max: 0s}",
    "defaults: {retries: 2.0, max_attempts: auto, fallback_on: [context_length, unsupported]}",
    "defaults: {max_attempts: 7, model_in_answer: asked, max_event: 64KiB, max_answer: 1000000}",
    'defaults: {retries: "${COUNT}"}',
    "defaults:\n  retries: ${COUNT}\n  idle_timeout: ${NONE:-3s}\n",
    "providers: {openai: {}}",
    "providers: {openai: }",
    "providers: {local: {protocol: openai, base_url: 'http://127.0.0.1:8000/v1', api_key: ''}}",
    "providers: {mine: {vendor: groq, base_url: 'https://groq.example/openai/v1'}}",
    "providers: {openai: {api_key: passthrough}}",
    "providers: {openai: {api_key: [one, 'two', '${OPENAI_API_KEY}']}}",
    "providers: {openai: {headers: {X-Team: blue}, first_byte_timeout: 3, max_event: 1KiB}}",
    "models: {chat: [openai/gpt-5.4, anthropic/claude-sonnet-5-5]}",
    "models: {chat: [openrouter-like/a]}\nproviders: {openrouter-like: {base_url: 'http://h/v1'}}",
    "models: {chat: {cascade: [{target: openai/gpt, params: {max_tokens: 4, a: [1, {b: c}]}}]}}",
    "models: {'*': [mock/echo]}\ndefault_model: whatever",
    "models: {chat: {cascade: [groq/a/b/c], description: d, total_timeout: 5m, retries: 1}}",
    "providers: {p: {protocol: bedrock, region: eu-west-1}, q: {protocol: vertex, project: a.b:c}}",
    "providers: {bedrock: {region: r, access_key_id: a, secret_access_key: b, session_token: c}}",
    "providers: {bedrock: {region: r, api_key: k}, vertex: {project: p, access_token: t}}",
    "providers: {azure: {base_url: 'https://r.azure.com', api_version: 2024-10-21, api_key: k}}",
    "providers: {cloudflare: {account: a1, api_key: k}, b: {vendor: snowflake, account: a}}",
    "providers: {openai: {protocol: responses}, google: {protocol: vertex, project: p}}",
    "models: {c: [{target: mock/a, capabilities: {tools: false, images: true, context: 1}}]}",
    "models: {c: [{target: mock/a, capabilities: }]}",
    "prices: {openai/gpt: {input: 1.5, output: 6}, mock/a: {cache_read: 0}}",
    "prices: {grok/x: {reasoning: 1e-3, image_output: 1000000}}",
    'prices: {openai/gpt: {input: "${COUNT}"}}',
    "defaults: {hedge_after: off, commit: complete, first_byte_per_100k_tokens: 20s}",
    "defaults: {hedge_after: p95}\nproviders: {openai: {hedge_after: 2, commit: first_byte}}",
    "models: {c: {cascade: [{target: mock/a, hedge_after: 1500ms}, mock/b], hedge_after: 'off'}}",
    "defaults: {warm_after: 0, heartbeat: 1s, recover: off, resume_prompt: Go on.}",
    'models: {c: {cascade: [mock/a], recover: user_turn, resume_prompt: "Go\\non"}}',
    "server: {max_in_flight: 1, max_queue: 0, queue_timeout: 0, drain_delay: 5s}",
    "models: {c: [{pool: [mock/a, {target: mock/b, weight: 2.5}], balance: weighted}, mock/c]}",
    "models: {c: [{pool: [mock/a]}]}",
    'models: {c: [{pool: [{target: mock/a, retries: 1, weight: "${COUNT}"}], balance: fastest}]}',
    "profiles: {dev: {models: {c: [{pool: ['${NONE}']}]}, defaults: {hedge_after: '${NONE}'}}}",
    "default_model: openai/gpt-5.4",
    "providers: {openai: {}}\ndefault_model: gpt-5.4",
    "models: {chat: [ollama/llama3.2]}",
    "profiles: {dev: {models: {chat: {max_attempts: 2}}, server: {max_body: '${NONE}'}}}",
    "profiles: {dev: {models: {chat: ['${NONE}']}, providers: {a: {}}}}",
    "models:\n  a: &a [mock/echo]\n  b: *a\n",
    (
        "providers:\n  one: &one {base_url: 'http://h/v1', retries: 1}\n"
        "  two: {<<: *one, retries: 2}\n"
    ),
]
"""Accepted by both."""

BAD_FORM = [
    ("just text", "expected a map of sections, got 'just text'"),
    ("[a]", "expected a map of sections, got a list"),
    ("sever: {}", "1:1: sever: unknown key; did you mean 'server'?"),
    ("pool: {}", "1:1: pool: unknown key; known here: server, auth"),
    ("server: {listen: 8080}", "1:18: server.listen: expected host:port"),
    ("server: {listen: 'a b:1'}", "got 'a b:1'"),
    ("server: {hosts: internal}", "server.hosts: expected a list of host names, got 'internal'"),
    (
        "server: {cors: {origins: ['*']}}",
        "server.cors.origins[0]: expected an origin like https://app.example, got '*'",
    ),
    (
        "server: {cors: {origins: [https://app.example/]}}",
        "server.cors.origins[0]: expected an origin like https://app.example, got 'https://app.example/'",
    ),
    ("server: {hosts: [a b]}", "server.hosts[0]: expected a host name, got 'a b'"),
    ("server: {max_body: 3MB}", "server.max_body: expected a size like 64KiB"),
    ("server: {max_body: 0}", "got 0"),
    ("server: {max_body: 1.5}", "got 1.5"),
    ("server: {max_body: 0KiB}", "got '0KiB'"),
    ("server: {tls: [a]}", "server.tls: expected a map, got a list"),
    ("server: {ops_listen: sometimes}", "server.ops_listen: expected `off` or host:port"),
    ("auth: {admin_key: 'two words'}", "auth.admin_key: expected a key of printable characters"),
    ("store: file", "store: expected memory, sqlite:PATH or redis://HOST, got another value"),
    ("store: postgres://host", "store: expected memory, sqlite:PATH or redis://HOST"),
    ("store: 'sqlite:'", "store: expected memory,"),
    ("store_timeout: 300", "store_timeout: expected a duration"),
    ("providers: {openai: {rpm: 0}}", "providers.openai.rpm: expected a whole number from 1"),
    ("defaults: {rpm: 5}", "defaults.rpm: unknown key"),
    ("models: {chat: {cascade: [mock/echo], tpm: 5}}", "models.chat.tpm: unknown key"),
    ("auth: {required: yes}", "auth.required: expected true or false, got 'yes'"),
    ("auth: {required: 1}", "auth.required: expected true or false, got 1"),
    ("auth: {keys: [{team: a}]}", "auth.keys[0]: expected the key 'key'"),
    ("auth: {keys: [abc]}", "auth.keys[0]: expected a map with `key`, got 'abc'"),
    ("auth: {keys: [{key: 'a b'}]}", "got another value"),
    ("log: {format: jsn}", "did you mean 'json'?"),
    ("log: {format: }", "log.format: expected `auto`, `json` or `text`, got nothing"),
    ("defaults: {retries: -1}", "expected a whole number from 0 to 100, got -1"),
    ("defaults: {retries: 1.5}", "got 1.5"),
    ("defaults: {retries: true}", "got true"),
    ("defaults: {connect_timeout: 0}", "above 0"),
    ("defaults: {connect_timeout: 0.0s}", "above 0"),
    ("defaults: {connect_timeout: 3 s}", "got '3 s'"),
    ("defaults: {connect_timeout: 1:30}", "got '1:30'"),
    ("defaults: {connect_timeout: .inf}", "got '.inf'"),
    ("defaults: {connect_timeout: 9999999}", "at most 7 days"),
    ("defaults: {max_attempts: 0}", "expected `auto` or a whole number from 1 to 100, got 0"),
    ("defaults: {fallback_on: [contxt_length]}", "did you mean 'context_length'?"),
    ("defaults: {fallback_on: context_length}", "expected a list of error classes"),
    ("defaults: {hedge_after: of}", "expected `off`, `p95` or a duration like 250ms"),
    ("defaults: {hedge_after: of}", "got 'of'; did you mean 'off'?"),
    ("defaults: {hedge_after: 0}", "defaults.hedge_after: expected `off`, `p95` or a duration"),
    ("defaults: {hedge_after: false}", "got false"),
    ("defaults: {first_byte_per_100k_tokens: -1}", "0 or more and at most 7 days, got -1"),
    ("defaults: {commit: whole}", "expected `first_byte` or `complete`, got 'whole'"),
    ("defaults: {warm_after: off}", "warm_after: expected a duration like 250ms"),
    ("defaults: {heartbeat: 0}", "defaults.heartbeat: expected a duration"),
    ("defaults: {recover: prefil}", "got 'prefil'; did you mean 'prefill'?"),
    ("defaults: {recover: false}", "defaults.recover: expected `off`, `restart`, `prefill` or"),
    ("defaults: {resume_prompt: ' '}", "resume_prompt: expected text that is not blank, got ' '"),
    ("server: {max_in_flight: 0}", "expected a whole number from 1 to 1000000, got 0"),
    ("server: {max_queue: -1}", "server.max_queue: expected a whole number from 0"),
    ("server: {queue_timeout: soon}", "server.queue_timeout: expected a duration"),
    ("server: {drain_delay: -1s}", "server.drain_delay: expected a duration"),
    ("providers: {openai: {recover: off}}", "providers.openai.recover: unknown key"),
    ("default_model: 3", "default_model: expected a name on one line, got 3"),
    ("providers: [openai]", "providers: expected a map of providers, got a list"),
    ("providers: {'a/b': {base_url: 'http://h'}}", "expected a provider name"),
    ("providers: {a: {base_url: 'ftp://h'}}", "providers.a.base_url: expected an http:// or"),
    ("providers: {a: {base_url: 'http://u:pw@h/v1'}}", "got one with credentials"),
    ("providers: {a: {base_url: 'http://h/v1?x=1'}}", "without credentials, query or fragment"),
    ("providers: {openai: {api_key: {a: b}}}", "expected a key, a list of keys"),
    ("providers: {openai: {api_key: 5}}", "expected a key of printable ASCII"),
    ("providers: {openai: {api_key: 'a b'}}", "expected a key of printable ASCII"),
    ("providers: {openai: {api_key: [[a]]}}", "providers.openai.api_key[0]: expected a key"),
    ("providers: {openai: {headers: {'a b': c}}}", "expected a header name as the key, got 'a b'"),
    ('providers: {openai: {headers: {a: "x\\ny"}}}', "headers.a: expected a header value"),
    ("providers: {openai: {protocol: gemni}}", "or `mistral`, got 'gemni'; did you mean 'gemini'?"),
    ("providers: {p: {protocol: bedrock, region: 'a b'}}", "region: expected a name of letters"),
    ("providers: {p: {protocol: bedrock, region: eu-}}", "region: expected a name of letters"),
    ("providers: {p: {protocol: vertex, access_token: 'a b'}}", "got another value"),
    ("models: {c: [{target: mock/a, capabilities: [tools]}]}", "capabilities: expected a map, got"),
    ("models: {c: [{target: mock/a, capabilities: {tool: true}}]}", "did you mean 'tools'?"),
    ("models: {c: [{target: mock/a, capabilities: {context: 0}}]}", "number from 1 to 100000000"),
    ("prices: {qwen3: {input: 0}}", "prices.qwen3: expected provider/model as the key"),
    ("prices: {mock/a: {input: -1}}", "input: expected USD per million tokens, a number from 0"),
    ("prices: {mock/a: {input: free}}", "got 'free'"),
    ("prices: {mock/a: 3}", "prices.'mock/a': expected a map of prices, got 3"),
    ("models: {chat: openai/gpt}", "models.chat: expected a list of targets, or a map with"),
    ("models: {chat: []}", "models.chat: expected at least 1 in a list of targets, got 0"),
    ("models: {chat: {cascade: []}}", "models.chat.cascade: expected at least 1"),
    ("models: {chat: {}}", "models.chat: expected the key 'cascade'"),
    ("models: {chat: }", "models.chat: expected a list of targets"),
    ("models: {chat: [gpt]}", "models.chat[0]: expected provider/model, got 'gpt'"),
    ("models: {chat: [{params: {}}]}", "models.chat[0]: expected the key 'target'"),
    ("models: {chat: [{target: openai/a, params: 3}]}", "params: expected a map of request fields"),
    (
        "models: {chat: [{target: openai/a, params: {model: b}}]}",
        "params.model: cannot be set here",
    ),
    ("models: {chat: [{target: openai/a, wieght: 3}]}", "models.chat[0].wieght: unknown key"),
    ("models: {chat: [{pool: []}]}", "chat[0].pool: expected at least 1 in a list of targets, got"),
    ("models: {chat: [{pool: }]}", "chat[0].pool: expected a list of targets, got nothing"),
    ("models: {chat: [{pool: mock/a}]}", "chat[0].pool: expected a list of targets, got 'mock/a'"),
    ("models: {chat: [{pool: [gpt]}]}", "chat[0].pool[0]: expected provider/model, got 'gpt'"),
    ("models: {chat: [{pool: [{weight: 1}]}]}", "chat[0].pool[0]: expected the key 'target'"),
    ("models: {chat: [{pool: [{pool: [mock/a]}]}]}", "a pool cannot stand within a pool"),
    ("models: {chat: [{pool: [{target: mock/a, balance: weighted}]}]}", "beside the `pool`"),
    (
        "models: {chat: [{pool: [mock/a], target: mock/b}]}",
        "chat[0].target: is for a target of the",
    ),
    ("models: {chat: [{pool: [mock/a], retries: 1}]}", "retries: is for a target of the pool, not"),
    ("models: {chat: [{pool: [mock/a], balance: fast}]}", "did you mean 'fastest'?"),
    ("models: {chat: [{pol: [mock/a]}]}", "chat[0].pol: unknown key; did you mean 'pool'?"),
    (
        "models: {chat: [{target: mock/a, weight: 3}]}",
        "weight: is for a target of a `pool`; a step",
    ),
    (
        "models: {chat: [{target: mock/a, balance: fastest}]}",
        "balance: stands beside a `pool`; a st",
    ),
    (
        "models: {chat: [{pool: [{target: mock/a, weight: 0}]}]}",
        "expected a number above 0, from 0.",
    ),
    (
        "models: {chat: [{pool: [{target: mock/a, weight: -1}]}]}",
        "pool[0].weight: expected a number",
    ),
    (
        "models: {chat: [{pool: [{target: mock/a, weight: 1e-9}]}]}",
        "from 0.001 to 1000000, got 1e-9",
    ),
    ("models: {chat: [{pool: [{target: mock/a, weight: heavy}]}]}", "got 'heavy'"),
    ("models: {chat: [{pool: [{target: mock/a, wieght: 3}]}]}", "did you mean 'weight'?"),
    ('models: {"a\\tb": [mock/echo]}', "expected a name on one line as the key, got 'a\\tb'"),
    ("profiles: {dev: [a]}", "profiles.dev: expected a map of sections, got a list"),
    ("profiles: {dev: {profiles: {}}}", "profiles.dev.profiles: unknown key"),
    ("profiles: {dev: {models: {a: [{params: {}}]}}}", "expected the key 'target'"),
    ("profiles: {dev: {log: {format: jsn}}}", "profiles.dev.log.format: expected"),
]
"""Refused by both, for their form: the text and a part of what is said."""

BAD_SENSE = [
    ("models: {chat: [opnai/gpt]}", "models.chat[0]: the provider 'opnai' is not configured; did"),
    ("models: {chat: [deepseek/a]}", "DEEPSEEK_API_KEY is not set"),
    ("models: {chat: [{target: zzzzz/a}]}", "models.chat[0].target: the provider 'zzzzz' is not"),
    ("models: {chat: [llama-cpp/a]}", "this server's own listener"),
    ("models: {chat: [bedrock/a]}", "AWS_BEARER_TOKEN_BEDROCK is not set"),
    ("models: {chat: [vertex/a]}", "GOOGLE_CLOUD_PROJECT with GOOGLE_APPLICATION_CREDENTIALS is"),
    (
        "providers: {openai: {region: eu-west-1}}",
        "1:30: providers.openai.region: is for the protocol bedrock; this provider speaks openai",
    ),
    ("providers: {openai: {account: a}}", "whose address names an account: cloudflare, snowflake"),
    (
        "providers: {p: {protocol: bedrock}}",
        "providers.p: expected a `region`, AWS_REGION or AWS_DEFAULT_REGION",
    ),
    ("providers: {vertex: {}}", "providers.vertex: expected a `project` or GOOGLE_CLOUD_PROJECT"),
    (
        "providers: {p: {protocol: bedrock, region: r, access_key_id: a}}",
        "providers.p.access_key_id: expected the key `secret_access_key` beside it",
    ),
    (
        "providers: {bedrock: {region: r, api_key: k, profile: p}}",
        "providers.bedrock.profile: expected either `api_key` or `profile`, got both",
    ),
    (
        "providers: {azure: {api_key: k}}",
        "expected a `base_url`, AZURE_OPENAI_ENDPOINT, AZURE_API_BASE or AZURE_RESOURCE_NAME: ",
    ),
    (
        "providers: {cloudflare: {api_key: k}}",
        "expected a `base_url`, an `account` or CLOUDFLARE_ACCOUNT_ID: Cloudflare Workers AI's",
    ),
    (
        "models: {c: [{target: openai/a, base_model: b}]}",
        "models.c[0].base_model: is for a provider that speaks bedrock or azure; this one speaks o",
    ),
    ("prices: {opnai/a: {input: 1}}", "prices.'opnai/a': the provider 'opnai' is not configured"),
    ("prices: {mock/a: {}}", "prices.'mock/a': expected at least one of input, output, cache_read"),
    ("providers: {mine: {vendor: grog}}", "providers.mine.vendor: the vendor 'grog' is not in the"),
    (
        "providers: {opnai: {}}",
        "expected a `base_url` or a `vendor`: 'opnai' is no vendor's name; ",
    ),
    ("providers: {mock: {base_url: 'http://h/v1'}}", "'mock' is built in"),
    ("providers: {groq: {protocol: anthropic}}", "Groq's own address speaks openai, not anthropic"),
    ("providers: {a: {base_url: 'http://localhost:8080/v1'}}", "this server's own listener"),
    (
        "providers: {a: {base_url: 'http://h:99999/v1'}}",
        "providers.a.base_url: expected an http://",
    ),
    ("providers: {openai: {headers: {TE: a}}}", "belongs to the connection and cannot be set"),
    ("providers: {openai: {headers: {A: b, a: c}}}", "letter case makes no difference"),
    (
        "server: {ops_listen: '127.0.0.1:8080'}",
        "127.0.0.1:8080 is where calls are taken; expected another port, or `off`",
    ),
    ("server: {listen: '0.0.0.0:80'}", "so say who may call: write `auth: {required: true"),
    ("server: {listen: 'a:99999'}", "server.listen: expected host:port"),
    ("server: {listen: '[:::]:1'}", "server.listen: expected host:port"),
    ("auth: {keys: [{key: a}, {key: a}]}", "auth.keys[1].key: this key is given twice"),
    ("server: {tls: {cert: a}}", "server.tls: expected the key 'key' beside 'cert'"),
    ("server: {tls: {key: a}}", "server.tls: expected the key 'cert' beside 'key'"),
    ("default_model: chat", "default_model: expected an alias or a target, got 'chat'"),
    ("default_model: nope/x", "the provider 'nope' is not configured"),
    ("default_model: chta\nmodels: {chat: [mock/echo]}", "did you mean 'chat'?"),
    (
        (
            "providers:\n  a: {base_url: 'http://a/v1', api_key: passthrough}\n"
            "  b: {base_url: 'http://b/v1', api_key: passthrough}\nmodels: {c: [a/x, b/x]}"
        ),
        "4:13: models.c.cascade: expected at most one provider host",
    ),
    (
        (
            "providers:\n  a: {base_url: 'http://a/v1', api_key: passthrough}\n"
            "  b: {base_url: 'http://b/v1', api_key: passthrough}\nmodels: {c: [{pool: [a/x, b/x]}]}"
        ),
        "4:13: models.c.cascade: expected at most one provider host",
    ),
    ("models: {c: [{pool: [mock/a, opnai/b]}]}", "c[0].pool[1]: the provider 'opnai' is not"),
    ("models: {c: [{pool: [{target: zzzzz/a}]}]}", "c[0].pool[0].target: the provider 'zzzzz' is"),
    ('log: {format: "${NONE}"}', "log.format: the variable NONE is not set"),
    (
        'log: {format: "${WORD}"}',
        "log.format: expected `auto`, `json` or `text`, got what '${WORD}'",
    ),
    ('log: {format: "${WORD"}', "log.format: a reference is not closed"),
    ('log: {format: "${1X}"}', "expected ${NAME}, ${NAME:-default} or ${file:/path}"),
    ('log: {format: "${file:/nowhere}"}', "the file '/nowhere' cannot be read: No such file"),
    ('models: {c: [{target: mock/a, params: {x: ["${NONE}"]}}]}', "params.x[0]: the variable NONE"),
]
"""Well formed, so that the schema accepts them; refused by `load`."""


def no_file(path):
    raise FileNotFoundError(2, "No such file or directory")


def reader(files):
    """Reads from a dict of texts in place of a disk."""

    def read(path):
        if path not in files:
            return no_file(path)
        content = files[path]
        return content if isinstance(content, bytes) else content.encode()

    return read


def loaded(text, *, environ=None, **options):
    """The configuration that a text gives as `firstbyte.yaml`."""
    files = {"firstbyte.yaml": text, **options.pop("files", {})}
    where = ENVIRON if environ is None else environ
    return load("firstbyte.yaml", environ=where, read=reader(files), **options)


def problems(text, **options):
    """What is wrong with a text, line by line."""
    try:
        loaded(text, **options)
    except ConfigError as error:
        return [str(problem) for problem in error.problems]
    return []
