#!/usr/bin/env bash
# Consumers, unmodified, at the primary and at unghost: the same tables in the end?
#   tests/consumers/run.sh              installs what is missing, runs all
#   tests/consumers/run.sh WORD...      the tests whose 'file.function' holds one of the words
#   tests/consumers/run.sh --install    installs only
# A line for each consumer, server and end (direct, unghost); the last is `N passed, N failed`. Consumers
# go into ${UNGHOST_CACHE:-~/.cache/unghost}/consumers, one folder each, complete or absent. Servers and
# tools: tests/install.sh. $UNGHOST: a build that is not this checkout's.
set -Eeuo pipefail
trap 'echo "consumers: FAILED in line $LINENO: $BASH_COMMAND" >&2' ERR
cd "$(dirname "$0")/../.."

here=$PWD/tests/consumers
cache=${UNGHOST_CACHE:-$HOME/.cache/unghost}/consumers

# item NAME RECIPE COMMAND...: makes $cache/NAME unless this RECIPE (raise it when the command changes) did.
# The command runs in the new folder, which is complete when it gets its name.
item() {
    local name=$1 recipe=$2 new=$cache/new.$1 log=$cache/$1.log
    shift 2
    [ "$(cat "$cache/$name/.recipe" 2>/dev/null)" = "$recipe" ] && return 0
    echo "consumers: $name" >&2
    rm -rf "$new"
    mkdir -p "$new"
    if ! (cd "$new" && renice -n 10 "$BASHPID" && "$@") >"$log" 2>&1; then
        tail -n 30 "$log" >&2
        echo "consumers: FAILED: $name cannot be had" >&2
        missing=1  # its tests fail
        return 0
    fi
    echo "$recipe" >"$new/.recipe"
    rm -rf "${cache:?}/$name" "$log"
    mv "$new" "$cache/$name"
}

need() {  # need COMMAND PACKAGE
    command -v "$1" >/dev/null && return 0
    [ "$(id -u)" = 0 ] || { echo "consumers: $1 is missing: apt-get install $2" >&2; exit 1; }
    apt-get update -q >&2
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$2" >&2
}

python_package() {  # not a venv, which cannot be moved
    /usr/bin/python3 -m pip install -q --no-warn-script-location --disable-pip-version-check --target site "$@"
}

npm_package() {
    printf '{"private": true, "type": "module"}\n' >package.json
    npm install --no-audit --no-fund --save-exact "$@"
}

# A driver that is compiled is made anew when its source changes.
source_of() { cat "$@" | sha256sum | cut -c 1-12; }

build_go() {
    local go=go version
    version=$({ GOTOOLCHAIN=local go env GOVERSION || true; } 2>/dev/null | sed -n 's/^go1\.\([0-9]*\).*/\1/p')
    [ "${version:-0}" -ge 25 ] || go=${cache%/consumers}/go/run/go  # tests/install.sh put it there
    GOFLAGS=-mod=mod GOTOOLCHAIN=auto CGO_ENABLED=0 "$go" "$@"  # auto: a module may ask for a newer one
}

# go_module FOLDER MODULE@VERSION...: a module of our own around its sources: the proxy is not asked for lists of versions.
go_module() {
    cp "$here/$1"/*.go .
    shift
    { printf 'module driver\n\ngo 1.25\n\n' && printf 'require %s\n' "${@//@/ }"; } >go.mod
    build_go build -o driver .
    if compgen -G '*_test.go' >/dev/null; then build_go test -c -o driver.test .; fi
}

# go_program PACKAGE MODULE@VERSION: a program as it is.
go_program() {
    printf 'module driver\n\ngo 1.25\n\nrequire %s\n' "${2//@/ }" >go.mod
    build_go build -o driver "$1"
}

java_driver() {
    mvn -q -B dependency:copy -Dmaven.repo.local="${cache%/consumers}/m2" -DoutputDirectory=. \
        -Dartifact=com.zendesk:mysql-binlog-connector-java:"$1"
    javac -cp "mysql-binlog-connector-java-$1.jar" -d . "$here/connector-java/Driver.java"
}

# java_libraries G:A:V...: these and what they need, in lib.
java_libraries() {
    local one group name version
    {
        echo '<project><modelVersion>4.0.0</modelVersion><groupId>driver</groupId><artifactId>driver</artifactId>'
        echo '<version>1</version><dependencies>'
        for one; do
            IFS=: read -r group name version <<<"$one"
            echo "<dependency><groupId>$group</groupId><artifactId>$name</artifactId><version>$version</version></dependency>"
        done
        echo '</dependencies></project>'
    } >pom.xml
    mvn -q -B dependency:copy-dependencies -Dmaven.repo.local="${cache%/consumers}/m2" -DincludeScope=runtime \
        -DoutputDirectory=lib
}

jvm_driver() {  # jvm_driver FOLDER: its sources
    javac -nowarn -Xlint:-options -cp "lib/*:." -d . "$here/jvm/Lines.java" "$here/$1"/*.java
}

debezium_driver() {
    local version=$1
    java_libraries "io.debezium:debezium-embedded:$version" "io.debezium:debezium-connector-mysql:$version" \
        "io.debezium:debezium-storage-file:$version" "org.slf4j:slf4j-simple:1.7.36"
    jvm_driver debezium
}

canal_driver() {
    java_libraries "com.alibaba.otter:canal.parse:$1"
    jvm_driver canal
}

maxwell_driver() {
    java_libraries "com.zendesk:maxwell:$1"
    jvm_driver maxwell
}

flink_cdc_driver() {  # flink_cdc_driver VERSION FLINK
    java_libraries "org.apache.flink:flink-sql-connector-mysql-cdc:$1" "org.apache.flink:flink-streaming-java:$2" \
        "org.apache.flink:flink-clients:$2" "org.apache.flink:flink-connector-base:$2" \
        "org.apache.flink:flink-table-common:$2" \
        com.mysql:mysql-connector-j:8.0.33 com.fasterxml.jackson.core:jackson-databind:2.15.3 org.slf4j:slf4j-simple:1.7.36
    jvm_driver flink-cdc
}

mariadb_client() {
    bash "$here/../install.sh" unstable "$PWD" mariadb-client
    mkdir run
    cat >run/mariadb-binlog <<'SCRIPT'
#!/bin/sh
home=$(dirname "$(dirname "$(readlink -f "$0")")")
lib=$home/usr/lib/x86_64-linux-gnu
export MARIADB_PLUGIN_DIR="$lib/libmariadb3/plugin"
exec "$lib/ld-linux-x86-64.so.2" --library-path "$lib" "$home/usr/bin/mariadb-binlog" --no-defaults "$@"
SCRIPT
    chmod +x run/mariadb-binlog
    run/mariadb-binlog --version
}

install_all() {
    need pip3 python3-pip
    item mysql-replication-1.0.17 1 python_package mysql-replication==1.0.17 cryptography
    need npm npm
    item zongji-vlasky-0.9.0 1 npm_package @vlasky/zongji@0.9.0
    item zongji-powersync-0.6.2 1 npm_package @powersync/mysql-zongji@0.6.2
    item go-mysql-1.12.0 "1 $(source_of "$here/go-mysql/main.go")" go_module go-mysql github.com/go-mysql-org/go-mysql@v1.12.0
    item siddontang-1.1.0 "1 $(source_of "$here"/siddontang/*.go)" go_module siddontang github.com/siddontang/go-mysql@v1.1.0
    item dmlike "1 $(source_of "$here"/dmlike/*.go)" go_module dmlike github.com/go-mysql-org/go-mysql@v1.12.0 \
        github.com/go-sql-driver/mysql@v1.8.1 github.com/pingcap/tidb/pkg/parser@v0.0.0-20241118164214-4f047be191be
    item ghostferry-1.3.1 1 go_program github.com/Shopify/ghostferry/copydb/cmd github.com/Shopify/ghostferry@v1.3.1
    item vstreamer-0.24.4 "1 $(source_of "$here"/vstreamer/*.go)" go_module vstreamer vitess.io/vitess@v0.24.4
    need mvn maven
    need javac default-jdk-headless
    item mysql-binlog-connector-java-0.30.1 "1 $(source_of "$here/connector-java/Driver.java")" java_driver 0.30.1
    local debezium
    debezium="1 $(source_of "$here"/jvm/Lines.java "$here"/debezium/*)"
    item debezium-3.6.1.Final "$debezium" debezium_driver 3.6.1.Final
    item debezium-2.7.4.Final "$debezium" debezium_driver 2.7.4.Final
    item canal-1.1.7 "1 $(source_of "$here"/jvm/Lines.java "$here"/canal/*)" canal_driver 1.1.7
    item maxwell-1.22.6 "1 $(source_of "$here"/jvm/Lines.java "$here"/maxwell/*)" maxwell_driver 1.22.6
    item flink-cdc-3.5.0 "2 $(source_of "$here"/jvm/Lines.java "$here"/flink-cdc/*)" flink_cdc_driver 3.5.0 1.20.1
    need mydumper mydumper
    item mariadb-client 1 mariadb_client
}

mkdir -p "$cache"
missing=0
exec 9>"$cache/lock"
flock 9
install_all
exec 9>&-
if [ "${1:-}" = --install ]; then exit "$missing"; fi
exec tests/live/testbed.py "$here" "$@"
