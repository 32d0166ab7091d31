# Stage 1: a build environment of its own makes the wheel; the runtime environment gets only what is locked.
FROM python:3.11-slim AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    SOURCE_DATE_EPOCH=1767225600

WORKDIR /src
COPY requirements.lock requirements-build.lock ./
RUN python -m venv /opt/build \
    && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements-build.lock \
    && python -m venv /opt/ecarbon \
    && /opt/ecarbon/bin/pip install --no-cache-dir --require-hashes -r requirements.lock

COPY pyproject.toml README.md LICENSE ./
COPY iocore iocore
COPY ledger ledger
COPY passport passport
COPY web web
RUN /opt/build/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /src/dist . \
    && /opt/ecarbon/bin/pip install --no-cache-dir --no-deps --no-index /src/dist/*.whl \
    && /opt/ecarbon/bin/ecarbon --version

# Stage 2: no compiler, no build tools, nothing writable but /data and the temporary folder.
FROM python:3.11-slim AS runtime

LABEL org.opencontainers.image.title="ecarbon" \
      org.opencontainers.image.description="A ledger of signed carbon entries and a carbon passport that anyone can check offline" \
      org.opencontainers.image.licenses="Apache-2.0"

ENV PATH=/opt/ecarbon/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ECARBON_HOME=/data

RUN groupadd --gid 10001 ecarbon \
    && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin ecarbon \
    && install -d -o 10001 -g 10001 -m 0700 /data

COPY --from=build /opt/ecarbon /opt/ecarbon

USER 10001:10001
WORKDIR /data
VOLUME ["/data"]
EXPOSE 8000

HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import sys, urllib.request; sys.exit(urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4).status != 200)"]

# Run with: docker run --init --read-only --tmpfs /tmp -v ecarbon:/data -p 8000:8000 ecarbon
ENTRYPOINT ["ecarbon"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
