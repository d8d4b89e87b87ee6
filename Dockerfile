# One image for the worker, the front door and the one-shot commands (store.migrate, ops register).
# Pin by digest when it is first pulled.

FROM python:3.11.14-slim-bookworm AS dependencies
COPY requirements-runtime.lock .
RUN python -m venv /opt/venv \
 && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes \
    --requirement requirements-runtime.lock

FROM python:3.11.14-slim-bookworm
COPY apt-packages.txt .
# Pango and fonts for printing; removed again is what only apt needs.
RUN apt-get update -qq \
 && grep -v '^#' apt-packages.txt | DEBIAN_FRONTEND=noninteractive xargs apt-get install -qq -y --no-install-recommends \
 && rm -rf /var/lib/apt/lists/* apt-packages.txt
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin river \
 && install --directory --owner=river --mode=0700 /photos /archive
COPY --from=dependencies /opt/venv /opt/venv
WORKDIR /app
COPY domain domain
COPY store store
COPY activities activities
COPY workflows workflows
COPY reading reading
COPY printing printing
COPY intake intake
COPY ops ops
COPY rules rules
COPY registry registry
COPY settings.py logs.py connection.py memory.py metrics.py sandbox.py traces.py voices.py beside.py worker.py starter.py ./
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 RIVER_HEALTH_FILE=/tmp/healthy MALLOC_ARENA_MAX=1
# The root file system is read-only later: what can be compiled is compiled now.
RUN python -m compileall -q .
USER 10001
HEALTHCHECK --interval=30s --timeout=10s --start-period=1m --retries=3 CMD ["python", "worker.py", "healthy"]
CMD ["python", "worker.py"]
