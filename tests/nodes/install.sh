#!/bin/sh
# Installs anvil, bcoin and TON's sandbox from the lock. bcoin's 2018 leveldown does not compile any more (package.json
# overrides it), and two of its parts are compiled on installation: npm 11 asks to allow that.
set -eu
cd "$(dirname "$0")"
npm ci --no-audit --no-fund --loglevel=error --dangerously-allow-all-scripts
# chopsticks stands apart: none of its packages needs a script, and its optional ones take minutes.
cd chopsticks
npm ci --no-audit --no-fund --loglevel=error --omit=optional --ignore-scripts
