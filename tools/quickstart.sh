#!/usr/bin/env bash
# Sets everything up on a bare Debian 12, builds, and runs the main job: training the digits network on the emulated
# card. The last line is its accuracy on images it has not seen.
set -euo pipefail
. "$(dirname "$0")/setup.sh"

install_packages
configure_and_build brcc supacc digits supa-doctor
say "What is here"
"$OPENSUPA_BUILD/bin/supa-doctor" --brief
say "Training on handwritten digits"
output="$OPENSUPA_BUILD/digits"
mkdir -p "$output"
"$OPENSUPA_BUILD/bin/samples/digits" --output "$output" | {
  # The job's last line stays the last line of this script.
  last=""
  while IFS= read -r line; do
    [ -n "$last" ] && printf '%s\n' "$last"
    last="$line"
  done
  print_total_time
  printf '%s\n' "$last"
}
