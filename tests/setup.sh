#!/bin/sh
# Installs the real nodes that the tests drive. Each failure is said loudly and, in CI, ends the run.
set -u
cd "$(dirname "$0")/.." || exit 1
missing=""

say() { printf '\n*** %s\n' "$1" >&2; }

if ! command -v litecoind >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        { apt-get update -qq && apt-get install -y -qq --no-install-recommends litecoind; } >/dev/null 2>&1 \
            || missing="$missing litecoind"
    else
        missing="$missing litecoind"
    fi
fi

# The pages are looked at in a real browser, with fonts that have every script they are written in.
if ! command -v chromium >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
            chromium fonts-noto-core fonts-noto-cjk; } >/dev/null 2>&1 || missing="$missing chromium"
    else
        missing="$missing chromium"
    fi
fi

if ! command -v npm >/dev/null 2>&1; then
    missing="$missing npm(anvil,bcoin,the-TON-sandbox,the-Cardano-emulator,chopsticks)"
elif [ ! -e tests/nodes/node_modules/.installed ] \
    || [ tests/nodes/chopsticks/package-lock.json -nt tests/nodes/node_modules/.installed ] \
    || [ tests/nodes/package-lock.json -nt tests/nodes/node_modules/.installed ]; then
    if (cd tests/nodes && sh install.sh); then
        touch tests/nodes/node_modules/.installed
    else
        missing="$missing npm-packages(anvil,bcoin,the-TON-sandbox,the-Cardano-emulator,chopsticks)"
    fi
fi

if [ -n "$missing" ]; then
    say "NOT INSTALLED:$missing"
    say "The tests that need them can't run. Install them by hand (docs/development.md)."
    [ "${CI:-}" = true ] && exit 1
fi
exit 0
