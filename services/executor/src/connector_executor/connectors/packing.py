"""Definitions as compact bytes: they have most of their words in common, so a dictionary halves what zlib leaves.

The bytes live in this process only; the dictionary may change with any version.
"""

import zlib

COMMON = (
    b'"rateLimit":{"maxRequestsPerMinute":60,"windows":[{"limit":10,"seconds":1.0,"burst":1}],"weight":1,'
    b'"share":"connector"},"statusPolicies":[{"status":"404","meaning":"success"}],"idempotencyHeader":"Idempotency-Key",'
    b'"parking":{"maxParked":1000000,"maxAgeSeconds":604800,"maxWaitSeconds":900,"whenFull":"reject","whenUnhealthy":"park"},'
    b'"credentialId":"","secretsId":"","inputSchema":{"id":{"type":"string","required":true,'
    b'"label":"","placeholder":"","description":""}}}'
    b'{"schemaVersion":1,"workspaceId":"","revision":1,"changedAt":"2026-01-01T00:00:00.000000Z","deleted":false,'
    b'"credentialId":"","name":"","type":"apikey","public":{"name":"X-API-Key","location":"header"},"sealed":{"key":"v1."},'
    b'"type":"basic","public":{"username":""},"sealed":{"password":"v1."},"type":"bearer","public":{},"sealed":{"token":"v1."},'
    b'"allowedOrigins":["https://api."],"status":"ok"}'
    b'{"schemaVersion":1,"workspaceId":"","revision":1,"changedAt":"2026-01-01T00:00:00.000000Z","deleted":false,'
    b'"connectorId":"","version":1,"name":"","enabled":true,"config":{"method":"POST",'
    b'"url":"https://api.example.com/v1/","headers":[{"key":"Content-Type","value":"application/json","valueType":"static",'
    b'"allowPlain":false}],"queryParams":[{"key":"id","valueType":"input","inputField":"id","staticValue":"","required":true,'
    b'"allowPlain":false}],"bodyType":"json","body":"{{input.id}}","responseTransform":"$.data","timeout":30000,"retries":3,"retryDelay":1000,"statusPolicies":[],'
    b'"continueOnError":false,"logErrors":true,"allowPlain":[]},"inputSchema":{}}'
)
LEVEL = 6
RAW = -zlib.MAX_WBITS
"""Without a header and a checksum: the bytes never leave the process."""
SHORT_BYTES = 4_096
"""Most definitions are: with codes that zlib knows already they take a twentieth more room, and are read in half the
time. Longer ones are worth codes of their own.
"""


def pack(text: bytes) -> bytes:
    codes = zlib.Z_FIXED if len(text) <= SHORT_BYTES else zlib.Z_DEFAULT_STRATEGY
    compressor = zlib.compressobj(LEVEL, wbits=RAW, strategy=codes, zdict=COMMON)
    return compressor.compress(text) + compressor.flush()


def unpack(packed: bytes | memoryview) -> bytes:
    return zlib.decompressobj(RAW, zdict=COMMON).decompress(packed)
