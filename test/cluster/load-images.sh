#!/usr/bin/env bash
# Puts what the pods run into a cluster that has no registry: this working tree, and Kafka and PostgreSQL of this machine's own programs.
#   test/cluster/load-images.sh SCRIPTS     the folder of the cluster's scripts (lib.sh, load-image); needs node 24 first in PATH
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
scripts=$(cd "${1:?usage: load-images.sh SCRIPTS}" && pwd)
export LOAD_IMAGE=$scripts/load-image

# shellcheck source=/dev/null
present=$(. "$scripts/lib.sh" && inside ctr -a /run/containerd/containerd.sock -n k8s.io images ls -q)
for server in kafka postgres; do
  grep -qx "localhost/$server:test" <<<"$present" || "test/cluster/images/$server.sh"
done

# The packages stay from run to run while the lock file is the same.
staged=.data/cluster/image
if cmp -s package-lock.json "$staged/package-lock.json" && [ -d "$staged/node_modules" ]; then
  manifests/image/stage.sh "$staged" product
else
  rm -rf "$staged"
  manifests/image/stage.sh "$staged"
fi
# As the Dockerfile has it; an entry point is a program to the cluster's script.
"$LOAD_IMAGE" localhost/anomalyguard:test --binary test/cluster/images/entrypoint.sh --as entrypoint --base node \
  --dir "$staged" --user 1000:1000 --env NODE_ENV=production --env NODE_COMPILE_CACHE=/app/.compile-cache \
  --env NODE_COMPILE_CACHE_PORTABLE=1 --env KAFKAJS_NO_PARTITIONER_WARNING=1 --cmd web/main.ts
