# For the scripts beside this one; sourced, never run. They make images of the same shape as the official ones of this machine's own
# programs, for a test cluster that has no way to a registry. $LOAD_IMAGE puts an image into that cluster:
#   LOAD_IMAGE NAME --base busybox --dir FOLDER --to PATH [--user UID:GID] [--env K=V]…
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(cd "$here/../../.." && pwd)
: "${LOAD_IMAGE:?the program that loads an image into the cluster}"

root=$(mktemp -d)
chmod 755 "$root"
trap 'rm -rf "$root"' EXIT

fail() { echo "$*" >&2; exit 1; }

# libraries PROGRAM…: copies the machine's libraries that they are linked with to where they look for them.
libraries() {
  local file
  ldd "$@" 2>/dev/null | awk '$2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\/.*[^:]$/ { print $1 }' | sort -u | while read -r file; do
    [ ! -e "$root$file" ] || continue
    mkdir -p "$root$(dirname "$file")"
    cp -L "$file" "$root$file"
  done
}

# The whole file system below $root becomes the image; `/.` since the archive's names are made relative with it.
load() { # NAME UID:GID OPTION…
  local name=$1 user=$2
  shift 2
  "$LOAD_IMAGE" "$name" --base busybox --dir "$root" --to /. --user "$user" "$@"
}
