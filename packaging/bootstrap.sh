#!/bin/sh
# Makes a fresh machine ready to run the studio and its tests; does nothing the second time.
#
# Finds a Python from 3.11 to 3.14, brings the system libraries that Qt needs (by apt, where it
# may), makes .venv and installs the exact versions of packaging/constraints.txt into it.
# PYTHON=/path/to/python chooses another Python.
set -eu
cd -- "$(dirname -- "$0")/.."

constraints=packaging/constraints.txt
venv=.venv
stamp=$venv/.set-up

say() { printf '%s\n' "$*"; }
stop() {
    printf 'Set-up stopped: %s\n' "$*" >&2
    exit 1
}

# Changes whenever what is installed could differ: the folder, Python, or the versions asked for.
fingerprint() {
    {
        pwd -P
        "$venv/bin/python" -VV
        cat pyproject.toml "$constraints"
    } 2>/dev/null | cksum
}

is_set_up() {
    [ -f "$stamp" ] && [ -x "$venv/bin/python" ] && [ "$(cat "$stamp")" = "$(fingerprint)" ]
}

suits() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null
}

can_make_venv() {
    "$1" -c 'import ensurepip, venv' 2>/dev/null
}

venv_is_usable() {
    suits "$venv/bin/python" && "$venv/bin/python" -c 'import pip' 2>/dev/null
}

# Sets `python`; one that can make environments by itself comes first.
find_python() {
    python=
    if [ -n "${PYTHON:-}" ]; then
        suits "$PYTHON" || stop "PYTHON=$PYTHON is not a Python from 3.11 to 3.14."
        python=$PYTHON
        return
    fi
    for candidate in python3 python3.13 python3.12 python3.11 python3.14; do
        suits "$candidate" || continue
        [ -n "$python" ] || python=$candidate
        if can_make_venv "$candidate"; then
            python=$candidate
            break
        fi
    done
    [ -n "$python" ] || stop "no Python from 3.11 to 3.14 was found; install one and try again."
}

missing() {
    [ "$(uname)" = Linux ] || return 0
    "$python" -m stylestudio.cli.system_libraries "$@"
}

missing_packages() {
    missing --packages qt font xcb wayland
    if ! venv_is_usable && ! can_make_venv "$python"; then
        "$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'
    fi
}

apt_install() {
    if [ "$(id -u)" = 0 ]; then as_root=; else as_root='sudo -n'; fi
    $as_root true 2>/dev/null || return 1
    say "Installing system packages: $*"
    $as_root apt-get update -q || true # an unreachable extra source need not stop the install
    $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -q -y --no-install-recommends "$@"
}

bring_system_packages() {
    packages=$(missing_packages | tr '\n' ' ')
    packages=${packages% }
    [ -n "${packages# }" ] || return 0
    by_hand="install what brings: $(missing --libraries qt font xcb wayland)"
    if command -v apt-get >/dev/null; then
        by_hand="run this, then try again:  sudo apt-get install -y --no-install-recommends $packages"
        # shellcheck disable=SC2086  # one word a package
        apt_install $packages || say "The system packages could not be installed from here."
    fi
    if ! venv_is_usable && ! can_make_venv "$python"; then
        stop "$python cannot make virtual environments; $by_hand"
    elif [ -n "$(missing --libraries qt)" ]; then
        stop "Qt needs system libraries that are missing; $by_hand"
    elif [ -n "$(missing --libraries font xcb wayland)" ]; then
        say "To open a window as well (the tests do without), $by_hand"
    fi
}

make_venv() {
    venv_is_usable || "$python" -m venv --clear "$venv"
}

install_packages() {
    pip="$venv/bin/python -m pip --disable-pip-version-check"
    torch=$(grep '^torch==' "$constraints")
    # Torch by itself first: the requirement is then exact, whichever build of it there is here.
    $pip install "$torch"
    $pip install -c "$constraints" hatchling editables
    $pip install -c "$constraints" --no-build-isolation -e '.[dev]'
}

if is_set_up; then exit 0; fi
find_python
say "Setting up StyleStudio in $venv with $("$python" -V); PyTorch and Qt are large, so this takes a while, once."
bring_system_packages
make_venv
install_packages
fingerprint >"$stamp"
say "StyleStudio is set up."
