#!/usr/bin/env bash
# fetch.sh : prints the path of a Chromium; installs Debian's where there is none and this is root.
#
# KIRIN_CHROMIUM names one. Exit code: 0 it is there; 3 it is missing and cannot be installed here,
# with the reason on standard error; 1 it was tried and failed.
set -euo pipefail
for program in "${KIRIN_CHROMIUM:-}" chromium chromium-browser google-chrome; do
  if [ -n "$program" ] && command -v "$program" >/dev/null; then
    command -v "$program"
    exit 0
  fi
done
if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
  echo "no Chromium: install one (Debian: apt-get install chromium), or name one with KIRIN_CHROMIUM" >&2
  exit 3
fi
echo "installing Debian's Chromium" >&2
{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } >&2
command -v chromium
