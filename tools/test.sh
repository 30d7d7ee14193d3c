#!/usr/bin/env bash
# Builds if needed and runs every test in its short form. Arguments go to ctest, for instance: tools/test.sh -L unit
set -euo pipefail
. "$(dirname "$0")/setup.sh"

install_packages
configure_and_build all
say "Running the tests"
status=0
(cd "$OPENSUPA_BUILD" && ctest --output-on-failure -j "$OPENSUPA_JOBS" "$@") || status=$?
print_total_time
exit "$status"
