#!/usr/bin/env bash
# Finds the system libraries that the Qt in the virtual environment misses and installs them
# (Debian or Ubuntu, as root), or prints the one command that does.
set -euo pipefail
venv=${1:-.venv}
[ "$(uname -s)" = Linux ] || exit 0
qt=$("$venv/bin/python" -I - <<'PY'
import pathlib, PySide6
print(pathlib.Path(PySide6.__file__).parent)
PY
)
missing() {
  find "$qt" -maxdepth 1 -name 'Qt*.abi3.so' \( -name 'QtWidgets*' -o -name 'QtGui*' -o -name 'QtSvg*' \) -print0 \
    | xargs -0 ldd "$qt"/Qt/plugins/platforms/lib{qxcb,qoffscreen}.so 2>/dev/null \
    | awk '/not found/ {print $1}' | sort -u
}
libraries=$(missing)
[ -n "$libraries" ] || exit 0

declare -A package=(
  [libEGL.so.1]=libegl1 [libGL.so.1]=libgl1 [libOpenGL.so.0]=libopengl0 [libGLX.so.0]=libglx0
  [libxkbcommon.so.0]=libxkbcommon0 [libxkbcommon-x11.so.0]=libxkbcommon-x11-0
  [libdbus-1.so.3]=libdbus-1-3 [libfontconfig.so.1]=libfontconfig1 [libfreetype.so.6]=libfreetype6
  [libglib-2.0.so.0]=libglib2.0-0 [libgthread-2.0.so.0]=libglib2.0-0 [libX11.so.6]=libx11-6
  [libX11-xcb.so.1]=libx11-xcb1 [libxcb.so.1]=libxcb1 [libxcb-cursor.so.0]=libxcb-cursor0
  [libxcb-icccm.so.4]=libxcb-icccm4 [libxcb-image.so.0]=libxcb-image0
  [libxcb-keysyms.so.1]=libxcb-keysyms1 [libxcb-randr.so.0]=libxcb-randr0
  [libxcb-render-util.so.0]=libxcb-render-util0 [libxcb-render.so.0]=libxcb-render0
  [libxcb-shape.so.0]=libxcb-shape0 [libxcb-shm.so.0]=libxcb-shm0 [libxcb-sync.so.1]=libxcb-sync1
  [libxcb-util.so.1]=libxcb-util1 [libxcb-xfixes.so.0]=libxcb-xfixes0
  [libxcb-xkb.so.1]=libxcb-xkb1 [libSM.so.6]=libsm6 [libICE.so.6]=libice6 [libz.so.1]=zlib1g
  [libzstd.so.1]=libzstd1 [libgssapi_krb5.so.2]=libgssapi-krb5-2
)
packages="fonts-dejavu-core"
for library in $libraries; do
  if [ -n "${package[$library]:-}" ]; then
    packages="$packages ${package[$library]}"
  else
    echo "Qt misses $library; please install the package that holds it." >&2
  fi
done
packages=$(tr ' ' '\n' <<<"$packages" | sort -u | tr '\n' ' ')
command="apt-get install -y --no-install-recommends $packages"
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing the system libraries that Qt needs: $packages"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $command -qq >/dev/null
  libraries=$(missing)
  [ -z "$libraries" ] || { echo "Qt still misses: $libraries" >&2; exit 1; }
else
  echo "Qt needs some system libraries. This installs them (as root):  $command" >&2
  exit 1
fi
