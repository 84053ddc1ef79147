"""A chat server that shares nothing with deskbell: made from the protocol document alone.

It does what the document and its clauses ask, and all else as differently as they allow: so that
no verdict rests on the habits of deskbell's own server.

    python3 tests/peer/server --listen 127.0.0.1:0 --secret S
    deskbell token --tenant 34 --secret S
"""

import argparse
import asyncio
import signal
from random import Random

from websockets.asyncio.server import serve

import uploads
from chat import Chat
from concierge import Concierge
from sockets import Door


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="An independent server of the chat protocol.")
    parser.add_argument("--listen", default="127.0.0.1:0", metavar="HOST:PORT")
    parser.add_argument("--secret", required=True, help="of the access tokens, HS256")
    parser.add_argument("--seed", type=int, default=1, help="feeds every choice and delay")
    parser.add_argument(
        "--on-garbage", choices=("close", "error"), default="close", help="what is no JSON gets"
    )
    parser.add_argument("--own-echo", choices=("on", "off"), default="on")
    parser.add_argument(
        "--twice", type=float, default=0.15, metavar="SHARE", help="of texts that get two replies"
    )
    return parser.parse_args()


async def main(asked: argparse.Namespace) -> None:
    host, _, port = asked.listen.rpartition(":")
    chance = Random(asked.seed)
    chat = Chat(chance, asked.own_echo == "on")
    Concierge(chat, asked.seed, asked.twice)
    door = Door(chat, chance, asked.secret, asked.on_garbage == "close")
    origin = uploads.start(host, Random(asked.seed))
    async with serve(door.attend, host, int(port), process_request=door.knock) as server:
        bound = next(iter(server.sockets)).getsockname()[1]
        print(f"uploads on {origin}", flush=True)
        print(f"listening on ws://{host}:{bound}/uat", flush=True)
        for end in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(end, server.close)
        await server.wait_closed()


if __name__ == "__main__":
    asyncio.run(main(options()))
