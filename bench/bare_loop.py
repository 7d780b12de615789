"""The bare loop: batches in, 256 calls in flight, JSONata, results out, and nothing else. The yardstick.

It loses messages when it is killed, calls as often as messages repeat, and lets one slow upstream stop everything.
It runs until it is ended.
"""

import asyncio
import sys

import aiohttp
import orjson
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from jlens import Expression

IN_FLIGHT = 256


async def main(servers: str, prefix: str, url: str, expression: str) -> None:
    consumer = AIOKafkaConsumer(
        f"{prefix}connector.execute",
        bootstrap_servers=servers,
        group_id=f"{prefix}bare",
        auto_offset_reset="earliest",
    )
    producer = AIOKafkaProducer(bootstrap_servers=servers, acks="all", linger_ms=2)
    await consumer.start()
    await producer.start()
    compiled = Expression(expression)
    places = asyncio.Semaphore(IN_FLIGHT)
    tasks: set[asyncio.Task[None]] = set()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def one(value: bytes, key: bytes) -> None:
            event = orjson.loads(value)
            params = {"phone": event["inputs"]["phoneNumber"]}
            async with session.get(url, params=params) as response:
                document = orjson.loads(await response.read())
            result = {"executionId": event["executionId"], "data": compiled.evaluate(document)}
            sent = await producer.send(f"{prefix}connector.result", orjson.dumps(result), key=key)
            places.release()
            await sent

        while True:
            for records in (await consumer.getmany(timeout_ms=200, max_records=500)).values():
                for record in records:
                    await places.acquire()
                    task = asyncio.create_task(one(record.value, record.key))
                    tasks.add(task)
                    task.add_done_callback(tasks.discard)


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:5]))
