FROM node:24-slim AS htmx
WORKDIR /htmx
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts

FROM python:3.13-slim AS build
WORKDIR /source
RUN python -m venv /opt/utvag
COPY requirements/run.txt requirements/
RUN /opt/utvag/bin/pip install --no-cache-dir --require-hashes -r requirements/run.txt
COPY . .
COPY --from=htmx /htmx/node_modules/htmx.org/LICENSE /htmx/node_modules/htmx.org/dist/htmx.min.js \
    staff/static/vendor/
COPY --from=htmx /htmx/node_modules/htmx.org/dist/ext/hx-sse.min.js \
    /htmx/node_modules/htmx.org/dist/ext/hx-csp.min.js staff/static/vendor/ext/
RUN /opt/utvag/bin/pip install --no-cache-dir --no-deps --no-build-isolation . \
    && /opt/utvag/bin/pip uninstall --yes setuptools pip

# Nothing is written outside /data and /tmp: the root file system may be read-only.
FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home --home-dir /data utvag \
    && install --directory --owner utvag --group utvag --mode 0700 /data
# pg_dump and pg_restore for `utvag backup`, not older than the PostgreSQL of compose.yaml: Debian has
# older ones, so PostgreSQL's own archive is asked, which Debian's package knows.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates postgresql-common \
    && sh /usr/share/postgresql-common/pgdg/*.sh -y \
    && apt-get install --yes --no-install-recommends postgresql-client-18 \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/utvag /opt/utvag
ENV PATH=/opt/utvag/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 UTVAG_DATA_DIR=/data
WORKDIR /data
VOLUME /data
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
# Without arguments the line is served; with them it is the command line: `… staff list`.
ENTRYPOINT ["/bin/sh", "-ec", "[ $# -eq 0 ] || exec utvag \"$@\"; utvag migrate; exec utvag serve --host 0.0.0.0 --port 8000", "utvag"]
