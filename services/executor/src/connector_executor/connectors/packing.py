"""Definitions as compact bytes: they have most of their words in common, so a dictionary halves what zlib leaves.

The bytes live in this process only; the dictionary may change with any version.
"""

import zlib

COMMON = (
    b'"rateLimit":{"maxRequestsPerMinute":60,"windows":[{"limit":10,"seconds":1.0,"burst":1}],"weight":1,'
    b'"share":"connector"},"statusPolicies":[{"status":"404","meaning":"success"}],"idempotencyHeader":"Idempotency-Key",'
    b'"parking":{"maxParked":1000000,"maxAgeSeconds":604800,"maxWaitSeconds":900,"whenFull":"reject","whenUnhealthy":"park"},'
    b'"auth":{"type":"bearer","credentialId":"","public":{},"sealed":{"token":"v1."}},"inputSchema":{"id":{"type":"string","required":true,'
    b'"label":"","placeholder":"","description":""}},"credentialStale":false}'
    b'{"schemaVersion":1,"workspaceId":"","revision":1,"changedAt":"2026-01-01T00:00:00.000000Z","deleted":false,'
    b'"connectorId":"","version":1,"name":"","enabled":true,"config":{"method":"POST",'
    b'"url":"https://api.example.com/v1/","headers":[{"key":"Content-Type","value":"application/json"}],"queryParams":'
    b'[{"key":"id","valueType":"input","inputField":"id","staticValue":"","required":true}],"bodyType":"json","body":'
    b'"{{input.id}}","responseTransform":"$.data","timeout":30000,"retries":3,"retryDelay":1000,"statusPolicies":[],'
    b'"continueOnError":false,"logErrors":true},"auth":{"type":"none","public":{},"sealed":{}},"inputSchema":{},"credentialStale":false}'
)
LEVEL = 6


def pack(text: bytes) -> bytes:
    compressor = zlib.compressobj(LEVEL, zdict=COMMON)
    return compressor.compress(text) + compressor.flush()


def unpack(packed: bytes) -> bytes:
    return zlib.decompressobj(zdict=COMMON).decompress(packed)
