# Makes the data folder $PGDATA with user and database `anomalyguard`, whole or not at all; it is left alone where it is there.
set -eu
[ ! -s "$PGDATA/PG_VERSION" ] || exit 0
fresh=$PGDATA.new
rm -rf "$fresh"
initdb --pgdata="$fresh" --username=anomalyguard --pwfile=/run/secrets/postgres/password \
  --auth=scram-sha-256 --encoding=UTF8 --no-locale --no-instructions
echo 'create database anomalyguard' | postgres --single -D "$fresh" postgres >/dev/null
mv "$fresh" "$PGDATA"
