"""The machine as `standalone.py up` runs it, with a stub for a worker, prepared with its keys only."""

import asyncio
import sys
from pathlib import Path

import standalone
from machine.ports import any_free_port
from machine.service import Machine, Program, WishedPorts
from ops.one_machine import keep_keys

STUB = "import os, pathlib, time; pathlib.Path(os.environ['RIVER_HEALTH_FILE']).touch(); time.sleep(600)"


def main(folder: str, ui_port: str) -> None:
    ports = WishedPorts(ui=int(ui_port), grpc=any_free_port(), postgres=any_free_port())
    program = Program("worker", [sys.executable, "-c", STUB])
    machine = Machine(Path(folder), [program], [keep_keys], ports, say=standalone.tell)
    standalone.leave(asyncio.run(standalone.run_until_told(machine, as_json=True)))


if __name__ == "__main__":
    main(*sys.argv[1:])
