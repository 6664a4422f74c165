# syntax=docker/dockerfile:1

FROM python:3.11.14-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
RUN python -m venv /opt/taal
# The pins change seldom: they are a layer of their own.
COPY requirements.txt requirements-build.txt ./
# What builds is kept apart from what runs, and is locked like it.
RUN /opt/taal/bin/pip install --no-cache-dir --require-hashes --requirement requirements.txt \
    && python -m venv /opt/build \
    && /opt/build/bin/pip install --no-cache-dir --require-hashes --requirement requirements-build.txt
COPY pyproject.toml hatch_build.py README.md ./
COPY locales ./locales
COPY bot ./bot
RUN /opt/build/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheels . \
    && /opt/taal/bin/pip install --no-cache-dir --no-deps /wheels/*.whl

FROM python:3.11.14-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin taal \
    && install --directory --owner=taal --mode=0700 /data
COPY --from=build /opt/taal /opt/taal
ENV PATH=/opt/taal/bin:$PATH PYTHONDONTWRITEBYTECODE=1 HOST=0.0.0.0 PORT=8080 DATABASE_URL=sqlite:////data/taal.db
# The number, so that a host that forbids root can tell.
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
# Drains on this signal: a payment in flight is heard to its end (PAY_TIMEOUT_SECONDS), so give it 100 seconds.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/healthz', timeout=4)"]
ENTRYPOINT ["python", "-m", "bot"]
