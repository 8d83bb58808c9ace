"""Whole processes measured as the operating system accounts for them, the machine they ran on, and percentiles."""

from __future__ import annotations

import math
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent


def measured(command: Sequence[str], environment: Mapping[str, str], *, folder: Path = ROOT) -> dict[str, float]:
    """Run a command to its end; wall and CPU seconds, peak memory in MB. Ends this program where the command fails."""
    return told(command, environment, folder=folder)[0]


def told(command: Sequence[str], environment: Mapping[str, str], *, folder: Path = ROOT) -> tuple[dict[str, float], str]:
    """The same, and what the command printed."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment, cwd=folder)
    output = process.stdout.read().decode(errors="replace")
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{output[-2000:]}")
    return {"wall": seconds, "cpu": usage.ru_utime + usage.ru_stime, "memory": usage.ru_maxrss / 1024}, output


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of `values` that at least `share` of them do not exceed."""
    return sorted(values)[max(math.ceil(share * len(values)) - 1, 0)]


def size(folder: Path) -> float:
    """MB of the files below `folder`, a file under two names counted once."""
    found = {(state.st_dev, state.st_ino): state.st_size for path in folder.rglob("*") if (state := path.lstat()) and path.is_file()}
    return sum(found.values()) / 1e6


def machine() -> dict[str, object]:
    """What the figures depend on beside the programs."""
    about = Path("/proc/cpuinfo")
    model = re.search(r"(?m)^model name\s*:\s*(.*)$", about.read_text(encoding="utf-8")) if about.exists() else None
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return {
        "processor": model[1] if model else platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "memory_gb": round(memory),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "python": platform.python_version(),
        "load": os.getloadavg()[0],
    }
