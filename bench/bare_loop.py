"""The bare loop: batches in, 256 calls in flight, a token, JSONata, results out, and nothing else. The yardstick.

It loses messages when it is killed, calls as often as messages repeat, and lets one slow upstream stop everything.
Workers on a queue, because a task for each message costs a sixth more, and a yardstick must not be slow. It runs
until it is ended, and ends by itself when a call fails.
"""

import asyncio
import sys

import aiohttp
import orjson
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
from jlens import Expression

IN_FLIGHT = 256


async def main(servers: str, prefix: str, url: str, expression: str, token: str) -> None:
    consumer = AIOKafkaConsumer(
        f"{prefix}connector.execute",
        bootstrap_servers=servers,
        group_id=f"{prefix}bare",
        auto_offset_reset="earliest",
    )
    producer = AIOKafkaProducer(bootstrap_servers=servers, acks="all", linger_ms=2)
    await consumer.start()
    await producer.start()
    compiled, headers = Expression(expression), {"Authorization": f"Bearer {token}"}
    waiting: asyncio.Queue[ConsumerRecord] = asyncio.Queue(maxsize=IN_FLIGHT)

    async def work(session: aiohttp.ClientSession) -> None:
        while True:
            record = await waiting.get()
            event = orjson.loads(record.value)
            phone = {"phone": event["inputs"]["phoneNumber"]}
            async with session.get(url, params=phone, headers=headers) as response:
                document = orjson.loads(await response.read())
            result = {"executionId": event["executionId"], "data": compiled.evaluate(document)}
            sent = await producer.send(f"{prefix}connector.result", orjson.dumps(result), key=record.key)
            await sent

    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session,
        asyncio.TaskGroup() as workers,
    ):
        for _ in range(IN_FLIGHT):
            workers.create_task(work(session))
        while True:
            for records in (await consumer.getmany(timeout_ms=200, max_records=500)).values():
                for record in records:
                    await waiting.put(record)


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:6]))
