#!/usr/bin/env bash
# Shared by quickstart.sh and test.sh: installs missing Debian packages, configures and builds into build/.
set -euo pipefail

OPENSUPA_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
OPENSUPA_BUILD="${OPENSUPA_BUILD:-$OPENSUPA_ROOT/build}"
OPENSUPA_JOBS="${OPENSUPA_JOBS:-$(nproc)}"

say() { printf '\n== %s\n' "$*"; }

install_packages() {
  local missing=() package
  while read -r package; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
  done <"$OPENSUPA_ROOT/tools/packages.txt"
  [ ${#missing[@]} -eq 0 ] && return 0
  say "Installing ${#missing[@]} Debian packages: ${missing[*]}"
  if [ "$(id -u)" -ne 0 ]; then
    echo "Packages are missing and this is not root. Run: sudo apt-get install ${missing[*]}" >&2
    exit 1
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

configure_and_build() { # targets...
  say "Building in ${OPENSUPA_BUILD#"$OPENSUPA_ROOT"/}"
  local launcher=()
  command -v ccache >/dev/null && launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  if [ ! -f "$OPENSUPA_BUILD/build.ninja" ]; then
    cmake -S "$OPENSUPA_ROOT" -B "$OPENSUPA_BUILD" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo "${launcher[@]}" >/dev/null
  fi
  cmake --build "$OPENSUPA_BUILD" -j "$OPENSUPA_JOBS" --target "$@"
}

print_total_time() { printf 'total time: %d min %02d s\n' $((SECONDS / 60)) $((SECONDS % 60)); }
