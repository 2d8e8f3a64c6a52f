# The image: the locked libraries and our wheel in one environment, run by an unprivileged user on a read-only root.
#
# BASE is a tag so that the file needs no edit each week; a release names the exact bytes instead. Which digest that is
# cannot be known offline, so none stands here; `make image` puts a base of its own in this place:
#   docker build --build-arg BASE=python:3.11-slim-bookworm@sha256:<digest> --tag firstbyte .
# Everything that pip brings is named by hash in the lock files, and only as a wheel: nothing is compiled or run.
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
WORKDIR /src
COPY requirements.lock requirements-dev.lock ./
# The tools make our wheel and stay behind in this stage; the environment that is shipped has no pip of its own.
RUN python -m venv /tools \
 && /tools/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements-dev.lock \
 && python -m venv --without-pip /opt/firstbyte \
 && /tools/bin/pip --python /opt/firstbyte/bin/python install --no-cache-dir --require-hashes --only-binary :all: -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY proxy ./proxy
RUN /tools/bin/pip wheel --no-cache-dir --no-index --no-deps --no-build-isolation --wheel-dir /dist . \
 && /tools/bin/pip --python /opt/firstbyte/bin/python install --no-cache-dir --no-index --no-deps /dist/*.whl

FROM ${BASE}
LABEL org.opencontainers.image.title="Firstbyte" \
      org.opencontainers.image.description="An OpenAI-compatible reverse proxy for language models that fails over before the first byte." \
      org.opencontainers.image.licenses="Apache-2.0"
# Providers' certificates are checked against the system's trust store: an image without one could reach nobody.
RUN ["test", "-s", "/etc/ssl/certs/ca-certificates.crt"]
# Nobody in here becomes somebody else: no file of the base lends its owner's rights to whoever runs it.
# hadolint ignore=DL3059
RUN ["find", "/", "-xdev", "-type", "f", "-perm", "/6000", "-exec", "chmod", "a-s", "{}", "+"]
COPY --from=build /opt/firstbyte /opt/firstbyte
ENV PATH=/opt/firstbyte/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
# What a Redis that is away could not be told waits here; mount a volume where that should outlive the container. One that
# is new takes over whose the folder is.
RUN ["install", "-d", "-o", "65532", "-g", "65532", "-m", "0700", "/var/lib/firstbyte"]
ENV STATE_DIRECTORY=/var/lib/firstbyte
# ./firstbyte.yaml is where the command looks for its configuration: mount it as /etc/firstbyte/firstbyte.yaml.
WORKDIR /etc/firstbyte
USER 65532:65532
EXPOSE 8080 8081
# Asks where the configuration says that operators are answered, else callers; no shell and no curl is needed for it.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["python", "-m", "proxy.commands.probe", "live"]
ENTRYPOINT ["firstbyte"]
CMD ["serve"]
