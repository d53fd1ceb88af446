"""Python's `websockets` against a running flexcrm-crm, first as an honest client, then as none.

websockets.test.js starts the server, and watches it and an honest agent meanwhile."""

import asyncio
import json
import os
import random
import unittest

import websockets
from websockets.frames import Frame, Opcode

MARKER = "mallory"
URL = os.environ["FLEXCRM_URL"]
AGENTS = json.loads(os.environ["FLEXCRM_AGENTS"])
PING = '{"jsonrpc":"2.0","id":"ping","method":"Ping"}'


def ping_of(size):
    return PING[:-1] + " " * (size - len(PING)) + "}"


def frame(opcode, payload=b"", mask=True, fin=True, reserved=0):
    """As websockets sends it, but for what websockets would not send."""
    data = bytearray(Frame(opcode, payload, fin=fin).serialize(mask=mask))
    data[0] |= reserved << 4
    return bytes(data)


async def connect(**options):
    return await websockets.connect(URL, subprotocols=["flexcrm.v1"], **options)


async def greet(role="flex", agent=None, **options):
    """A connection with a session."""
    socket = await connect(**options)
    params = {"role": role, "agent": agent or AGENTS.pop(), "instance": f"{MARKER}-{random.random()}", "protocolMin": 1, "protocolMax": 1}
    await send(socket, id="hello", method="Hello", params=params)
    answer = await receive(socket)
    assert answer["result"]["protocol"] == 1, answer
    return socket


async def send(socket, **message):
    await socket.send(json.dumps({"jsonrpc": "2.0", **message}))


async def receive(socket):
    return json.loads(await asyncio.wait_for(socket.recv(), 20))


async def code_of(socket):
    """Why the server closed."""
    try:
        while True:
            await asyncio.wait_for(socket.recv(), 20)
    except websockets.ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else 1006


class Honest(unittest.IsolatedAsyncioTestCase):
    async def test_a_session_a_message_there_and_back_and_an_end(self):
        agent = AGENTS.pop()
        # Compression is offered unless one says otherwise.
        flex, crm = await greet("flex", agent), await greet("crm", agent)
        self.assertEqual(flex.subprotocol, "flexcrm.v1")
        self.assertEqual(flex.extensions, [])
        attributes = {"from": "+34933000222", "ключ": ["\U0001f4de", 0.1]}
        await send(flex, id=1, method="TaskSelected", params={"attributes": attributes})
        heard = {}
        while heard.get("method") != "TaskSelected":
            heard = await receive(crm)
            await send(crm, id=heard["id"], result=None)
        self.assertEqual(heard["params"]["attributes"], attributes)
        self.assertEqual(await receive(flex), {"jsonrpc": "2.0", "id": 1, "result": None})
        await flex.close()
        self.assertEqual(flex.close_code, 1000)
        await send(crm, method="Bye", params={"reason": "logout"})
        self.assertEqual(await code_of(crm), 1000)

    async def test_pings_of_both_kinds_are_answered(self):
        socket = await greet()
        await asyncio.wait_for(await socket.ping(b"x" * 125), 20)
        await socket.send(PING)
        self.assertEqual(await receive(socket), {"jsonrpc": "2.0", "id": "ping", "result": None})
        await socket.close()

    async def test_a_message_in_fragments_is_a_message(self):
        socket = await greet()
        await socket.send([PING[:10], "", PING[10:11], PING[11:], ""])
        self.assertEqual((await receive(socket))["id"], "ping")
        await socket.close()

    async def test_64_kib_are_a_frame(self):
        socket = await greet()
        await socket.send(ping_of(65536))
        self.assertEqual((await receive(socket))["id"], "ping")
        await socket.close()

    async def test_a_close_gets_its_code_back(self):
        for code in (1000, 1001, 1011, 3000, 4999):
            with self.subTest(code):
                socket = await greet()
                await socket.close(code, MARKER)
                self.assertEqual(socket.close_rcvd.code, code)

    async def test_a_close_without_a_code_is_an_orderly_one(self):
        socket = await greet()
        socket.transport.write(frame(Opcode.CLOSE))
        self.assertEqual(await code_of(socket), 1000)


class Hostile(unittest.IsolatedAsyncioTestCase):
    async def test_openings_that_are_refused(self):
        host = URL.removeprefix("ws://").split("/")[0]
        for name, status, options in (
            ("a foreign origin", 403, {"origin": f"https://{MARKER}.test"}),
            ("no origin that there is", 403, {"origin": "null"}),
            ("an origin that looks alike", 403, {"origin": f"http://{host}.{MARKER}.test"}),
            ("no subprotocol", 400, {"subprotocols": None}),
            ("another subprotocol", 400, {"subprotocols": ["soap", "mqtt"]}),
            ("a second host", 400, {"extra_headers": {"Host": f"{MARKER}.test"}}),
            ("a header of 9,000 bytes", 431, {"extra_headers": {"X": "x" * 9000}}),
        ):
            with self.subTest(name):
                with self.assertRaises(websockets.InvalidStatusCode) as refused:
                    await websockets.connect(URL, **{"subprotocols": ["flexcrm.v1"], **options})
                self.assertEqual(refused.exception.status_code, status)

    async def test_frames_that_close(self):
        text, more = Opcode.TEXT, Opcode.CONT
        for name, code, data in (
            ("unmasked", 1002, frame(text, PING.encode(), mask=False)),
            ("compressed", 1002, frame(text, PING.encode(), reserved=4)),
            ("the second reserved bit", 1002, frame(text, PING.encode(), reserved=2)),
            ("the third reserved bit", 1002, frame(text, PING.encode(), reserved=1)),
            ("a continuation of nothing", 1002, frame(more, b"x")),
            ("a text inside a text", 1002, frame(text, b"[", fin=False) + frame(text, b"]")),
            ("binary", 1003, frame(Opcode.BINARY, PING.encode())),
            ("no UTF-8", 1007, frame(text, b'"\xff"')),
            ("half a character", 1007, frame(text, b'"\xe2\x82')),
            ("half a character and an empty end", 4400, frame(text, b'"\xe2\x82', fin=False) + frame(more)),
            ("too long", 1009, frame(text, ping_of(65537).encode())),
            ("too long together", 1009, frame(text, b" " * 40000, fin=False) + frame(more, b" " * 40000)),
            ("a batch", 4400, frame(text, f"[{PING}]".encode())),
            ("no JSON", 4400, frame(text, MARKER.encode())),
            ("zero bytes", 4400, frame(text, b"\x00" * 1000)),
        ):
            with self.subTest(name):
                socket = await greet()
                socket.transport.write(data)
                self.assertEqual(await code_of(socket), code)

    async def test_json_as_python_writes_it(self):
        """json.dumps writes NaN and Infinity, which are no JSON."""
        for value in (float("nan"), float("inf")):
            socket = await greet()
            await send(socket, id=1, method="TaskSelected", params={"attributes": {"x": value}})
            self.assertEqual(await code_of(socket), 4400)

    async def test_integers_of_any_length(self):
        socket = await greet()
        await send(socket, id=1, method="TaskSelected", params={"attributes": {"x": 10**300}})
        self.assertIsNone((await receive(socket))["result"])
        await send(socket, id=10**300, method="TaskDeselected")
        self.assertEqual(await code_of(socket), 4400)

    async def test_random_frames_are_closed_and_harm_nobody(self):
        seed = random.randrange(1 << 32)
        with self.subTest(f"seed {seed}"):
            chance = random.Random(seed)
            for _ in range(30):
                socket = await greet("crm", "agent-random")
                data = chance.randbytes(chance.randrange(1, 2000))
                socket.transport.write(data + b"\xff" * 200)
                self.assertIn(await code_of(socket), (1000, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 4400, 4408), data.hex())

    async def test_a_hundred_clients_that_vanish(self):
        async def vanish():
            socket = await connect(compression=None)
            socket.transport.abort()

        await asyncio.gather(*(vanish() for _ in range(100)))


if __name__ == "__main__":
    unittest.main(verbosity=2)
