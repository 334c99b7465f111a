"""Python's websockets as a peer of the interoperability tests: a server from the start, and a client
when told to be. Commands are lines of JSON on stdin, what happens is told in lines of JSON on stdout;
`tests/interop/peer.mjs` lists both. It ends with its stdin."""

import asyncio
import json
import sys
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.extensions.permessage_deflate import (
    ClientPerMessageDeflateFactory,
    PerMessageDeflate,
    ServerPerMessageDeflateFactory,
)
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.frames import Opcode

PROTOCOL = "v1.chat"

# The automatic ping is off: the tests count pings.
OPTIONS = {"max_size": None, "ping_interval": None}

connections = {}


def report(event, **rest):
    print(json.dumps({"event": event, **rest}), flush=True)


class Watched:
    """Tells of pings and pongs, which the library keeps to itself."""

    number = None

    def process_event(self, event):
        super().process_event(event)
        if self.number is not None and getattr(event, "opcode", None) in (Opcode.PING, Opcode.PONG):
            report(event.opcode.name.lower(), id=self.number, payload=bytes(event.data).hex())


class Server(Watched, ServerConnection):
    pass


class Client(Watched, ClientConnection):
    pass


def factory(Factory, settings):
    """An extension with these settings; in JSON, a window that is not named is false or null."""
    return Factory(
        server_no_context_takeover=settings["serverNoContextTakeover"],
        client_no_context_takeover=settings["clientNoContextTakeover"],
        server_max_window_bits=settings.get("serverMaxWindowBits"),
        client_max_window_bits=settings.get("clientMaxWindowBits") or None,
    )


def agreed(connection):
    """What holds of permessage-deflate."""
    for extension in connection.protocol.extensions:
        if isinstance(extension, PerMessageDeflate):
            ends = ["remote", "local"]
            server, client = ends if isinstance(connection, Client) else reversed(ends)
            told = {}
            for name, end in (("server", server), ("client", client)):
                told[f"{name}NoContextTakeover"] = getattr(extension, f"{end}_no_context_takeover")
                told[f"{name}MaxWindowBits"] = getattr(extension, f"{end}_max_window_bits")
            return told
    return None


async def echo(connection, number, headers):
    """Sends back what comes until the connection is over, and tells how it ended."""
    connection.number = number
    connections[number] = connection
    told = {name.lower(): value for name, value in headers.raw_items()}
    protocol = connection.subprotocol or ""
    report("open", id=number, protocol=protocol, headers=told, agreed=agreed(connection))
    try:
        async for message in connection:
            await connection.send(message)
    except ConnectionClosed:
        pass
    await connection.wait_closed()
    del connections[number]
    report("close", id=number, code=connection.close_code, reason=connection.close_reason)


async def serve_one(connection):
    number = int(urlsplit(connection.request.path).path[1:])
    await echo(connection, number, connection.request.headers)


def admit(connection, request):
    url = urlsplit(request.path)
    for text in parse_qs(url.query).get("deflate", []):
        extension = factory(ServerPerMessageDeflateFactory, json.loads(text))
        connection.protocol.available_extensions = [extension]
    return None if url.path[1:].isdigit() else connection.respond(403, "not here")


def mark(_connection, _request, response):
    response.headers["X-Served"] = "by websockets"


def choose(_connection, offered):
    return PROTOCOL if PROTOCOL in offered else None


async def be_client(command):
    number = command["id"]
    options = dict(OPTIONS)
    if command.get("deflate"):
        options["compression"] = None
        options["extensions"] = [factory(ClientPerMessageDeflateFactory, command["deflate"])]
    try:
        connection = await connect(
            command["url"],
            subprotocols=command["protocols"] or None,
            additional_headers=command["headers"],
            create_connection=Client,
            proxy=None,
            **options,
        )
    except InvalidStatus as refusal:
        report("refused", id=number, status=refusal.response.status_code)
    except InvalidHandshake as failure:
        report("refused", id=number, error=str(failure))
    else:
        await echo(connection, number, connection.response.headers)


async def send_fragments(connection, command):
    """Sends a message in parts; the library adds an empty last one."""
    ping = command.get("ping")

    async def parts():
        for index, part in enumerate(command["parts"]):
            if index > 0 and ping is not None:
                await connection.ping(bytes.fromhex(ping))
            yield bytes.fromhex(part)

    await connection.send(parts(), text=command["kind"] == "text")


async def close(connection, command):
    if "code" in command:
        await connection.close(command["code"], command.get("reason", ""))
        return
    # The verb cannot send a Close without a code, the protocol beneath it can.
    try:
        async with connection.send_context():
            connection.protocol.send_close()
    except ConnectionClosed:
        pass


async def obey(command):
    if command["do"] == "connect":
        await be_client(command)
        return
    connection = connections.get(command["id"])
    if connection is None:
        return
    match command["do"]:
        case "ping":
            await connection.ping(bytes.fromhex(command["payload"]))
        case "fragments":
            await send_fragments(connection, command)
        case "close":
            await close(connection, command)
        case "abort":
            connection.transport.abort()
        case unknown:
            raise ValueError(f"no such command: {unknown}")


async def main():
    loop = asyncio.get_running_loop()
    commands = asyncio.StreamReader(limit=1 << 24)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    server = await serve(
        serve_one,
        "127.0.0.1",
        0,
        create_connection=Server,
        process_request=admit,
        process_response=mark,
        select_subprotocol=choose,
        **OPTIONS,
    )
    report("ready", port=server.sockets[0].getsockname()[1])
    tasks = set()
    async for line in commands:
        task = asyncio.create_task(obey(json.loads(line)))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


if __name__ == "__main__":
    asyncio.run(main())
