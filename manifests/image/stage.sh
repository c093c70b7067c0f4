#!/bin/sh
# Makes the folder that becomes /app of the image: manifests/image/stage.sh DIR [packages|product]
# The Dockerfile takes the two steps one by one, so that new sources don't fetch the packages again; without the second
# argument both are taken. Needs node 24 and npm; the pages are built with packages of the checkout that the image has not.
set -eu
cd "$(dirname "$0")/../.."

dir=${1:?usage: stage.sh DIR [packages|product]}
step=${2:-all}
# Whom the image runs as: see Dockerfile.
uid=1000

packages() {
  mkdir -p "$dir"
  cp package.json package-lock.json "$dir"
  (cd "$dir" && npm ci --omit=dev --omit=optional --ignore-scripts --no-fund --no-audit --loglevel=error)
  # Node runs no TypeScript of packages and maps no sources, so neither is read at run time; nor are the programs that
  # some packages carry for another runtime, Bare. Licences stay.
  find "$dir/node_modules" -type f \( -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name '*.map' -o -name '*.md' \) -delete
  rm -rf "$dir"/node_modules/bare-*/prebuilds
}

# What V8 has compiled is kept in the image: a process so starts with a third less CPU time. Node names the folder after its
# version, the machine's kind and the user, and leaves the cache aside where one of them differs.
warm() {
  rm -rf "$dir/.compile-cache"
  for program in core/install.ts producer/main.ts consumer/main.ts scaler/keda/main.ts web/main.ts; do
    [ -f "$dir/$program" ] || continue
    # A port that is none ends the program as soon as all of it is loaded.
    (cd "$dir" && PORT=none NODE_COMPILE_CACHE="$PWD/.compile-cache" NODE_COMPILE_CACHE_PORTABLE=1 \
      node "$program" 2>&1 | grep -q 'PORT: must be') || {
      echo "stage: $program does not load" >&2
      exit 1
    }
  done
  # What is loaded later, and in threads.
  (cd "$dir" && NODE_COMPILE_CACHE="$PWD/.compile-cache" NODE_COMPILE_CACHE_PORTABLE=1 node --input-type=module --eval '
    const later = ["guard/watchdog-thread", "thread", "handlers/noop", "handlers/sleep",
      "handlers/detect/index", "handlers/scan/index", "handlers/watch/index", "handlers/webhook/index"]
    await Promise.allSettled(later.map((it) => import(`./consumer/${it}.ts`)))
    process.exit()')
  for made in "$dir"/.compile-cache/*; do
    [ "${made##*-}" = "$uid" ] || mv "$made" "${made%-*}-$uid"
  done
}

product() {
  for folder in core producer consumer scaler; do
    rm -rf "${dir:?}/$folder"
    cp -R "$folder" "$dir/$folder"
  done
  rm -rf "${dir:?}/web"
  mkdir -p "$dir/web"
  cp web/main.ts web/server.ts web/pass.ts "$dir/web"
  [ -e node_modules/vite ] || npm ci --ignore-scripts --no-fund --no-audit --loglevel=error
  node web/build.ts "$dir/web/dist"
  # Tools of developers: one makes manifests, with packages that the image has not, the other simulates fleets.
  rm -rf "$dir/scaler/manifest" "$dir/scaler/simulator"
  cp LICENSE "$dir"
  warm
  # The user of the image reads, and writes nowhere.
  chmod -R u=rwX,go=rX "$dir"
}

case $step in
  packages) packages ;;
  product) product ;;
  all) packages && product ;;
  *) echo "stage: $step is no step: packages or product" >&2 && exit 2 ;;
esac
