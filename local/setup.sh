#!/bin/sh
# Installs the npm packages, among them the Node that everything runs on. Quiet, unless it fails.
set -eu
cd "$(dirname "$0")/.."

fail() {
  echo "setup: $1" >&2
  exit 1
}

needed='Node 20 or later with npm is needed (https://nodejs.org)'
command -v node >/dev/null 2>&1 || fail "$needed, and there is no node"
command -v npm >/dev/null 2>&1 || fail "$needed, and there is no npm"
version=$(node --version)
major=${version#v}
[ "${major%%.*}" -ge 20 ] || fail "$needed, and this is $version"

log=$(mktemp "${TMPDIR:-/tmp}/anomalyguard-setup.XXXXXX")
echo 'setup: installing npm packages (once, about half a minute)…'
if ! npm ci --no-fund --no-audit --loglevel=error >"$log" 2>&1; then
  tail -n 15 "$log" >&2
  fail "npm ci failed (all of it: $log)"
fi
rm -f "$log"
[ -x node_modules/.bin/node ] ||
  fail 'npm has not run the install script of the package `node`: npm rebuild node'
