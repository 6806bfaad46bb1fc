#!/usr/bin/env bash
# packaging/build.sh: deb, rpm and tarball, with their checksums, into build/package. On Debian 12.
set -euo pipefail
cd "$(dirname "$0")/.."
tests/install.sh package
cmake --preset package >/dev/null
nice -n "${UNGHOST_NICE:-10}" cmake --build build/package
.ci/binary build/package/unghost
packaging/symbols build/package/unghost
cd build/package
rm -f unghost*.deb unghost*.rpm unghost*.tar.gz ./*.sha256
cpack >cpack.txt || { tail -n 40 cpack.txt; exit 1; }
ls -l unghost*.deb unghost*.rpm unghost*.tar.gz
