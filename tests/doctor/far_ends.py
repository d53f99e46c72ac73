"""The far ends of wires, in a namespace of their own: `python far_ends.py JSON`, which lists what hangs on each.

It imports little, since each scenario starts it anew.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from dataclasses import asdict, dataclass

NOT_POSSIBLE = 77
SERVICE = "_hwenergy._tcp.local."


@dataclass(frozen=True)
class End:
    """One far end."""

    wire: int
    announces: bool = False
    answers: bool = True
    """Over HTTP, at port 80."""
    is_alone: bool = False
    """It takes no part in ARP, as behind an access point that isolates its clients."""

    @property
    def serial(self) -> str:
        return f"5c2faf0000{self.wire:02}"

    @property
    def mac(self) -> str:
        return f"5c:2f:af:00:00:{self.wire:02}"

    @property
    def near(self) -> str:
        return f"10.77.{self.wire}.1"

    @property
    def address(self) -> str:
        return f"10.77.{self.wire}.2"


def as_argument(ends: list[End]) -> str:
    return json.dumps([asdict(end) for end in ends])


def ip(*words: str) -> None:
    if subprocess.run(["ip", *words], capture_output=True, check=False).returncode:
        sys.exit(NOT_POSSIBLE)


def up(interface: str, address: str) -> None:
    ip("address", "add", f"{address}/24", "dev", interface)
    ip("link", "set", interface, "up")


async def serve(end: End) -> None:
    """Answer each request with who it is."""
    body = json.dumps({"product_type": "HWE-SKT", "serial": end.serial, "active_power_w": 1})
    answer = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readline():
            while (await reader.readline()).strip():
                pass
            writer.write(answer)
        writer.close()

    await asyncio.start_server(visit, end.address, 80)


async def announce(ends: list[End]) -> None:
    """Again and again: a responder leaves a second between two answers, which a test need not wait for."""
    from zeroconf import IPVersion, ServiceInfo, Zeroconf

    sender = Zeroconf(interfaces=[end.address for end in ends], ip_version=IPVersion.V4Only)
    infos = [
        ServiceInfo(
            SERVICE,
            f"socket-{end.wire}.{SERVICE}",
            80,
            properties={"serial": end.serial, "product_type": "HWE-SKT"},
            server=f"socket-{end.wire}.local.",
            parsed_addresses=[end.address],
        )
        for end in ends
    ]
    while True:
        for info in infos:
            sender.async_send(sender.generate_service_broadcast(info, None))
        await asyncio.sleep(0.1)


async def main(ends: list[End]) -> None:
    """Once the wires are plugged in, be there until stdin ends; announce from its second line on."""
    print("READY", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    for end in ends:
        up(f"far{end.wire}", end.address)
        if end.is_alone:
            ip("link", "set", f"far{end.wire}", "arp", "off")
        if end.answers:
            await serve(end)
    print("READY", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    task = asyncio.create_task(announce([end for end in ends if end.announces]))
    await asyncio.to_thread(sys.stdin.read)
    task.cancel()


if __name__ == "__main__":
    asyncio.run(main([End(**one) for one in json.loads(sys.argv[1])]))
