# One image for every process of the product; its argument is the role:
#   producer/main.ts | consumer/main.ts | scaler/keda/main.ts | web/main.ts | core/install.ts | producer/load/main.ts
# `make images REGISTRY=… TAG=…` builds it.
ARG NODE_IMAGE=node:24-slim

FROM ${NODE_IMAGE} AS stage
WORKDIR /src
# First what seldom changes: the packages, those of the image and those that the pages are built with.
COPY manifests/image/stage.sh manifests/image/
COPY package.json package-lock.json .npmrc ./
RUN manifests/image/stage.sh /app packages && npm ci --ignore-scripts --loglevel=error
COPY . .
RUN manifests/image/stage.sh /app product

FROM ${NODE_IMAGE}
ARG VERSION=unknown
ARG REVISION=unknown
ARG CREATED=unknown
LABEL org.opencontainers.image.title="AnomalyGuard" \
      org.opencontainers.image.description="Event-driven job platform: jobs on Kafka, workers in Node, scaled on lag by KEDA" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.base.name="docker.io/library/node:24-slim"
# The cache is only read: stage.sh has filled it, and the root file system is read-only. Of malloc: core/lean.ts says why.
ENV NODE_ENV=production \
    NODE_COMPILE_CACHE=/app/.compile-cache \
    NODE_COMPILE_CACHE_PORTABLE=1 \
    KAFKAJS_NO_PARTITIONER_WARNING=1 \
    MALLOC_ARENA_MAX=2 \
    MALLOC_MMAP_THRESHOLD_=65536
WORKDIR /app
COPY --from=stage /app /app
# By number, so that runAsNonRoot can be checked.
USER 1000:1000
EXPOSE 8080
ENTRYPOINT ["node", "--disable-warning=TimeoutNegativeWarning"]
CMD ["web/main.ts"]
