#!/usr/bin/env bash
# localhost/kafka:test, of the shape of docker.io/apache/kafka: `java` in the PATH, Kafka's jars in /opt/kafka/libs, user 1000.
# Java is this machine's (17 or later), Kafka is the version of local/kafka/pom.xml, from Maven.
. "$(dirname "$0")/lib.sh"
java=$(readlink -f "$(command -v java)") || fail 'Java 17 or later is needed (Debian: openjdk-17-jre-headless)'
home=$(dirname "$(dirname "$java")")

jars=$("$repository/node_modules/.bin/node" "$here/kafka-jars.ts")
mkdir -p "$root/opt/kafka/libs" "$root/opt/java" "$root/usr/bin"
echo "$jars" | xargs cp -t "$root/opt/kafka/libs"

# Links inside of it point to /etc, and some to what only developers install. Nothing here draws or plays.
cp -rL "$home/bin" "$home/lib" "$home/conf" "$root/opt/java" 2>/dev/null || [ -x "$root/opt/java/bin/java" ]
rm -rf "$root/opt/java/lib/"{src.zip,ct.sym,libawt*,libfontmanager*,libjawt*,libjsound*,liblcms*,libsplashscreen*,libatk*}
ln -s /opt/java/bin/java "$root/usr/bin/java"
mapfile -t parts < <(cd "$root/opt/java/lib" && find . -name '*.so' -printf "$home/lib/%P\n")
libraries "$java" "${parts[@]}"

load localhost/kafka:test 1000:1000
