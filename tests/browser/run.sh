#!/usr/bin/env bash
# Looks at report.html in headless Chromium: `tests/browser/run.sh`. Pages are made by tests, of runs
# that end in each way there is, and what is to be judged by eye goes to target/tmp/screenshots. It
# needs cargo, node with npm, and chromium, which as root is installed from Debian's packages where it
# is missing; elsewhere CHROMIUM names another one, such as an installed Chrome.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

if [[ -z ${CHROMIUM-} ]] && ! type -P chromium >/dev/null; then
  if [[ $(id -u) != 0 ]]; then
    echo 'no chromium: install it, or name one with CHROMIUM' >&2
    exit 1
  fi
  apt-get update --quiet --quiet >&2
  apt-get install --yes --quiet --no-install-recommends chromium fonts-noto-core >&2
fi
npm ci --silent --no-audit --no-fund --prefix tests/browser
cargo test --quiet --locked --test it pages::
CHROMIUM=${CHROMIUM-$(type -P chromium)} npm run --silent check --prefix tests/browser
