#!/bin/sh
# Fills a fresh server with data: run.sh http://127.0.0.1:6200 [demo] [hostile] [big] (all without a choice).
# Each script prints the ids of what it made. FERROPIK_PYTHON is a Python with the SDK.
set -eu
FERROPIK_URL=${1:?usage: run.sh URL [demo] [hostile] [big]}
export FERROPIK_URL
shift
here=$(dirname "$0")
python=${FERROPIK_PYTHON:-$HOME/.cache/ferropik/venvs/2.2.122/bin/python}
[ $# -gt 0 ] || set -- demo hostile big
for script; do
    echo "Seeding $FERROPIK_URL with $script" >&2
    PYTHONDONTWRITEBYTECODE=1 "$python" "$here/$script.py"
done
