#!/usr/bin/env bash
# Kylin's JDBC driver 3.1.3: against a server without users, and one with.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need javac openjdk-17-jdk-headless
jars=$KIRIN_CACHE/kylin-jdbc-3.1.3
want=$(sha256sum "$clients/jdbc/pom.xml" | cut -d' ' -f1)
if [ "$(cat "$jars/stamp" 2>/dev/null)" != "$want" ]; then
  need mvn maven
  (
    flock 9
    [ "$(cat "$jars/stamp" 2>/dev/null)" != "$want" ] || exit 0
    rm -rf "$jars" "$jars.new"
    MAVEN_OPTS="${MAVEN_OPTS:--Xmx512m}" mvn -q -B -ntp -f "$clients/jdbc/pom.xml" \
      org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$jars.new" 9>&- >&2
    echo "$want" >"$jars.new/stamp"
    mv "$jars.new" "$jars"
  ) 9>"$jars.lock"
fi
javac -d "$SUITE_DIR/classes" "$clients/jdbc/KylinJdbc.java"
settings_with_users "$SUITE_DIR/users.yaml"
serve secure "$SUITE_DIR/users.yaml"
secure=jdbc:kylin://$KIRIN_HOST:$KIRIN_PORT
set_up
# The time zone must not matter: DATE and TIMESTAMP are what the server said.
for zone in UTC America/Los_Angeles; do
  echo "time zone $zone"
  java -Duser.timezone=$zone -cp "$jars/*:$SUITE_DIR/classes" KylinJdbc \
    "jdbc:kylin://$KIRIN_HOST:$KIRIN_PORT/$KIRIN_PROJECT" "$secure/$KIRIN_PROJECT" || failed=1
done
exit "${failed:-0}"
