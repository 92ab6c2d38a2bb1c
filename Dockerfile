# A server with the engine: Debian's Redis and Python, and the engine's Debian package.
#
#   cargo xtask deb && docker build --tag gears .
#
# `cargo xtask image` tries these steps without Docker. docs/engine-package.md has more.
FROM debian:bookworm-slim

# Debian's packages that functions import, such as --build-arg PACKAGES="python3-numpy python3-requests".
ARG PACKAGES=""

COPY target/deb/gears-engine_*.deb /opt/packages/

# pip is for functions that name requirements.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends /opt/packages/*.deb redis-server python3-pip $PACKAGES \
 && rm -rf /opt/packages /var/lib/apt/lists/* \
 && sed -i 's/^#loadmodule/loadmodule/' /etc/gears/engine.conf \
 && install --directory --owner=redis --group=redis /data

COPY gears-engine/docker/server.conf /etc/gears/

USER redis
WORKDIR /data
VOLUME /data
EXPOSE 6379

# Until there is a password (--requirepass), nobody but the container itself is let in.
ENTRYPOINT ["redis-server", "/etc/gears/server.conf"]

# With a password it is told by REDISCLI_AUTH.
HEALTHCHECK --interval=10s --timeout=3s CMD redis-cli ping | grep --quiet PONG
