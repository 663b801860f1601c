#!/usr/bin/env bash
# Creates, or reuses, one virtual environment per requirement file under
# ${FERROPIK_VENVS:-~/.cache/ferropik/venvs}. An environment is rebuilt only when its pinned file changed.
#
#   ./setup_venvs.sh            all environments
#   ./setup_venvs.sh http       only the named ones (http, or an SDK version)
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
venvs="${FERROPIK_VENVS:-$HOME/.cache/ferropik/venvs}"
python="${PYTHON:-python3}"
sdk_versions=(1.9.104 2.1.24 2.2.122)

requirements_of() {
    case "$1" in
        http) echo "$here/requirements/http.txt" ;;
        *) echo "$here/requirements/opik-$1.txt" ;;
    esac
}

ensure_venv() {
    local name="$1" requirements stamp wanted
    requirements="$(requirements_of "$name")"
    if [[ ! -f "$requirements" ]]; then
        echo "no requirement file $requirements" >&2
        return 1
    fi
    stamp="$venvs/$name/.requirements.sha256"
    wanted="$("$python" -V) $(sha256sum < "$requirements")"
    if [[ -f "$stamp" && "$(cat "$stamp")" == "$wanted" ]]; then
        return 0
    fi
    echo "building the virtual environment $name"
    rm -rf "${venvs:?}/$name"
    "$python" -m venv "$venvs/$name"
    "$venvs/$name/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements"
    echo "$wanted" > "$stamp"
}

mkdir -p "$venvs"
if [[ $# -eq 0 ]]; then
    set -- http "${sdk_versions[@]}"
fi
for name in "$@"; do
    ensure_venv "$name"
done
