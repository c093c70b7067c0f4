#!/bin/sh
# Builds the image with Docker or Podman: REGISTRY, TAG, PUSH=yes; NODE_IMAGE for another base.
set -eu
cd "$(dirname "$0")/../.."

for engine in docker podman ''; do
  [ -n "$engine" ] || { echo 'images: Docker or Podman is needed' >&2 && exit 1; }
  command -v "$engine" >/dev/null 2>&1 && break
done
name=${REGISTRY:-acranomalyguard.azurecr.io}/anomalyguard:${TAG:?TAG must be set}
revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)
"$engine" build --tag "$name" \
  --build-arg "VERSION=$TAG" --build-arg "REVISION=$revision" --build-arg "CREATED=$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
  ${NODE_IMAGE:+--build-arg "NODE_IMAGE=$NODE_IMAGE"} .
echo "images: built $name"
if [ "${PUSH:-no}" = yes ]; then "$engine" push "$name"; fi
