#!/usr/bin/env bash
# localhost/postgres:test, of the shape of docker.io/library/postgres: PostgreSQL's programs in the PATH, user 999.
# They are this machine's own, of whatever version it has, with the files and libraries that they need.
. "$(dirname "$0")/lib.sh"
folder=$(ls -d /usr/lib/postgresql/*/ 2>/dev/null | sort -V | tail -1)
[ -x "${folder}bin/postgres" ] || fail 'PostgreSQL is needed (Debian: postgresql)'
version=$(basename "$folder")

# They look for their files where they were built for.
for part in "/usr/lib/postgresql/$version/bin" "/usr/lib/postgresql/$version/lib" "/usr/share/postgresql/$version" \
  /usr/share/zoneinfo; do
  mkdir -p "$root$part"
  cp -rL "$part/." "$root$part"
done
# `jit` is off, and its compiler is larger than all the rest.
rm -rf "$root/usr/lib/postgresql/$version/lib/"{bitcode,llvmjit*} "$root/usr/share/postgresql/$version/man"
libraries "$root/usr/lib/postgresql/$version/bin/"{postgres,initdb,pg_isready} "$root/usr/lib/postgresql/$version/lib/"*.so

# They ask for the name of the user that they run as.
mkdir -p "$root/etc"
printf 'root:x:0:0:root:/:/bin/sh\npostgres:x:999:999:postgres:/tmp:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\npostgres:x:999:\n' >"$root/etc/group"

load localhost/postgres:test 999:999 --env "PATH=/usr/lib/postgresql/$version/bin:/usr/local/bin:/usr/bin:/bin"
