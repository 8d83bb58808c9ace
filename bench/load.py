"""The web chat with many visitors who ask at once, through the same requests that a browser makes.

    python bench/load.py [--visitors 1,10,20,50] [--questions 3] [--index DIR]

Each visitor asks its questions one after the other, all visitors begin together. Printed are seconds from sending a question to
the first words of its answer and to the whole of it, processor time of the server and of all visitors for each question, errors,
the server's peak memory, and how long its event loop kept a small request waiting meanwhile. Visitors and server share this
machine's cores, so that what the visitors take is missing there.
"""

from __future__ import annotations

import argparse
import asyncio
import html
import json
import os
import platform
import re
import signal
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

ROOT = Path(__file__).parent.parent
LIMIT = 120.0
"""Seconds after which a question counts as an error."""


def questions() -> list[str]:
    lines = (ROOT / "evaluation" / "own" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return [line["question"] for line in map(json.loads, lines) if not line.get("history") and not line.get("held_out")]


@contextmanager
def serving(index: Path) -> Iterator[tuple[str, int]]:
    command = [sys.executable, "-m", "askdivide", "serve", "--corpus", ROOT / "corpus", "--index", index, "--port", "0", "--no-watch"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        while not (address := re.search(r"http://\S+/", process.stderr.readline())):
            if process.poll() is not None:
                sys.exit("the server did not start")
        yield address.group(), process.pid
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)
        process.stderr.close()


def asking(config: dict) -> tuple[int, int, list]:
    """Number of the event that sending a question causes, of the box, and what else is sent: the choices as a page begins with them."""
    parts = {part["id"]: part["props"] for part in config["components"]}
    box = next(number for number, props in parts.items() if props.get("elem_id") == "question")
    event = next(one for one in config["dependencies"] if [box, "submit"] in map(list, one["targets"]) and one["backend_fn"])
    assert event["inputs"][0] == box
    return event["id"], box, [parts[number].get("value") for number in event["inputs"][1:]]


class Visitor:
    def __init__(self, client: httpx.AsyncClient, event: int, box: int, others: list) -> None:
        self.client, self.event, self.box, self.others = client, event, box, others
        self.session = uuid.uuid4().hex

    async def ask(self, question: str) -> tuple[float, float]:
        """Seconds to the first words and to the end."""
        begun = time.perf_counter()
        body = {
            "data": [question, *self.others],
            "fn_index": self.event,
            "trigger_id": self.box,
            "session_hash": self.session,
            "event_data": None,
        }
        (await self.client.post("gradio_api/queue/join", json=body)).raise_for_status()
        first = None
        async with self.client.stream("GET", "gradio_api/queue/data", params={"session_hash": self.session}) as stream:
            async for line in stream.aiter_lines():
                if not line.startswith("data:"):
                    continue
                message = json.loads(line[5:])
                now = time.perf_counter() - begun
                if failed := re.search(r'class=\\?"failed.{0,600}', line):
                    raise RuntimeError(html.unescape(re.sub("<[^>]*>", " ", failed.group())))
                if message["msg"] == "process_generating" and first is None and re.search(r'class=\\?"(?:claim|refused)', line):
                    first = now
                if message["msg"] == "process_completed":
                    if not message["success"] or first is None:
                        raise RuntimeError(line[-400:])
                    return first, now
        raise RuntimeError("the answer ended early")


async def loop_lag(client: httpx.AsyncClient, seen: list[float]) -> None:
    while True:
        begun = time.perf_counter()
        await client.get("nothing-here")
        seen.append(time.perf_counter() - begun)
        await asyncio.sleep(0.1)


async def measured(address: str, visitors: int, each: int) -> dict[str, object]:
    asked = questions()
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=address, timeout=LIMIT, limits=limits) as client:
        sent = asking((await client.get("config")).json())
        first: list[float] = []
        whole: list[float] = []
        errors: list[str] = []
        lag: list[float] = []

        async def visit(number: int) -> None:
            visitor = Visitor(client, *sent)
            for turn in range(each):
                try:
                    done = await asyncio.wait_for(visitor.ask(asked[(number * each + turn) % len(asked)]), LIMIT)
                except (httpx.HTTPError, RuntimeError, TimeoutError) as error:
                    errors.append(f"{type(error).__name__} {error}"[:200])
                else:
                    first.append(done[0])
                    whole.append(done[1])

        poll = asyncio.create_task(loop_lag(client, lag))
        begun = time.perf_counter()
        await asyncio.gather(*(visit(number) for number in range(visitors)))
        seconds = time.perf_counter() - begun
        poll.cancel()
    return {"visitors": visitors, "seconds": seconds, "first": first, "whole": whole, "errors": errors, "lag": lag}


def share(values: list[float], part: float) -> float:
    return (
        statistics.quantiles(values, n=100, method="inclusive")[round(part * 100) - 1] if len(values) > 1 else (values or [float("nan")])[0]
    )


def memory(pid: int) -> float:
    """Peak memory in MB."""
    found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(encoding="utf-8"))
    return int(found[1]) / 1024


def cpu(pid: int) -> float:
    """Seconds of processor time used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--visitors", default="1,10,20,50")
    options.add_argument("--questions", type=int, default=3)
    options.add_argument("--index", type=Path, default=ROOT / "build" / "bench" / "load")
    given = options.parse_args()
    print(f"{platform.platform()}, {os.cpu_count()} cores, load before {os.getloadavg()[0]:.1f}, Python {platform.python_version()}\n")
    print(f"{'':>11}questions  CPU for each, s     first words, s      whole answer, s{'':>13}event loop, s")
    print("visitors   a second  server visitors   p50   p95   p99     p50   p95   p99   errors    p95   most   memory, MB")
    results = []
    with serving(given.index) as (address, pid):
        # The first question waits for the models to be loaded.
        asyncio.run(measured(address, 2, 3))
        for visitors in map(int, given.visitors.split(",")):
            before, own = cpu(pid), time.process_time()
            run = asyncio.run(measured(address, visitors, given.questions))
            results.append(run | {"memory": memory(pid), "cpu": cpu(pid) - before, "visitors cpu": time.process_time() - own})
            first, whole, lag = run["first"], run["whole"], run["lag"]
            cells = [share(values, part) for values in (first, whole) for part in (0.5, 0.95, 0.99)]
            times = "".join(f"{cell:>{8 if place == 3 else 6}.2f}" for place, cell in enumerate(cells))
            rate, (each, theirs) = len(whole) / run["seconds"], (results[-1][who] / max(len(whole), 1) for who in ("cpu", "visitors cpu"))
            print(
                f"{visitors:>8}{rate:>11.1f}{each:>8.3f}{theirs:>9.3f}{times}{len(run['errors']):>9}"
                f"{share(lag, 0.95):>7.3f}{max(lag):>7.3f}{results[-1]['memory']:>13.0f}"
            )
            for error in run["errors"][:3]:
                print(f"          {error}")
    target = ROOT / "build" / "bench" / "load.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(results), encoding="utf-8")


if __name__ == "__main__":
    main()
