#!/usr/bin/env bash
# Makes the virtual environment with everything loopmail needs, also on a fresh Debian with
# nothing but Python 3.11, pip and make; installs the system libraries Qt needs if they are missing.
set -euo pipefail
venv=${1:-.venv}
cd "$(dirname "$0")/.."

python=
for candidate in python3.13 python3.12 python3.11 python3; do
  if command -v "$candidate" >/dev/null && "$candidate" -I -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    python=$candidate
    break
  fi
done
[ -n "$python" ] || { echo "loopmail needs Python 3.11 or newer." >&2; exit 1; }

if [ ! -x "$venv/bin/python" ] || ! "$venv/bin/python" -I -c 'import pip' 2>/dev/null; then
  rm -rf "$venv"
  # Debian ships venv without ensurepip unless python3-venv is installed; pip can fill it all the same.
  if ! "$python" -I -m venv "$venv" >/dev/null 2>&1; then
    rm -rf "$venv"
    "$python" -I -m venv --without-pip "$venv"
    "$python" -I -m pip --python "$venv/bin/python" install --quiet pip
  fi
fi
"$venv/bin/python" -I -m pip install --quiet --upgrade 'pip>=25.1'
"$venv/bin/python" -I -m pip install --quiet --editable . --group dev
bash packaging/linux/qt-libraries.sh "$venv"
